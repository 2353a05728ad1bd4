// The flow view: draws the rows and ways that are in sight, and a little more.

const COLUMN = 14, LANE = 11, INSET = 9, MARGIN = 24, MORE = 600;
const BOLD = "600 11px system-ui, Helvetica, Arial, sans-serif", SMALL = "11.5px system-ui, Helvetica, Arial, sans-serif";
const COLUMNS = {shape: "Of the result, without the batch", weights: "Numbers that are learned", macs: "Multiply-accumulates of one sample; ~ leaves lesser terms out"};
const SVG = "http://www.w3.org/2000/svg";

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

class Flow {
  constructor(host, data, state) {
    Object.assign(this, {host, data, state, canvas: host.querySelector(".canvas"), columns: host.querySelector(".columns")});
    this.measure = document.createElement("canvas").getContext("2d");
    const known = new Map(), measured = text => known.get(text) ?? known.set(text, this.width(text, SMALL)).get(text);
    const widths = data.rows.filter(row => row.shape).map(row => measured(row.shape)).sort((a, b) => a - b);
    // a few long ones, of a step with several results, shall not take the room of all
    const widest = widths.at(-1) ?? 0, most = widths[Math.ceil(widths.length * .9) - 1] ?? 0;
    this.shapes = Math.min(230, 6 + Math.max(60, widest < most * 1.4 ? widest : most));
    host.addEventListener("scroll", () => this.draw(), {passive: true});
    new ResizeObserver(() => this.place()).observe(host);
  }

  /** Lay out anew, after something was folded or unfolded. */
  layout() {
    this.at = layout(this.data, this.state.folded);
    this.place();
  }

  width(text, font = BOLD) {
    this.measure.font = font;
    return this.measure.measureText(text).width;
  }

  /** Across: spine, frames, names, lanes. */
  place() {
    if (!this.at || !this.host.clientWidth) return;
    const names = [...this.at.named.keys()].map(skip => this.width(short(this.data.skips[skip].name)));
    const widest = names.reduce((most, width) => Math.max(most, width), 0);
    this.left = MARGIN + this.at.columns * COLUMN + 8;
    const right = this.at.lanes ? 34 + widest + this.at.lanes * LANE : 0;
    const room = this.host.clientWidth - this.left - right - MARGIN;
    // on a narrow page the skips come before the columns
    this.frame = Math.max(320, Math.min(460, this.host.clientWidth * .55), Math.min(720, room));
    const spare = Math.max(0, (room - this.frame) / 2);
    this.left += spare;
    this.right = this.left + this.frame;
    this.lane = this.right + 26 + widest;
    this.canvas.style.width = `${this.right + right + MARGIN}px`;
    this.canvas.style.height = `${this.at.height}px`;
    this.cells = this.frame > 560 ? [["shape", this.shapes], ["weights", 62], ["macs", 92]]
      : [["shape", Math.min(this.shapes, 140)], ...(this.frame > 380 ? [["weights", 56]] : [])];
    const head = make("div");
    Object.assign(head.style, {left: `${this.left}px`, width: `${this.frame - this.at.deepest * INSET}px`, gap: "8px", padding: "0 9px"});
    head.append(make("span", "note"));
    for (const [name, width] of this.cells) {
      const cell = this.cell(name === "macs" ? "MACs" : name, width);
      cell.title = COLUMNS[name];
      head.append(cell);
    }
    this.columns.replaceChildren(head);
    this.columns.style.width = this.canvas.style.width;
    this.columns.style.minWidth = "100%";
    this.band = null;
    this.draw();
  }

  cell(text, width) {
    const cell = make("span", "cell", text);
    cell.style.width = `${width}px`;
    if (text.length > width / 8) cell.title = text;
    return cell;
  }

  middle(column) { return this.left - 15 - column * COLUMN; }
  laneAt(way) { return this.lane + way.track * LANE; }
  rightOf(item) { return this.right - item.depth * INSET; }

