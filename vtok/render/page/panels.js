/* The photo of a layout with its layers, and the bar of its sequence: what is drawn on canvases. */

const LEAST_GAP = 3.5; // pixels between lines below which a grid would hide the photo
const COMFORT = 8; // pixels between lines from which on a grid is drawn unless somebody asks for it
const LEAST_RUN = 2; // pixels of a run of positions below which it has no colour of its own
const MOST_CANVAS = 8192; // pixels of a side of a canvas

const colours = new Map(); // cleared when the colour scheme changes

/** The value of a colour of the style sheet. */
function colour(name) {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return colours.get(name);
}

/** The colour at a place from 0 to 1 on the path from first to last, as red, green and blue. */
function onPath(share) {
  const stops = [0, 1, 2].map((i) => colour(`path${i}`));
  const place = Math.min(Math.max(share, 0), 1) * 2, low = Math.min(Math.floor(place), 1);
  const parts = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  const [one, other] = [parts(stops[low]), parts(stops[low + 1])];
  return `rgb(${one.map((value, i) => Math.round(value + (other[i] - value) * (place - low))).join(" ")})`;
}

/** A canvas in the pixels of the screen for a place of this size; draw in pixels of the style sheet. */
function fitted(canvas, { width, height }) {
  const ratio = Math.min(devicePixelRatio || 1, MOST_CANVAS / Math.max(width, height, 1));
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.setTransform(canvas.width / Math.max(width, 1), 0, 0, canvas.height / Math.max(height, 1), 0, 0);
  return context;
}

/** The canvas emptied, as `fitted` left it. Measuring it anew for every move of the pointer would lay out the page. */
function emptied(canvas) {
  const context = canvas.getContext("2d"), transform = context.getTransform();
  canvas.width = canvas.width; // clearRect would print as a white sheet over the photo
  context.setTransform(transform);
  return context;
}

/** The median length of the cells with length: that of a cell which nothing cuts. */
function wholeCell(edges) {
  const sizes = edges.slice(1).map((edge, i) => edge - edges[i]).filter((size) => size > 1e-6).sort((a, b) => a - b);
  return sizes.length ? sizes[sizes.length >> 1] : 0;
}

/** One image of a layout: the photo, the layers over it, and the marks over these. */
class Panel {
  constructor(map, data) {
    this.map = map;
    this.layout = map.layout;
    this.data = data;
    this.figure = element("figure", { class: `panel ${data.name}` });
    this.place = element("div", { class: "place" });
    this.photo = element("img", { alt: "", draggable: "false" });
    this.layers = element("canvas", { class: "layers", "aria-hidden": "true" });
    this.marks = element("canvas", { class: "marks", "aria-hidden": "true" });
    this.place.append(this.photo, this.layers, this.marks);
    this.figure.append(this.place);
    this.frame = null;
    this.setDomain(true);
  }

  /** Show the padding around the image, or the image alone. */
  setDomain(padding) {
    const [width, height] = this.layout.size;
    this.domain = padding ? this.data.domain : [0, 0, width, height];
    const [left, top, right, bottom] = this.domain, across = right - left, down = bottom - top;
    this.figure.style.setProperty("--aspect", across / down);
    Object.assign(this.photo.style, {
      left: `${(-left / across) * 100}%`,
      top: `${(-top / down) * 100}%`,
      width: `${(width / across) * 100}%`,
      height: `${(height / down) * 100}%`,
    });
  }

  get hasPadding() {
    const [left, top, right, bottom] = this.data.domain, [width, height] = this.layout.size;
    return left < -0.5 || top < -0.5 || right > width + 0.5 || bottom > height + 0.5;
  }

  /** From pixels of the original to pixels of the panel. */
  x(value) {
    return ((value - this.domain[0]) / (this.domain[2] - this.domain[0])) * this.width;
  }

  y(value) {
    return ((value - this.domain[1]) / (this.domain[3] - this.domain[1])) * this.height;
  }

  box([left, top, right, bottom]) {
    return [this.x(left), this.y(top), this.x(right) - this.x(left), this.y(bottom) - this.y(top)];
  }

