/* A video's frames. */

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
    this.line.addEventListener(
      "pointermove",
      (event) => event.buttons && view.input.chooseMoment(view, this.momentAt(event)),
    );
  }

  cell({ frames, tokens }, i) {
    const { view } = this,
      photo = view.layout.photo === null ? null : view.photos[view.layout.photo];
    const images = frames.map((frame) => {
      const src = photo?.frames?.[frame];
      return src
        ? element("img", { src, alt: `frame ${frame}`, draggable: "false", decoding: "async" })
        : element("span", { class: "blank" }, `${frame}`);
    });
    const when = view.layout.fps ? seconds(frames[0] / view.layout.fps) : `frame ${frames[0]}`;
    const made = element("button", {
      type: "button",
      role: "option",
      title: `frame ${[...new Set(frames)].join(", ")}: ${plural(tokens, "token")}`,
    });
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
    const { left, width } = this.line.getBoundingClientRect(),
      frame = ((event.clientX - left) / width) * this.length;
    const far = this.view.moments.map((moment) => Math.abs(moment.frames[0] - frame));
    return far.indexOf(Math.min(...far));
  }

  measure() {
    ({ width: this.width, height: this.height } = this.line.getBoundingClientRect());
  }

  paint() {
    const context = fitted(this.line, this),
      { width, height } = this;
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
    const cell = this.cells[this.view.moment],
      { strip } = this;
    if (
      cell.offsetLeft < strip.scrollLeft ||
      cell.offsetLeft + cell.offsetWidth > strip.scrollLeft + strip.clientWidth
    ) {
      strip.scrollLeft = cell.offsetLeft - strip.clientWidth / 2 + cell.offsetWidth / 2;
    }
  }
}