  /** What is in sight; nothing is done where it is there already. */
  draw(anew) {
    if (!this.at || !this.host.clientHeight) return;
    const top = this.host.scrollTop, bottom = top + this.host.clientHeight;
    if (anew !== true && this.band && this.band[0] <= Math.max(top - 60, 0) && this.band[1] >= Math.min(bottom + 60, this.at.height)) return;
    const [low, high] = this.band = [Math.max(0, top - MORE), Math.min(this.at.height, bottom + MORE)];
    const {seen, frames, ways} = this.at;
    const parts = frames.filter(frame => frame.item.top < high && frame.bottom > low).map(frame => this.drawFrame(frame));
    const wires = shape("svg", {class: "wires", width: 1, height: 1, "aria-hidden": "true"});
    const shared = new Set();
    for (const way of ways) {
      if (seen[way.from].top > high) continue;
      const last = seen[way.last];
      if (last.top + last.height < low) continue;
      if (way.skip < 0) this.drawValue(wires, way, low, high); else this.drawSkip(wires, way, low, high, shared);
    }
    const rows = [];
    for (let i = rowAt(seen, low); i < seen.length && seen[i].top < high; i++) {
      rows.push(this.drawRow(seen[i]));
      if (seen[i].onSpine) this.drawMark(wires, seen[i]);
    }
    this.canvas.replaceChildren(...parts, wires, ...rows);
    const active = this.state.active >= 0 && document.getElementById(`row-${this.state.active}`);
    if (active) this.host.setAttribute("aria-activedescendant", active.id); else this.host.removeAttribute("aria-activedescendant");
  }

  drawFrame({item, bottom}) {
    const frame = make("div", this.data.rows[item.row].kind === "block" ? "frame" : "frame group");
    const x = this.left + item.depth * INSET;
    Object.assign(frame.style, {left: `${x}px`, top: `${item.top}px`, width: `${this.rightOf(item) - x}px`, height: `${bottom - item.top}px`});
    return frame;
  }

  drawRow(item) {
    const row = this.data.rows[item.row], isFrame = row.end !== undefined;
    const element = make("div", item.isOpen ? "row head" : `row box s-${row.style} ${isFrame ? "folded" : row.kind}`);
    const x = this.left + item.depth * INSET;
    Object.assign(element.style, {left: `${x}px`, top: `${item.top}px`, width: `${this.rightOf(item) - x}px`, height: `${item.height}px`});
    element.style.paddingRight = `${9 + (this.at.deepest - item.depth) * INSET}px`;
    element.id = `row-${item.row}`;
    element.dataset.id = row.id;
    element.setAttribute("role", "treeitem");
    element.setAttribute("aria-level", item.depth + 1);
    element.setAttribute("aria-selected", item.row === this.state.active);
    element.classList.toggle("active", item.row === this.state.active);
    element.classList.toggle("match", this.state.matches.has(item.row));
    element.classList.toggle("again", Boolean(row.reuses));
    const chosen = this.state.chosen;
    if (chosen >= 0 && [...item.arriving, ...item.leaving].some(way => way.skip === chosen)) {
      element.classList.add("lit");
      element.style.setProperty("--lit", colorOf(this.data, chosen));
    }
    if (isFrame) {
      element.setAttribute("aria-expanded", item.isOpen);
      element.append(make("span", "fold", item.isOpen ? "▾" : "▸"));
    }
    element.append(make("span", "title", row.title));
    if (row.parts) element.append(this.share(row.parts));
    element.append(make("span", "note", row.note));
    if (item.inside) element.append(make("span", "inside", `${item.inside} skip${item.inside > 1 ? "s" : ""}${this.frame > 400 ? " inside" : ""}`));
    for (const [name, width] of this.cells) {
      // an open block's shape is its last row's, and its arguments want room
      if (name !== "shape" || !item.isOpen) element.append(this.cell((name === "weights" ? row.brief : row[name]) || "", width));
    }
    return element;
  }

  share(parts) {
    const bar = make("span", "share");
    for (const [size, skip] of parts) {
      const part = make("span");
      part.style.flex = `${Number(size) || 1} 0 0`;
      if (skip >= 0) part.style.background = colorOf(this.data, skip);
      bar.append(part);
    }
    return bar;
  }

  drawMark(wires, item) {
    const row = this.data.rows[item.row], x = this.middle(item.column), y = item.top + item.height / 2;
    wires.append(shape("path", {class: "tick", d: `M${x} ${y}H${this.left + item.depth * INSET}`}));
    if (item.isOpen) return;
    wires.append(shape("circle", {class: `mark dot s-${row.style}`, cx: x, cy: y, r: row.symbol ? 7 : 4.5}));
    const sign = {add: "M-4 0H4M0 -4V4", sub: "M-4 0H4", mul: "M-3 -3L3 3M3 -3L-3 3"}[row.symbol];
    if (sign) wires.append(shape("path", {class: "mark sign", d: sign, transform: `translate(${x} ${y})`}));
  }

