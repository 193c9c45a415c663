"""Many sizes at once, held against `layout` of each: recorded rows, random sizes, what is refused and what is misuse.

`VTOK_SIZES=500 VTOK_SEED=7 pytest tests/test_count_sizes.py` compares more sizes, and others.
"""

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from conftest import untraced
from golden_rows import GOLDEN, Row

import vtok
from vtok import checkpoints, engines, families
from vtok.errors import UnknownModelError, UnknownOptionError, UnsupportedSizeError, UsageError
from vtok.geometry.many import EXACT_PIXELS, ON_ARRAYS, RULES, Sizes
from vtok.library import size_counter
from vtok.parts import bulk
from vtok.parts.bulk import REFUSED, SizeCounter
from vtok.parts.family import Family
from vtok.parts.keys import TokenGrid
from vtok.values import Layout, Media, Size

Pair = tuple[int, int]

NUMBER = int(os.environ.get("VTOK_SIZES", "16"))
SEED = int(os.environ.get("VTOK_SEED", "0"))
EXTREME = [
    (3136, 448),
    (35_000, 5000),
    (1791, 3632),
    (1766, 3584),
    (1, 1),
    (1, 2),
    (28, 28),
    (200, 1),
    (1, 201),
    (5000, 1),
    (448, 896),
    (512, 1024),
    (16, 30),
    (30, 16),
    (1000, 1000),
    (9000, 3),
]
AS_THEY_ARE = [(side, side) for side in (224, 336, 378, 384, 448, 560, 768, 896, 1024)] + [(300, 384), (336, 100)]
"""Sizes that a model of one size takes without a resize, or pads to it."""
HUGE = [(2**24 + 1, 2**24), (2**31, 2**31), (5120, 5121)]
counter_of = partial(SizeCounter, side_limit=2**31)

SETTINGS: dict[str, list[dict[str, Any]]] = {
    "do_resize": [{"do_resize": False}],
    "do_center_crop": [{"do_center_crop": False}],
    "do_pad": [{"do_pad": False}, {"do_pad": True, "do_resize": False}],
    "do_image_splitting": [{"do_image_splitting": False}],
    "slice_mode": [{"slice_mode": False}],
    "pan_and_scan": [{"pan_and_scan": True}, {"pan_and_scan": True, "pan_and_scan_min_crop_size": 2}],
    "vision_input_type": [{"vision_input_type": "vanilla"}],
    "downsample_mode": [{"downsample_mode": "4x"}],
    "mode": [{"mode": "tiny"}],
    "image_max_tokens": [{"image_max_tokens": 500, "image_min_tokens": 100}],
    "max_pixels": [{"max_pixels": 100_000, "min_pixels": 50_000}],
    "max_num": [{"max_num": 1}, {"max_num": 20}],
    "max_crops": [{"max_crops": 1}, {"max_crops": 20}],
    "max_slice_nums": [{"max_slice_nums": 1}, {"max_slice_nums": 20}],
    "max_tiles": [{"max_tiles": 1}, {"max_tiles": 20}],
    "dynamic_hd": [{"dynamic_hd": 2}],
    "num_images": [{"num_images": 3}],
    "longest_edge": [{"longest_edge": 3000}],
    "max_edge": [{"max_edge": 700}],
    "resized_height": [{"resized_height": 300, "resized_width": 500}],
    "edition": [{"edition": "2024"}],
    "small_image_upsize": [{"small_image_upsize": "never"}],
    "dense_max_patches": [{"dense_max_patches": 64, "dense_max_scale": 1.0}],
    "detail": [{"detail": "low"}],
    "media_resolution": [{"media_resolution": "low"}],
}
"""Settings to compare with, by the option that a model has if it takes them."""


def sizes(generator: random.Random, number: int, most: int = 4000) -> Iterator[Pair]:
    """Random (height, width): uniform, by powers of two, near multiples of tiles and patches, of simple ratios."""
    for i in range(number):
        side, unit = generator.randint(1, most), generator.choice((14, 28, 32, 336, 384, 448, 512, 640))
        if i % 4 == 0:
            yield side, generator.randint(1, most)
        elif i % 4 == 1:
            yield int(2 ** generator.uniform(0, 13)), int(2 ** generator.uniform(0, 13))
        elif i % 4 == 2:
            yield tuple(unit * generator.randint(1, 9) + generator.randint(-1, 1) for _ in range(2))  # type: ignore[misc]
        else:
            short = 1 + side // 6
            yield short * generator.randint(1, 4), short * generator.randint(1, 4)


