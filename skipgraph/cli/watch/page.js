// The page of `skipgraph watch`: a picture that is swapped when the next is there, and what is wrong beside it.
// All that comes from a spec goes in as text, never as markup.

const $ = id => document.getElementById(id);

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** Pieces of text, each with the name of how it is shown. */
function runs(pieces, tag) {
  return pieces.map(([kind, text]) => (kind ? make(tag, kind, text) : text));
}

/** What a reader has done to the page of a network, by names, so that it outlives the page. */
function memory(page, document) {
  const {state, data, flow, figure, rowOf} = page;
  const pressed = document.querySelector("#details [aria-pressed=true]");
  return {
    view: state.view, query: state.query, theme: document.documentElement.dataset.theme, zoom: page.svg ? page.scale : 0,
    folds: new Map([...rowOf].filter(([, row]) => data.rows[row].end !== undefined).map(([id, row]) => [id, state.folded.has(row)])),
    active: data.rows[state.active]?.id, chosen: data.skips[state.chosen]?.id, detail: pressed?.dataset.detail,
    scrolled: [flow, figure].map(each => [each.scrollLeft, each.scrollTop]),
  };
}

/** The same done to the next page, as far as it has what was meant. */
function recall(page, document, kept) {
  const {state, data, rowOf} = page;
  document.documentElement.dataset.theme = kept.theme;
  for (const [id, isFolded] of kept.folds) {
    const row = rowOf.get(id);
    if (row === undefined || data.rows[row].end === undefined) continue;
    if (isFolded) state.folded.add(row); else state.folded.delete(row);
  }
  page.rows.layout();
  if (page.templates.has(kept.detail)) page.showFigure(kept.detail);
  page.show(kept.view);
  if (page.svg && kept.zoom) page.zoom(kept.zoom / page.scale);
  if (kept.query) {
    page.search.value = kept.query;
    page.find(kept.query);
  }
  const chosen = data.skips.findIndex(each => each.id === kept.chosen);
  if (chosen >= 0) page.choose(chosen);
  if (rowOf.has(kept.active)) page.activate(rowOf.get(kept.active), false);
  [page.flow, page.figure].forEach((each, number) => each.scrollTo(...kept.scrolled[number]));
}

class Watch {
  constructor() {
    this.frame = null;
    this.coming = null;
    this.view = null;
    const events = new EventSource("events");
    events.addEventListener("message", event => this.show(JSON.parse(event.data)));
    events.addEventListener("error", () => this.lost());
  }

  show(view) {
    this.view = view;
    $("file").textContent = view.file;
    $("working").hidden = !view.working;
    if (view.picture) this.load(view.picture);
    this.told(view);
    this.marks();
  }

  /** The server has ended; the browser asks again by itself until it is back. */
  lost() {
    document.body.dataset.state = "lost";
    $("working").hidden = true;
    $("state").textContent = "no answer: skipgraph watch has ended";
    this.coming?.remove();
    this.coming = null;
  }

  /** What is shown is said: the newest picture, one from before the findings, or none. */
  marks() {
    const {view} = this, isOld = view.state === "broken" && view.picture !== "";
    document.body.dataset.state = view.state;
    document.body.dataset.picture = view.picture ? "there" : "none";
    const states = {good: `drawn at ${view.drawn}`, broken: view.count, new: ""};
    $("state").textContent = states[view.state];
    const coming = view.picture ? "" : "The picture comes as soon as the spec checks.";
    $("said").textContent = view.state === "good" ? [view.said, view.count].filter(Boolean).join("; ") : view.state === "broken" ? coming : "";
    $("old").hidden = !isOld;
    $("old").textContent = isOld ? `The picture is of ${view.drawn}, from before these findings.` : "";
    $("none").hidden = view.picture !== "";
    document.title = `${view.state === "broken" ? "✗" : "✓"} ${view.file}`;
  }

  // The picture.

  load(key) {
    if (key === (this.coming ?? this.frame)?.dataset.key) return;
    this.coming?.remove();
    this.coming = null;
    if (key === this.frame?.dataset.key) return;
    const frame = make("iframe", "coming");
    frame.title = "The network";
    frame.dataset.key = key;
    frame.addEventListener("load", () => this.swap(frame));
    frame.src = `picture?${key}`;
    this.coming = frame;
    $("picture").append(frame);
  }

  swap(frame) {
    if (frame !== this.coming) return;
    this.coming = null;
    const inside = frame.contentDocument;
    // the browser's own page for a server that is gone is not ours to look into
    if (!inside?.getElementById("data")) {
      frame.remove();
      return;
    }
    const page = frame.contentWindow.skipgraph;
    if (this.frame) recall(page, inside, memory(this.page, this.frame.contentDocument));
    frame.classList.remove("coming");
    this.frame?.remove();
    this.frame = frame;
    this.page = page;
    this.follow(inside.documentElement);
  }

  /** Light or dark as the picture is, which has a button for it. */
  follow(root) {
    const take = () => { document.documentElement.dataset.theme = root.dataset.theme; };
    new MutationObserver(take).observe(root, {attributeFilter: ["data-theme"]});
    take();
  }

  // The findings.

  told(view) {
    const key = JSON.stringify([view.findings, view.sources]);
    if (key === this.toldKey) return;
    this.toldKey = key;
    $("told").hidden = !view.findings.length;
    $("findings").replaceChildren(...view.findings.map((each, number) => this.finding(each, number)));
    if (view.more) $("findings").append(make("p", "more", `and ${view.more} more`));
    $("sources").replaceChildren(...view.sources.flatMap((source, number) => this.source(source, number)));
    const first = view.findings.find(each => each.at);
    if (first) this.go(first.at, false);
  }

  finding(found, number) {
    const text = make("pre", `finding ${found.severity}`);
    text.append(...runs(found.text, "span"));
    text.id = `finding-${number}`;
    if (found.at) {
      text.tabIndex = 0;
      text.setAttribute("role", "button");
      text.addEventListener("click", () => this.go(found.at, true));
      text.addEventListener("keydown", event => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.go(found.at, true);
      });
    }
    return text;
  }

  source(source, number) {
    const list = make("div", "source");
    let last = 0;
    for (const [line, kind, pieces] of source.lines) {
      if (line !== last + 1) list.append(make("div", "gap", "⋮"));
      last = line;
      const row = make("div", `line ${kind}`.trim()), code = make("code");
      row.id = `line-${number}-${line}`;
      row.dataset.line = line;
      code.append(...runs(pieces, "mark"));
      row.append(make("span", "number", String(line)), code);
      list.append(row);
    }
    return [make("h2", "", source.name), list];
  }

  /** To a line of the spec. */
  go([source, line], isAsked) {
    const row = $(`line-${source}-${line}`);
    row?.scrollIntoView({block: "center", inline: "nearest"});
    document.querySelector(".line.here")?.classList.remove("here");
    if (isAsked) row?.classList.add("here");
  }
}

new Watch();
