/* Where each position of a sequence lies in the image: the arithmetic of vtok's TokenMap, on the page. */

/** The index of the last edge that is at most `value`, or -1: Python's bisect_right minus one. */
function lastAtMost(edges, value) {
  let low = 0,
    high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The cell between two edges that holds `value`, or -1. */
function cellAt(edges, value) {
  const cell = lastAtMost(edges, value);
  return cell < edges.length - 1 ? cell : -1;
}

/** The cells with length that reach into the open interval from `low` to `high`. */
function cellsBetween(edges, low, high) {
  const cells = [];
  for (let cell = Math.max(0, lastAtMost(edges, low)); cell < edges.length - 1 && edges[cell] < high; cell++) {
    if (edges[cell] < edges[cell + 1] && edges[cell + 1] > low) cells.push(cell);
  }
  return cells;
}

/** How far a point lies outside of a box; 0 inside. */
function distance([left, top, right, bottom], x, y) {
  return Math.max(left - x, 0, x - right) + Math.max(top - y, 0, y - bottom);
}

const middleOf = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2];
const hasArea = (box) => Boolean(box) && box[2] > box[0] && box[3] > box[1];
const contains = ([left, top, right, bottom], x, y) => left <= x && x < right && top <= y && y < bottom;

/** The places of all positions of a layout's sequence. Positions and tokens count from 0. */
class TokenMap {
  constructor(layout) {
    this.layout = layout;
    this.edges = layout.edges;
    this.spans = layout.spans.map((span) => this.prepared(span));
    this.tiles = layout.views.flatMap((view, i) => (view.kind === "tile" && !view.encoder ? [i] : []));
    this.positionStarts = this.starts("positions");
    this.tokenStarts = this.starts("tokens");
    this.positions = this.positionStarts.at(-1);
    this.tokens = this.tokenStarts.at(-1);
    this.drawnEdges = new Map(layout.panels.flatMap((panel) => panel.spans.map(([span, x, y]) => [span, [x, y]])));
  }

  /** A span with the lengths of its rows, in positions (`stride`) and in visual tokens (`tokenStride`). */
  prepared(span) {
    const lines = span.rows ? span.t * span.rows : 1,
      width = span.rows ? span.columns : Math.max(1, span.count);
    const end = span.end ? span.end.count : 0,
      endTokens = span.end && span.end.token ? end : 0;
    const ends = span.rows ? lines - (span.lastEnd ? 0 : 1) : 0;
    return {
      ...span,
      lines,
      width,
      stride: width + end,
      tokenStride: (span.token ? width : 0) + endTokens,
      positions: span.count + ends * end,
      tokens: (span.token ? span.count : 0) + ends * endTokens,
    };
  }

  starts(length) {
    const starts = [0];
    for (const span of this.spans) starts.push(starts.at(-1) + span[length]);
    return starts;
  }

  /** The position of the visual token with this number. */
  positionOf(index) {
    const place = lastAtMost(this.tokenStarts, index),
      span = this.spans[place];
    const offset = index - this.tokenStarts[place],
      line = Math.floor(offset / span.tokenStride);
    const shift = span.token ? 0 : span.width;
    return this.positionStarts[place] + line * span.stride + shift + (offset % span.tokenStride);
  }

  /** All that is known of a position. */
  at(position) {
    const place = lastAtMost(this.positionStarts, position),
      span = this.spans[place];
    const offset = position - this.positionStarts[place];
    const line = Math.floor(offset / span.stride),
      column = offset % span.stride;
    const isEnd = column >= span.width,
      what = isEnd ? span.end : span;
    const index = this.tokenStarts[place] + line * span.tokenStride + column - (span.token ? 0 : span.width);
    const token = {
      position,
      place,
      span,
      kind: what.kind,
      text: what.text ?? "",
      views: isEnd ? [] : (span.views ?? []),
    };
    token.index = what.token ? index : null;
    if (span.time !== undefined) token.time = span.time;
    if (span.rows) this.addCell(token, line, column, isEnd);
    else this.addView(token);
    this.addIds(token, offset);
    return token;
  }

