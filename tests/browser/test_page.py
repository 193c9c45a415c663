"""The page of `vtok inspect` in a real browser: what pointer, keyboard, sliders and touch say, against the library."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image, ImageOps

import vtok
from vtok.errors import VtokError
from vtok.render.page.data import layout_data
from vtok.values import Box, Layout, SpanKind
from vtok.values.tokens import Token

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Any]
PAGE = Path(vtok.__file__).parent / "render" / "page"
PANEL = ".panel.{} .place"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser; tests are skipped, with the reason, where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
    program = os.environ.get("VTOK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"needs a browser: install one of {', '.join(NAMES)}, or set VTOK_CHROMIUM to its program")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a page by `vtok inspect` with these arguments; the same arguments make it once."""
    from vtok.cli import main

    folder = tmp_path_factory.mktemp("pages")
    pages: dict[tuple[str, ...], Path] = {}

    def make(*arguments: str) -> Path:
        if arguments not in pages:
            target = folder / f"{len(pages)}.html"
            with pytest.raises(SystemExit) as ended:
                main(["inspect", *arguments, "-o", str(target)])
            assert not ended.value.code
            pages[arguments] = target
        return pages[arguments]

    return make


@pytest.fixture
def opened(browser: Any, made: Callable[..., Path]) -> Iterator[Open]:
    """Open the page of these arguments. A request, a message on the console or an error in the page fails the test."""
    contexts, faults = [], []

    def open_page(*arguments: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.extend(_outside(request.url)))
        page.goto(made(*arguments).as_uri())
        page.wait_for_selector("#foot:not(:empty)")  # the script unpacks the page's data first
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def _outside(url: str) -> list[str]:
    return [] if url.startswith(("file:", "data:")) else [url]


@pytest.fixture(scope="session")
def coffee(samples_folder: Path) -> str:
    return str(samples_folder / "coffee.jpg")


@pytest.fixture(scope="session")
def samples_folder() -> Path:
    return Path(__file__).parent.parent.parent / "samples"


def readout(page: Any, model: int = 0) -> dict[str, str]:
    """The facts of what is chosen, with its `name`."""
    page.evaluate("new Promise(requestAnimationFrame)")  # the pointer is followed once a frame
    return dict(
        page.evaluate(
            """number => {
              const readout = document.querySelectorAll(".readout")[number];
              const texts = (selector) => [...readout.querySelectorAll(selector)].map((one) => one.textContent);
              const values = texts("dd"), facts = texts("dt").map((name, i) => [name, values[i]]);
              return [["name", texts("h4").join()], ...facts, ["others", texts("button").join("; ")]];
            }""",
            model,
        )
    )


def marked(page: Any) -> list[int]:
    """The numbers of the tokens that are marked beside the chosen one."""
    numbers: list[int] = page.evaluate("vtok.inputs[0].views[0].selection.tokens.map((token) => token.index)")
    return numbers


def point(page: Any, panel: str, x: float, y: float, domain: Sequence[float]) -> None:
    """Move the pointer to a pixel of the original in a panel that shows `domain` of it."""
    place = page.locator(PANEL.format(panel)).first.bounding_box()
    left, top, right, bottom = domain
    page.mouse.move(
        place["x"] + (x - left) / (right - left) * place["width"],
        place["y"] + (y - top) / (bottom - top) * place["height"],
    )


def test_the_pointer_names_the_token(opened: Open, coffee: str) -> None:
    layout = vtok.layout("qwen2.5-vl", coffee)
    page = opened(coffee)
    # 600x400 is resized to 588x392: 14 rows of 21 tokens of 28.6 x 28.6 pixels, in windows of 4 x 4.
    point(page, "image", 300, 100, (0, 0, 600, 400))
    facts = readout(page)
    assert layout.tokens_at(300, 100) == [3 * 21 + 10]
    assert facts == {
        "name": "Token 73",
        "position": "74 of 296",
        "row": "3 of 14",
        "column": "10 of 21",
        "view": "0, image",
        "window": "2",
        "position ids": "time 1, row 4, column 11",
        "pixels": "x 285.7 to 314.3\ny 85.7 to 114.3",
        "others": "",
    }