@untraced()
def one_by_one(family: Family, pairs: list[Pair]) -> list[Pair]:
    """Tokens and prompt tokens of each size, as `layout` has them; REFUSED where it refuses."""
    counts = []
    for height, width in pairs:
        try:
            layout = family.layout(Media(size=Size(height, width)))
        except (UnsupportedSizeError, UsageError):
            counts.append((REFUSED, REFUSED))
        else:
            counts.append((layout.tokens, layout.prompt_tokens))
    return counts


def at_once(family: Family, pairs: list[Pair]) -> list[Pair]:
    """The same by arrays; settings with which no size can be counted refuse all."""
    heights, widths = (np.array(sides) for sides in zip(*pairs, strict=True))
    try:
        counts = counter_of(family).count(widths, heights)
    except UsageError:
        return [(REFUSED, REFUSED)] * len(pairs)
    return list(zip(counts.tokens.tolist(), counts.prompt_tokens.tolist(), strict=True))


def wrong(family: Family, pairs: list[Pair]) -> list[tuple[Pair, Pair, Pair]]:
    """The sizes whose counts differ: (height, width), by arrays, one by one."""
    both = zip(pairs, at_once(family, pairs), one_by_one(family, pairs), strict=True)
    return [(pair, array, one) for pair, array, one in both if array != one]


@untraced()
def distinct() -> dict[str, list[Family]]:
    """Presets of each model whose numbers differ, as each pipeline and engine counts them."""
    by_model: dict[str, dict[str, Family]] = defaultdict(dict)
    for preset in families.presets():
        numbers = {name: value for name, (value, _) in preset.numbers().items() if name != "max_position_embeddings"}
        for pipeline in (*preset.pipelines, *engines.of(preset)):
            by_model[preset.model].setdefault(f"{pipeline} {numbers}", engines.choose(preset, pipeline=pipeline))
    return {model: list(chosen.values()) for model, chosen in by_model.items()}


CHOSEN = distinct()


