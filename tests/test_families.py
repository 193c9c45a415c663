"""What holds for every model that is known, whatever its rule."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import pairwise

import pytest
from conftest import Run

import vtok
from vtok import checkpoints, families
from vtok.parts.family import LIBRARY_DEFAULT, Family
from vtok.parts.square import Square
from vtok.values import Box, Layout, Media, Raster, Size, View

PRESETS = {preset.names[0]: preset for preset in families.presets()}
SIZES = [Size(480, 640), Size(1250, 1000), Size(384, 385), Size(1, 1), Size(900, 33), Size(97, 3001), Size(4032, 3024)]
KEYS = {
    "schema",
    "model",
    "preset",
    "pipeline",
    "version",
    "kind",
    "original",
    "num_views",
    "grid",
    "patches",
    "tokens",
}
CLOSE = 1e-6


def layouts(preset: Family) -> Iterator[Layout]:
    """Layouts of an image of each size, of a few sampled videos, by every pipeline; none where the model refuses."""
    for pipeline in preset.pipelines:
        chosen = preset.choose(pipeline=pipeline)
        images = [Media(size=size) for size in SIZES if "image" in preset.kinds]
        videos = [Media(size=Size(360, 640), num_frames=n, fps=30.0) for n in (64, 301) if "video" in preset.kinds]
        for media in images + videos:
            try:
                yield chosen.layout(media)
            except vtok.UnsupportedSizeError:
                assert media.size not in SIZES[:3], f"{preset.names[0]} refuses an ordinary image of {media.size}"


def within(inner: Box, outer: Box) -> bool:
    """Whether a box lies in another one."""
    return (
        outer.left - CLOSE <= inner.left <= inner.right <= outer.right + CLOSE
        and outer.top - CLOSE <= inner.top <= inner.bottom <= outer.bottom + CLOSE
    )


def area(box: Box) -> float:
    """Pixels in a box."""
    return box.width * box.height


def overlap(a: Box, b: Box) -> float:
    """Pixels that two boxes share."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(width, 0.0) * max(height, 0.0)


def check_raster(raster: Raster, original: Size) -> None:
    """Edges are monotone and inside the original, one more than there are cells."""
    for edges, count, side in ((raster.ys, raster.rows, original.height), (raster.xs, raster.columns, original.width)):
        assert len(edges) == count + 1
        assert all(low <= high + CLOSE for low, high in pairwise(edges))
        assert edges[0] >= -CLOSE
        assert edges[-1] <= side + CLOSE
    assert len(raster.frames) in (0, raster.t)


def check_view(view: View, original: Size) -> None:
    """Patches fit the view, content lies in it, its source in the original."""
    _, h, w = view.grid
    assert h * view.patch_size <= view.size.height
    assert w * view.patch_size <= view.size.width
    assert within(view.content, Box.of(view.size))
    assert within(view.source, Box.of(original))


def check_places(layout: Layout) -> None:
    """The tokens of views cover what these views show, in their frames; no view makes the tokens of a frame twice.

    Less than a cell may be left at an end, where pixels are in no patch.
    """
    seen: set[tuple[int, tuple[tuple[int, ...], ...]]] = set()
    for span in layout.spans:
        if not span.raster or not span.views:
            continue
        views = [layout.views[i] for i in span.views]
        sources = zip(*(view.source for view in views), strict=True)
        left, top, right, bottom = (each(sides) for each, sides in zip((min, min, max, max), sources, strict=True))
        for edges, low, high in ((span.raster.xs, left, right), (span.raster.ys, top, bottom)):
            cell = max((after - before for before, after in pairwise(edges)), default=0) + CLOSE
            assert low - CLOSE <= edges[0] <= low + cell
            assert high - cell <= edges[-1] <= high + CLOSE
        frames = {frame for frames in span.raster.frames for frame in frames}
        assert frames <= {frame for view in views for frame in view.frames}
        places = {(view, span.raster.frames) for view in span.views}
        assert len(places) == len(span.views)
        assert not places & seen
        seen |= places


def check_tiles(layout: Layout) -> None:
    """Where the canvas is cut without overlap, its tiles are a partition of it, and of the image."""
    tiles = [view for view in layout.main_views if view.kind == "tile"]
    columns, rows = layout.tiles or (0, 0)
    if not tiles or layout.canvas is None or layout.media.is_video:
        return
    if sum(view.size.area for view in tiles) != layout.canvas.area:
        return  # tiles of one size that overlap, or views of other sizes than they were cut
    assert len(tiles) == columns * rows
    sources = [view.source for view in tiles]
    assert sum(map(area, sources)) == pytest.approx(layout.original.area, rel=1e-6, abs=1e-3)
    assert sum(overlap(a, b) for i, a in enumerate(sources) for b in sources[:i]) == pytest.approx(0, abs=1e-3)


