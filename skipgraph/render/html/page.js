// The page: what is chosen, searched, folded and shown, by mouse and by keys.

const KEYS = [["/", "search: words of names, ops, arguments, skips; shapes as 64×H or 3x3"], ["Enter, Shift+Enter", "in the search: next and previous match"], ["↑ ↓ Home End PgUp PgDn", "go from row to row"],
  ["→ ←", "unfold and fold; go in and out"], ["Enter or Space", "fold or unfold a block; choose a step's skip, then its next"],
  ["n p", "choose the next and the previous skip"], ["− +", "fold all, unfold all; in the figure smaller, larger"], ["0", "in the figure: fit"], ["v", "flow or figure"], ["d", "dark or light"], ["Esc", "let go of what is chosen or searched"], ["?", "this list"]];

/** As searches compare: `3x3` is 3×3. */
function plain(text) { return text.toLowerCase().replaceAll("×", "x"); }
function hasAll(text, words) { const searched = plain(text); return words.every(word => searched.includes(word)); }

class Page {
  constructor() {
    this.data = JSON.parse(document.getElementById("data").textContent);
    this.state = {folded: new Set(), active: -1, chosen: -1, matches: new Set(), query: "", view: "flow"};
    this.rowOf = new Map();
    this.data.rows.forEach((row, number) => { if (!this.rowOf.has(row.id)) this.rowOf.set(row.id, number); });
    for (const name of ["flow", "figure", "search", "found", "keys", "details"]) this[name] = document.getElementById(name);
    this.theme();
    this.rows = new Flow(this.flow, this.data, this.state);
    this.panel = new Panel(this.data, this);
    this.figures();
    this.foldBelow(this.data.levels);
    this.rows.layout();
    this.panel.network();
    this.events();
  }

  theme() {
    const asked = matchMedia("(prefers-color-scheme: dark)");
    const show = dark => { document.documentElement.dataset.theme = dark ? "dark" : "light"; };
    show(asked.matches);
    asked.addEventListener("change", () => show(asked.matches));
    this.toggleTheme = () => show(document.documentElement.dataset.theme !== "dark");
  }

  /** Fold what lies more than so many blocks deep. */
  foldBelow(levels) {
    const {rows} = this.data, blocks = [];
    this.state.folded.clear();
    rows.forEach((row, number) => {
      const around = row.parent < 0 ? 0 : blocks[row.parent];
      blocks.push(around + (row.kind === "block" ? 1 : 0));
      if (row.kind === "block" && around >= levels) this.state.folded.add(number);
    });
  }

  fold(row, isFolded) {
    if (this.data.rows[row].end === undefined || this.state.folded.has(row) === isFolded) return;
    if (isFolded) this.state.folded.add(row); else this.state.folded.delete(row);
    this.rows.layout();
  }

  foldAll(isFolded) {
    if (isFolded) this.foldBelow(0); else this.state.folded.clear();
    this.rows.layout();
    if (this.state.active >= 0) this.activate(this.seen(this.state.active));
  }

  /** The row that stands for a row: itself, or the folded frame that it is in. */
  seen(row) { return this.rows.at.seen[this.rows.at.stands[row]].row; }

  activate(row, isShown = true) {
    this.state.active = row;
    this.panel.row(row);
    if (isShown) this.rows.show(row); else this.rows.draw(true);
    this.markFigure();
  }

  /** Go to a row wherever it is. */
  go(row) {
    let isHidden = false;
    for (let around = this.data.rows[row].parent; around >= 0; around = this.data.rows[around].parent) {
      isHidden = this.state.folded.delete(around) || isHidden;
    }
    if (isHidden) this.rows.layout();
    this.activate(row);
  }

  choose(skip) {
    const isNew = skip >= 0 && skip !== this.state.chosen;
    this.state.chosen = isNew ? skip : -1;
    if (!isNew) this.unpoint();
    this.flow.classList.toggle("chosen", isNew);
    this.panel.chosen(this.state.chosen);
    if (isNew) {
      this.panel.skip(skip);
      this.uncover(skip);
      this.rows.show(this.seen(this.data.ways.find(each => each[3] === skip)[0]));
    } else this.rows.draw(true);
    this.markFigure();
  }

