/* The page: its elements, and what pointer, keyboard and sliders do. Everything from the data is set as text. */

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

const MOST_BUTTONS = 8; // other tokens that are named one by one

const WIDE = 2.2; // width by height from which on a thumbnail stands under the image
const MOST_DECODED = 2 ** 24; // pixels of a photo that are kept for the enlarged token
const MOST_KEPT = 6; // photos and frames that are kept

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

/** From the shares of an upright image to those of the image as it is stored with this EXIF orientation. */
const STORED = {
  1: (u, v) => [u, v],
  2: (u, v) => [1 - u, v],
  3: (u, v) => [1 - u, 1 - v],
  4: (u, v) => [u, 1 - v],
  5: (u, v) => [v, u],
  6: (u, v) => [v, 1 - u],
  7: (u, v) => [1 - v, 1 - u],
  8: (u, v) => [1 - v, u],
};
const BACK = { 6: 8, 8: 6 }; // the orientation that undoes another one; all others undo themselves

/** The facts of a position, as pairs of a name and a text: what the page says in words, and in its table. */
function factsOf(token, map) {
  const facts = [["position", `${number(token.position)} of ${number(map.positions)}${map.layout.sequence === "cross" ? " in the cross-attention memory" : ""}`]];
  if (token.row !== undefined) facts.push(["row", `${token.row} of ${token.span.rows}`]);
  if (token.column !== undefined) facts.push(["column", `${token.column} of ${token.span.columns}`]);
  if (token.tile) facts.push(["tile", `column ${token.tile[0]}, row ${token.tile[1]}`]);
  if (token.views.length) facts.push([token.views.length > 1 ? "views" : "view", token.views.map((i) => `${i}, ${viewName(map.layout.views[i])}`).join("; ")]);
  if (token.window !== null && token.window !== undefined) facts.push(["window", number(token.window)]);
  if (token.frames?.length) facts.push([token.frames.length > 1 ? "frames" : "frame", [...new Set(token.frames)].join(", ")]);
  if (token.time !== undefined) facts.push(["time", seconds(token.time)]);
  if (token.ids) facts.push(["position ids", new Set(token.ids).size === 1 ? `${token.ids[0]}` : `time ${token.ids[0]}, row ${token.ids[1]}, column ${token.ids[2]}`]);
  facts.push(["pixels", pixelsOf(token)]);
  return facts;
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

/** One model's card: its image with layers, its sequence, its sliders, and what they say. */
class ModelView {
  constructor(input, layout, photos) {
    this.input = input;
    this.layout = layout;
    this.photos = photos;
    this.map = new TokenMap(layout);
    this.windows = this.map.windows();
    this.moments = layout.video ? this.map.moments() : [];
    this.moment = 0;
    this.panels = layout.panels.map((data) => new Panel(this.map, data));
    this.bar = new SequenceBar(this.map);
    this.visible = new Set(["padding"]);
    this.selection = {};
    this.element = this.build();
    this.listen();
  }

  /** The source frame that is drawn; null for an image. */
  get frame() {
    return this.moments.length ? this.moments[this.moment].frames[0] : null;
  }

  build() {
    const { layout } = this;
    this.readout = element("div", { class: "readout" });
    this.status = element("p", { class: "unseen", "aria-live": "polite" });
    const [left, top, right, bottom] = layout.panels[0].domain, isWide = right - left > WIDE * (bottom - top);
    this.stage = element("div", { class: isWide ? "stage wide" : "stage", tabindex: 0, role: "application", "aria-label": `${layout.title}: the image. Arrow keys move from token to token, Escape clears.` });
    this.stage.append(...this.panels.map((panel) => panel.figure));
    const head = element("header", {}, element("h3", {}, layout.title), element("p", { class: "origin" }, layout.origin));
    const big = element("p", { class: "number" }, element("b", {}, number(layout.number)), ` ${layout.unit}`);
    const look = element("div", { class: "look" }, this.layerSwitches(), this.stage, this.film(), this.sequence(), this.sliders());
    const side = element("div", { class: "side" }, this.readout, this.factList());
    return element("article", { class: layout.photo === null ? "model" : "model photographed" }, element("div", { class: "head" }, head, big), look, side, this.tables(), this.status);
  }

  layerSwitches() {
    this.switches = new Map();
    const group = element("div", { class: "switches", role: "group", "aria-label": "Layers" });
    const names = [...this.layout.layers, ...(this.panels.some((panel) => panel.hasPadding) ? ["padding"] : [])];
    for (const name of names) {
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", () => this.toggle(name, box.checked));
      this.switches.set(name, box);
      const hint = LAYERS[name]?.hint ?? "what the model adds around the image";
      group.append(element("label", { title: hint }, box, LAYERS[name]?.title ?? "Padding"));
    }
    if (this.switches.has("padding")) this.switches.get("padding").checked = true;
    return group;
  }

  film() {
    if (!this.moments.length) return null;
    this.film_ = new Film(this);
    return this.film_.element;
  }

  sequence() {
    const what = { prompt: "in the prompt", cross: "in the cross-attention memory" }[this.layout.sequence];
    const caption = `${plural(this.map.positions, "position")} ${this.layout.unit.includes("output") ? "in the output" : what}`;
    return element("figure", { class: "sequence" }, this.bar.place, element("figcaption", {}, caption));
  }

  sliders() {
    this.tokenSlider = this.slider("Token", this.map.tokens, (index) => this.input.choose(this, this.map.positionOf(index)));
    this.windowSlider = this.windows.length > 1 ? this.slider("Window", this.windows.length, (window) => this.input.chooseWindow(this, window)) : null;
    return element("div", { class: "sliders" }, this.tokenSlider?.element, this.windowSlider?.element);
  }

  /** A slider with a box for its number; both call `choose`. */
  slider(title, count, choose) {
    if (!count) return null;
    const bounds = { min: 0, max: count - 1, step: 1, value: 0 };
    const slide = element("input", { type: "range", ...bounds, "aria-label": title });
    const box = element("input", { type: "number", ...bounds, "aria-label": `${title} number` });
    const set = (value) => {
      slide.value = box.value = value;
    };
    slide.addEventListener("input", () => choose(Number(slide.value)));
    box.addEventListener("change", () => {
      const value = Math.min(Math.max(Math.round(Number(box.value)) || 0, 0), count - 1);
      set(value);
      choose(value);
    });
    const made = element("div", { class: "slider" }, element("span", {}, title), slide, box, element("span", { class: "of" }, `of ${number(count)}`));
    return { element: made, slide, set };
  }

  factList() {
    const list = element("dl", { class: "facts" }), known = new Set(["tokens", "prompt tokens", "patches"]);
    const costs = this.input.data.layouts.length > 1 ? [] : this.layout.costs.filter(([name]) => !known.has(name));
    for (const [name, text] of [...this.layout.facts, ...costs]) {
      const [short, unit = ""] = name.split(", ");
      list.append(element("dt", {}, short), element("dd", {}, `${text} ${unit}`.trim()));
    }
    const notes = this.layout.notes.map((note) => element("p", { class: "note" }, note));
    return element("div", {}, list, ...notes);
  }

  tables() {
    const { steps, stages, network } = this.layout;
    const way = stages
      ? table("From the file to the prompt", ["part", "stage", "before", "after", "decided by", "why"], stages)
      : table("From the file to the prompt", ["step", "before", "after", "why"], steps);
    const costs = network ? table("What it costs", ["cost", "attention pairs", "multiply-adds", "bytes"], network) : null;
    const views = table("What the encoder gets", ["view", "kind", "size", "patches", "shows"], this.layout.views.map(viewRow));
    const spans = table("The sequence", ["positions", "what", "tokens", "grid", "views", "frames"], this.map.spans.map((span, i) => spanRow(this.map, span, i)));
    this.details = element("details", {}, element("summary", {}, "Every step, view and span as tables"), way, views, spans, ...(costs ? [costs] : []));
    return this.details;
  }

  listen() {
    for (const panel of this.panels) {
      panel.place.addEventListener("pointermove", (event) => this.input.preview(() => this.input.point(this, panel, panel.pixelAt(event))));
      panel.place.addEventListener("pointerleave", () => this.input.settle());
      panel.place.addEventListener("click", (event) => this.input.keep(() => this.input.point(this, panel, panel.pixelAt(event))));
    }
    const choose = (event) => {
      const position = this.bar.positionAt(event);
      return () => this.input.choosePosition(this, position);
    };
    this.bar.place.addEventListener("pointermove", (event) => this.input.preview(choose(event)));
    this.bar.place.addEventListener("pointerleave", () => this.input.settle());
    this.bar.place.addEventListener("click", (event) => this.input.keep(choose(event)));
    this.stage.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (moves[event.key]) this.walk(...moves[event.key]);
    else if (event.key === "Home") this.input.choose(this, this.map.positionOf(0));
    else if (event.key === "End") this.input.choose(this, this.map.positionOf(this.map.tokens - 1));
    else if (event.key === "PageDown" && this.moments.length) this.input.chooseMoment(this, this.moment + 1);
    else if (event.key === "PageUp" && this.moments.length) this.input.chooseMoment(this, this.moment - 1);
    else return;
    event.preventDefault();
    this.status.textContent = this.spoken();
  }

  /** Choose the token beside the chosen one; without one, or where it has no place, the next or last one in order. */
  walk(across, down) {
    const { token } = this.selection;
    if (!this.map.tokens) return;
    if (!token) return this.input.choose(this, this.map.positionOf(0));
    const next = token.drawn ? this.beside(token, across, down) : undefined;
    const index = Math.min(Math.max((token.index ?? 0) + (across || down), 0), this.map.tokens - 1);
    if (next !== undefined) this.input.choose(this, next);
    else if (!token.drawn) this.input.choose(this, this.map.positionOf(index));
  }

  /** The token of the next cell; at the edge of a tile, that of the neighbouring tile. */
  beside(token, across, down) {
    const { span, place, t, row, column } = token;
    const [nextRow, nextColumn] = [row + down, column + across];
    if (nextRow >= 0 && nextRow < span.rows && nextColumn >= 0 && nextColumn < span.columns) {
      return this.map.positionStarts[place] + (t * span.rows + nextRow) * span.stride + nextColumn;
    }
    const [left, top, right, bottom] = token.drawn, [x, y] = middleOf(token.drawn);
    const beyond = [across ? (across > 0 ? right + 0.01 : left - 0.01) : x, down ? (down > 0 ? bottom + 0.01 : top - 0.01) : y];
    const panel = this.panels.find((each) => each.data.spans.some(([number]) => number === place));
    return this.map.atPadding(...beyond, this.frame).find((position) => {
      const other = this.map.at(position);
      return other.place !== place && panel.data.spans.some(([number]) => number === other.place);
    });
  }

  spoken() {
    const { token } = this.selection;
    return token ? `${titleOf(token)}: ${factsOf(token, this.map).map((fact) => fact.join(" ")).join(", ")}` : "Nothing is chosen.";
  }

  toggle(name, on) {
    if (on) this.visible.add(name);
    else this.visible.delete(name);
    if (name === "padding") {
      this.panels.forEach((panel) => panel.setDomain(on));
      this.measure();
    }
    this.paint();
  }

  /** The layers to begin with: the default ones, without grids that are too dense to be seen through. */
  chooseLayers() {
    for (const name of this.layout.visible) {
      const box = this.switches.get(name);
      if (!box) continue;
      box.checked = !this.tooDense(name);
      if (box.checked) this.visible.add(name);
    }
  }

  tooDense(name) {
    const least = { patches: 1.75 * COMFORT, tokens: COMFORT }[name], [panel] = this.panels;
    if (!least) return false;
    const gaps = name === "patches"
      ? panel.views().map((view) => (panel.width * view.patch * (view.reach[2] - view.reach[0])) / view.size[0] / (panel.domain[2] - panel.domain[0]))
      : [...panel.grids()].map(({ xs, ys }) => Math.min(wholeCell(xs), wholeCell(ys)));
    return Math.min(...gaps) < least;
  }

  /** Measure everything anew. This lays out the page, so that all is measured before anything is drawn. */
  measure() {
    for (const part of [...this.panels, this.bar, ...(this.film_ ? [this.film_] : [])]) part.measure();
  }

  /** Draw everything anew. */
  paint() {
    this.paintPanels();
    this.bar.paint(this.visible);
    this.show(this.selection);
  }

  /** Draw the image, or the chosen frame, with its layers. */
  paintPanels() {
    const { photo } = this.layout;
    for (const panel of this.panels) {
      panel.frame = this.frame;
      this.setPhoto(panel.photo, photo === null ? null : this.photos[photo]);
      panel.paint(this.visible);
    }
    this.film_?.paint();
  }

  setPhoto(image, photo) {
    const src = photo && (photo.frames ? photo.frames[this.frame] : photo.src);
    image.hidden = !src;
    if (src && image.src !== src) image.src = src;
    image.style.imageOrientation = this.layout.orientation === 1 ? "from-image" : "none";
  }

  /** The pixel of this layout's image at these shares of the upright image. */
  pixelOf([u, v]) {
    const [a, b] = STORED[this.layout.orientation](u, v), [width, height] = this.layout.size;
    return [a * width, b * height];
  }

  uprightOf([x, y]) {
    const { orientation, size: [width, height] } = this.layout;
    return STORED[BACK[orientation] ?? orientation](x / width, y / height);
  }

  /** Show the tokens that see a pixel; of those the one in the panel that is pointed at comes first. */
  showPixel(pixel, panel = null) {
    const [width, height] = this.layout.size, inside = contains([0, 0, width, height], ...pixel);
    const positions = inside ? this.map.atPixel(...pixel, this.frame) : panel ? this.map.atPadding(...pixel, this.frame) : [];
    const tokens = positions.map((position) => this.map.at(position));
    const places = new Set((panel ?? this.panels[0]).data.spans.map(([place]) => place));
    const token = tokens.find((one) => places.has(one.place)) ?? tokens[0] ?? null;
    const readers = this.map.readersAt(...pixel, this.frame);
    const boxes = readers.flatMap((place) => this.map.spans[place].views.map((i) => this.layout.views[i].source)).filter((box) => contains(box, ...pixel));
    this.show({ token, tokens: tokens.filter((one) => one !== token), readers, boxes, pixel });
  }

  /** Show one position, and every other token that sees some of its box. */
  showPosition(position) {
    const token = this.map.at(position);
    if (this.moments.length) this.goTo(token);
    const others = hasArea(token.box) ? this.map.inBox(token.box, this.frame) : [];
    const tokens = others.filter((other) => other !== position).map((other) => this.map.at(other));
    const boxes = token.box || token.row !== undefined ? [] : token.views.map((i) => this.layout.views[i].source);
    this.show({ token, tokens, boxes });
  }

  showWindow(number) {
    const window = this.windows[number];
    if (this.moments.length && window.runs) this.goTo(this.map.at(window.runs[0][0]));
    this.show({ window: { ...window, number }, runs: window.runs });
  }

  /** Draw the temporal step of a token. */
  goTo(token) {
    const moment = this.moments.findLastIndex(({ position }) => position <= token.position);
    this.setMoment(Math.max(0, moment));
  }

  setMoment(moment) {
    if (moment === this.moment) return;
    this.moment = moment;
    this.paintPanels();
  }

  show(selection) {
    this.selection = selection;
    for (const panel of this.panels) panel.mark(selection);
    this.bar.mark(selection);
    this.film_?.mark();
    if (selection.token && selection.token.index !== null) this.tokenSlider?.set(selection.token.index);
    const window = selection.window?.number ?? selection.token?.window;
    if (window !== null && window !== undefined) this.windowSlider?.set(window);
    this.describe(selection);
    this.tokenSlider?.slide.setAttribute("aria-valuetext", this.spoken());
  }

  describe({ token, tokens = [], readers = [], window, pixel }) {
    const parts = [];
    if (window) parts.push(...this.windowWords(window));
    else if (token) parts.push(this.tokenHead(token), list(factsOf(token, this.map)));
    else if (readers.length) parts.push(element("h4", {}, "No token of its own"));
    else if (pixel) parts.push(element("h4", {}, "Seen by no token"), element("p", {}, "The model cuts this part of the image away, or it gets it as padding."));
    else parts.push(element("p", { class: "hint" }, "Point at the image or at the bar of the sequence, or move a slider. Arrow keys walk from token to token."));
    parts.push(...readers.map((place) => element("p", {}, this.readerWords(place))));
    if (tokens.length) parts.push(this.otherPlaces(tokens));
    this.readout.replaceChildren(...parts);
  }

  tokenHead(token) {
    const words = element("div", {}, element("h4", {}, titleOf(token)), element("p", { class: "kind" }, kindOf(token)));
    return element("div", { class: "top" }, words, this.loupe(token));
  }

  readerWords(place) {
    const span = this.map.spans[place], first = this.map.tokenStarts[place];
    const view = span.views.map((i) => `view ${i} (${viewName(this.layout.views[i])})`).join(", ");
    const numbers = range(number(first), number(first + span.count - 1));
    if (!READERS.has(span.kind)) return `Tokens ${numbers} are made of ${view}; where each of them lies is not known.`;
    return `Tokens ${numbers} (${KINDS[span.kind]}) have no place of their own; they read all of ${view}.`;
  }

  windowWords(window) {
    const facts = [["patches", `${number(window.patches)}, which attend to one another`]];
    if (window.tokens) facts.push(["rows", range(...window.rows)], ["columns", range(...window.columns)], ["tokens", number(window.tokens)]);
    if (this.layout.fullLayers.length) facts.push(["full layers", `${this.layout.fullLayers.join(", ")}: there all patches attend to all`]);
    return [element("h4", {}, `Window ${number(window.number)}`), element("p", { class: "kind" }, `of ${number(this.windows.length)}`), list(facts)];
  }

  /** The other tokens that see the same pixel, each of which can be chosen. */
  otherPlaces(tokens) {
    const more = tokens.length > MOST_BUTTONS ? element("span", {}, `and ${number(tokens.length - MOST_BUTTONS)} more`) : null;
    const buttons = tokens.slice(0, MOST_BUTTONS).map((token) => {
      const where = token.views.map((i) => viewName(this.layout.views[i])).join(", ");
      const button = element("button", { type: "button" }, `${titleOf(token)}${where ? `, ${where}` : ""}`);
      button.addEventListener("click", () => this.input.choose(this, token.position));
      return button;
    });
    return element("div", { class: "others" }, element("p", {}, "Also seen by"), ...buttons, ...(more ? [more] : []));
  }

  /** What lies around a token, enlarged: a canvas, or nothing where there is no photo. */
  loupe(token) {
    const panel = this.panels[0], image = panel.photo;
    if (image.hidden || !hasArea(token.box) || !image.complete || !image.naturalWidth) return null;
    const canvas = element("canvas", { class: "loupe", width: 240, height: 240, "aria-hidden": "true" });
    const source = decodedOnce(image, `${this.layout.photo} ${this.layout.orientation} ${this.frame}`);
    magnify(canvas, source, token.box, this.layout.size);
    return canvas;
  }
}

const decodedPhotos = new Map();

/** A photo or frame as a canvas, so that it is decoded once and not for every move of the pointer. */
function decodedOnce(image, key) {
  if (!decodedPhotos.has(key)) {
    const { naturalWidth: width, naturalHeight: height } = image, scale = Math.min(1, Math.sqrt(MOST_DECODED / (width * height)));
    const canvas = element("canvas", { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    if (decodedPhotos.size >= MOST_KEPT) decodedPhotos.delete(decodedPhotos.keys().next().value);
    decodedPhotos.set(key, canvas);
  }
  return decodedPhotos.get(key);
}

/** Draw a box of the original with as much again around it. */
function magnify(canvas, image, [left, top, right, bottom], [width, height]) {
  const context = canvas.getContext("2d"), side = 2.4 * Math.max(right - left, bottom - top), scale = image.width / width;
  const [x, y] = [(left + right - side) / 2, (top + bottom - side) / 2], zoom = canvas.width / side;
  context.fillStyle = colour("blank");
  context.fillRect(0, 0, canvas.width, canvas.height);
  const from = [Math.max(0, x), Math.max(0, y)], to = [Math.min(width, x + side), Math.min(height, y + side)];
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  context.imageSmoothingEnabled = zoom < 6;
  context.drawImage(image, from[0] * scale, from[1] * scale, across * scale, down * scale, (from[0] - x) * zoom, (from[1] - y) * zoom, across * zoom, down * zoom);
  const box = [(left - x) * zoom, (top - y) * zoom, (right - left) * zoom, (bottom - top) * zoom];
  const veil = new Path2D();
  veil.rect(0, 0, canvas.width, canvas.height);
  veil.rect(...box);
  context.fillStyle = "rgb(11 13 16 / 0.45)";
  context.fill(veil, "evenodd");
  context.lineWidth = 3;
  context.strokeStyle = colour("path1");
  context.strokeRect(...box);
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
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body)));
}