  /** The pixel of the original under the pointer. */
  pixelAt(event) {
    const { left, top, width, height } = this.place.getBoundingClientRect();
    const [first, high, last, low] = this.domain;
    return [
      first + (Math.min(Math.max((event.clientX - left) / width, 0), 0.999999) * (last - first)),
      high + (Math.min(Math.max((event.clientY - top) / height, 0), 0.999999) * (low - high)),
    ];
  }

  /** Spans drawn in here with their edges on the panel; of a video only those of the frame. */
  *grids() {
    for (const [place, x, y] of this.data.spans) {
      const span = this.map.spans[place];
      const t = span.frames && this.frame !== null ? span.frames.findIndex((frames) => frames.includes(this.frame)) : 0;
      if (t < 0) continue;
      const xs = this.map.edges[x].map((edge) => this.x(edge)), ys = this.map.edges[y].map((edge) => this.y(edge));
      yield { place, span, t, xs, ys };
    }
  }

  views() {
    const showsFrame = (view) => this.frame === null || !view.frames || view.frames.includes(this.frame);
    return this.data.views.map((i) => this.layout.views[i]).filter((view) => view.reach && showsFrame(view));
  }

  measure() {
    ({ width: this.width, height: this.height } = this.place.getBoundingClientRect());
  }

  paint(visible) {
    const context = fitted(this.layers, this);
    fitted(this.marks, this);
    paintOutside(this, context);
    for (const [name, layer] of Object.entries(LAYERS)) if (visible.has(name)) layer.paint(this, context, visible);
  }

  /** Mark tokens, boxes and a pixel: what is chosen strongly, the others lightly. */
  mark({ token, tokens = [], boxes = [], window = null, pixel = null }) {
    const context = emptied(this.marks);
    const mine = (one) => this.data.spans.some(([place]) => place === one.place);
    for (const box of boxes) outline(context, this.box(box), "view");
    for (const other of tokens) if (mine(other) && other.drawn) outline(context, this.box(other.drawn), "other");
    if (token && mine(token) && token.drawn) outline(context, this.box(token.drawn), "token");
    if (window) outline(context, this.box(window.box), "token");
    if (pixel) cross(context, this.x(pixel[0]), this.y(pixel[1]));
  }
}

/** A box that can be seen on any photo. Tiny boxes get a ring, so that the eye finds them. */
function outline(context, [x, y, width, height], kind) {
  const strong = kind === "token";
  context.save();
  if (kind !== "view") {
    context.globalAlpha = strong ? 0.35 : 0.2;
    context.fillStyle = strong ? colour("path1") : "#ffffff";
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
  }
  const grown = [x - 1, y - 1, width + 2, height + 2];
  context.lineWidth = strong ? 5 : 4;
  context.strokeStyle = "rgb(11 13 16 / 0.8)";
  context.strokeRect(...grown);
  context.lineWidth = strong ? 2.5 : 1.5;
  context.strokeStyle = strong ? colour("path1") : "#ffffff";
  if (!strong) context.setLineDash([5, 3]);
  context.strokeRect(...grown);
  if (strong && Math.max(width, height) < 9) ring(context, x + width / 2, y + height / 2);
  context.restore();
}