def test_tokens_in_the_wrong_place_are_noticed() -> None:
    layout = PRESETS["ovis2-1b"].layout(Media(size=Size(900, 900)))
    whole, *tiles = (i for i, span in enumerate(layout.spans) if span.raster)
    check_places(layout)
    for i, other in ((whole, tiles[0]), (tiles[0], whole), (tiles[0], tiles[1])):
        raster = layout.spans[other].raster
        spans = (*layout.spans[:i], replace(layout.spans[i], raster=raster), *layout.spans[i + 1 :])
        with pytest.raises(AssertionError):
            check_places(replace(layout, spans=spans))
    twice = (*layout.spans, layout.spans[whole])
    with pytest.raises(AssertionError):
        check_places(replace(layout, spans=twice))


def check_counts(layout: Layout) -> None:
    """Counts are sums of spans, and the JSON has every key."""
    facts = json.loads(json.dumps(layout.to_dict()))
    assert facts.keys() >= KEYS
    prompt = [span for span in facts["spans"] if span["sink"] in ("prompt", "output")]
    ends = [span.get("row_end", {"count": 0, "is_token": False}) for span in prompt]
    closed = [
        (span["raster"]["t"] * span["raster"]["rows"] - (not span["last_row_end"]))
        if "row_end" in span and span["count"]
        else 0
        for span in prompt
    ]
    counted = sum(span["count"] for span in prompt if span["is_token"])
    assert facts["tokens"] == counted + sum(
        n * end["count"] for n, end in zip(closed, ends, strict=True) if end["is_token"]
    )
    everything = sum(span["count"] for span in prompt)
    assert facts["prompt_tokens"] == everything + sum(n * end["count"] for n, end in zip(closed, ends, strict=True))
    assert facts["patches"] == sum(
        v["grid"]["t"] * v["grid"]["h"] * v["grid"]["w"] for v in facts["views"] if v["encoder"] == "main"
    )
    assert all(step["reason"] for step in facts["steps"])


@pytest.mark.parametrize("name", PRESETS)
def test_a_layout_is_consistent_and_its_json_is_complete(name: str) -> None:
    for layout in layouts(PRESETS[name]):
        for view in layout.views:
            check_view(view, layout.original)
        for span in layout.spans:
            assert span.count >= 0
            assert all(0 <= view < len(layout.views) for view in span.views)
            if span.raster:
                assert span.count == span.raster.cells
                check_raster(span.raster, layout.original)
        check_places(layout)
        check_tiles(layout)
        check_counts(layout)


@pytest.mark.parametrize("name", PRESETS)
def test_every_name_resolves_and_every_number_has_a_source(name: str) -> None:
    preset = PRESETS[name]
    for other in preset.names:
        assert checkpoints.get(other).names == preset.names  # which are unique
    assert checkpoints.get(preset.model).model == preset.model
    assert all(source for _, source in preset.numbers().values())


@pytest.mark.parametrize("stem", families.modules())
def test_a_family_says_its_rule_its_numbers_and_its_paper(stem: str) -> None:
    module = import_module(f"vtok.families.{stem}")
    first, _, rest = (module.__doc__ or "").partition("\n")
    assert ": " in first
    for part in ("Rule", "Numbers", "Paper"):
        assert f"\n{part}" in rest


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if hasattr(preset, "candidates")])
def test_one_candidate_is_chosen_and_it_is_the_layouts(name: str) -> None:
    preset = PRESETS[name]
    for size in SIZES:
        media = Media(size=size)
        try:
            layout = preset.layout(media)
        except vtok.UnsupportedSizeError:
            continue
        chosen = [candidate for candidate in preset.candidates(media) if candidate.chosen]  # type: ignore[attr-defined]
        assert len(chosen) <= 1
        if chosen and layout.tiles and layout.tiles != (0, 0):
            assert chosen[0].tiles == layout.tiles


@pytest.mark.parametrize(
    ("name", "repo"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct-AWQ", "Qwen/Qwen2.5-VL-7B-Instruct"),
        ("unsloth/Qwen2.5-VL-72B-Instruct-unsloth-bnb-4bit", "Qwen/Qwen2.5-VL-72B-Instruct"),
        ("RedHatAI/Qwen2.5-VL-3B-Instruct-quantized.w4a16", "Qwen/Qwen2.5-VL-3B-Instruct"),
        ("google/gemma-3-4b-it-qat-q4_0-gguf", "google/gemma-3-4b-it"),
    ],
)
def test_quantised_weights_go_by_the_name_of_the_others(name: str, repo: str) -> None:
    assert checkpoints.get(name).repo == repo