@pytest.mark.parametrize("model", CHOSEN)
def test_random_sizes_are_counted_as_one_by_one(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ASKED", 6)  # so that the forms of grids are used
    generator = random.Random(f"{model} {SEED}")
    for family in CHOSEN[model]:
        assert not wrong(family, [*EXTREME, *HUGE, *sizes(generator, NUMBER)]), family.pipeline_used


@pytest.mark.parametrize("model", CHOSEN)
def test_settings_are_counted_as_one_by_one(model: str) -> None:
    generator = random.Random(f"{model} {SEED}")
    rules = {(type(each).count_keys, getattr(type(each), "candidates", None)): each for each in CHOSEN[model][::-1]}
    for family in rules.values():  # many engines call the model's own processor
        for option, settings in SETTINGS.items():
            for numbers in settings if family.has_option(option) else ():
                if all(map(family.has_option, numbers)):
                    chosen = family.choose(**numbers)
                    pairs = [*EXTREME, *AS_THEY_ARE, *sizes(generator, NUMBER // 3)]
                    assert not wrong(chosen, pairs), (family.pipeline_used, numbers)


def recorded() -> dict[str, dict[str, list[Row]]]:
    """The recorded rows of images, by model and by options."""
    grouped: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(GOLDEN.rglob("*.jsonl")):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            if row["kind"] == "image":
                grouped[row["model"]][json.dumps(row["options"], sort_keys=True)].append(row)
    return grouped


def unmet(rows: list[Row], **options: Any) -> list[tuple[Row, int, int]]:
    """The rows of which a count is not the recorded one: the row, the tokens, the prompt tokens."""
    counter = size_counter(rows[0]["model"], **options)
    try:
        counts = counter.count(*(np.array([row[side] for row in rows]) for side in ("width", "height")))
    except UsageError:
        return [(row, REFUSED, REFUSED) for row in rows if "error" not in row["expect"]]
    different = []
    for row, tokens, prompt_tokens in zip(rows, counts.tokens.tolist(), counts.prompt_tokens.tolist(), strict=True):
        want = row["expect"]
        expected = {"tokens": REFUSED, "prompt_tokens": REFUSED} if "error" in want else want
        if (expected.get("tokens", tokens), expected.get("prompt_tokens", prompt_tokens)) != (tokens, prompt_tokens):
            different.append((row, tokens, prompt_tokens))
    return different


@pytest.mark.parametrize(("model", "by_options"), recorded().items(), ids=list(recorded()))
def test_recorded_rows_are_met_in_bulk(model: str, by_options: dict[str, list[Row]]) -> None:
    for options, rows in by_options.items():
        assert not unmet(rows, **json.loads(options)), options


def test_the_comparisons_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    family = CHOSEN["qwen2.5-vl"][0]
    rows = recorded()["qwen2.5-vl"]["{}"]
    assert not wrong(family, [(500, 700), (700, 900)])
    assert not unmet(rows)
    monkeypatch.setattr(type(family), "count_keys", lambda *_: ())  # as if all images became one square
    assert [pair for pair, *_ in wrong(family, [(500, 700), (700, 900)])] == [(700, 900)]
    assert unmet(rows)


@pytest.mark.parametrize("model", CHOSEN)
def test_every_family_says_what_decides_its_counts(model: str) -> None:
    for family in CHOSEN[model]:
        assert type(family).count_keys is not Family.count_keys, (
            f"{type(family).__name__} has no count_keys, so that vtok.count_sizes asks its layout for every size; "
            "vtok/parts/keys.py has those of most rules"
        )


FINER = {"pix2struct": "numpy has no power that rounds as Python's, so that its keys are the sizes"}
"""Models that are asked for more sizes than they have layouts, and why."""

ALIKE = [
    *(
        (height + down, width + across)
        for height, width in ((480, 640), (1250, 1000), (97, 700), (2000, 1500), (40, 30))
        for down in (0, 1, 2)
        for across in (0, 1, 3)
    ),
    *AS_THEY_ARE,
    (9, 9),
]
"""Sizes of which many have the same layout."""

OF_ONE_LAYOUT: list[tuple[str, dict[str, Any]]] = [
    ("gemini-2.5-flash", {"media_resolution": "low"}),
    ("gemini-2.5-flash", {"media_resolution": "medium"}),
    ("gpt-4o", {"detail": "low"}),
    ("llava-1.5", {"do_pad": True, "do_resize": False}),
    ("llava-1.5", {"do_pad": True, "do_center_crop": False}),
    ("llava-1.5", {"pipeline": "original", "do_center_crop": False, "do_resize": False}),
    ("llava-onevision", {"num_images": 2}),
    ("perception-lm", {"vision_input_type": "vanilla"}),
]
"""Settings with which images of all sizes have the same views."""


def keys(family: Family, pairs: list[Pair]) -> list[tuple[int, ...]]:
    """What decides the count of each of these sizes."""
    heights, widths = (np.array(sides, float) for sides in zip(*pairs, strict=True))
    arrays: Any = heights, widths
    sizes = Sizes(*arrays)
    with np.errstate(all="ignore"):
        numbers = [np.asarray(key, np.int64) for key in family.count_keys(sizes)]
    columns = [np.broadcast_to(key, len(pairs)).tolist() for key in numbers]
    return list(zip(*columns, strict=True)) if columns else [()] * len(pairs)


@untraced()
def counted_parts(family: Family, pairs: list[Pair]) -> list[Any]:
    """The counts of these sizes, and the grids, tiles and spans that they follow from; None for a refusal."""
    parts: list[Any] = []
    for pair in pairs:
        try:
            layout = family.layout(Media(size=Size(*pair)))
        except (UnsupportedSizeError, UsageError):
            parts.append((REFUSED, None))
        else:
            rasters = [span.raster and (span.raster.rows, span.raster.columns) for span in layout.spans]
            spans = [(span.count, span.text) for span in layout.spans]
            counted = (*(view.grid for view in layout.views), layout.tiles, *rasters, *spans)
            parts.append(((layout.tokens, layout.prompt_tokens), counted))
    return parts


def check_keys(family: Family, pairs: list[Pair]) -> None:
    """Sizes of one key have one count, and there are no more keys than layouts."""
    each, parts = keys(family, pairs), counted_parts(family, pairs)
    counts = {(key, count) for key, (count, _) in zip(each, parts, strict=True)}
    assert len(counts) == len(set(each)), family.pipeline_used
    assert len(set(each)) <= len(set(parts)), family.pipeline_used


@pytest.mark.parametrize("model", sorted(CHOSEN.keys() - FINER))
def test_no_more_sizes_are_asked_for_than_there_are_layouts(model: str) -> None:
    for family in {(each.pipeline_used, type(each)): each for each in CHOSEN[model]}.values():
        check_keys(family, ALIKE)


@pytest.mark.parametrize(("model", "settings"), OF_ONE_LAYOUT)
def test_one_size_is_asked_for_where_all_layouts_are_alike(model: str, settings: dict[str, Any]) -> None:
    assert set(keys(checkpoints.get(model).choose(**settings), ALIKE)) == {()}


def test_few_images_are_asked_for_that_are_not_resized() -> None:
    check_keys(checkpoints.get("convnext").choose(do_resize=False), ALIKE)


@pytest.mark.parametrize("model", ["unlimited-ocr", "deepseek-ocr"])
def test_strips_of_one_tiling_of_which_some_are_refused(model: str) -> None:
    # of 1024 pixels along the longer side, strips keep 0.2, 1.02, 2.05, 0.5002 and 0.5 pixels
    strips = [(1, 5000), (1, 1000), (6, 3000), (1, 2047), (1, 2048)]
    turned = [(width, height) for height, width in strips]
    for pairs in (strips, strips[::-1], turned, turned[::-1]):
        assert not wrong(CHOSEN[model][0], pairs)


@pytest.mark.parametrize("model", FINER)
def test_too_many_keys_are_noticed(model: str) -> None:
    with pytest.raises(AssertionError):
        check_keys(CHOSEN[model][0], ALIKE)


def test_too_few_keys_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    family = CHOSEN["qwen2.5-vl"][0]
    monkeypatch.setattr(type(family), "count_keys", lambda *_: ())
    with pytest.raises(AssertionError):
        check_keys(family, ALIKE)


def test_every_rule_has_its_namesake_on_arrays() -> None:
    assert set(RULES) == set(ON_ARRAYS)


def test_a_family_without_keys_is_counted_size_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    family = CHOSEN["pixtral-12b"][0]
    monkeypatch.setattr(type(family), "count_keys", Family.count_keys)
    pairs = list(sizes(random.Random(1), 30))
    assert not wrong(family, pairs)


@pytest.mark.parametrize("model", ["qwen2.5-vl", "pixtral-12b", "hunyuan-vl", "siglip2-naflex"])
def test_few_grids_are_asked_for(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    family = CHOSEN[model][0]
    asked: list[Size] = []
    layout = type(family).layout

    def counted(self: Family, media: Media) -> Layout:
        asked.append(media.size)
        return layout(self, media)

    monkeypatch.setattr(type(family), "layout", counted)
    at_once(family, [(height, width) for height in range(200, 2000, 60) for width in range(200, 2000, 60)])
    assert len(asked) == bulk.ASKED


def test_grids_whose_counts_have_no_plain_form_are_all_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    family = CHOSEN["emu3"][0]  # its prompt names the rows and columns in digits
    pairs = list(sizes(random.Random(3), 60))
    assert not wrong(family, pairs)
    keys = type(family).count_keys
    monkeypatch.setattr(type(family), "count_keys", lambda self, many: TokenGrid(*keys(self, many)))
    assert not wrong(family, pairs)
    assert not wrong(CHOSEN["qwen2.5-vl"][0], [(500, 28 * n) for n in range(4, 90)])  # rows alone do not tell the form


def test_chunks_tables_and_wide_keys_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    family = CHOSEN["qwen2.5-vl"][0]
    pairs = list(sizes(random.Random(2), 200))
    heights, widths = (np.array(sides) for sides in zip(*pairs, strict=True))
    want = at_once(family, pairs)
    counter = counter_of(family)
    monkeypatch.setattr(bulk, "CHUNK", 7)
    assert at_once(family, pairs) == want  # the table grows from chunk to chunk
    for _ in range(2):  # what one batch has taught serves the next one
        assert counter.count(widths, heights).tokens.tolist() == [tokens for tokens, _ in want]
    monkeypatch.setattr(bulk, "DENSE", 4)
    assert at_once(family, pairs) == want
    monkeypatch.setattr(type(family), "count_keys", lambda _, many: (*many, many.height * 2**20, many.width))
    monkeypatch.setattr(bulk, "CHUNK", 50)
    assert at_once(family, pairs) == want


def test_the_readme_s_numbers_have_the_shape_of_the_sizes() -> None:
    widths, heights = np.array([[640, 1920], [0, 4000]]), np.array([[480, 1080], [480, 10]])
    counts = vtok.count_sizes("qwen2.5-vl", widths, heights)
    assert counts.dtype == np.int64
    assert counts.tolist() == [[393, 2693], [-1, -1]]  # 23 x 17 and 69 x 39 tokens, and two special tokens each
    assert vtok.count_sizes("qwen2.5-vl", widths, heights, what="tokens")[0].tolist() == [391, 2691]
    assert vtok.count_sizes("clip-l14", [], []).tolist() == []


@pytest.mark.parametrize(
    ("side", "count"),
    [
        (640.0, 257),
        (float("nan"), REFUSED),
        (float("inf"), REFUSED),
        (640.5, REFUSED),
        (0, REFUSED),
        (-640, REFUSED),
        (2**31, 257),
        (2**31 + 1, REFUSED),
        (2**63 - 1, REFUSED),
        (2**64 - 1, REFUSED),
    ],
)
def test_what_is_no_size_costs_its_place_alone(side: float, count: int) -> None:
    sides = np.array([480, side, 500], dtype=None if isinstance(side, float) or side < 2**63 else np.uint64)
    assert vtok.count_sizes("clip-l14", sides, [640, 640, 640]).tolist() == [257, count, 257]
    assert vtok.count_sizes("clip-l14", [640, 640, 640], sides).tolist() == [257, count, 257]


def test_a_side_of_the_box_fits_and_one_more_does_not() -> None:
    # fuyu's patches of 30 pixels: 34 rows hold 1,000 and 1,001 pixels alike; 10 columns and a newline
    counts = vtok.count_sizes("fuyu", [300, 300], [1000, 1001], do_resize=False, max_height=1000)
    assert counts.tolist() == [34 * 11, REFUSED]


def test_masked_sizes_are_missing() -> None:
    masked = np.ma.MaskedArray([640, 640], mask=[False, True])
    assert vtok.count_sizes("clip-l14", masked, [480, 480]).tolist() == [257, REFUSED]
    assert vtok.count_sizes("clip-l14", masked[:1], [480]).tolist() == [257]


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int32", "uint32", "uint64", "float32", "float16"])
def test_every_kind_of_number_is_taken(kind: str) -> None:
    assert vtok.count_sizes("qwen2.5-vl", np.array([112], kind), np.array([84], kind)).tolist() == [14]


def test_strides_and_lists_are_taken_and_nothing_is_changed() -> None:
    table = np.array([[640.0, 480.0], [320.0, 240.0], [41.0, 7.0]])
    before = table.copy()
    counts = vtok.count_sizes("paddleocr-vl", table[:, 0], table[:, 1])
    assert counts.tolist() == vtok.count_sizes("paddleocr-vl", [640, 320, 41], [480, 240, 7]).tolist()
    assert (table == before).all()


@pytest.mark.parametrize(
    ("widths", "heights", "words"),
    [
        ([640], [480, 480], r"must have one shape, not \(1,\) and \(2,\)"),
        (640, 480, "widths must be an array of whole numbers or floats, not 640"),
        (["640"], [480], "not an array of <U3"),
        ([640], [None], "heights must be an array of whole numbers or floats, not an array of object"),
        ([True], [480], "not an array of bool"),
        ([1j], [480], "not an array of complex128"),
        ([[640], [1, 2]], [480], "not lists of different lengths"),
        (np.array(["2026-11-22"], "datetime64[D]"), [480], "not an array of datetime64"),
    ],
)
def test_misuse_is_one_error(widths: Any, heights: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        vtok.count_sizes("qwen2.5-vl", widths, heights)


def test_what_the_model_does_not_have_is_an_error() -> None:
    with pytest.raises(UnknownModelError):
        vtok.count_sizes("qwen9", [640], [480])
    with pytest.raises(UnknownOptionError, match="max_num"):
        vtok.count_sizes("qwen2.5-vl", [640], [480], max_num=3)
    with pytest.raises(UsageError, match="what must be prompt_tokens or tokens, not 'patches'"):
        vtok.count_sizes("qwen2.5-vl", [640], [480], what="patches")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="add pipeline=original"):
        vtok.count_sizes("internvl", [640], [480], use_thumbnail=False)


def test_settings_that_fit_some_sizes_count_those() -> None:
    # Tiles of 2 to 1: upstream refuses every large image, and no small one, which it does not cut.
    assert vtok.count_sizes("deepseek-ocr", [300, 3000], [300, 3000], max_crops=1).tolist() == [273, REFUSED]
    counter = size_counter("deepseek-ocr", max_crops=1)
    large, small = np.array([3000]), np.array([300])
    with pytest.raises(UsageError, match="2 to 1 tiles"):
        counter.count(large, large)
    assert counter.count(small, small).tokens.tolist() == [273]
    assert counter.count(large, large).tokens.tolist() == [REFUSED]


def test_areas_beyond_exact_products_are_asked_for_one_by_one() -> None:
    side = 2**31
    assert side * side >= EXACT_PIXELS
    assert vtok.count_sizes("qwen2.5-vl", [side, 640], [side - 1, 480]).tolist() == [
        vtok.layout("qwen2.5-vl", width=side, height=side - 1).prompt_tokens,
        393,
    ]
