"use strict";
// What is seen when some frames are folded: rows, ways between them, and their places. No element is touched here.

const HEAD = 26, ROW = 26, GAP = 4, FOOT = 6, SLOT = 15;

/** The rows that are seen, in order, and for each row of the data the seen one that stands for it. */
function seenRows(rows, folded) {
  const seen = [], stands = new Int32Array(rows.length), depth = new Int32Array(rows.length);
  for (let i = 0; i < rows.length;) {
    depth[i] = rows[i].parent < 0 ? 0 : depth[rows[i].parent] + 1;
    const end = folded.has(i) ? rows[i].end : i + 1;
    stands.fill(seen.length, i, end);
    seen.push({row: i, depth: depth[i], isOpen: rows[i].end !== undefined && !folded.has(i)});
    i = end;
  }
  return {seen, stands};
}

/** The ways between seen rows; what is inside a folded frame is gone. `from` and `to` are places in `seen`. */
function seenWays(ways, stands) {
  const found = [], known = new Set();
  for (const [source, targets, track, skip, result, sizeOnly] of ways) {
    const from = stands[source];
    const to = [...new Set(targets.map(target => stands[target]))].filter(target => target !== from);
    if (!to.length) continue;
    const key = `${from} ${to} ${skip} ${sizeOnly}`;
    if (known.has(key)) continue;
    known.add(key);
    found.push({from, to, last: to[to.length - 1], track, skip, result, sizeOnly});
  }
  return found;
}

/** Each number that occurs, by its rank: lanes that nothing seen needs take no room. */
function ranks(numbers) {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  return new Map(sorted.map((number, rank) => [number, rank]));
}

/** All places: of rows from the top, of frames, of what touches each row. */
function layout(data, folded) {
  const {seen, stands} = seenRows(data.rows, folded);
  const ways = seenWays(data.ways, stands);
  const lanes = ranks(ways.filter(way => way.skip >= 0).map(way => way.track));
  const values = ways.filter(way => way.skip < 0);
  const onSpine = new Set(values.flatMap(way => [way.from, ...way.to]));
  const columns = ranks([...values.map(way => way.track), ...[...onSpine].map(at => data.rows[seen[at].row].column)]);
  for (const item of seen) Object.assign(item, {arriving: [], leaving: [], column: 0, onSpine: false, inside: 0});
  for (const at of onSpine) Object.assign(seen[at], {onSpine: true, column: columns.get(data.rows[seen[at].row].column)});
  const named = new Map();
  for (const way of ways) {
    way.track = (way.skip < 0 ? columns : lanes).get(way.track);
    if (way.skip < 0) continue;
    seen[way.from].leaving.push(way);
    for (const target of way.to) seen[target].arriving.push(way);
    const first = named.get(way.skip);
    if (!first || way.to[0] < first.to[0]) named.set(way.skip, way);
  }
  for (const way of named.values()) way.isNamed = true;
  const inside = new Map(data.ways.filter(way => way[3] >= 0 && !named.has(way[3])).map(way => [way[3], stands[way[0]]]));
  for (const at of inside.values()) seen[at].inside++;
  const {frames, height} = placeRows(seen, data.rows);
  const deepest = seen.reduce((most, item) => Math.max(most, item.depth), 0);
  return {seen, stands, ways, named, frames, height, deepest, lanes: lanes.size, columns: Math.max(columns.size, 1)};
}

function placeRows(seen, rows) {
  const frames = [], open = [];
  let top = 12;
  const close = before => {
    while (open.length && open[open.length - 1].end <= before) {
      const frame = open.pop();
      frame.bottom = top;
      top += FOOT;
    }
  };
  for (const item of seen) {
    close(item.row);
    item.top = top;
    if (item.isOpen) {
      item.height = HEAD;
      const frame = {item, end: rows[item.row].end, bottom: 0};
      frames.push(frame);
      open.push(frame);
      top += HEAD;
      continue;
    }
    const slots = item.arriving.length + (item.leaving.length ? 1 : 0);
    item.height = Math.max(ROW, SLOT * slots);
    top += item.height + GAP;
  }
  close(Infinity);
  return {frames, height: top + 40};
}

/** Where a skip arrives at a row, or for none where all leave it. */
function slotOf(item, way) {
  const at = way ? item.arriving.indexOf(way) : item.arriving.length;
  const slots = item.arriving.length + (item.leaving.length ? 1 : 0);
  return item.top + item.height * (at + .5) / slots;
}

/** The first place in `seen` whose bottom lies below `y`. */
function rowAt(seen, y) {
  let low = 0, high = seen.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seen[middle].top + seen[middle].height < y) low = middle + 1; else high = middle;
  }
  return low;
}
