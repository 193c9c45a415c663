"""Nothing that is written on a page lies on something else that is written, or off the page."""

from collections.abc import Iterator

import pytest

import vtok
from vtok.render.drawing import compare, frames, page
from vtok.render.drawing.scene import Label, Scene
from vtok.render.text.compare import why
from vtok.values import Size

MODELS = (
    "qwen2.5-vl", "deepseek-vl2", "internvl", "llava-next", "molmo2", "llama-3.2-vision", "phi-4-multimodal",
    "smolvlm-2.2b", "perception-lm", "blip-2", "clip", "sam", "minicpm-v-4.6",
)  # fmt: skip
SIZES = ((600, 400), (16, 16), (2000, 40), (40, 2000), (3024, 4032))
NUMBERS = ("tokens", "windows", "tiles", "index")


def collisions(scene: Scene) -> Iterator[str]:
    """What is wrong with the labels of a scene."""
    labels = sorted((shape for shape in scene.shapes if isinstance(shape, Label)), key=lambda label: label.box.top)
    for i, label in enumerate(labels):
        box = label.box
        if box.left < -1 or box.right > scene.size.width + 1 or box.top < 0 or box.bottom > scene.size.height:
            yield f"{label.text!r} is off the page"
        for other in labels[i + 1 :]:
            if other.box.top >= box.bottom:
                break
            if box.left < other.box.right - 0.5 and other.box.left < box.right - 0.5:
                yield f"{label.text!r} lies on {other.text!r}"


def layouts(*models: str, size: tuple[int, int]) -> list[vtok.Layout]:
    return [vtok.layout(model, width=size[0], height=size[1]) for model in models]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("layers", [None, NUMBERS], ids=["default", "numbers"])
def test_one_image(model: str, layers: tuple[str, ...] | None) -> None:
    for size in SIZES:
        try:
            (layout,) = layouts(model, size=size)
        except vtok.VtokError:  # too thin for this model
            continue
        for wish in (page.Wish(layers=layers), page.Wish(layers=layers, page=16 / 9, width=640)):
            assert list(collisions(page.overlay(layout, wish, photo=layers is None))) == []


@pytest.mark.parametrize("proportions", [None, 16 / 9, 1.0])
@pytest.mark.parametrize("size", [(600, 400), (3024, 4032), (400, 400)])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_models_side_by_side(size: tuple[int, int], count: int, proportions: float | None) -> None:
    scene = compare.compare(layouts(*MODELS[:count], size=size), page.Wish(page=proportions))
    assert list(collisions(scene)) == []


SERVED = (
    ("qwen3-vl", "ollama"), ("internvl", "llama.cpp"), ("llama4", "llama.cpp"), ("llama4", "mlx-vlm"),
    ("lfm2-vl", "llama.cpp"), ("minicpm-v-4.6", "llama.cpp"), ("gemma3", "llama.cpp"), ("pixtral-12b", "ollama"),
    ("deepseek-ocr", "llama.cpp"), ("idefics3", "lm-studio"), ("gemma4", "vllm"), ("internvl", "lmdeploy"),
)  # fmt: skip


def served(model: str, pipeline: str, size: tuple[int, int]) -> vtok.Layout:
    """The layout of a photo that was turned: the engine may ignore that."""
    media = vtok.Media(size=Size(size[1], size[0]), orientation=6)
    return vtok.layout(model, media, pipeline=pipeline)


@pytest.mark.parametrize(("model", "engine"), SERVED)
def test_one_image_in_an_engine(model: str, engine: str) -> None:
    for size in SIZES:
        try:
            layout = served(model, engine, size)
        except vtok.VtokError:  # too thin for this model
            continue
        for wish in (page.Wish(), page.Wish(layers=NUMBERS, page=16 / 9, width=640)):
            assert list(collisions(page.overlay(layout, wish))) == []


@pytest.mark.parametrize("proportions", [None, 16 / 9, 1.0])
@pytest.mark.parametrize("size", [(600, 400), (3024, 4032)])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_pipelines_side_by_side(size: tuple[int, int], count: int, proportions: float | None) -> None:
    drawn = [served(*pair, size) for pair in SERVED[:count]]
    names, reasons = [f"{layout.model} \u00b7 {layout.pipeline}" for layout in drawn], list(map(why, drawn))
    scene = compare.compare(drawn, page.Wish(page=proportions), names=names, reasons=reasons)
    assert list(collisions(scene)) == []


@pytest.mark.parametrize("proportions", [None, 16 / 9, 1.0])
@pytest.mark.parametrize("size", [(1280, 720), (720, 1280)])
@pytest.mark.parametrize("num_frames", [30, 3000])
def test_videos(size: tuple[int, int], num_frames: int, proportions: float | None) -> None:
    for model in ("qwen2.5-vl", "internvl"):
        layout = vtok.layout(model, width=size[0], height=size[1], num_frames=num_frames, fps=30.0)
        assert list(collisions(frames.contact_sheet(layout, page.Wish(page=proportions)))) == []


def test_position_ids_and_token_numbers_share_no_cell() -> None:
    layout = vtok.layout("qwen2.5-vl", width=224, height=224)  # 8 x 8 tokens
    positions = vtok.position_ids("qwen2.5-vl", segments=[layout])
    ids = {id(s.span): positions.block_ids(s.block) for s in positions.segments if s.block}
    scene = page.overlay(layout, page.Wish(layers=("mrope", "index", "windows", "tokens")), ids=ids)
    texts = [shape.text for shape in scene.shapes if isinstance(shape, Label)]
    assert "t 1" in texts
    assert "63" not in texts
    assert any(text.startswith("token numbers are left out") for text in texts)
    assert list(collisions(scene)) == []


def test_a_collision_is_found() -> None:
    def scene(*labels: Label) -> Scene:
        return Scene(size=Size(100, 100), ground="#ffffff", shapes=labels)

    one = Label(at=(10, 50), text="one", size=20, colour="#000000")
    assert list(collisions(scene(one, Label(at=(20, 55), text="two", size=20, colour="#000000"))))
    assert list(collisions(scene(Label(at=(90, 50), text="one", size=20, colour="#000000"))))
    assert not list(collisions(scene(one, Label(at=(10, 80), text="two", size=20, colour="#000000"))))
    assert (one.box.left, one.box.bottom) == (10, 50)
    assert (one.box.top, one.box.right) == pytest.approx((50 - 0.729 * 20, 10 + 37.8), abs=1)