  /** Unfold what a skip lies in, as far as it takes to see it. */
  uncover(skip) {
    const {folded} = this.state, ways = this.data.ways.filter(way => way[3] === skip);
    const isSeen = () => ways.some(way => way[1].some(target => this.rows.at.stands[target] !== this.rows.at.stands[way[0]]));
    while (!isSeen() && folded.delete(this.seen(ways[0][0]))) this.rows.layout();
    const {id} = this.data.skips[skip];
    const holds = node => [...node.querySelectorAll("g[data-skip]")].some(group => group.dataset.skip === id);
    if (this.state.view !== "figure") return;
    const detail = holds(this.svg) ? null : [...this.templates].find(([, template]) => holds(template.content));
    if (detail) this.showFigure(detail[0]);
    const lit = [...this.figure.querySelectorAll("g[data-name]")].find(group => group.dataset.name === id);
    if (lit) lit.scrollIntoView({block: "center", inline: "center"});
  }

  chooseNext(step) {
    const {length} = this.data.skips;
    if (length) this.choose(this.state.chosen < 0 ? (step > 0 ? 0 : length - 1) : (this.state.chosen + step + length) % length);
  }

  /** What Enter does: a frame folds, a step chooses the next of its skips. */
  enter() {
    const {active, folded, chosen} = this.state;
    if (active < 0) return;
    if (this.data.rows[active].end !== undefined) {
      this.fold(active, !folded.has(active));
      this.activate(active);
      return;
    }
    const item = this.rows.at.seen[this.rows.at.stands[active]];
    const skips = [...new Set([...item.arriving, ...item.leaving].map(way => way.skip))];
    if (!skips.length) return;
    const next = skips[skips.indexOf(chosen) + 1];
    this.choose(next === undefined ? chosen : next);
  }

  find(text) {
    const query = this.state.query = text.trim(), words = plain(query).split(/\s+/).filter(Boolean), {rows, skips, ways} = this.data;
    const matches = new Set();
    if (query) {
      // numbers alone would meet every shape
      const isShape = words.some(word => /[\d)]x|x[\d(]|\wx\w/.test(word));
      rows.forEach((row, number) => {
        if (hasAll([row.id, row.title, row.note, row.call, isShape ? row.shape : ""].join("\n"), words)) matches.add(number);
      });
      for (const [source, targets, , skip] of ways) {
        if (skip >= 0 && hasAll(skips[skip].id, words)) [source, ...targets].forEach(row => matches.add(row));
      }
    }
    this.state.matches = matches;
    this.found.textContent = query ? String(matches.size) : "";
    this.panel.filter(words);
    this.rows.draw(true);
    this.markFigure();
  }

  /** Go to the next match, or the one before. */
  findNext(step) {
    const matches = [...this.state.matches].sort((a, b) => a - b);
    if (!matches.length) return;
    const at = matches.indexOf(this.state.active);
    const next = at < 0 ? (step > 0 ? 0 : matches.length - 1) : (at + step + matches.length) % matches.length;
    this.found.textContent = `${next + 1} of ${matches.length}`;
    this.go(matches[next]);
  }

  letGo() {
    if (this.state.chosen >= 0) return this.choose(-1);
    this.state.active = -1;
    this.panel.network();
    this.rows.draw(true);
    return this.markFigure();
  }

  escape() {
    if (this.state.query) { this.search.value = ""; this.find(""); } else this.letGo();
    (this.state.view === "flow" ? this.flow : this.figure).focus({preventScroll: true});
  }

  // The figure.

  figures() {
    this.templates = new Map([...document.querySelectorAll("template.figure")].map(each => [each.dataset.detail, each]));
    for (const detail of this.templates.keys()) {
      const button = make("button", "", {fit: "Overview", stages: "Stages", blocks: "Blocks", ops: "Ops"}[detail]);
      button.dataset.detail = detail;
      button.addEventListener("click", () => this.showFigure(detail));
      this.details.append(button);
    }
    this.details.hidden = this.templates.size < 2;
  }

