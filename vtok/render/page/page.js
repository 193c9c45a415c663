/* The page: inputs one under the other, models side by side, and what is chosen in all of them. */

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
    const models = element(
      "div",
      { class: `models${this.views.length > 1 ? " several" : ""}` },
      ...this.views.map((view) => view.element),
    );
    return element(
      "section",
      { class: "input", "aria-label": data.name },
      head,
      this.views.length > 1 ? this.costs() : null,
      models,
    );
  }

  /** What the models cost, side by side. */
  costs() {
    const names = [...new Set(this.views.flatMap((view) => view.layout.costs.map(([name]) => name)))];
    const most = Math.max(...this.views.map((view) => view.layout.number), 1);
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "model"),
      ...names.map((name) => element("th", { scope: "col" }, name)),
    );
    const rows = this.views.map(({ layout }) => {
      const meter = element("span", { class: "meter", "aria-hidden": "true" });
      meter.style.setProperty("--share", layout.number / most);
      const cells = names.map((name) => element("td", {}, layout.costs.find((cost) => cost[0] === name)?.[1] ?? ""));
      return element("tr", {}, element("th", { scope: "row" }, layout.title, meter), ...cells);
    });
    return element(
      "div",
      { class: "scroll costs", tabindex: 0, role: "region", "aria-label": "Costs" },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)),
    );
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
    const { token } = from.selection,
      place = hasArea(token.box) ? from.uprightOf(middleOf(token.box)) : null;
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
    const { token } = from.selection,
      within = token ? token.position - from.moments[from.moment].position : 0;
    this.choose(
      from,
      from.moments[moment].position + (within >= 0 && within < from.moments[moment].tokens ? within : 0),
    );
  }

  /** Another model's video at the nearest temporal step. */
  follow(view, from) {
    if (!view.moments.length || from.frame === null) return;
    const far = view.moments.map(({ frames }) => Math.abs(frames[0] - from.frame));
    view.setMoment(far.indexOf(Math.min(...far)));
  }
}

/** The JSON that is packed in this text. */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(plain).json();
}

async function start() {
  const data = JSON.parse(document.getElementById("data").textContent),
    contents = await unpacked(data.inputs),
    inputs = contents.map((input) => new InputView(input, data.photos));
  document.title = `${contents.map((input) => input.name).join(", ")} \u2014 vtok inspect`;
  document.getElementById("page").replaceChildren(...inputs.map((input) => input.element));
  document.getElementById("foot").textContent =
    `Made by vtok ${data.version}. Everything is counted from 0. This page loads nothing from anywhere.`;
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
  const [view] = input.views,
    middle = view.layout.size.map((side) => side / 2);
  const [position] = view.map.atPixel(...middle, view.frame).slice(-1);
  if (position !== undefined) input.choosePosition(view, position);
  else if (view.map.readersAt(...middle, view.frame).length) input.point(view, view.panels[0], middle);
  else if (view.map.tokens) input.choosePosition(view, view.map.positionOf(0));
}

/** Repaint when sizes or colours change. What is drawn anew for print would be opaque. */
function repaintWhenNeeded(views) {
  const observer = new ResizeObserver((entries) => {
    const changed = new Set(entries.map((entry) => views.find((view) => view.element.contains(entry.target))));
    changed.forEach((view) => view.measure());
    changed.forEach((view) => view.paint());
  });
  for (const view of views) {
    for (const place of [view.bar.place, ...view.panels.map((panel) => panel.place)]) observer.observe(place);
  }
  const repaint = () => {
    colours.clear();
    views.forEach((view) => view.paint());
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  addEventListener("beforeprint", () => views.forEach((view) => (view.details.open = true)));
}

await start();