  addCell(token, line, column, isEnd) {
    const { span } = token;
    token.t = Math.floor(line / span.rows);
    token.row = line % span.rows;
    this.addFrames(token, span.frames ? span.frames[token.t] : []);
    if (isEnd) return;
    token.column = column;
    token.box = span.x === undefined ? null : this.boxIn(this.edges[span.x], this.edges[span.y], token);
    token.drawn = this.drawnBox(token);
    token.views = this.seenBy(token);
    token.tile = this.tileOf(token.views);
    token.window = this.windowOf(token);
  }

  boxIn(xs, ys, { row, column }) {
    return [xs[column], ys[row], xs[column + 1], ys[row + 1]];
  }

  /** The box with the padding that the cell shows, if it does: it may reach outside of the image. */
  drawnBox(token) {
    const drawn = this.drawnEdges.get(token.place);
    return drawn ? this.boxIn(this.edges[drawn[0]], this.edges[drawn[1]], token) : token.box;
  }

  addView(token) {
    const view = token.views.length === 1 ? this.layout.views[token.views[0]] : null;
    token.tile = this.tileOf(token.views);
    this.addFrames(token, view && view.frames ? view.frames : []);
  }

  addFrames(token, frames) {
    token.frames = frames;
    if (frames.length && this.layout.fps) token.time = frames[0] / this.layout.fps;
  }

  /** Position ids (M-RoPE): time, row and column; of text one number for all three. */
  addIds(token, offset) {
    const { span } = token;
    if (span.first === undefined) return;
    if (span.offsets)
      token.ids = [span.first + span.offsets[token.t], span.first + token.row, span.first + token.column];
    else token.ids = [span.first + offset, span.first + offset, span.first + offset];
  }

  /** The views that a cell shows a part of: of many tiles the one in which its middle lies. */
  seenBy({ views, span, row, column, box }) {
    const tiles = views.filter((view) => this.tiles.includes(view));
    if (tiles.length < 2 || !this.layout.tiles || !box) return views;
    if (!hasArea(box)) {
      const [across, down] = this.layout.tiles;
      const tile = Math.floor((row * down) / span.rows) * across + Math.floor((column * across) / span.columns);
      return [tiles[tile]];
    }
    const [x, y] = middleOf(box);
    const far = tiles.map((view) => distance(this.layout.views[view].source, x, y));
    return [tiles[far.indexOf(Math.min(...far))]];
  }

  /** Column and row of the only view, if it is a tile. */
  tileOf(views) {
    const number = views.length === 1 ? this.tiles.indexOf(views[0]) : -1,
      across = this.layout.tiles?.[0];
    return number < 0 || !across ? null : [number % across, Math.floor(number / across)];
  }

  /** The number of the attention window; null where there are none, and where tokens straddle them. */
  windowOf({ views, span, t, row, column }) {
    const grid = this.windowGrid(span, this.layout.views[views[0]]);
    if (!grid) return null;
    return (t * grid.down + Math.floor(row / grid.side)) * grid.across + Math.floor(column / grid.side);
  }

  /** The windows of a span in tokens: their side, and how many lie side by side and below one another. */
  windowGrid(span, view) {
    if (!this.layout.window || !view || !span.rows) return null;
    const side = this.layout.window / (view.patch * view.merge),
      [, h, w] = view.grid;
    const fits = span.rows === Math.floor(h / view.merge) && span.columns === Math.floor(w / view.merge);
    if (!fits || !Number.isInteger(side)) return null;
    return { side, across: Math.ceil(span.columns / side), down: Math.ceil(span.rows / side) };
  }

  /** The positions of the tokens whose boxes hold a point of the original; of one source frame, if one is named. */
  atPixel(x, y, frame = null) {
    return this.atPoint(x, y, frame, (span) => [span.x, span.y]);
  }

  /** The positions of the tokens whose boxes share area with a box of the original; of one frame, if one is named. */
  inBox([left, top, right, bottom], frame = null) {
    return this.inCells(
      frame,
      (span) => [span.x, span.y],
      (xs) => cellsBetween(xs, left, right),
      (ys) => cellsBetween(ys, top, bottom),
    );
  }

