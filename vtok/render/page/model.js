/* One model's card: the image with its layers, the sequence, the sliders, and what they say. */

const WIDE = 2.2; // width by height from which on a thumbnail stands under the image
const MOST_BUTTONS = 8; // other tokens that are named one by one

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
    const [left, top, right, bottom] = layout.panels[0].domain,
      isWide = right - left > WIDE * (bottom - top);
    this.stage = element("div", {
      class: isWide ? "stage wide" : "stage",
      tabindex: 0,
      role: "application",
      "aria-label": `${layout.title}: the image. Arrow keys move from token to token, Escape clears.`,
    });
    this.stage.append(...this.panels.map((panel) => panel.figure));
    const head = element(
      "header",
      {},
      element("h3", {}, layout.title),
      element("p", { class: "origin" }, layout.origin),
    );
    const big = element("p", { class: "number" }, element("b", {}, number(layout.number)), ` ${layout.unit}`);
    const look = element(
      "div",
      { class: "look" },
      this.layerSwitches(),
      this.stage,
      this.film(),
      this.sequence(),
      this.sliders(),
    );
    const side = element("div", { class: "side" }, this.readout, this.factList());
    return element(
      "article",
      { class: layout.photo === null ? "model" : "model photographed" },
      element("div", { class: "head" }, head, big),
      look,
      side,
      this.tables(),
      this.status,
    );
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
    const where = this.layout.unit.includes("output") ? "in the output" : what;
    const caption = `${plural(this.map.positions, "position")} ${where}`;
    return element("figure", { class: "sequence" }, this.bar.place, element("figcaption", {}, caption));
  }

  sliders() {
    this.tokenSlider = this.slider("Token", this.map.tokens, (index) =>
      this.input.choose(this, this.map.positionOf(index)),
    );
    this.windowSlider =
      this.windows.length > 1
        ? this.slider("Window", this.windows.length, (window) => this.input.chooseWindow(this, window))
        : null;
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
    const made = element(
      "div",
      { class: "slider" },
      element("span", {}, title),
      slide,
      box,
      element("span", { class: "of" }, `of ${number(count)}`),
    );
    return { element: made, slide, set };
  }

  factList() {
    const list = element("dl", { class: "facts" }),
      known = new Set(["tokens", "prompt tokens", "patches"]);
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
    const costs = network
      ? table("What it costs", ["cost", "attention pairs", "multiply-adds", "bytes"], network)
      : null;
    const views = table(
      "What the encoder gets",
      ["view", "kind", "size", "patches", "shows"],
      this.layout.views.map(viewRow),
    );
    const spans = table(
      "The sequence",
      ["positions", "what", "tokens", "grid", "views", "frames"],
      this.map.spans.map((span, i) => spanRow(this.map, span, i)),
    );
    this.details = element(
      "details",
      {},
      element("summary", {}, "Every step, view and span as tables"),
      way,
      views,
      spans,
      ...(costs ? [costs] : []),
    );
    return this.details;
  }

  listen() {
    for (const panel of this.panels) {
      panel.place.addEventListener("pointermove", (event) =>
        this.input.preview(() => this.input.point(this, panel, panel.pixelAt(event))),
      );
      panel.place.addEventListener("pointerleave", () => this.input.settle());
      panel.place.addEventListener("click", (event) =>
        this.input.keep(() => this.input.point(this, panel, panel.pixelAt(event))),
      );
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
    const [left, top, right, bottom] = token.drawn,
      [x, y] = middleOf(token.drawn);
    const beyond = [
      across ? (across > 0 ? right + 0.01 : left - 0.01) : x,
      down ? (down > 0 ? bottom + 0.01 : top - 0.01) : y,
    ];
    const panel = this.panels.find((each) => each.data.spans.some(([number]) => number === place));
    return this.map.atPadding(...beyond, this.frame).find((position) => {
      const other = this.map.at(position);
      return other.place !== place && panel.data.spans.some(([number]) => number === other.place);
    });
  }

  spoken() {
    const { token } = this.selection;
    return token
      ? `${titleOf(token)}: ${factsOf(token, this.map)
          .map((fact) => fact.join(" "))
          .join(", ")}`
      : "Nothing is chosen.";
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
    const least = { patches: 1.75 * COMFORT, tokens: COMFORT }[name],
      [panel] = this.panels;
    if (!least) return false;
    const gaps =
      name === "patches"
        ? panel
            .views()
            .map(
              (view) =>
                (panel.width * view.patch * (view.reach[2] - view.reach[0])) /
                view.size[0] /
                (panel.domain[2] - panel.domain[0]),
            )
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

  /** The image to draw: the photo, or the frame that is chosen. */
  sourceOf(photo) {
    return photo.frames ? photo.frames[this.frame] : photo.src;
  }

  setPhoto(image, photo) {
    const src = photo && this.sourceOf(photo);
    image.hidden = !src;
    if (src && image.src !== src) image.src = src;
    image.style.imageOrientation = this.layout.orientation === 1 ? "from-image" : "none";
  }

  /** The pixel of this layout's image at these shares of the upright image. */
  pixelOf([u, v]) {
    const [a, b] = STORED[this.layout.orientation](u, v),
      [width, height] = this.layout.size;
    return [a * width, b * height];
  }

  uprightOf([x, y]) {
    const {
      orientation,
      size: [width, height],
    } = this.layout;
    return STORED[BACK[orientation] ?? orientation](x / width, y / height);
  }

  /** Show the tokens that see a pixel; of those the one in the panel that is pointed at comes first. */
  showPixel(pixel, panel = null) {
    const [width, height] = this.layout.size,
      inside = contains([0, 0, width, height], ...pixel);
    const positions = inside
      ? this.map.atPixel(...pixel, this.frame)
      : panel
        ? this.map.atPadding(...pixel, this.frame)
        : [];
    const tokens = positions.map((position) => this.map.at(position));
    const places = new Set((panel ?? this.panels[0]).data.spans.map(([place]) => place));
    const token = tokens.find((one) => places.has(one.place)) ?? tokens[0] ?? null;
    const readers = this.map.readersAt(...pixel, this.frame);
    const boxes = readers
      .flatMap((place) => this.map.spans[place].views.map((i) => this.layout.views[i].source))
      .filter((box) => contains(box, ...pixel));
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
    else if (pixel)
      parts.push(
        element("h4", {}, "Seen by no token"),
        element("p", {}, "The model cuts this part of the image away, or it gets it as padding."),
      );
    else
      parts.push(
        element(
          "p",
          { class: "hint" },
          "Point at the image or at the bar of the sequence, or move a slider. Arrow keys walk from token to token.",
        ),
      );
    parts.push(...readers.map((place) => element("p", {}, this.readerWords(place))));
    if (tokens.length) parts.push(this.otherPlaces(tokens));
    this.readout.replaceChildren(...parts);
  }

  tokenHead(token) {
    const words = element("div", {}, element("h4", {}, titleOf(token)), element("p", { class: "kind" }, kindOf(token)));
    return element("div", { class: "top" }, words, this.loupe(token));
  }

  readerWords(place) {
    const span = this.map.spans[place],
      first = this.map.tokenStarts[place];
    const view = span.views.map((i) => `view ${i} (${viewName(this.layout.views[i])})`).join(", ");
    const numbers = range(number(first), number(first + span.count - 1));
    if (!READERS.has(span.kind)) return `Tokens ${numbers} are made of ${view}; where each of them lies is not known.`;
    return `Tokens ${numbers} (${KINDS[span.kind]}) have no place of their own; they read all of ${view}.`;
  }

  windowWords(window) {
    const facts = [["patches", `${number(window.patches)}, which attend to one another`]];
    if (window.tokens)
      facts.push(
        ["rows", range(...window.rows)],
        ["columns", range(...window.columns)],
        ["tokens", number(window.tokens)],
      );
    if (this.layout.fullLayers.length)
      facts.push(["full layers", `${this.layout.fullLayers.join(", ")}: there all patches attend to all`]);
    return [
      element("h4", {}, `Window ${number(window.number)}`),
      element("p", { class: "kind" }, `of ${number(this.windows.length)}`),
      list(facts),
    ];
  }

  /** The other tokens that see the same pixel, each of which can be chosen. */
  otherPlaces(tokens) {
    const more =
      tokens.length > MOST_BUTTONS ? element("span", {}, `and ${number(tokens.length - MOST_BUTTONS)} more`) : null;
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
    const photo = this.layout.photo === null ? null : this.photos[this.layout.photo],
      src = photo && this.sourceOf(photo);
    if (!src || !hasArea(token.box)) return null;
    const canvas = element("canvas", { class: "loupe", width: 240, height: 240, "aria-hidden": "true" });
    decodedOnce(src, this.layout, photo.turns).then((source) => magnify(canvas, source, token.box, this.layout.size));
    return canvas;
  }
}
