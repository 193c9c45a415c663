/* The bar of a sequence. */

const LEAST_RUN = 2; // pixels of a run of positions below which it has no colour of its own

/** The bar of a sequence: its spans to scale, coloured as on the photo. */
class SequenceBar {
  constructor(map) {
    this.map = map;
    this.steps = new Map(map.moments().map(({ position }, step) => [position, step]));
    this.place = element("div", { class: "bar" });
    this.layers = element("canvas", {
      class: "layers",
      role: "img",
      "aria-label": "The sequence, to scale; the table below says the same",
    });
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
      const x = this.x(start),
        gap = this.x(end) - x > 4 ? 1 : 0;
      context.fillRect(x, 4, Math.max(this.x(end) - x - gap, 0.5), this.height - 8);
    }
    this.specials(context);
    fitted(this.marks, this);
  }

  /** Special tokens and text as ticks of the bar's full height: to scale a few of them would hardly be seen. */
  specials(context) {
    context.fillStyle = colour("ink");
    const count = this.map.spans.filter((span) => !span.token).length,
      least = count * 6 < this.width ? 1.5 : 0;
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
      if (!span.rows)
        yield [this.map.positionStarts[place], this.map.positionStarts[place + 1], this.looseColour(span, place)];
      else for (let line = 0; line < span.lines; line++) yield* this.line(place, span, line, visible);
    }
  }

  looseColour(span, place) {
    const step = this.steps.get(this.map.positionStarts[place]);
    if (step !== undefined) return stepColour(step);
    return (
      tileColour(this.map, span.views ?? []) ??
      (["query", "vision", "unplaced"].includes(span.kind) ? "accent" : "quiet")
    );
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
      yield [
        start + from,
        start + Math.min(from + side, span.columns),
        this.cellColour(place, span, this.map.at(start + from), visible),
      ];
    }
  }

  windowGrid(span, visible) {
    const grid = visible.has("windows") ? this.map.windowGrid(span, this.map.layout.views[span.views?.[0]]) : null;
    return grid && this.x(grid.side) >= LEAST_RUN ? grid : null;
  }

  /** Every how many columns a row is cut. */
  side(span, visible) {
    const grid = this.windowGrid(span, visible),
      across = (span.views?.length ?? 0) > 1 ? this.map.layout.tiles?.[0] : 0;
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
    const width = Math.max(strong ? 3 : 2, this.x(1)),
      x = this.x(position + 0.5) - width / 2;
    context.fillStyle = colour("page");
    context.fillRect(x - 1.5, 0, width + 3, this.height);
    context.fillStyle = colour(strong ? "ink" : "quiet");
    context.fillRect(x, 0, width, this.height);
  }
}