def test_a_pixel_in_a_tile_and_in_the_thumbnail(opened: Open, samples_folder: Path) -> None:
    path = str(samples_folder / "panorama.jpg")
    layout = vtok.layout("deepseek-vl2", path)
    page = opened(path, "-m", "deepseek-vl2")
    domain = page.evaluate("vtok.inputs[0].views[0].panels[0].domain")
    point(page, "tiles", 1300, 220, domain)
    thumbnail, tile = layout.tokens_at(1300, 220)
    facts = readout(page)
    assert facts["name"] == f"Token {tile}"
    assert facts["others"] == f"Token {thumbnail}, thumbnail"
    token = layout.token_map().token(tile)
    assert facts["tile"] == "column {}, row {}".format(*token.tile or ())
    # The button chooses the other one.
    page.locator(".others button").click()
    assert readout(page)["name"] == f"Token {thumbnail}"
    box = layout.token_box(thumbnail)
    assert box
    others = layout.token_map().in_box(box)
    assert tile in others
    assert marked(page) == [other for other in others if other != thumbnail]


def test_padding_and_row_ends_say_what_they_are(opened: Open, samples_folder: Path) -> None:
    page = opened(str(samples_folder / "panorama.jpg"), "-m", "deepseek-vl2")
    left, top, right, bottom = page.evaluate("vtok.inputs[0].views[0].panels[0].domain")
    point(page, "tiles", left + 1, (top + bottom) / 2, (left, top, right, bottom))
    assert readout(page)["pixels"] == "padding only"
    page.locator(".slider input[type=number]").fill("14")  # 14 cells, then the newline of the thumbnail's first row
    page.keyboard.press("Enter")
    facts = readout(page)
    assert (facts["name"], facts["row"], facts["pixels"]) == ("Token 14", "0 of 14", "no known place in the image")
    assert page.locator(".kind").text_content() == "newline, ends row 0"


def test_the_bar_of_the_sequence_marks_tokens(opened: Open, coffee: str) -> None:
    page = opened(coffee)
    bar = page.locator(".bar").bounding_box()
    page.mouse.move(bar["x"] + bar["width"] * 200.5 / 296, bar["y"] + 5)
    assert readout(page)["name"] == "Token 199"
    page.mouse.move(bar["x"] + 0.5, bar["y"] + 5)
    assert readout(page)["name"] == "<|vision_start|>"
    page.mouse.move(0, 0)
    assert readout(page)["name"] == "<|vision_start|>"


def test_a_click_chooses_what_the_pointer_returns_to(opened: Open, coffee: str) -> None:
    page = opened(coffee)
    assert readout(page)["name"] == "Token 157"  # at first that of the middle: pixel 300, 200 is in row 7, column 10
    point(page, "image", 300, 100, (0, 0, 600, 400))
    page.mouse.down()
    page.mouse.up()
    point(page, "image", 5, 5, (0, 0, 600, 400))
    assert readout(page)["name"] == "Token 0"
    page.mouse.move(0, 0)
    assert readout(page)["name"] == "Token 73"


def test_sliders_walk_through_tokens_and_windows(opened: Open, coffee: str) -> None:
    layout = vtok.layout("qwen2.5-vl", coffee)
    page = opened(coffee)
    token, window = page.locator(".slider input[type=range]").all()
    token.focus()
    page.keyboard.press("Home")
    assert readout(page)["name"] == "Token 0"
    page.keyboard.press("ArrowRight")
    assert readout(page)["name"] == "Token 1"
    assert token.get_attribute("aria-valuetext").startswith("Token 1: position 2 of 296, row 0 of 14, column 1 of 21")
    page.keyboard.press("End")
    assert readout(page)["name"] == f"Token {layout.tokens - 1}"
    window.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    facts = readout(page)
    # 4 x 6 windows; the last one has what is left of 14 rows and 21 columns.
    assert (facts["name"], facts["rows"], facts["columns"], facts["tokens"]) == ("Window 23", "12 to 13", "20", "2")
    assert facts["patches"].startswith("8,")


