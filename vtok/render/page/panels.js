/* The photo of a layout, the canvas of its layers over it, and the canvas of marks over these. */

const MOST_CANVAS = 8192; // pixels of a side of a canvas

const colours = new Map(); // cleared when the colour scheme changes

/** The value of a colour of the style sheet. */
function colour(name) {
  if (!colours.has(name))
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return colours.get(name);
}

/** The colour at a place from 0 to 1 on the path from first to last, as red, green and blue. */
function onPath(share) {
  const stops = [0, 1, 2].map((i) => colour(`path${i}`));
  const place = Math.min(Math.max(share, 0), 1) * 2,
    low = Math.min(Math.floor(place), 1);
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
  const context = canvas.getContext("2d"),
    transform = context.getTransform();
  canvas.width = canvas.width; // clearRect would print as a white sheet over the photo
  context.setTransform(transform);
  return context;
}

/** The median length of the cells with length: that of a cell which nothing cuts. */
function wholeCell(edges) {
  const sizes = edges
    .slice(1)
    .map((edge, i) => edge - edges[i])
    .filter((size) => size > 1e-6)
    .sort((a, b) => a - b);
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
    const [left, top, right, bottom] = this.domain,
      across = right - left,
      down = bottom - top;
    this.figure.style.setProperty("--aspect", across / down);
    Object.assign(this.photo.style, {
      left: `${(-left / across) * 100}%`,
      top: `${(-top / down) * 100}%`,
      width: `${(width / across) * 100}%`,
      height: `${(height / down) * 100}%`,
    });
  }

  get hasPadding() {
    const [left, top, right, bottom] = this.data.domain,
      [width, height] = this.layout.size;
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
      first + Math.min(Math.max((event.clientX - left) / width, 0), 0.999999) * (last - first),
      high + Math.min(Math.max((event.clientY - top) / height, 0), 0.999999) * (low - high),
    ];
  }

  /** Spans drawn in here with their edges on the panel; of a video only those of the frame. */
  *grids() {
    for (const [place, x, y] of this.data.spans) {
      const span = this.map.spans[place];
      const t = span.frames && this.frame !== null ? span.frames.findIndex((frames) => frames.includes(this.frame)) : 0;
      if (t < 0) continue;
      const xs = this.map.edges[x].map((edge) => this.x(edge)),
        ys = this.map.edges[y].map((edge) => this.y(edge));
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
  for (const [width, style] of [
    [5, "rgb(11 13 16 / 0.7)"],
    [2, colour("path1")],
  ]) {
    context.beginPath();
    context.arc(x, y, 13, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  }
}

function cross(context, x, y) {
  for (const [width, style] of [
    [3, "rgb(11 13 16 / 0.8)"],
    [1, "#ffffff"],
  ]) {
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