  drawValue(wires, way, low, high) {
    const {seen} = this.at, source = seen[way.from], x = this.middle(way.track);
    let before = source.top + source.height / 2, path = `M${this.middle(source.column)} ${before}`;
    path += `H${x}`;
    if (before < low) path = `M${x} ${before = low}`;
    for (const target of way.to) {
      const item = seen[target], y = item.top + item.height / 2, end = this.middle(item.column);
      if (y < low) continue;
      if (y > high + 40) { path += `M${x} ${before}V${high}`; break; }
      path += `M${x} ${before}`;
      if (end === x) path += `V${y}`;
      else path += `V${y - 7}Q${x} ${y} ${x + Math.sign(end - x) * 7} ${y}H${end}`;
      before = y - (target === way.last || end === x ? 0 : 7);
    }
    wires.append(shape("path", {class: way.sizeOnly ? "value size" : "value", d: path}));
  }

  drawSkip(wires, way, low, high, shared) {
    const {seen} = this.at, source = seen[way.from], x = this.laneAt(way), color = colorOf(this.data, way.skip);
    const dashes = dashesOf(this.data, way.skip);
    const period = dashes.split(" ").reduce((sum, part) => sum + Number(part), 0) * (dashes.split(" ").length % 2 ? 2 : 1);
    const start = slotOf(source, null), several = source.leaving.length > 1;
    const lit = way.skip === this.state.chosen ? " lit" : "";
    const about = {class: `skip${lit}`, stroke: color, "data-skip": way.skip};
    if (several && !shared.has(source)) {
      shared.add(source);
      const end = source.leaving.reduce((most, each) => Math.max(most, this.laneAt(each)), 0);
      wires.append(shape("path", {class: "tick", d: `M${this.rightOf(source)} ${start}H${end}`}));
    }
    let before = start, isFirst = true;
    for (const target of way.to) {
      const item = seen[target], y = slotOf(item, way), end = this.rightOf(item) + 1;
      if (y >= low && before <= high) {
        // dashes begin a whole number of periods further down where the way begins out of sight
        const from = before < low ? before + Math.floor((low - before) / period) * period : before;
        const begin = isFirst && !several && from === before ? `M${this.rightOf(source)} ${before}H${x - 6}Q${x} ${before} ${x} ${before + 6}` : `M${x} ${from}`;
        // the line leaves room for the name that stands on it
        const name = isFirst && way.isNamed ? this.right + 14 : 0, room = name && this.width(short(this.data.skips[way.skip].name)) + 4;
        const arrival = name ? `H${name + room}M${name - 4} ${y}H${end + 6}` : `H${end + 6}`;
        const path = y > high ? `${begin}V${high}` : `${begin}V${y - 6}Q${x} ${y} ${x - 6} ${y}${arrival}`;
        wires.append(shape("path", {...about, d: path, "stroke-dasharray": dashes}));
        wires.append(shape("path", {class: "hit", d: path, "data-skip": way.skip}));
        if (y <= high) wires.append(shape("path", {class: `tip${lit}`, d: `M${end + 7} ${y - 4}L${end} ${y}L${end + 7} ${y + 4}Z`, fill: color, "data-skip": way.skip}));
      }
      if (isFirst && way.isNamed && y >= low && y <= high) this.drawName(wires, way, y, lit);
      before = y;
      isFirst = false;
    }
    if (several && start >= low && start <= high) {
      wires.append(shape("circle", {class: `tip${lit}`, cx: x, cy: start, r: 3, fill: color, "data-skip": way.skip}));
    }
  }

  drawName(wires, way, y, lit) {
    const skip = this.data.skips[way.skip];
    const text = shape("text", {x: this.right + 14, y: y + 4, class: `name${lit}`, "data-skip": way.skip, "data-name": skip.id});
    text.textContent = short(skip.name);
    wires.append(text);
  }

  /** Bring a row into sight. */
  show(row) {
    const item = this.at.seen[this.at.stands[row]], {scrollTop, clientHeight} = this.host;
    if (item.top < scrollTop + 40) this.host.scrollTop = item.top - 70;
    else if (item.top + item.height > scrollTop + clientHeight - 50) this.host.scrollTop = item.top - clientHeight / 3;
    this.draw(true);
  }
}

function colorOf(data, skip) { return data.colors[skip % data.colors.length]; }
function dashesOf(data, skip) { return data.dashes[Math.floor(skip / data.colors.length) % data.dashes.length]; }
function short(text) { return text.length > 26 ? `${text.slice(0, 25)}…` : text; }