function ring(context, x, y) {
  for (const [width, style] of [[5, "rgb(11 13 16 / 0.7)"], [2, colour("path1")]]) {
    context.beginPath();
    context.arc(x, y, 13, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  }
}

function cross(context, x, y) {
  for (const [width, style] of [[3, "rgb(11 13 16 / 0.8)"], [1, "#ffffff"]]) {
    context.beginPath();
    context.moveTo(x - 5, y);
    context.lineTo(x + 5, y);
    context.moveTo(x, y - 5);
    context.lineTo(x, y + 5);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  }
}

/** Hatching over padding, a veil over what the model cuts away. */
function paintOutside(panel, context) {
  const [width, height] = panel.layout.size, image = panel.box([0, 0, width, height]);
  if (panel.hasPadding) hatch(context, panel, image);
  if (panel.layout.photo === null) {
    context.fillStyle = colour("blank");
    context.fillRect(...image);
  }
  const sources = panel.layout.views.filter((view) => !view.encoder && hasArea(view.source)).map((view) => view.source);
  if (!sources.length) return;
  const kept = panel.box([0, 1, 2, 3].map((i) => (i < 2 ? Math.min : Math.max)(...sources.map((source) => source[i]))));
  if (kept.every((side, i) => Math.abs(side - image[i]) < 0.5)) return;
  const veil = new Path2D();
  veil.rect(...image);
  veil.rect(...kept);
  context.fillStyle = "rgb(11 13 16 / 0.62)";
  context.fill(veil, "evenodd");
}

function hatch(context, panel, image) {
  const outside = new Path2D();
  outside.rect(0, 0, panel.width, panel.height);
  outside.rect(...image);
  context.save();
  context.fillStyle = colour("padding");
  context.fill(outside, "evenodd");
  context.clip(outside, "evenodd");
  context.strokeStyle = colour("hatch");
  context.beginPath();
  for (let x = -panel.height; x < panel.width; x += 9) {
    context.moveTo(x, panel.height);
    context.lineTo(x + panel.height, 0);
  }
  context.stroke();
  context.restore();
}

/** White lines with dark edges, thinner and fainter where they are close. */
function lattice(context, xs, ys, { gap, width, opacity }) {
  if (gap < LEAST_GAP || xs.length < 2 || ys.length < 2) return;
  const core = Math.max(0.75, Math.min(width, gap * 0.06)), share = Math.min(1, (gap * 0.06) / width);
  const strength = opacity * (0.35 + 0.65 * share), path = new Path2D();
  for (const x of new Set(xs)) {
    path.moveTo(x, ys[0]);
    path.lineTo(x, ys.at(-1));
  }
  for (const y of new Set(ys)) {
    path.moveTo(xs[0], y);
    path.lineTo(xs.at(-1), y);
  }
  for (const [style, thick] of [[`rgb(11 13 16 / ${0.4 * strength})`, core + 1.5], [`rgb(255 255 255 / ${strength})`, core]]) {
    context.strokeStyle = style;
    context.lineWidth = thick;
    context.stroke(path);
  }
}

/** Every so many edges that the lines between them are far enough apart; the last one is kept. */
function thinned(edges, cell) {
  let every = 1;
  while (cell > 0 && cell * every < LEAST_GAP && every < edges.length) every *= 2;
  return edges.filter((_, i) => i % every === 0 || i === edges.length - 1);
}

/** The lines that cut a view every `side` of its pixels. */
function viewLines(panel, view, side) {
  const [, h, w] = view.grid, [left, top, right, bottom] = view.reach;
  const across = (right - left) / view.size[0], down = (bottom - top) / view.size[1];
  const places = (patches) => {
    const length = patches * view.patch, list = [];
    for (let at = 0; at < length; at += side) list.push(at);
    return [...list, length];
  };
  return [places(w).map((x) => panel.x(left + x * across)), places(h).map((y) => panel.y(top + y * down))];
}

function paintPatches(panel, context) {
  for (const view of panel.views()) {
    const [xs, ys] = viewLines(panel, view, view.patch), gap = Math.min(wholeCell(xs), wholeCell(ys));
    lattice(context, xs, ys, { gap, width: 0.75, opacity: 0.55 });
  }
}

function paintTokens(panel, context) {
  for (const { xs, ys } of panel.grids()) {
    const columns = thinned(xs, wholeCell(xs)), rows = thinned(ys, wholeCell(ys));
    lattice(context, columns, rows, { gap: Math.min(wholeCell(columns), wholeCell(rows)), width: 1.25, opacity: 0.9 });
  }
}

function paintWindows(panel, context) {
  for (const view of panel.views()) {
    const [xs, ys] = viewLines(panel, view, panel.layout.window), gap = Math.min(wholeCell(xs), wholeCell(ys));
    context.globalAlpha = panel.layout.photo === null ? 0.5 : 0.08 + 0.08 * Math.min(1, gap / 120);
    for (let row = 0; row < ys.length - 1; row++) {
      for (let column = 0; column < xs.length - 1; column++) {
        context.fillStyle = colour(neighbour(row, column));
        context.fillRect(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row]);
      }
    }
    context.globalAlpha = 1;
    lattice(context, xs, ys, { gap, width: 2.5, opacity: 1 });
  }
}

/** The name of the colour of a block among its neighbours. */
const neighbour = (row, column) => `n${(row % 2) * 2 + (column % 2)}`;