@pytest.mark.parametrize("name", ["awq", "-awq", "Qwen/-AWQ", "none-such-vl-awq", "Qwen/Qwen2.5-VL-7B-Instruct-AWQX"])
def test_quantised_weights_of_nothing_known_are_unknown(name: str) -> None:
    with pytest.raises(vtok.UnknownModelError):
        checkpoints.get(name)


def test_names_are_unique() -> None:
    names = [name for preset in families.presets() for name in preset.names]
    assert len(names) == len(set(names))


def test_unknown_numbers_are_called_library_defaults() -> None:
    assert checkpoints.get("qwen2-vl").source("nothing published") != ""
    assert Square(model="none", size=1, patch_size=1).source("x") == LIBRARY_DEFAULT


def test_a_layout_names_the_library_defaults_that_it_stands_on(run: Run) -> None:
    layout = vtok.layout("ernie-4.5-vl", width=640, height=480)
    assert any("library default" in note and "max_pixels" in note for note in layout.notes)
    chosen = vtok.layout("ernie-4.5-vl", width=640, height=480, max_pixels=100_000)
    assert not any("max_pixels, video" in note for note in chosen.notes)
    assert not vtok.layout("qwen2.5-vl", width=640, height=480).notes
    assert "library default" in run("count", "640x480", "-m", "ernie-4.5-vl", "--json").out


@pytest.mark.parametrize(("side", "tiles", "spare"), [(560, (1, 1), 3), (1120, (2, 2), 0)])
def test_black_tiles_of_llama_are_counted(side: int, tiles: tuple[int, int], spare: int) -> None:
    # the encoder always computes four tiles of 560 pixels
    layout = vtok.layout("llama-3.2-vision", width=side, height=side)
    assert layout.tiles == tiles
    assert [note.rsplit(" ", 1)[1] for note in layout.notes if "black tiles" in note] == [str(spare)] * bool(spare)


@pytest.mark.parametrize(
    ("model", "second", "text", "count"),
    [
        ("glm-4.1v", 7, "7", 1),
        ("glm-4.1v", 999, "999", 1),  # up to three digits are one token
        ("glm-4.1v", 1000, "1000", 2),
        ("glm-4.6v", 7, "7.0 seconds", 4),  # 7 . 0 and the word
        ("glm-4.6v", 12, "12.0 seconds", 4),
        ("glm-4.6v", 1000, "1000.0 seconds", 5),
    ],
)
def test_tokens_of_the_timestamps_of_glm(model: str, second: int, text: str, count: int) -> None:
    span = PRESETS[checkpoints.get(model).names[0]].timestamp(second)  # type: ignore[attr-defined]
    assert (span.text, span.count, span.estimated) == (text, count, True)


@pytest.mark.parametrize(
    ("model", "resized", "content"),
    [
        ("clip-l14", Size(224, 298), Box(0, 0, 224, 224)),  # 640 * 224 / 480 = 298.7; then the middle
        ("vit-b16-224", Size(224, 224), Box(0, 0, 224, 224)),
        ("sam-vit-b", Size(768, 1024), Box(0, 0, 1024, 768)),  # padded below
    ],
)
def test_the_size_and_the_content_of_encoders(model: str, resized: Size, content: Box) -> None:
    layout = vtok.layout(model, width=640, height=480)
    assert (layout.resized, layout.content) == (resized, content)


@pytest.mark.parametrize(
    ("options", "image", "video"),
    [
        ({}, True, False),
        ({"exif": "apply"}, True, True),
        ({"exif": "ignore"}, False, False),
        ({"pipeline": "qwen-vl-utils"}, False, False),  # its loader ignores the orientation
        ({"pipeline": "qwen-vl-utils", "exif": "apply"}, True, True),
    ],
)
def test_which_inputs_are_turned(options: dict[str, str], image: bool, video: bool) -> None:
    preset = checkpoints.get("qwen2.5-vl").choose(**options)
    photo = Media(size=Size(300, 400), orientation=6)
    assert preset.turns(photo) == image
    assert preset.turns(Media(size=Size(300, 400), orientation=6, num_frames=9, fps=3.0)) == video
    assert preset.layout(photo).original == (Size(400, 300) if image else Size(300, 400))