  showFigure(detail) {
    for (const button of this.details.children) button.setAttribute("aria-pressed", button.dataset.detail === detail);
    this.figure.replaceChildren(this.templates.get(detail).content.cloneNode(true));
    this.svg = this.figure.querySelector("svg");
    this.svg.querySelectorAll("g > title").forEach(title => title.remove());
    this.groups = [...this.svg.querySelectorAll("g[data-cell]")];
    this.zoom(0);
    this.markFigure();
    this.paint();
  }

  /** The list of skips has the colours of the view. */
  paint() {
    const groups = this.state.view === "figure" ? [...this.svg.querySelectorAll("g[data-skip]")] : null;
    this.panel.paint(groups && new Map(groups.map(group => [group.dataset.skip, group.querySelector("path[stroke]")])));
  }

  /** Larger or smaller by a factor; 0 fits the width. */
  zoom(factor) {
    const {width} = this.svg.viewBox.baseVal;
    this.scale = factor ? this.scale * factor : Math.min(1.7, Math.max(.6, (this.figure.clientWidth - 40) / width));
    this.svg.style.width = `${width * this.scale}px`;
    this.svg.style.height = `${this.svg.viewBox.baseVal.height * this.scale}px`;
  }

  stepsOf(group) { return (group.dataset.steps || group.dataset.cell || "").split(" "); }

  markFigure() {
    if (!this.svg) return;
    const {chosen, active, matches} = this.state, id = chosen >= 0 ? this.data.skips[chosen].id : null;
    const lit = new Set([...this.svg.querySelectorAll("g[data-skip]")].filter(group => group.dataset.skip === id).flatMap(group => [group.dataset.from, group.dataset.to]));
    this.figure.classList.toggle("chosen", lit.size > 0);
    for (const group of this.svg.querySelectorAll(":scope > g")) {
      const {skip, name, cell} = group.dataset;
      group.classList.toggle("lit", id !== null && (skip === id || name === id || (cell !== undefined && lit.has(cell))));
      if (cell === undefined) continue;
      const rows = this.stepsOf(group).map(step => this.rowOf.get(step)).filter(row => row !== undefined);
      const isOver = row => rows.some(each => each === row || (row > each && row < (this.data.rows[each].end ?? 0)));
      group.classList.toggle("active", active >= 0 && isOver(active));
      group.classList.toggle("match", matches.size > 0 && [...matches].some(isOver));
    }
  }

  show(view) {
    this.state.view = view;
    document.body.dataset.view = view;
    for (const name of ["flow", "figure"]) {
      this[name].hidden = name !== view;
      document.getElementById(`view-${name}`).setAttribute("aria-pressed", name === view);
      document.querySelectorAll(`.only-${name}`).forEach(each => { each.hidden = name !== view; });
    }
    if (view === "figure" && !this.svg) this.showFigure(this.templates.keys().next().value);
    else this.paint();
    if (view === "flow") {
      this.rows.place();
      if (this.state.active >= 0) this.activate(this.seen(this.state.active));
    }
  }

  /** From row to row; in the figure from cell to cell. */
  step(by) {
    const {seen, stands} = this.rows.at, {active, view} = this.state;
    const within = (list, at) => list[Math.max(0, Math.min(list.length - 1, at))];
    if (view === "flow") {
      const at = active >= 0 ? stands[active] : by > 0 ? -1 : seen.length;
      this.activate(within(seen, at + by).row);
      return;
    }
    const at = this.groups.findIndex(group => group.classList.contains("active"));
    const next = within(this.groups, at + by), row = next && this.rowOf.get(next.dataset.cell);
    if (row === undefined) return;
    this.activate(row, false);
    next.scrollIntoView({block: "nearest", inline: "nearest"});
  }

  /** Into a frame, or unfold it; out of it, or fold it. */
  sideways(isIn) {
    const {active, folded, view} = this.state;
    if (active < 0 || view !== "flow") return this.step(isIn ? 1 : -1);
    const row = this.data.rows[active], isFrame = row.end !== undefined;
    if (isIn && isFrame) {
      if (folded.has(active)) this.fold(active, false); else return this.step(1);
    } else if (!isIn && isFrame && !folded.has(active)) this.fold(active, true);
    else if (!isIn && row.parent >= 0) return this.activate(row.parent);
    return this.activate(active);
  }

  // Mouse and keys.