function paintTiles(panel, context) {
  panel.data.views.forEach((number) => {
    const view = panel.layout.views[number];
    if (!view.reach) return;
    const [x, y, width, height] = panel.box(view.reach), name = tileColour(panel.map, [number]) ?? "accent";
    context.fillStyle = colour(name);
    context.globalAlpha = panel.layout.photo === null ? 0.35 : 0.14;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    context.strokeStyle = "rgb(11 13 16 / 0.55)";
    context.lineWidth = 4;
    context.strokeRect(x, y, width, height);
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2;
    context.strokeRect(x, y, width, height);
    plate(context, String(number), x + 5, y + 5, colour(name));
  });
}

/** A number on a dark plate, with a stripe in the colour of its tile. */
function plate(context, text, x, y, stripe) {
  context.font = "600 12px system-ui, sans-serif";
  const width = context.measureText(text).width + 14;
  context.fillStyle = "rgb(11 13 16 / 0.85)";
  context.fillRect(x, y, width, 18);
  context.fillStyle = stripe;
  context.fillRect(x, y, 4, 18);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(text, x + 8, y + 9.5);
}

/** The colour of the tile, or of the thumbnail, that these views are; null for others. */
function tileColour(map, views) {
  const tile = map.tileOf(views);
  if (tile) return neighbour(tile[1], tile[0]);
  return views.length === 1 && map.layout.views[views[0]].kind === "thumbnail" ? "path0" : null;
}

/** The name of the colour of a temporal step, on the time line and in the sequence. */
const stepColour = (step) => `n${step % 4}`;

/** The path of tokens in the prompt, row by row, from the first colour to the last. */
function paintOrder(panel, context) {
  const middles = (edges) => edges.slice(1).map((edge, i) => (edge + edges[i]) / 2);
  for (const { place, span, t, xs, ys } of panel.grids()) {
    const cell = Math.min(wholeCell(xs), wholeCell(ys)), every = Math.max(1, Math.ceil(9 / Math.max(cell, 0.01)));
    const columns = middles(xs), start = panel.map.positionStarts[place] + t * span.rows * span.stride;
    let last = null;
    middles(ys).forEach((y, row) => {
      if (row % every !== every >> 1 && span.rows > every) return;
      const style = onPath((start + row * span.stride) / panel.map.positions);
      if (last) stroke(context, [last, [columns[0], y]], 1, style);
      last = [columns.at(-1), y];
      stroke(context, [[columns[0], y], last], Math.min(3, Math.max(1.25, (cell * every) / 8)), style);
    });
  }
}

function stroke(context, points, width, style) {
  for (const [thick, paint] of [[width + 1.5, "rgb(11 13 16 / 0.5)"], [width, style]]) {
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(x, y));
    context.lineWidth = thick;
    context.strokeStyle = paint;
    context.stroke();
  }
}

/** The layers from the bottom up: what each is called, what it shows, and how it is painted. */
const LAYERS = {
  windows: { title: "Windows", hint: "the blocks within which windowed layers attend", paint: paintWindows },
  tiles: { title: "Tiles", hint: "the crops that the encoder gets, with the numbers of their views", paint: paintTiles },
  patches: { title: "Patches", hint: "what the encoder embeds, one by one", paint: paintPatches },
  tokens: { title: "Tokens", hint: "what the language model gets", paint: paintTokens },
  order: { title: "Order", hint: "the path along which tokens enter", paint: paintOrder },
};

/** The bar of a sequence: its spans to scale, coloured as on the photo. */
class SequenceBar {
  constructor(map) {
    this.map = map;
    this.steps = new Map(map.moments().map(({ position }, step) => [position, step]));
    this.place = element("div", { class: "bar" });
    this.layers = element("canvas", { class: "layers", role: "img", "aria-label": "The sequence, to scale; the table below says the same" });
    this.marks = element("canvas", { class: "marks", "aria-hidden": "true" });
    this.place.append(this.layers, this.marks);
  }

  x(position) {
    return (position / Math.max(1, this.map.positions)) * this.width;
  }

