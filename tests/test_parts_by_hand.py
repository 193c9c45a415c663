"""What families share, on cases that are small enough to reckon by hand."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

import vtok
from vtok.checkpoints.names import get
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.places import Patches
from vtok.parts import qwen_vl_utils
from vtok.parts.abilities import rope_pipeline, rotary, tiled
from vtok.parts.keys import either
from vtok.parts.numerals import in_words
from vtok.parts.resizing import OptionalResize, resizes
from vtok.parts.segments import MAX_SECONDS, MAX_STEPS
from vtok.parts.settings import check_together, checked, lower_bound, shown
from vtok.parts.spans import plain, uncounted
from vtok.parts.videos import wanted_frames
from vtok.parts.views import fixed_view, squared_view
from vtok.values import Box, Layout, Media, Size

UP_TO_NINETEEN = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

VIDEO = Media(size=Size(64, 64), num_frames=10, fps=4.0)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        # num2words 0.5.14
        *enumerate(UP_TO_NINETEEN),
        *((10 * i, word) for i, word in enumerate(TENS, 2)),
        (21, "twenty-one"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (101, "one hundred and one"),
        (320, "three hundred and twenty"),
        (999, "nine hundred and ninety-nine"),
        (1000, "one thousand"),
        (1001, "one thousand and one"),
        (1099, "one thousand and ninety-nine"),
        (1100, "one thousand, one hundred"),
        (20_101, "twenty thousand, one hundred and one"),
        (1_000_000, "one million"),
        (1_000_100, "one million, one hundred"),
        (1_000_000_000, "one billion"),
        (2_000_001_000, "two billion, one thousand"),
    ],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert in_words(number) == words


@pytest.mark.parametrize(
    ("name", "kind", "least", "most"),
    [
        ("patch_size", int, 1, 4096),
        ("sample_frames", int, 1, 65_536),
        ("size", int, 1, 2**24),
        ("max_pixels", int, 1, 2**40),
        ("in_token_limit", int, 1, 2**40),
        ("min_pixels", int, 0, 2**40),
        ("video_end", float, 0, 2**24),
        ("chat_tokens", int, 0, 2**24),
    ],
)
def test_the_range_of_a_number(name: str, kind: Any, least: int, most: int) -> None:
    assert [checked(name, value, kind) for value in (least, most)] == [least, most]
    for value in (least - 1, most + 1):
        with pytest.raises(UsageError, match=f"^{name} must be from {least} to {most:,}, not {value}"):
            checked(name, kind(value), kind)


def test_the_range_of_a_fraction() -> None:
    assert [checked("total_pixels", value, float) for value in (0.5, 2.0**40)] == [0.5, 2.0**40]
    for value in (0.0, 2.0**41, 10**310):
        with pytest.raises(UsageError, match=r"^total_pixels must be above 0 and at most 1,099,511,627,776"):
            checked("total_pixels", value, float)


def test_the_longest_list() -> None:
    assert checked("layers_indexes", [7] * 4096, tuple[int, ...]) == (7,) * 4096
    with pytest.raises(UsageError, match="must be a list of whole numbers"):
        checked("layers_indexes", [7] * 4097, tuple[int, ...])
    assert checked("sample_rates", [], tuple[tuple[float, float], ...]) == ()
    with pytest.raises(UsageError, match="must be a list of pairs of numbers"):
        checked("image_grid_pinpoints", [], tuple[tuple[int, int], ...])
    with pytest.raises(UsageError, match="must be two whole numbers"):
        checked("overlap_margins", [1, 2, 3], tuple[int, int])


@pytest.mark.parametrize(
    ("value", "hint", "wanted"),
    [
        (True, int, "a whole number"),
        (1.5, int, "a whole number"),
        (True, float, "a number"),
        ("x", float, "a number"),
        (5, bool, "true or false"),
        (None, int, "a whole number"),
        ("x", int | None, "a whole number"),
        ("x", int | bool, "a whole number or true or false"),
        ([1], str, "text"),
    ],
)
def test_a_value_of_another_type(value: Any, hint: Any, wanted: str) -> None:
    with pytest.raises(UsageError, match=f"^field must be {wanted}, not "):
        checked("field", value, hint)


def test_values_of_the_right_type() -> None:
    assert checked("field", 2.0, int) == 2
    assert checked("field", True, bool) is True
    assert checked("version", 4.49, str) == "4.49"
    assert checked("field", None, int | None) is None
    assert checked("resample", "box", str) == checked("field", "box", str) == "box"
    assert checked("field", "x", str) == "x"
    with pytest.raises(UsageError, match=r"^resample must be one of nearest, lanczos"):
        checked("resample", "x", str)


def test_numbers_that_contradict_each_other() -> None:
    assert [lower_bound(name) for name in ("max_pixels", "video_end", "size")] == ["min_pixels", "video_start", "size"]
    check_together({"max_pixels": (5, "a"), "min_pixels": (5, "b"), "size": (3, "c"), "max_frames": (1, "d")})
    with pytest.raises(UsageError, match=r"^min_pixels 6 \(b\) is above max_pixels 5 \(a\)$"):
        check_together({"max_pixels": (5, "a"), "min_pixels": (6, "b")})


def test_long_values_are_cut() -> None:
    assert shown("x" * 58) == repr("x" * 58)  # 60 characters with the quotes
    assert shown("x" * 59) == f"'{'x' * 56}..."


@pytest.mark.parametrize(
    ("preset", "label"),
    [
        ("plain", "qwen2.5-vl"),
        ("./mine/", "./mine"),
        ("org/mine", "org/mine"),
        ("~mine", "~mine"),
        (".mine", ".mine"),
        ("config.JSON", "config.JSON"),
        ("some.gguf", "some.gguf"),
        ("/", "/"),
        ("./MAX/", "./MAX"),
    ],
)
def test_a_preset_that_was_read_is_called_by_its_path(preset: str, label: str) -> None:
    assert replace(get("qwen2.5-vl"), preset=preset).label == label


def test_where_numbers_are_from() -> None:
    family = get("ernie-4.5-vl")
    assert family.source("patch_size") == "config.json"
    assert family.source("min_frames") == "library default"
    assert family.choose(patch_size=7).source("patch_size") == "set by you"
    assert get("minicpm-v-2.6").source("max_position_embeddings") == "not known"
    assert get("qwen2.5-vl").source("depth") == "config.json"  # as all that are not named
    assert "image_patch_size" in get("qwen2.5-vl").options()
    assert "depth" not in get("qwen2.5-vl").options()


def test_library_defaults_are_noted() -> None:
    names = "video_min_pixels, video_max_pixels, min_frames, max_frames"
    note = f"library default, since no published value is known: {names}"
    assert get("ernie-4.5-vl").defaults_note == (note,)
    assert get("chameleon").defaults_note == ()  # no windows and no layers of its own are no numbers
    assert get("qwen2.5-vl").defaults_note == ()


def test_what_the_user_set() -> None:
    family = get("qwen2.5-vl")
    assert family.user_value("max_pixels") is None
    assert family.choose(max_pixels=4000).user_value("max_pixels") == 4000
    with pytest.raises(UsageError, match="sample_fps and sample_frames exclude each other"):
        family.choose(sample_fps=1.0, sample_frames=4)
    with pytest.raises(UsageError, match="exclude each other"):
        family.choose(sample_fps=1.0, sample_frames=4, max_pixels=9000)
    with pytest.raises(UsageError, match="exif 'x' is not one of auto, apply, ignore"):
        family.choose(exif="x")


@pytest.mark.parametrize(
    ("exif", "word", "after"), [("apply", "applied", (640, 480)), ("ignore", "ignored", (480, 640))]
)
def test_stored_orientations(exif: str, word: str, after: tuple[int, int]) -> None:
    layout = get("clip").choose(exif=exif).layout(Media(size=Size(480, 640), orientation=6))
    first = layout.steps[0]
    assert (first.name, tuple(first.after), layout.turned) == ("orient", after, exif == "apply")
    assert first.reason.endswith(f"{word} by exif={exif}")
    assert not get("clip").choose(exif=exif).layout(Media(size=Size(480, 640))).turned


def test_a_mirrored_image_is_turned_too() -> None:
    layout = get("clip").choose(exif="apply").layout(Media(size=Size(480, 640), orientation=2))
    assert layout.turned


def test_what_a_config_leaves_out_is_told_where_it_counts() -> None:
    family = replace(get("qwen2.5-vl"), left_out=(("image", "of images"), ("video", "of videos")))
    image, video = family.layout(Media(size=Size(64, 64))).notes, family.layout(VIDEO).notes
    assert [("of images" in notes, "of videos" in notes) for notes in (image, video)] == [(True, False), (True, True)]


def test_settings_add_up_and_versions_are_checked() -> None:
    family = get("qwen2.5-vl").choose(max_pixels=4000).choose(exif="apply")
    assert family.asked == {"max_pixels", "exif"}
    assert family.version_used == get("qwen2.5-vl").pipelines["transformers"][-1]
    assert family.choose(version="4.49").version_used == "4.49"
    with pytest.raises(UsageError, match=r"no version '9\.9' of transformers; known are 4\.49"):
        family.choose(version="9.9")
    utils = get("qwen2.5-vl").choose(pipeline="qwen-vl-utils")
    assert (utils.pipeline_used, rope_pipeline(utils)) == ("qwen-vl-utils", "transformers")


def test_an_encoder_that_cuts_nothing_away() -> None:
    # 224 x 448 has its shorter side already: 16 x 32 patches of 14
    whole = get("clip").choose(do_center_crop=False)
    assert tuple(whole.layout(Media(size=Size(224, 448))).views[0].grid) == (1, 16, 32)
    assert tuple(get("clip").layout(Media(size=Size(224, 448))).views[0].grid) == (1, 16, 16)
    counts = vtok.count_sizes("clip", [448, 224], [224, 224], do_center_crop=False)
    assert counts.tolist() == [16 * 32 + 1, 16 * 16 + 1]


def test_the_texts_between_tagged_tiles() -> None:
    # transformers 5.23, models/idefics3/processing_idefics3.py, _prompt_split_image: a line break behind each row of
    # tiles, one more before the whole image. 728 x 728 without a resize is 2 x 2 tiles of 364.
    layout = get("idefics3").choose(do_resize=False).layout(Media(size=Size(728, 728)))
    around, breaks = "<fake_token_around_image>", {(1, 2): ["\n"], (2, 2): ["\n\n"]}
    tiles = [
        [around, f"<row_{row}_col_{column}>", "", *breaks.get((row, column), [])]
        for row, column in ((1, 1), (1, 2), (2, 1), (2, 2))
    ]
    texts = [text for tile in tiles for text in tile] + [around, "<global-img>", "", around]
    assert [span.text for span in layout.spans] == texts
    assert [view.kind for view in layout.views] == ["tile"] * 4 + ["thumbnail"]


def test_when_tagged_tiles_are_cut() -> None:
    def tiles(side: int, **options: Any) -> tuple[int, int] | None:
        return get("idefics3").choose(**options).layout(Media(size=Size(side, side))).tiles

    assert tiles(364, do_resize=False) == (0, 0)  # no larger than a tile
    assert tiles(365, do_resize=False) == (2, 2)
    assert tiles(500) == (4, 4)  # its longer side becomes 1,456
    assert tiles(500, do_image_splitting=False) == (0, 0)
    with pytest.raises(UsageError, match="makes more than 1024 tiles of 364"):
        tiles(364 * 33, do_resize=False)
    assert tiles(364 * 32, do_resize=False) == (32, 32)
    row = get("idefics3").choose(do_resize=False)
    with pytest.raises(UsageError, match="makes more than 1024 tiles of 364"):
        row.layout(Media(size=Size(364, 364 * 1025)))
    (line, *_) = [span.text for span in row.layout(Media(size=Size(364, 728))).spans if "\n" in span.text]
    assert line == "\n\n"
    assert sum("\n" in span.text for span in row.layout(Media(size=Size(728, 364))).spans) == 2


def test_images_are_resized_where_only_frames_are_not() -> None:
    def resized(model: str, *, video: bool, **options: Any) -> bool:
        return resizes(cast("OptionalResize", get(model).choose(**options)), video=video)

    assert resized("perception-lm", video=False, video_do_resize=False)
    assert not resized("perception-lm", video=True, video_do_resize=False)
    assert resized("perception-lm", video=True, do_resize=False)
    assert not resized("idefics3", video=True, do_resize=False)


def test_least_numbers_of_qwen_vl_utils() -> None:
    def made(**options: Any) -> Layout:
        family = get("qwen2.5-vl").choose(pipeline="qwen-vl-utils", **options)
        return family.layout(Media(size=Size(1080, 1920), num_frames=100, fps=100.0))

    def frames(**options: Any) -> int:
        sampling = made(**options).sampling
        assert sampling
        return len(sampling.indices)

    assert (frames(), frames(min_frames=8)) == (4, 8)  # two frames a second are below both
    # A frame keeps 1.05 * 128 * 28**2 = 105,369 pixels: 4.436 times smaller, in multiples of 28.
    assert made(total_pixels=28 * 28).resized == Size(224, 420)
    # 1.05 * 50,176 = 52,685 pixels: 6.274 times smaller
    assert made(total_pixels=28 * 28, min_pixels=50_176).resized == Size(168, 280)


def test_the_window_of_sam_and_the_kinds_of_states() -> None:
    assert vtok.layout("sam", width=728, height=364).window == 14 * 16
    states = [
        (span.kind, span.count) for span in vtok.layout("facebook/dinov2-with-registers-large", width=9, height=9).spans
    ]
    assert states == [("class", 1), ("register", 4), ("vision", 16 * 16)]


def test_the_other_numbers_of_keys_are_zero() -> None:
    wanted = np.array([1, 0])
    rows, columns = either(wanted, (np.array([5, 6]), np.array([7, 8])))
    assert (rows.tolist(), columns.tolist()) == ([5, 0], [7, 0])


@pytest.mark.parametrize("size", [Size(0, 5), Size(5, 0)])
def test_a_size_without_pixels(size: Size) -> None:
    with pytest.raises(UnsupportedSizeError, match="has no pixels"):
        get("clip").layout(Media(size=size))


def test_a_layout_is_of_its_repository_or_preset() -> None:
    assert vtok.layout("clip", width=9, height=9).preset == "openai/clip-vit-large-patch14"
    assert vtok.layout("dinov2-518", width=9, height=9).preset == "dinov2-518"


def test_the_numbers_of_qwen_vl_utils() -> None:
    # 0.0.14, vision_process.py: IMAGE_MIN_TOKEN_NUM ... MODEL_SEQ_LEN
    assert (qwen_vl_utils.IMAGE_TOKENS, qwen_vl_utils.FRAME_TOKENS) == ((4, 16384), (128, 768))
    assert qwen_vl_utils.SEQUENCE_SHARE == 115_200


def test_a_height_alone_does_not_resize() -> None:
    def resized(**options: Any) -> Size | None:
        return vtok.layout("qwen2.5-vl", width=560, height=280, pipeline="qwen-vl-utils", **options).resized

    assert resized() == resized(resized_height=28) == resized(resized_width=28) == Size(280, 560)
    assert resized(resized_height=140, resized_width=140) == Size(140, 140)


def test_the_note_on_text_that_is_not_counted() -> None:
    end = "since only the tokenizer knows the length:"
    assert uncounted([plain("")]) == ()
    assert uncounted([plain("a")]) == (f"1 piece of text is not counted, {end} 'a'",)
    assert uncounted([plain(text) for text in "abca"]) == (f"4 pieces of text are not counted, {end} 'a', 'b', 'c'",)
    assert uncounted(map(plain, "abcd")) == (f"4 pieces of text are not counted, {end} 'a', 'b', 'c', ...",)
    layout = vtok.layout("qwen3-vl", width=64, height=64, num_frames=2, fps=2.0)
    assert uncounted(layout.spans) == ()  # special tokens, and texts that are counted


def test_wanted_frames() -> None:
    assert wanted_frames(VIDEO, None, None) is None
    assert wanted_frames(VIDEO, 3, None) == 3
    assert wanted_frames(VIDEO, None, 2.0) == 5  # 2.5 seconds
    with pytest.raises(UsageError, match="exclude each other"):
        wanted_frames(VIDEO, 3, 2.0)


@pytest.mark.parametrize(
    ("model", "options", "indices"),
    [
        ("gemma4", {"sample_frames": 2}, (0, 5)),
        ("gemma4", {"sample_fps": 2.0}, (0, 2, 4, 6, 8)),
        ("gemma4", {"sample": False}, tuple(range(10))),
        ("perception-lm", {}, tuple(range(10))),
        ("minicpm-v-4.6", {"sample": False}, tuple(range(10))),
        ("minicpm-v-4.6", {}, (0, 4, 8)),  # 0, 1 and 2 of 2.5 seconds
        ("minicpm-v-4.6", {"sample_frames": 2}, (0, 9)),  # 0 and 2.4 seconds
        ("qwen2.5-vl", {"sample": False}, tuple(range(10))),
        ("qwen2.5-vl", {"sample": False, "pipeline": "qwen-vl-utils"}, tuple(range(10))),
    ],
)
def test_frames_of_ten(model: str, options: dict[str, Any], indices: tuple[int, ...]) -> None:
    sampling = get(model).choose(**options).layout(VIDEO).sampling
    assert sampling
    assert sampling.indices == indices


def test_a_duration_of_the_container_counts() -> None:
    long = replace(VIDEO, duration=4.0)  # seconds 0, 1, 2 and 3, of which the last is after the last frame
    sampling = get("minicpm-v-4.6").layout(long).sampling
    assert sampling
    assert sampling.indices == (0, 4, 8, 9)


def test_views_of_frames() -> None:
    layout = get("minicpm-v-4.6").choose(sample=False).layout(Media(size=Size(900, 900), num_frames=2, fps=1.0))
    assert [view.kind for view in layout.views] == ["thumbnail", *["tile"] * 4] * 2
    assert [view.frames for view in layout.views] == [(0,)] * 5 + [(1,)] * 5
    spans = [span for span in layout.spans if span.raster]
    assert [span.views for span in spans] == [(i,) for i in range(10)]
    assert {view.kind for view in get("perception-lm").layout(VIDEO).views} == {"frame"}
    with pytest.raises(UnsupportedSizeError, match=r"^[\d,]+ views; a layout holds at most"):
        get("minicpm-v-4.6").choose(sample=False).layout(Media(size=Size(900, 900), num_frames=60_000, fps=1.0))


def test_the_middle_of_a_padded_square() -> None:
    # 100 x 50 in a square of 100, resized to 336; the middle of 224 leaves out 56 on each side
    steps, view = squared_view(Size(50, 100), 336, Patches(14), crop_size=224)
    assert view.content == pytest.approx(Box(0, 28, 224, 196))
    assert view.source == pytest.approx(Box(56 / 3.36, 0, 280 / 3.36, 50))
    assert steps[0].reason == "50 pixels of padding make it a square, the image in the middle"
    steps, view = squared_view(Size(100, 50), 336, Patches(14))
    assert (view.content, view.source) == (Box(84, 0, 252, 336), Box(0, 0, 50, 100))
    assert squared_view(Size(50, 50), 336, Patches(14))[0][0].reason == "a square already"


def test_what_a_crop_loses() -> None:
    def cropped(**options: Any) -> tuple[Size, str]:
        resize, crop = fixed_view(Size(300, 400), 224, Patches(14), crop_size=224, **options)[0]
        return resize.after, crop.reason

    assert cropped() == (Size(224, 298), "the middle of 298x224 is cut out; 24.8% of the image is lost")  # 224 / 298
    assert cropped(keep_aspect=True) == cropped()
    assert cropped(keep_aspect=False) == (Size(224, 224), "the middle of 224x224 is cut out; nothing is lost")
    assert fixed_view(Size(300, 400), 224, Patches(14))[1].size == Size(224, 224)
    assert fixed_view(Size(300, 400), 224, Patches(14), keep_aspect=True)[1].size == Size(224, 298)


@pytest.mark.parametrize(
    ("model", "taken", "refused"),
    [
        ("sam-vit-b", Size(1024, 1024), (Size(1025, 8), Size(8, 1025))),
        ("paligemma", Size(224, 224), (Size(224, 238), Size(238, 224), Size(448, 448))),
        ("gemma3", Size(896, 896), (Size(896, 910), Size(448, 448))),
        ("perception-lm", Size(448, 448), (Size(448, 449), Size(449, 448))),
        ("siglip-so400m14-384", Size(384, 384), ()),  # 27 patches, and 6 pixels in no patch
    ],
)
def test_images_that_are_not_resized(model: str, taken: Size, refused: tuple[Size, ...]) -> None:
    family = get(model).choose(do_resize=False)
    assert family.layout(Media(size=taken)).patches
    if model == "gemma3":  # 64 patches, and 4 pixels in no patch
        assert family.choose(size=900).layout(Media(size=Size(900, 900))).patches == 64 * 64
    for size in refused:
        assert get(model).layout(Media(size=size)).patches
        with pytest.raises(UnsupportedSizeError):
            family.layout(Media(size=size))


@pytest.mark.parametrize(
    ("options", "side"),
    [
        ({}, 640),
        ({"max_pixels": 409_600}, 448),  # for both frames together: 640 / sqrt(2) = 452.5
        ({"max_pixels": 409_600, "video_max_pixels": 819_200}, 640),
        ({"video_max_pixels": 409_600}, 448),
    ],
)
def test_limits_of_images_hold_for_videos_unless_these_have_their_own(options: dict[str, int], side: int) -> None:
    video = Media(size=Size(640, 640), num_frames=2, fps=1.0)
    assert get("qwen3-vl").choose(sample=False, **options).layout(video).resized == Size(side, side)


def test_an_image_is_resized_where_only_frames_are_not() -> None:
    # 100 / 28 is 3.57; 112 x 112 pixels twice are within the limits
    assert vtok.layout("glm-4.5v", width=100, height=100, video_do_resize=False).resized == Size(112, 112)
    with pytest.raises(UnsupportedSizeError, match="takes 448x448 only"):
        vtok.layout("perception-lm", width=640, height=480, num_frames=2, fps=1.0, video_do_resize=False)


def test_why_the_map_of_tiles_is_as_large_as_it_is() -> None:
    # 672 x 672 fills 2 x 2 tiles of 24 x 24 tokens; 672 x 336 leaves half of them
    def reason(height: int) -> str:
        layout = vtok.layout("llava-next", width=672, height=height, image_grid_pinpoints=[[672, 672]])
        step = next(step for step in layout.steps if step.name == "unpad")
        assert (step.before, step.after) == (Size(48, 48), Size(height // 14, 48))
        return step.reason

    assert reason(672) == "the 48 x 48 tokens of the tiles stay as they are"
    assert reason(336) == "the 48 x 48 tokens of the tiles become 48 x 24: rows and columns of padding are dropped"


def test_a_layout_of_the_version_is_taken_as_it_is() -> None:
    wide = vtok.layout("qwen2.5-vl", width=1280, height=720, max_pixels=100_352)
    assert vtok.position_ids("qwen2.5-vl", segments=[wide]).length == wide.prompt_tokens


def test_a_view_that_holds_no_state() -> None:
    with pytest.raises(UsageError, match="a view of 20x20 pixels holds no state of 32 pixels"):
        vtok.layout("convnext", width=20, height=20, do_resize=False)


@pytest.mark.parametrize(
    ("model", "side", "seen", "options"),
    [
        ("llava-onevision", 384, 378, {}),
        ("llava-next", 336, 336, {}),
        ("smolvlm-2.2b", 384, 378, {"do_image_splitting": False}),
    ],
)
def test_pixels_in_no_patch_make_no_token(model: str, side: int, seen: int, options: dict[str, Any]) -> None:
    whole = next(span.raster for span in vtok.layout(model, width=side, height=side, **options).spans if span.raster)
    assert whole.xs[-1] == pytest.approx(seen)


def test_a_window_of_one_pixel_between_margins() -> None:
    family: Any = get("molmo2").choose(patch_size=1, size=9)  # margins of 4 patches on either side
    assert family.check_window() == 1


def test_what_models_can() -> None:
    assert tiled(get("qwen2.5-vl")) is None
    assert tiled(get("internvl"))
    assert rotary(get("clip")) is None
    assert rotary(get("qwen2.5-vl"))


def test_canvases_that_tiles_do_not_fill() -> None:
    for pinpoints in ([[336, 672], [336, 500]], [[500, 336]]):
        with pytest.raises(UsageError, match="must be multiples of the tile's size 336"):
            vtok.layout("llava-next", width=640, height=480, image_grid_pinpoints=pinpoints)


@pytest.mark.parametrize(("pipeline", "columns"), [("transformers", 0), ("original", 24)])
def test_a_strip_of_which_unpadding_leaves_no_row(pipeline: str, columns: int) -> None:
    raster = vtok.layout("llava-next", width=9000, height=1, pipeline=pipeline).spans[1].raster
    assert raster is None or (raster.rows, raster.columns) == (0, columns * (raster.columns // 24 or 1))


def test_limits_of_segments() -> None:
    def length(t: int, seconds: float = 1.0) -> int:
        return vtok.position_ids("qwen2.5-vl", segments=[["video", [t, 2, 2], seconds]]).length

    assert length(MAX_STEPS) == MAX_STEPS + 2
    assert length(1, MAX_SECONDS) == 3
    with pytest.raises(UsageError, match="temporal steps are more than the limit"):
        length(MAX_STEPS + 1)
    with pytest.raises(UsageError, match="seconds from one temporal step to the next"):
        length(1, MAX_SECONDS + 1)
    with pytest.raises(UsageError, match="a segment is"):
        vtok.position_ids("qwen2.5-vl", segments=[["video", [1, 2, 2], None, [1], 1]])