def test_the_keyboard(opened: Open, coffee: str) -> None:
    page = opened(coffee)
    for _ in range(10):
        if page.evaluate("document.activeElement.getAttribute('role')") == "application":
            break
        page.keyboard.press("Tab")
    names = []
    for key in ("Home", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowLeft", "End"):
        page.keyboard.press(key)
        names.append(readout(page)["name"])
    assert names == [f"Token {i}" for i in (0, 1, 22, 43, 42, 21, 21, 293)]
    assert page.locator("[aria-live]").text_content().startswith("Token 293: position 294 of 296, row 13 of 14")
    page.keyboard.press("Escape")
    assert readout(page)["name"] == ""


def test_arrows_cross_the_edges_of_tiles(opened: Open, coffee: str) -> None:
    layout = vtok.layout("internvl3", coffee)  # 3 x 2 tiles of 256 tokens, then the thumbnail
    page = opened(coffee, "-m", "internvl3")
    page.locator(".slider input[type=number]").fill("15")  # the last one of the first row of tile 0
    page.keyboard.press("Enter")
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    assert layout.tiles == (3, 2)
    assert readout(page)["name"] == "Token 256"
    page.keyboard.press("ArrowLeft")
    assert readout(page)["name"] == "Token 15"


def test_touch(opened: Open, coffee: str) -> None:
    page = opened(coffee, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    place = page.locator(PANEL.format("image")).bounding_box()
    page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 4)
    assert readout(page)["name"] == "Token 73"


def test_models_follow_one_another(opened: Open, samples_folder: Path) -> None:
    """DeepSeek-VL2 does not apply the EXIF orientation, so the same place is another pixel there."""
    path = str(samples_folder / "photo.jpg")
    turned, stored = vtok.layout("internvl3", path), vtok.layout("deepseek-vl2", path)
    page = opened(path, "-m", "internvl3", "-m", "deepseek-vl2")
    place = page.locator(".panel.thumbnail .place").first.bounding_box()
    page.mouse.move(place["x"] + 0.31 * place["width"], place["y"] + 0.77 * place["height"])
    assert (turned.original, stored.original) == (vtok.Size(4032, 3024), vtok.Size(3024, 4032))
    assert readout(page, 0)["name"] == f"Token {turned.tokens_at(0.31 * 3024, 0.77 * 4032)[-1]:,}"
    # Turned by 90 degrees clockwise, the left edge is the stored bottom: x is down, y is 1 - right.
    assert readout(page, 1)["name"] == f"Token {stored.tokens_at(0.77 * 4032, (1 - 0.31) * 3024)[-1]:,}"
    assert len({image.get_attribute("src") for image in page.locator(".place img").all()}) == 1
    cells = page.locator(".costs tbody td:nth-child(2)").all_text_contents()
    assert cells == [f"{turned.tokens:,}", f"{stored.tokens:,}"]


LOUPE = """async () => {
  await new Promise((done) => setTimeout(done, 400));
  const context = document.querySelector("canvas.loupe").getContext("2d");
  const pixels = context.getImageData(100, 100, 40, 40).data, sums = [0, 0, 0];
  pixels.forEach((value, i) => i % 4 < 3 && (sums[i % 4] += value / 1600));
  return sums;
}"""


@pytest.mark.parametrize("exif", ["apply", "ignore"])
def test_the_enlarged_token_shows_its_pixels(opened: Open, samples_folder: Path, exif: str) -> None:
    path = str(samples_folder / "photo.jpg")
    page = opened(path, "--exif", exif)
    box = vtok.layout("qwen2.5-vl", path, exif=exif).token_box(7000)
    assert box
    page.locator(".slider input[type=number]").first.fill("7000")
    page.keyboard.press("Enter")
    with Image.open(path) as stored:
        image = ImageOps.exif_transpose(stored) if exif == "apply" else stored
        inner = image.crop((box.left + 7, box.top + 7, box.right - 7, box.bottom - 7))
        assert page.evaluate(LOUPE) == pytest.approx(inner.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)), abs=6)


def test_a_video(opened: Open, samples_folder: Path) -> None:
    path = str(samples_folder / "clip.mp4")
    layout = vtok.layout("qwen2.5-vl", path)
    page = opened(path)
    page.locator(".strip button").nth(3).click()
    facts = readout(page)
    token = layout.token_map().token(int(facts["name"].split()[1].replace(",", "")))
    assert token.t == 3
    assert facts["frames"] == ", ".join(map(str, token.frames))
    assert facts["time"] == f"{token.time:.2f} s"
    before = page.locator(".place img").get_attribute("src")
    point(page, "image", 10, 10, (0, 0, 1280, 720))
    assert readout(page)["name"] == f"Token {layout.tokens_at(10, 10, frame=token.frames[0])[0]:,}"
    page.locator(".stage").focus()
    page.keyboard.press("PageDown")
    assert page.locator(".place img").get_attribute("src") != before
    assert page.locator(".strip [aria-selected=true]").count() == 1