  events() {
    const on = (id, act) => document.getElementById(id).addEventListener("click", act);
    on("view-flow", () => this.show("flow"));
    on("view-figure", () => this.show("figure"));
    on("fold-all", () => this.foldAll(true));
    on("unfold-all", () => this.foldAll(false));
    on("theme", () => this.toggleTheme());
    on("help", () => this.keys.showModal());
    on("zoom-in", () => this.zoom(1.25));
    on("zoom-out", () => this.zoom(.8));
    on("zoom-fit", () => this.zoom(0));
    this.keys.querySelector("dl").append(...KEYS.flatMap(([keys, what]) => {
      const term = make("dt");
      term.append(make("kbd", "", keys));
      return [term, make("dd", "", what)];
    }));
    this.search.addEventListener("input", () => this.find(this.search.value));
    for (const view of [this.flow, this.figure]) {
      view.addEventListener("click", event => this.click(event.target));
      view.addEventListener("mouseover", event => this.point(event.target));
      view.addEventListener("mouseleave", () => this.unpoint());
    }
    document.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey || this.keys.open) return;
      const isWriting = event.target === this.search, isButton = event.target.tagName === "BUTTON";
      if (isWriting ? this.searchKey(event) : this.key(event, isButton)) event.preventDefault();
    });
  }

  /** What an element stands for: a row's number, a skip's, or neither. */
  meant(target) {
    const skip = target.closest("[data-skip], [data-name]"), row = target.closest(".row, [data-cell], [data-steps]");
    if (skip) {
      const id = skip.dataset.name ?? skip.dataset.skip;
      const number = this.data.skips.findIndex(each => each.id === id);
      return {skip: number >= 0 ? number : Number(id), row: -1};
    }
    if (!row) return {skip: -1, row: -1};
    if (row.classList.contains("row")) return {skip: -1, row: Number(row.id.slice(4))};
    return {skip: -1, row: this.rowOf.get(row.dataset.cell ?? this.stepsOf(row)[0]) ?? -1};
  }

  click(target) {
    const {skip, row} = this.meant(target);
    if (skip >= 0) this.choose(skip);
    else if (row < 0) this.letGo();
    else {
      if (this.state.view === "flow") this.fold(row, !this.state.folded.has(row));
      this.activate(row, false);
    }
  }

  point(target) {
    const {skip, row} = this.meant(target);
    if (skip >= 0) this.panel.skip(skip); else if (row >= 0) this.panel.row(row); else this.unpoint();
  }

  /** The panel tells of what is chosen again. */
  unpoint() {
    const {active, chosen} = this.state;
    if (chosen >= 0) this.panel.skip(chosen); else if (active >= 0) this.panel.row(active); else this.panel.network();
  }

  searchKey(event) {
    if (event.key === "Escape") this.escape();
    else if (event.key === "Enter") this.findNext(event.shiftKey ? -1 : 1);
    else return false;
    return true;
  }

  less() { if (this.state.view === "flow") this.foldAll(true); else this.zoom(.8); }
  more() { if (this.state.view === "flow") this.foldAll(false); else this.zoom(1.25); }

  /** Whether the key means something. */
  key(event, isButton) {
    const page = Math.max(1, Math.floor(this.flow.clientHeight / 34));
    const acts = {
      "/": () => { this.search.focus(); this.search.select(); },
      "?": () => this.keys.showModal(),
      Escape: () => this.escape(),
      ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1), PageDown: () => this.step(page), PageUp: () => this.step(-page),
      Home: () => this.step(-Infinity), End: () => this.step(Infinity),
      ArrowRight: () => this.sideways(true), ArrowLeft: () => this.sideways(false),
      n: () => this.chooseNext(1), p: () => this.chooseNext(-1),
      "-": () => this.less(), "+": () => this.more(), "=": () => this.more(), 0: () => this.svg && this.zoom(0),
      v: () => this.show(this.state.view === "flow" ? "figure" : "flow"), d: () => this.toggleTheme(),
    };
    if (!isButton) Object.assign(acts, {Enter: () => this.enter(), " ": () => this.enter()});
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : null;
    if (act) act();
    return act !== null;
  }
}

// `skipgraph watch` carries what a reader has done over to the page of the next save
window.skipgraph = new Page();
window.skipgraph.show("flow");
