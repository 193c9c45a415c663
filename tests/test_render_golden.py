"""Every kind of overlay against an image that was looked at."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from golden_drawings import FAINT, FOLDER, MOST, check, differing
from PIL import Image

import vtok
from vtok.media import pixels
from vtok.render.drawing import compare, frames, page
from vtok.render.drawing import pillow_renderer as raster
from vtok.render.drawing.drawings import ORIGINAL
from vtok.render.drawing.marks import Mark, colour, marked
from vtok.render.drawing.scene import Label, Lattice, Scene
from vtok.values import Box

WIDTH = 480


def draw(layout: vtok.Layout, scene: Scene, path: Path) -> Image.Image:
    images = {}
    names = {shape.image for shape in scene.images}
    turned = layout.original != layout.media.size
    if ORIGINAL in names:
        photo = pixels.decoded(str(path), layout.media, needed=scene.needed(ORIGINAL), turned=turned)
        images[ORIGINAL] = photo.image
    indices = {name: int(name.split()[1]) for name in names if name != ORIGINAL}
    if indices:
        size = scene.needed(next(iter(indices)))
        decoded = pixels.frames(str(path), layout.media, indices.values(), needed=size, turned=turned)
        images |= {name: decoded[index] for name, index in indices.items()}
    return raster.draw(scene, images)


def image(samples: Path, name: str, model: str, *show: str, **more: Any) -> Image.Image:
    options = more.pop("options", {})
    layout = vtok.layout(model, str(samples / name), **options)
    ids = {}
    if "mrope" in show:
        positions = vtok.position_ids(model, segments=[layout])
        ids = {id(s.span): positions.block_ids(s.block) for s in positions.segments if s.block}
    wish = page.Wish(layers=show or None, **{"width": WIDTH, "page": 16 / 9, **more})
    return draw(layout, page.overlay(layout, wish, ids=ids), samples / name)


SMALL = {"max_pixels": 28 * 28 * 24}
IMAGES: dict[str, tuple[Any, ...]] = {
    "layer-patches": ("coffee.jpg", "qwen2-vl", "patches"),
    "layer-tokens": ("coffee.jpg", "qwen2-vl", "tokens"),
    "layer-windows": ("coffee.jpg", "qwen2.5-vl", "windows", "tokens"),
    "layer-tiles": ("coffee.jpg", "internvl", "tiles"),
    "layer-order": ("cat.jpg", "qwen2-vl", "order", "tokens", {"options": SMALL}),
    "layer-index": ("cat.jpg", "qwen2-vl", "index", "tokens", {"options": SMALL}),
    "layer-mrope-numbers": ("cat.jpg", "qwen2-vl", "mrope", "tokens", {"options": SMALL, "caption": False}),
    "layer-mrope-colours": ("cat.jpg", "qwen2.5-vl", "mrope"),
    "layer-content": ("coffee.jpg", "clip", "content", "patches"),
    "on-resized": ("page.png", "qwen2.5-vl", {"on": "resized", "options": SMALL}),
    "model-qwen2.5-vl": ("cat.jpg", "qwen2.5-vl", {"page": None}),
    "model-qwen2.5-vl-upright": ("photo.jpg", "qwen2.5-vl", {"theme": "dark"}),
    "model-deepseek-vl2": ("coffee.jpg", "deepseek-vl2"),
    "model-internvl": ("panorama.jpg", "internvl", {"page": None}),
    "model-llava-next": ("coffee.jpg", "llava-next"),
    "model-clip": ("coffee.jpg", "clip", {"theme": "dark"}),
    "model-blip-2": ("cat.jpg", "blip-2"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image(samples: Path, name: str) -> None:
    *arguments, last = IMAGES[name]
    more = last if isinstance(last, dict) else {}
    check(name, image(samples, *arguments, *(() if more else (last,)), **more))


def test_marked_boxes_and_points(samples: Path) -> None:
    path = samples / "coffee.jpg"
    layout = vtok.layout("qwen2.5-vl", str(path))
    tokens = tuple(layout.token_map().token(number).box or Box(0, 0, 1, 1) for number in range(60, 64))
    marks = [
        Mark(tokens, "tokens 60 to 63", colour(0)),
        Mark((Box(170, 20, 410, 195),), "cup", colour(1)),
        Mark((Box(172, 25, 400, 190),), "cup as 0-1000", colour(2), tinted=False),
        Mark((Box(365.5, 285.5, 365.5, 285.5),), "spoon"),
        Mark((Box(560, 380, 700, 500),), "beyond the edge", colour(3)),
        Mark((Box(700, 380, 800, 500),), "outside", colour(3)),
    ]
    check("marked", draw(layout, marked(layout.original, marks, width=WIDTH), path))


def test_a_contact_sheet(samples: Path) -> None:
    layout = vtok.layout("qwen2.5-vl", str(samples / "clip.mp4"))
    check("clip", draw(layout, frames.contact_sheet(layout, page.Wish(width=WIDTH)), samples / "clip.mp4"))


def test_a_contact_sheet_of_single_frames(samples: Path) -> None:
    layout = vtok.layout("internvl", str(samples / "clip.mp4"), sample_frames=8)
    wish = page.Wish(width=WIDTH, page=16 / 9, theme="dark")
    check("clip-frames", draw(layout, frames.contact_sheet(layout, wish), samples / "clip.mp4"))


def test_models_side_by_side(samples: Path) -> None:
    models = ("qwen2.5-vl", "deepseek-vl2", "internvl")
    layouts = [vtok.layout(model, str(samples / "coffee.jpg")) for model in models]
    scene = compare.compare(layouts, page.Wish(width=640, page=16 / 9))
    check("compare", draw(layouts[0], scene, samples / "coffee.jpg"))


def test_a_diagram() -> None:
    layout = vtok.layout("qwen2.5-vl", width=504, height=504)
    check("grid", raster.draw(page.overlay(layout, page.Wish(width=WIDTH), photo=False), {}))


def test_all_golden_images_are_drawn() -> None:
    names = {*IMAGES, "clip", "clip-frames", "compare", "grid", "marked"}
    assert {path.stem for path in FOLDER.glob("*.png")} == names


def scene_of_a_grid() -> Scene:
    layout = vtok.layout("qwen2-vl", width=504, height=504)
    return page.overlay(layout, page.Wish(width=WIDTH), photo=False)


def wrong(scene: Scene, kind: type, **changes: Any) -> Scene:
    """The scene with one shape of that kind changed."""
    at = next(i for i, shape in enumerate(scene.shapes) if isinstance(shape, kind))
    shapes = list(scene.shapes)
    changed: Any = shapes[at]
    shapes[at] = replace(changed, **{name: value(getattr(changed, name)) for name, value in changes.items()})
    return replace(scene, shapes=tuple(shapes))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Lattice, {"xs": lambda xs: xs[1:]}),
        (Lattice, {"ys": lambda ys: (*ys[:3], ys[3] + 1, *ys[4:])}),
        (Label, {"text": lambda text: text[::-1]}),
    ],
    ids=["a line is missing", "a line is a pixel off", "a word is wrong"],
)
def test_the_comparison_can_fail(kind: type, changes: dict[str, Any]) -> None:
    scene = scene_of_a_grid()
    right = raster.draw(scene, {})
    assert differing(right, raster.draw(scene, {})) == 0
    assert differing(right, raster.draw(wrong(scene, kind, **changes), {})) > MOST


def test_the_comparison_forgives_what_nobody_sees() -> None:
    one = Image.new("RGB", (100, 100), (100, 100, 100))
    assert differing(one, Image.new("RGB", (100, 100), (100 + FAINT, 100, 100))) == 0
    assert differing(one, Image.new("RGB", (100, 101), (100, 100, 100))) > MOST
