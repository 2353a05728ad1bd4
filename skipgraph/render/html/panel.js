// The panel: what is known about a row or a skip, and the list of skips.

const HINTS = [["Point at a step or a skip to read about it"], ["Click a block to fold it, a skip to light it up"], ["Search", "/"], ["Flow or figure", "v"], ["All keys", "?"]];

/** A path as an element's text, broken behind its dots where it must be. */
function breakable(element, path) {
  for (const part of path.split(/(?<=[._])/)) element.append(part, make("wbr"));
  return element;
}

class Panel {
  constructor(data, page) {
    Object.assign(this, {data, page, about: document.getElementById("about"), list: document.getElementById("skips")});
    this.readers = data.rows.map(() => []);
    this.reads = data.rows.map(() => []);
    for (const [source, targets, , skip, result] of data.ways) {
      for (const target of targets) {
        this.readers[source].push([target, skip, result]);
        this.reads[target].push([source, skip, result]);
      }
    }
    this.buttons = [];
    this.list.addEventListener("mouseleave", () => this.page.unpoint());
    this.skips();
  }

  /** The network itself, where nothing else is asked about. */
  network() {
    const {title, description, summary, macs, sizes} = this.data, facts = make("dl");
    this.fact(facts, "MACs", macs);
    this.fact(facts, "drawn at", sizes);
    this.about.replaceChildren(make("h2", "", "Network"), make("h3", "", title), ...(description ? [make("p", "summary", description)] : []),
      make("p", "summary", summary), facts, this.hints());
  }

  /** What can be done, for who comes here first. */
  hints() {
    const list = make("ul", "hints");
    for (const [what, key] of HINTS) {
      const item = make("li", "", what);
      if (key) item.append(" ", make("kbd", "", key));
      list.append(item);
    }
    return list;
  }

  row(number) {
    const row = this.data.rows[number];
    const kind = {step: "Step", block: "Block", group: "Group", input: "Input", output: "Output"}[row.kind];
    const parts = [make("h2", "", kind), breakable(make("h3"), row.id)];
    if (row.call) parts.push(make("p", "call", row.call));
    const facts = make("dl");
    this.fact(facts, "shape", row.types);
    if (row.weights) this.fact(facts, "weights", row.weights.toLocaleString("en"));
    this.fact(facts, "MACs", row.macs);
    this.fact(facts, "weights of", row.reuses);
    const [from, to] = this.around(number);
    this.links(facts, "from", from);
    this.links(facts, "to", to);
    parts.push(facts);
    if (row.at) parts.push(this.line(row.at));
    this.about.replaceChildren(...parts);
  }

  /** What a row reads and what reads it; for a block, from outside it. */
  around(number) {
    const end = this.data.rows[number].end ?? number + 1, from = [], to = [];
    for (let i = number; i < end; i++) {
      from.push(...this.reads[i].filter(([other]) => other < number || other >= end));
      to.push(...this.readers[i].filter(([other]) => other < number || other >= end));
    }
    return [from, to];
  }

  fact(list, name, value) {
    if (value) list.append(make("dt", "", name), make("dd", "", value));
  }

  links(list, name, links) {
    if (!links.length) return;
    const cell = make("dd");
    for (const [row, skip, result] of links.slice(0, 8)) {
      const by = skip >= 0 ? ` by ${this.data.skips[skip].name}` : "", {id, title, symbol, parts} = this.data.rows[row];
      // where a skip lands has its name
      const button = breakable(make("button"), `${id}${result ? `.${result}` : ""}${symbol || parts ? `, ${title}` : ""}${by}`);
      button.addEventListener("click", () => this.page.go(row));
      cell.append(button);
    }
    if (links.length > 8) cell.append(`and ${links.length - 8} more`);
    list.append(make("dt", "", name), cell);
  }

  /** What the spec says there, from its margin. */
  line([source, number, count]) {
    const {name, lines} = this.data.sources[source], block = make("div", "line");
    const said = Array.from({length: count}, (_, at) => lines[number + at]), margin = said[0].length - said[0].trimStart().length;
    block.append(make("span", "", `${name}:${number}`), make("code", "", said.map(line => line.slice(margin)).join("\n")));
    return block;
  }

