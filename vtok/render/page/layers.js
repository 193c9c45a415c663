/* The layers over a photo: padding, windows, tiles, patches, tokens and their order. */

const LEAST_GAP = 3.5; // pixels between lines below which a grid would hide the photo
const COMFORT = 8; // pixels between lines from which on a grid is drawn unless somebody asks for it

/** Hatching over padding, a veil over what the model cuts away. */
function paintOutside(panel, context) {
  const [width, height] = panel.layout.size,
    image = panel.box([0, 0, width, height]);
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
  const core = Math.max(0.75, Math.min(width, gap * 0.06)),
    share = Math.min(1, (gap * 0.06) / width);
  const strength = opacity * (0.35 + 0.65 * share),
    path = new Path2D();
  for (const x of new Set(xs)) {
    path.moveTo(x, ys[0]);
    path.lineTo(x, ys.at(-1));
  }
  for (const y of new Set(ys)) {
    path.moveTo(xs[0], y);
    path.lineTo(xs.at(-1), y);
  }
  for (const [style, thick] of [
    [`rgb(11 13 16 / ${0.4 * strength})`, core + 1.5],
    [`rgb(255 255 255 / ${strength})`, core],
  ]) {
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
  const [, h, w] = view.grid,
    [left, top, right, bottom] = view.reach;
  const across = (right - left) / view.size[0],
    down = (bottom - top) / view.size[1];
  const places = (patches) => {
    const length = patches * view.patch,
      list = [];
    for (let at = 0; at < length; at += side) list.push(at);
    return [...list, length];
  };
  return [places(w).map((x) => panel.x(left + x * across)), places(h).map((y) => panel.y(top + y * down))];
}

function paintPatches(panel, context) {
  for (const view of panel.views()) {
    const [xs, ys] = viewLines(panel, view, view.patch),
      gap = Math.min(wholeCell(xs), wholeCell(ys));
    lattice(context, xs, ys, { gap, width: 0.75, opacity: 0.55 });
  }
}

function paintTokens(panel, context) {
  for (const { xs, ys } of panel.grids()) {
    const columns = thinned(xs, wholeCell(xs)),
      rows = thinned(ys, wholeCell(ys));
    lattice(context, columns, rows, { gap: Math.min(wholeCell(columns), wholeCell(rows)), width: 1.25, opacity: 0.9 });
  }
}

function paintWindows(panel, context) {
  for (const view of panel.views()) {
    const [xs, ys] = viewLines(panel, view, panel.layout.window),
      gap = Math.min(wholeCell(xs), wholeCell(ys));
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
    const [x, y, width, height] = panel.box(view.reach),
      name = tileColour(panel.map, [number]) ?? "accent";
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
    const cell = Math.min(wholeCell(xs), wholeCell(ys)),
      every = Math.max(1, Math.ceil(9 / Math.max(cell, 0.01)));
    const columns = middles(xs),
      start = panel.map.positionStarts[place] + t * span.rows * span.stride;
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
  for (const [thick, paint] of [
    [width + 1.5, "rgb(11 13 16 / 0.5)"],
    [width, style],
  ]) {
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
  tiles: {
    title: "Tiles",
    hint: "the crops that the encoder gets, with the numbers of their views",
    paint: paintTiles,
  },
  patches: { title: "Patches", hint: "what the encoder embeds, one by one", paint: paintPatches },
  tokens: { title: "Tokens", hint: "what the language model gets", paint: paintTokens },
  order: { title: "Order", hint: "the path along which tokens enter", paint: paintOrder },
};