function viewRow(view, i) {
  const [left, top, right, bottom] = view.source.map((side) => fixed(side)), [t, h, w] = view.grid;
  const patches = `${grid(t, h, w)} of ${view.patch} px`;
  return [i, viewName(view), view.size.join(" \u00d7 "), patches, `x ${left} to ${right}, y ${top} to ${bottom}`];
}

function spanRow(map, span, i) {
  const start = map.positionStarts[i], first = map.tokenStarts[i];
  const what = span.text || KINDS[span.kind], ends = span.end ? `, each row ends with a ${KINDS[span.end.kind]} ${span.end.text}` : "";
  return [
    span.positions ? range(start, start + span.positions - 1) : "only a tokenizer can count it",
    what + ends.trimEnd(),
    span.tokens ? range(first, first + span.tokens - 1) : "",
    span.rows ? grid(span.t, span.rows, span.columns) : "",
    (span.views ?? []).join(", "),
    span.frames ? [...new Set(span.frames.flat())].join(", ") : span.time !== undefined ? seconds(span.time) : "",
  ];
}

/** The frames of a video as a strip, with a time line. */
class Film {
  constructor(view) {
    this.view = view;
    this.line = element("canvas", { class: "timeline", "aria-hidden": "true" });
    this.strip = element("div", { class: "strip", role: "listbox", "aria-label": "Temporal steps of the video" });
    this.cells = view.moments.map((moment, i) => this.cell(moment, i));
    this.strip.append(...this.cells);
    this.element = element("div", { class: "film" }, this.line, this.strip);
    this.strip.addEventListener("keydown", (event) => this.onKey(event));
    this.line.addEventListener("click", (event) => view.input.chooseMoment(view, this.momentAt(event)));
    this.line.addEventListener("pointermove", (event) => event.buttons && view.input.chooseMoment(view, this.momentAt(event)));
  }