  /** The same for a point of the padding around the image. */
  atPadding(x, y, frame = null) {
    return this.atPoint(x, y, frame, (span, place) => this.drawnEdges.get(place) ?? [span.x, span.y]);
  }

  atPoint(x, y, frame, edgesOf) {
    const at = (value) => (edges) => [cellAt(edges, value)].filter((cell) => cell >= 0);
    return this.inCells(frame, edgesOf, at(x), at(y));
  }

  inCells(frame, edgesOf, columnsOf, rowsOf) {
    const positions = [];
    this.spans.forEach((span, place) => {
      if (!span.token || span.x === undefined) return;
      const [across, down] = edgesOf(span, place);
      const columns = columnsOf(this.edges[across]),
        rows = rowsOf(this.edges[down]);
      for (let t = 0; t < span.t; t++) {
        if (frame !== null && span.frames && !span.frames[t].includes(frame)) continue;
        for (const row of rows) {
          const start = this.positionStarts[place] + (t * span.rows + row) * span.stride;
          positions.push(...columns.map((column) => start + column));
        }
      }
    });
    return positions;
  }

  /** Spans of tokens without a place that read a view in which the point lies, as the queries of a tile. */
  readersAt(x, y, frame = null) {
    return this.spans.flatMap((span, place) => {
      const reads = (i) => this.shows(this.layout.views[i], x, y, frame);
      return span.token && span.x === undefined && (span.views ?? []).some(reads) ? [place] : [];
    });
  }

  shows(view, x, y, frame) {
    return contains(view.source, x, y) && (frame === null || !view.frames || view.frames.includes(frame));
  }

  /** The temporal steps of a video: the frames of each, and the position of its first token. */
  moments() {
    const moments = [];
    this.spans.forEach((span, place) => {
      const start = this.positionStarts[place];
      if (span.frames) {
        span.frames.forEach((frames, t) =>
          moments.push({ frames, position: start + t * span.rows * span.stride, tokens: span.rows * span.tokenStride }),
        );
      } else if (!span.rows && span.token && span.views?.length === 1 && this.layout.views[span.views[0]].frames) {
        moments.push({ frames: this.layout.views[span.views[0]].frames, position: start, tokens: span.count });
      }
    });
    return moments;
  }

  /** Attention windows, in the encoder's order: the box of each, and its tokens where it holds whole ones. */
  windows() {
    const side = this.layout.window;
    if (!side) return [];
    return this.layout.views.flatMap((view, i) => (view.reach && !view.encoder ? this.windowsOf(view, i, side) : []));
  }

  windowsOf(view, number, side) {
    const [t, h, w] = view.grid,
      [left, top, right, bottom] = view.reach,
      windows = [];
    const across = (right - left) / view.size[0],
      down = (bottom - top) / view.size[1];
    const place = this.spans.findIndex((span) => span.rows && (span.views ?? []).includes(number));
    for (let step = 0; step < t; step++) {
      for (let y = 0; y < h * view.patch; y += side) {
        for (let x = 0; x < w * view.patch; x += side) {
          const far = Math.min(x + side, w * view.patch),
            low = Math.min(y + side, h * view.patch);
          const box = [left + x * across, top + y * down, left + far * across, top + low * down];
          const patches = ((far - x) * (low - y)) / (view.patch * view.patch);
          windows.push({ box, patches, step, ...this.windowTokens(place, view, step, [x, y, far, low]) });
        }
      }
    }
    return windows;
  }

  /** The rows and columns of a window's tokens, and its runs of positions. */
  windowTokens(place, view, step, pixels) {
    const span = this.spans[place],
      grid = span && this.windowGrid(span, view);
    if (!grid) return {};
    const cell = view.patch * view.merge,
      [left, top, right, bottom] = pixels.map((side) => side / cell);
    const runs = [],
      steps = span.t === 1 ? 0 : step;
    for (let row = top; row < bottom; row++) {
      const start = this.positionStarts[place] + (steps * span.rows + row) * span.stride + left;
      runs.push([start, start + right - left]);
    }
    return { rows: [top, bottom - 1], columns: [left, right - 1], tokens: (right - left) * (bottom - top), runs };
  }
}