def test_layers_are_switched(opened: Open, coffee: str) -> None:
    page = opened(coffee)
    drawn = "document.querySelector('.place .layers').toDataURL()"
    seen = {page.evaluate(drawn)}
    for box in page.locator(".switches input").all():
        box.click()
        seen.add(page.evaluate(drawn))
    assert len(seen) == 5  # patches, tokens, windows, order: each click draws something else


def test_names_of_files_are_text(opened: Open, samples_folder: Path, tmp_path: Path) -> None:
    name = "<img src=x onerror=\"document.title='owned'\"><script>alert(1)&lt;{{data}}\u2028.jpg"
    shutil.copy(samples_folder / "cat.jpg", tmp_path / name)
    page = opened(str(tmp_path / name))
    assert page.locator("h2").text_content() == str(tmp_path / name)
    assert page.title().startswith(str(tmp_path / name))
    assert page.locator("h2 *").count() == 1  # the name of the folder


def test_the_policy_forbids_everything_else(browser: Any, made: Callable[..., Path], coffee: str) -> None:
    page = browser.new_context().new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(made(coffee).as_uri())
    page.wait_for_selector("#foot:not(:empty)")
    blocked = page.evaluate(
        """async () => {
          const blocked = [];
          document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "document.title = 'owned'";
          const image = document.createElement("img");
          image.src = "https://example.org/a.png";
          const style = document.createElement("style");
          style.textContent = "body { display: none }";
          document.body.append(script, image, style);
          await fetch("https://example.org/").catch(() => null);
          await new Promise((done) => setTimeout(done, 50));
          return blocked.sort();
        }"""
    )
    assert blocked == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
    assert page.title() != "owned"
    assert len(messages) >= 4  # the browser says so on the console, which fails every other test
    page.context.close()


def test_every_width_and_scheme(opened: Open, coffee: str) -> None:
    page = opened(coffee)
    for width in (360, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert not page.evaluate(
            """() => {
              const side = document.querySelector(".side").getBoundingClientRect();
              const look = document.querySelector(".look").getBoundingClientRect();
              return side.left < look.right && side.top < look.bottom;
            }"""
        )
    for scheme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 18, 21)")):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == colour