  cell({ frames, tokens }, i) {
    const { view } = this, photo = view.layout.photo === null ? null : view.photos[view.layout.photo];
    const images = frames.map((frame) => {
      const src = photo?.frames?.[frame];
      return src ? element("img", { src, alt: `frame ${frame}`, draggable: "false", decoding: "async" }) : element("span", { class: "blank" }, `${frame}`);
    });
    const when = view.layout.fps ? seconds(frames[0] / view.layout.fps) : `frame ${frames[0]}`;
    const made = element("button", { type: "button", role: "option", title: `frame ${[...new Set(frames)].join(", ")}: ${plural(tokens, "token")}` });
    made.style.setProperty("--step", `var(--${stepColour(i)})`);
    made.append(element("span", { class: "frames" }, ...images), element("span", { class: "when" }, when));
    made.addEventListener("click", () => view.input.chooseMoment(view, i));
    return made;
  }

  /** Arrow keys move from step to step; only the chosen one is a stop of the Tab key. */
  onKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    this.view.input.chooseMoment(this.view, this.view.moment + step);
    this.cells[this.view.moment].focus();
    event.preventDefault();
  }

  get length() {
    const last = this.view.moments.at(-1).frames.at(-1);
    return Math.max(last + 1, this.view.layout.numFrames);
  }

  momentAt(event) {
    const { left, width } = this.line.getBoundingClientRect(), frame = ((event.clientX - left) / width) * this.length;
    const far = this.view.moments.map((moment) => Math.abs(moment.frames[0] - frame));
    return far.indexOf(Math.min(...far));
  }

  measure() {
    ({ width: this.width, height: this.height } = this.line.getBoundingClientRect());
  }

  paint() {
    const context = fitted(this.line, this), { width, height } = this;
    const x = (frame) => ((frame + 0.5) / this.length) * width;
    context.fillStyle = colour("rule");
    context.fillRect(0, height / 2 - 1, width, 2);
    this.view.moments.forEach(({ frames }, i) => {
      for (const frame of frames) {
        const chosen = i === this.view.moment;
        context.fillStyle = colour(chosen ? "ink" : stepColour(i));
        context.fillRect(x(frame) - (chosen ? 1.5 : 1), chosen ? 0 : 4, chosen ? 3 : 2, height - (chosen ? 0 : 8));
      }
    });
    this.mark();
  }

  mark() {
    if (this.marked === this.view.moment) return;
    this.marked = this.view.moment;
    this.cells.forEach((cell, i) => {
      cell.setAttribute("aria-selected", i === this.marked);
      cell.tabIndex = i === this.marked ? 0 : -1;
    });
    const cell = this.cells[this.view.moment], { strip } = this;
    if (cell.offsetLeft < strip.scrollLeft || cell.offsetLeft + cell.offsetWidth > strip.scrollLeft + strip.clientWidth) {
      strip.scrollLeft = cell.offsetLeft - strip.clientWidth / 2 + cell.offsetWidth / 2;
    }
  }
}