  skip(number) {
    const {id, shape} = this.data.skips[number], ways = this.data.ways.filter(way => way[3] === number);
    const sources = new Set(ways.map(way => way[0])), targets = new Set(ways.flatMap(way => way[1]));
    const facts = make("dl");
    this.links(facts, "from", [...sources].filter(row => !targets.has(row)).map(row => [row, -1, ""]));
    this.links(facts, "by way of", [...sources].filter(row => targets.has(row)).map(row => [row, -1, ""]));
    this.links(facts, "to", [...targets].filter(row => !sources.has(row)).map(row => [row, -1, ""]));
    const {at} = this.data.rows[Math.max(...targets)];
    this.fact(facts, "shape", shape);
    this.about.replaceChildren(make("h2", "", "Skip"), breakable(make("h3"), id), facts, ...(at ? [this.line(at)] : []));
  }

  /** The list of skips: those in sight at once, the others as time allows. */
  skips() {
    const {length} = this.data.skips;
    this.list.replaceChildren(make("h2", "", length ? `${length} skip${length > 1 ? "s" : ""}` : "No skips"));
    this.more(40);
    const later = () => {
      this.more(200);
      if (this.buttons.length < length) setTimeout(later, 30);
    };
    setTimeout(later, 100);
  }

  /** So many more buttons of the list. */
  more(count) {
    const from = this.buttons.length;
    const made = this.data.skips.slice(from, from + count).map((skip, at) => this.button(skip, from + at));
    this.buttons.push(...made);
    this.list.append(...made);
  }

  button({id, name, about, way, shape: size}, number) {
    const button = make("button"), line = shape("svg", {width: 30, height: 8, "aria-hidden": "true"});
    line.append(shape("path", {d: "M0 4H30", "stroke-width": 2.5}));
    const text = make("span", "text"), scope = id.slice(0, Math.max(0, id.length - name.length - 1)).split(".").filter(Boolean);
    const first = make("span", "first"), second = make("span", "second");
    first.append(make("span", "name", name));
    if (scope.length) first.append(make("span", "scope", (scope.length > 2 ? "…" : "") + scope.slice(-2).join(".")));
    second.append(make("span", "way", way));
    (scope.length ? second : first).append(make("span", "size", size));
    text.append(first, second);
    button.append(line, text);
    this.paintLine(line.firstChild, number);
    button.title = about;
    button.setAttribute("aria-pressed", "false");
    button.dataset.skip = number;
    button.addEventListener("click", () => this.page.choose(number));
    button.addEventListener("mouseenter", () => this.skip(number));
    button.addEventListener("focus", () => this.skip(number));
    return button;
  }

  /** The lines beside the names, each as the view draws it; a faint one where the view has none. */
  paint(drawn) {
    this.drawn = drawn;
    this.buttons.forEach((button, number) => this.paintLine(button.querySelector("path"), number));
  }

  paintLine(line, number) {
    const own = {stroke: colorOf(this.data, number), "stroke-dasharray": dashesOf(this.data, number), opacity: this.drawn ? .2 : 1};
    const path = this.drawn?.get(this.data.skips[number].id);
    const like = path && {stroke: path.getAttribute("stroke"), "stroke-dasharray": path.getAttribute("stroke-dasharray"), opacity: 1};
    for (const [name, value] of Object.entries(like || own)) line.setAttribute(name, value);
  }

  chosen(number) {
    if (number >= this.buttons.length) this.more(Infinity);
    for (const button of this.buttons) {
      const isChosen = Number(button.dataset.skip) === number;
      if (isChosen !== (button.getAttribute("aria-pressed") === "true")) button.setAttribute("aria-pressed", isChosen);
      if (isChosen) button.scrollIntoView({block: "nearest"});
    }
  }

  /** The skips whose name has the words searched, where any has. */
  filter(words) {
    if (words.length) this.more(Infinity);
    const isMeant = this.data.skips.map(skip => hasAll(skip.id, words)), all = !isMeant.includes(true);
    for (const button of this.buttons) button.hidden = !all && !isMeant[button.dataset.skip];
  }
}
