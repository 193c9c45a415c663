"""Settings that cannot hurt: whatever is set, vtok answers with tokens, or says in one line what is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Run

import vtok
from vtok import families
from vtok.checkpoints.names import get
from vtok.cli._presets import parse_value
from vtok.errors import UsageError, VtokError
from vtok.parts.family import Family, family
from vtok.parts.settings import checked
from vtok.values import Media, Size

EXTREMES = (
    0, 1, -1, 7, 400, 100_000, 2**31, 10**30, 10**400, 1.5, float("nan"), True, None, "x", "",
    (), (1,), (0, 0), (400, 400), ((1, 1),), ((336, 672),), [[0, 0]], {"a": 1},
)  # fmt: skip
INPUTS = (Media(size=Size(480, 640)), Media(size=Size(20, 600)), Media(size=Size(360, 640), num_frames=60, fps=6.0))


def faults(preset: Family, name: str) -> Iterator[str]:
    """What a field of a preset does at its extremes other than to answer with tokens, or to refuse."""
    for pipeline in preset.pipelines:
        for value in EXTREMES:
            try:
                chosen = preset.choose(pipeline=pipeline, **{name: value})
            except VtokError:
                continue
            for media in INPUTS:
                yield from (f"{name}={value} {pipeline} {media.size}: {fault}" for fault in _faults(chosen, media))


def _faults(preset: Family, media: Media) -> Iterator[str]:
    try:
        layout = preset.layout(media)
    except VtokError:
        return
    except Exception as error:  # whatever it is, the user would see a traceback
        yield repr(error)
        return
    if layout.patches < 1 or layout.tokens + layout.cross_attention_tokens < 1:
        yield f"{layout.patches} patches, {layout.tokens} tokens"


@pytest.mark.parametrize("model", families.models())
def test_each_number_at_its_extremes(model: str) -> None:
    preset = get(model)
    names = [name for name in preset.__dataclass_fields__ if preset.has_option(name) and name != "pipeline"]
    assert [fault for name in names for fault in faults(preset, name)] == []


def test_a_fault_is_found() -> None:
    @family
    class Divides(Family):
        def layout(self, media: Media) -> Any:
            return 1 // (self.num_images - 1)

    @family
    class Nothing(Family):
        def layout(self, media: Media) -> Any:
            return vtok.values.Layout(
                model="x", preset="x", pipeline="x", version="x", media=media, original=media.size, steps=(), views=(),
                spans=(), resized=media.size, canvas=media.size,
            )  # fmt: skip

    assert any("ZeroDivisionError" in fault for fault in faults(Divides(model="x"), "num_images"))
    assert any("0 patches" in fault for fault in faults(Nothing(model="x"), "num_images"))


@pytest.mark.parametrize(
    ("model", "setting", "words"),
    [
        ("molmo2", "overlap_margins=4", "must be two whole numbers, such as 4,4"),
        ("molmo2", "overlap_margins=1,2,3", "must be two whole numbers"),
        ("molmo2", "patch_size=400", "set a larger size"),
        ("molmo2", "size=1", "set a larger size"),
        ("qwen2.5-vl", "fullatt_block_indexes=7", "must be a list of whole numbers, such as 7,15, not 7"),
        ("qwen2.5-vl", "fullatt_block_indexes=[7", "is not a list"),
        ("qwen2.5-vl", "fullatt_block_indexes=[7.5]", "[0] must be a whole number"),
        ("qwen2.5-vl", "max_pixels=0", "must be from 1 to"),
        ("qwen2.5-vl", "max_pixels=true", "must be a whole number, not True"),
        ("llava-next", "image_grid_pinpoints=336", "must be a list of pairs of numbers"),
        ("llava-next", "image_grid_pinpoints=[]", "must be a list of pairs of numbers"),
        ("llava-next", "image_grid_pinpoints=[[336]]", "[0] must be two whole numbers"),
        ("llava-next", "patch_size=500", "holds no patch of 500"),
        ("llava-next", "size=1", "holds no patch of 14"),
        ("granite-vision-4", "size=16", "has no token; set smaller patches or a larger size"),
        ("qwen2.5-vl", "rope_version=4.5", "is not one of 4.49"),
        ("qwen2.5-vl", "resample=cubic", "must be one of nearest"),
        ("videollama3", "video_merge_size=0", "must be from 1 to"),
        ("lfm2-vl", "min_tiles=11", "min_tiles 11 is above max_tiles 10"),
        ("lfm2-vl", "tile_size=500", "are not whole patches of 16"),
        ("paligemma", "merge_size=100", "make no token"),
        ("vit", "patch_size=225", "holds no patch of 225"),
    ],
)
def test_settings_that_leave_nothing_are_refused_in_one_line(run: Run, model: str, setting: str, words: str) -> None:
    outcome = run("count", "1600x1200", "-m", model, "--set", setting)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("model", "setting", "value"),
    [
        ("molmo2", "overlap_margins=3,5", (3, 5)),
        ("qwen2.5-vl", "fullatt_block_indexes=[7]", (7,)),
        ("qwen2.5-vl", "fullatt_block_indexes=0,7", (0, 7)),
        ("qwen2.5-vl", "max_pixels=28*28*1e3", 784_000),
        ("llava-next", "image_grid_pinpoints=[[336, 672], [672, 336]]", ((336, 672), (672, 336))),
        ("glm-4.6v", "sample_rates=[[30,3],[300,0.5]]", ((30.0, 3.0), (300.0, 0.5))),
        ("dinov2-224", "num_register_tokens=0", 0),
        ("llava-1.5", "do_pad=none", None),
        ("qwen2.5-vl", "rope_version=4.49", "4.49"),
        ("qwen2.5-vl", "resample=lanczos", "lanczos"),
    ],
)
def test_every_field_takes_its_own_type(model: str, setting: str, value: Any) -> None:
    name, _, text = setting.partition("=")
    assert getattr(get(model).choose(**{name: parse_value(text)}), name) == value


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_pixels": 9000, "max_pixels": 8000}, "min_pixels 9,000 (set by you) is above max_pixels 8,000"),
        ({"min_frames": 9, "max_frames": 8}, "min_frames 9 (set by you) is above"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(options: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError) as error:
        get("qwen2.5-vl").choose(**options)
    assert words in str(error.value)


def test_a_limit_below_the_presets_own_least_is_followed_as_upstream_follows_it() -> None:
    # transformers 5.23, smart_resize(1000, 1000, factor=32, min_pixels=65536, max_pixels=50176): 224 x 224
    assert vtok.layout("qwen3-vl", width=1000, height=1000, max_pixels=50_176).resized == (224, 224)


def test_strips_that_deepseek_ocr_2_cannot_resize_have_a_note() -> None:
    # transformers 5.23, DeepseekOcr2ImageProcessor, 3000 x 1: "Size must contain 'height' and 'width' keys"
    notes = [vtok.layout("deepseek-ocr-2", width=width, height=1).notes for width in (3000, 2048, 2047)]
    assert [any("refuses this strip" in note for note in each) for each in notes] == [True, True, False]


def test_a_value_is_named_by_its_label() -> None:
    with pytest.raises(UsageError, match=r"^config.json: x must be a whole number, not 1\.5$"):
        checked("patch_size", 1.5, int, label="config.json: x")
    with pytest.raises(UsageError, match=r"not \(1, 1, 1, .*\.\.\.$"):
        checked("overlap_margins", (1,) * 99, tuple[int, int])


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf")])
def test_numbers_beyond_all_floats(value: float) -> None:
    with pytest.raises(UsageError, match="sample_fps must be"):
        checked("sample_fps", value, float)