  positionAt(event) {
    const { left, width } = this.place.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - left) / width, 0), 0.999999);
    return Math.floor(share * this.map.positions);
  }

  measure() {
    ({ width: this.width, height: this.height } = this.place.getBoundingClientRect());
  }

  paint(visible) {
    const context = fitted(this.layers, this);
    for (const [start, end, name] of this.runs(visible)) {
      context.fillStyle = name.startsWith("rgb") ? name : colour(name);
      const x = this.x(start), gap = this.x(end) - x > 4 ? 1 : 0;
      context.fillRect(x, 4, Math.max(this.x(end) - x - gap, 0.5), this.height - 8);
    }
    this.specials(context);
    fitted(this.marks, this);
  }

  /** Special tokens and text as ticks of the bar's full height: to scale a few of them would hardly be seen. */
  specials(context) {
    context.fillStyle = colour("ink");
    const count = this.map.spans.filter((span) => !span.token).length, least = count * 6 < this.width ? 1.5 : 0;
    this.map.spans.forEach((span, place) => {
      if (span.token || !span.count) return;
      const x = this.x(this.map.positionStarts[place]);
      context.fillRect(x, 0, Math.max(least, this.x(this.map.positionStarts[place] + span.positions) - x), this.height);
    });
  }

  /** Runs of positions of one colour: [start, end, colour]. */
  *runs(visible) {
    for (const [place, span] of this.map.spans.entries()) {
      if (!span.token) continue;
      if (!span.rows) yield [this.map.positionStarts[place], this.map.positionStarts[place + 1], this.looseColour(span, place)];
      else for (let line = 0; line < span.lines; line++) yield* this.line(place, span, line, visible);
    }
  }

  looseColour(span, place) {
    const step = this.steps.get(this.map.positionStarts[place]);
    if (step !== undefined) return stepColour(step);
    return tileColour(this.map, span.views ?? []) ?? (["query", "vision", "unplaced"].includes(span.kind) ? "accent" : "quiet");
  }

  /** The pieces of one row, each with its colour: windows and tiles cut it where they colour the photo, too. */
  *line(place, span, line, visible) {
    const start = this.map.positionStarts[place] + line * span.stride;
    if (visible.has("order")) {
      yield [start, start + span.columns, onPath(start / this.map.positions)];
      return;
    }
    const side = this.side(span, visible);
    for (let from = 0; from < span.columns; from += side) {
      yield [start + from, start + Math.min(from + side, span.columns), this.cellColour(place, span, this.map.at(start + from), visible)];
    }
  }

  windowGrid(span, visible) {
    const grid = visible.has("windows") ? this.map.windowGrid(span, this.map.layout.views[span.views?.[0]]) : null;
    return grid && this.x(grid.side) >= LEAST_RUN ? grid : null;
  }

  /** Every how many columns a row is cut. */
  side(span, visible) {
    const grid = this.windowGrid(span, visible), across = (span.views?.length ?? 0) > 1 ? this.map.layout.tiles?.[0] : 0;
    const side = grid ? grid.side : visible.has("tiles") && across ? Math.ceil(span.columns / across) : span.columns;
    return this.x(side) >= LEAST_RUN ? side : span.columns;
  }

  cellColour(place, span, token, visible) {
    const grid = this.windowGrid(span, visible);
    if (grid) return neighbour(Math.floor(token.row / grid.side), Math.floor(token.column / grid.side));
    if (span.frames) return stepColour(this.steps.get(this.map.positionStarts[place]) + token.t);
    return (visible.has("tiles") ? tileColour(this.map, token.views) : null) ?? "accent";
  }

  mark({ token, tokens = [], runs = [] }) {
    const context = emptied(this.marks);
    context.fillStyle = colour("ink");
    for (const [start, end] of runs) context.fillRect(this.x(start), 0, Math.max(1, this.x(end) - this.x(start)), 4);
    for (const other of tokens) this.needle(context, other.position, false);
    if (token) this.needle(context, token.position, true);
  }

  needle(context, position, strong) {
    const width = Math.max(strong ? 3 : 2, this.x(1)), x = this.x(position + 0.5) - width / 2;
    context.fillStyle = colour("page");
    context.fillRect(x - 1.5, 0, width + 3, this.height);
    context.fillStyle = colour(strong ? "ink" : "quiet");
    context.fillRect(x, 0, width, this.height);
  }
}