/** One input: its name, its models side by side, and what is chosen in all of them. */
class InputView {
  constructor(data, photos) {
    this.data = data;
    this.views = data.layouts.map((layout) => new ModelView(this, layout, photos));
    this.chosen = null;
    this.waiting = null;
    this.element = this.build();
  }

  build() {
    const { data } = this;
    const cut = data.name.lastIndexOf("/") + 1;
    const name = element("h2", {}, element("span", {}, data.name.slice(0, cut)), data.name.slice(cut));
    const head = element("header", {}, name, element("p", {}, data.about));
    const models = element("div", { class: `models${this.views.length > 1 ? " several" : ""}` }, ...this.views.map((view) => view.element));
    return element("section", { class: "input", "aria-label": data.name }, head, this.views.length > 1 ? this.costs() : null, models);
  }

  /** What the models cost, side by side. */
  costs() {
    const names = [...new Set(this.views.flatMap((view) => view.layout.costs.map(([name]) => name)))];
    const most = Math.max(...this.views.map((view) => view.layout.number), 1);
    const head = element("tr", {}, element("th", { scope: "col" }, "model"), ...names.map((name) => element("th", { scope: "col" }, name)));
    const rows = this.views.map(({ layout }) => {
      const meter = element("span", { class: "meter", "aria-hidden": "true" });
      meter.style.setProperty("--share", layout.number / most);
      const cells = names.map((name) => element("td", {}, layout.costs.find((cost) => cost[0] === name)?.[1] ?? ""));
      return element("tr", {}, element("th", { scope: "row" }, layout.title, meter), ...cells);
    });
    return element("div", { class: "scroll costs", tabindex: 0, role: "region", "aria-label": "Costs" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
  }

  /** Show something while the pointer is there: once a frame of the screen, however often the pointer moves. */
  preview(show) {
    if (this.waiting === null) requestAnimationFrame(() => this.flush());
    this.waiting = show;
  }

  flush() {
    const show = this.waiting;
    this.waiting = null;
    show?.();
  }

  /** Show something, and return to it when the pointer leaves. */
  keep(show) {
    this.waiting = null;
    this.chosen = show;
    show();
  }

  /** Back to what was chosen by a click, a key or a slider; what the pointer showed last stays if nothing was. */
  settle() {
    if (this.chosen) this.preview(this.chosen);
  }

  clear() {
    this.chosen = null;
    for (const view of this.views) view.show({});
  }

  /** A pixel of one model's image, and the same place in those of the others. */
  point(from, panel, pixel) {
    const place = from.uprightOf(pixel);
    for (const view of this.views) {
      if (view === from) view.showPixel(pixel, panel);
      else {
        this.follow(view, from);
        view.showPixel(view.pixelOf(place));
      }
    }
  }

  choose(from, position) {
    this.keep(() => this.choosePosition(from, position));
  }

  choosePosition(from, position) {
    from.showPosition(position);
    const { token } = from.selection, place = hasArea(token.box) ? from.uprightOf(middleOf(token.box)) : null;
    for (const view of this.views) {
      if (view === from) continue;
      this.follow(view, from);
      if (place) view.showPixel(view.pixelOf(place));
      else view.show({});
    }
  }

  chooseWindow(from, number) {
    this.keep(() => {
      for (const view of this.views) view === from ? view.showWindow(number) : view.show({});
    });
  }

  /** A temporal step of a video: the same token of it, or its first one. */
  chooseMoment(from, number) {
    const moment = Math.min(Math.max(number, 0), from.moments.length - 1);
    const { token } = from.selection, within = token ? token.position - from.moments[from.moment].position : 0;
    this.choose(from, from.moments[moment].position + (within >= 0 && within < from.moments[moment].tokens ? within : 0));
  }

  /** Another model's video at the nearest temporal step. */
  follow(view, from) {
    if (!view.moments.length || from.frame === null) return;
    const far = view.moments.map(({ frames }) => Math.abs(frames[0] - from.frame));
    view.setMoment(far.indexOf(Math.min(...far)));
  }
}

function start() {
  const data = JSON.parse(document.getElementById("data").textContent), inputs = data.inputs.map((input) => new InputView(input, data.photos));
  document.title = `${data.inputs.map((input) => input.name).join(", ")} \u2014 vtok inspect`;
  document.getElementById("page").replaceChildren(...inputs.map((input) => input.element));
  document.getElementById("foot").textContent = `Made by vtok ${data.version}. Everything is counted from 0. This page loads nothing from anywhere.`;
  const views = inputs.flatMap((input) => input.views);
  views.forEach((view) => view.measure());
  views.forEach((view) => view.chooseLayers());
  views.forEach((view) => view.paint());
  for (const input of inputs) begin(input);
  repaintWhenNeeded(views);
  addEventListener("keydown", (event) => event.key === "Escape" && inputs.forEach((input) => input.clear()));
  globalThis.vtok = { inputs };
}

/** Show the token in the middle of the image, so that the page explains itself. */
function begin(input) {
  const [view] = input.views, middle = view.layout.size.map((side) => side / 2);
  const [position] = view.map.atPixel(...middle, view.frame).slice(-1);
  if (position !== undefined) input.choosePosition(view, position);
  else if (view.map.readersAt(...middle, view.frame).length) input.point(view, view.panels[0], middle);
  else if (view.map.tokens) input.choosePosition(view, view.map.positionOf(0));
}

/** Repaint when sizes or colours change, and once photos are decoded; not for print, where a canvas drawn anew is opaque. */
function repaintWhenNeeded(views) {
  const observer = new ResizeObserver((entries) => {
    const changed = new Set(entries.map((entry) => views.find((view) => view.element.contains(entry.target))));
    changed.forEach((view) => view.measure());
    changed.forEach((view) => view.paint());
  });
  for (const view of views) {
    for (const place of [view.bar.place, ...view.panels.map((panel) => panel.place)]) observer.observe(place);
    for (const panel of view.panels) panel.photo.addEventListener("load", () => view.show(view.selection));
  }
  const repaint = () => {
    colours.clear();
    views.forEach((view) => view.paint());
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  addEventListener("beforeprint", () => views.forEach((view) => (view.details.open = true)));
}

start();
