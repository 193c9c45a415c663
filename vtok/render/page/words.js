/* What the page says: elements, names and facts. Everything from the data is set as text. */

/** An element with attributes and children; children that are strings become text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const counted = new Intl.NumberFormat("en");
const number = (value) => counted.format(value);
const fixed = (value, digits = 1) => Number(value.toFixed(digits)).toString();
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
const range = (low, high) => (low === high ? `${low}` : `${low} to ${high}`);
const seconds = (time) => `${time.toFixed(2)} s`;

const grid = (t, rows, columns) => (t > 1 ? [t, rows, columns] : [rows, columns]).join(" \u00d7 ");

const KINDS = {
  vision: "image token",
  query: "query",
  newline: "newline",
  separator: "separator",
  class: "class token",
  register: "register token",
  special: "special token",
  text: "text",
  unplaced: "token without a known place",
  audio: "audio token",
};

const READERS = new Set(["query", "class", "register"]); // tokens that read all of a view

/** The facts of a position, as pairs of a name and a text. */
function factsOf(token, map) {
  const { row, column, tile, views, window, frames, time, ids, span } = token;
  const memory = map.layout.sequence === "cross" ? " in the cross-attention memory" : "";
  const facts = [["position", `${number(token.position)} of ${number(map.positions)}${memory}`]];
  const add = (applies, name, text) => applies && facts.push([name, text()]);
  add(row !== undefined, "row", () => `${row} of ${span.rows}`);
  add(column !== undefined, "column", () => `${column} of ${span.columns}`);
  add(tile, "tile", () => `column ${tile[0]}, row ${tile[1]}`);
  add(views.length, views.length > 1 ? "views" : "view", () => viewNames(views, map));
  add(Number.isInteger(window), "window", () => number(window));
  add(frames?.length, frames?.length > 1 ? "frames" : "frame", () => [...new Set(frames)].join(", "));
  add(time !== undefined, "time", () => seconds(time));
  add(ids, "position ids", () => idsOf(ids));
  return [...facts, ["pixels", pixelsOf(token)]];
}

const viewNames = (views, map) => views.map((i) => `${i}, ${viewName(map.layout.views[i])}`).join("; ");

/** Position ids: one number where all axes have the same. */
function idsOf([time, row, column]) {
  return time === row && row === column ? `${time}` : `time ${time}, row ${row}, column ${column}`;
}

const viewName = (view) => (view.encoder ? `${view.kind} of the ${view.encoder} encoder` : view.kind);

function pixelsOf(token) {
  if (!token.box) return READERS.has(token.kind) ? "reads its whole view" : "no known place in the image";
  if (!hasArea(token.box)) return "padding only";
  const [left, top, right, bottom] = token.box;
  return `x ${fixed(left)} to ${fixed(right)}\ny ${fixed(top)} to ${fixed(bottom)}`;
}

/** The name of a position: `Token 57`, or the special token's own. */
function titleOf(token) {
  if (token.index !== null) return `Token ${number(token.index)}`;
  return token.text || KINDS[token.kind];
}

function kindOf(token) {
  const name = KINDS[token.kind] + (token.index !== null && token.text ? ` ${token.text}` : "");
  return token.column === undefined && token.row !== undefined ? `${name}, ends row ${token.row}` : name;
}

function list(pairs) {
  const made = element("dl", { class: "facts" });
  for (const [name, text] of pairs) made.append(element("dt", {}, name), element("dd", {}, text));
  return made;
}

/** A table with a caption, in a frame that scrolls where the page is narrow. */
function table(caption, names, rows) {
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, `${cell ?? ""}`))));
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body)),
  );
}

function viewRow(view, i) {
  const [left, top, right, bottom] = view.source.map((side) => fixed(side)),
    [t, h, w] = view.grid;
  const patches = `${grid(t, h, w)} of ${view.patch} px`;
  return [i, viewName(view), view.size.join(" \u00d7 "), patches, `x ${left} to ${right}, y ${top} to ${bottom}`];
}

function spanRow(map, span, i) {
  const start = map.positionStarts[i],
    first = map.tokenStarts[i];
  const what = span.text || KINDS[span.kind],
    ends = span.end ? `, each row ends with a ${KINDS[span.end.kind]} ${span.end.text}` : "";
  return [
    span.positions ? range(start, start + span.positions - 1) : "only a tokenizer can count it",
    what + ends.trimEnd(),
    span.tokens ? range(first, first + span.tokens - 1) : "",
    span.rows ? grid(span.t, span.rows, span.columns) : "",
    (span.views ?? []).join(", "),
    span.frames ? [...new Set(span.frames.flat())].join(", ") : span.time !== undefined ? seconds(span.time) : "",
  ];
}