def test_print(opened: Open, coffee: str) -> None:
    page = opened(coffee, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator(".switches").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("caption", has_text="The sequence").is_visible()


def test_the_tables_say_the_same(opened: Open, samples_folder: Path) -> None:
    path = str(samples_folder / "panorama.jpg")
    layout = vtok.layout("deepseek-vl2", path)
    page = opened(path, "-m", "deepseek-vl2")
    rows = page.locator("table:has(caption:text('The sequence')) tbody tr").all()
    cells = [[cell.text_content() for cell in row.locator("td").all()] for row in rows]
    assert [row[2] for row in cells] == ["0 to 209", "210", f"211 to {layout.tokens - 1}"]
    assert cells[0][1] == "image token, each row ends with a newline"
    assert page.locator("table:has(caption:text('What the encoder gets')) tbody tr").count() == len(layout.views)
    reasons = page.locator("table:has(caption:text('From the file')) tbody td:nth-child(6)").all_text_contents()
    for step in layout.steps:
        assert any(reason.startswith(step.reason) for reason in reasons)


def test_60_000_tokens_are_no_elements(opened: Open) -> None:
    page = opened("7000x6720", "--set", "max_pixels=100000000")
    assert page.locator("h3").text_content() == "qwen2.5-vl"
    assert page.evaluate("vtok.inputs[0].views[0].map.tokens") == 60_000
    assert page.evaluate("document.querySelectorAll('*').length") < 1_000
    point(page, "image", 6990, 6710, (0, 0, 7000, 6720))
    assert readout(page)["name"] == "Token 59,999"


VIDEO: dict[str, Any] = {"width": 640, "height": 360, "num_frames": 90, "fps": 30.0}


def layouts_of(model: str) -> Iterator[Layout]:
    """What the model makes of an image, a wide one, a small one and a video, as far as it takes them."""
    images: list[dict[str, Any]] = [{"width": w, "height": h} for w, h in ((1600, 900), (2200, 300), (40, 300))]
    for measures in (*images, VIDEO):
        with suppress(VtokError):
            yield vtok.layout(model, **measures)


def questions(layout: Layout) -> tuple[list[int], list[tuple[float, float]], Box]:
    """Some positions, some pixels and a box to ask of a layout."""
    positions, (height, width) = layout.token_map().positions, layout.original
    chosen = sorted({i * (positions - 1) // 40 for i in range(41)} if positions else ())
    pixels = [(width * a / 7, height * b / 5) for a in range(7) for b in range(5)]
    return chosen, pixels, Box(width / 3, height / 5, width / 2, height / 4)


ANSWERS = """asked => JSON.stringify(JSON.parse(asked).map(([layout, positions, pixels, box]) => {
  const map = new TokenMap(layout), numbers = (list) => list.map((position) => map.at(position).index);
  const tokens = positions.map((position) => {
    const { span, place, ...token } = map.at(position);
    return token;
  });
  const seen = pixels.map(([x, y]) => numbers(map.atPixel(x, y)));
  return [map.tokens, map.positions, tokens, seen, numbers(map.inBox(box))];
}))"""
"""As JSON, which takes a tenth of the time that values take from one process to the other."""

KEYS = ("index", "position", "kind", "text", "box", "t", "row", "column", "tile", "window")


def test_the_page_computes_what_the_library_does(browser: Any) -> None:
    """Every model, images and videos: some positions, pixels and a box of each, by the page's arithmetic."""
    page = browser.new_page()
    page.add_script_tag(content=(PAGE / "tokens.js").read_text() + "\nglobalThis.TokenMap = TokenMap;")
    compared = 0
    for model in vtok.models():
        layouts = list(layouts_of(model))
        asked = [[layout_data(layout, title=model, photo=None), *questions(layout)] for layout in layouts]
        answers = json.loads(page.evaluate(ANSWERS, json.dumps(asked)))
        for layout, (tokens, positions, *places) in zip(layouts, answers, strict=True):
            map_, (chosen, pixels, box) = layout.token_map(), questions(layout)
            assert (tokens, positions) == (map_.tokens, map_.positions), model
            assert list(map(facts_of, places[0])) == [expected(map_.at_position(position)) for position in chosen], (
                model
            )
            assert places[1] == [map_.at_pixel(x, y) for x, y in pixels], model
            assert places[2] == map_.in_box(box), model
            compared += len(chosen)
    assert compared > 5_000
    page.close()


def facts_of(token: dict[str, Any]) -> dict[str, Any]:
    """The facts of a token as the page has them; what does not apply is None."""
    return {key: token.get(key) for key in KEYS}


def expected(token: Token) -> dict[str, Any]:
    """The facts of a token as the library has them."""
    facts = {key: getattr(token, key) for key in KEYS}
    return {key: list(fact) if isinstance(fact, tuple) else fact for key, fact in facts.items()}


def test_the_comparison_can_fail() -> None:
    token = vtok.layout("clip", width=640, height=480).token_map().token(5)
    page = {"index": 5, "position": 5, "kind": "vision", "text": "", "t": 0, "row": 0, "column": 4}
    page["box"] = list(token.box or ())
    assert facts_of(page) == expected(token)
    for wrong in ({"row": 1}, {"box": [0, 0, 1, 1]}, {"window": 0}):
        assert facts_of(page | wrong) != expected(token)


def test_the_page_has_words_for_every_kind_of_span() -> None:
    kinds = re.search(r"const KINDS = \{(.*?)\};", (PAGE / "words.js").read_text(), re.DOTALL)
    assert kinds
    assert set(re.findall(r"^  (\w+):", kinds[1], re.MULTILINE)) == set(get_args(SpanKind))


def test_the_script_sets_no_markup() -> None:
    source = "".join(path.read_text() for path in PAGE.glob("*.js"))
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|setAttribute\(\"on", source
    )
