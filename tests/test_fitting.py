"""What would fit, against trying every value."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from conftest import untraced
from hypothesis import given, settings
from hypothesis import strategies as st

from vtok import checkpoints, families
from vtok.errors import UsageError, VtokError
from vtok.parts.family import Family
from vtok.search import fitting
from vtok.search.fitting import Budgeted
from vtok.search.limits import names_of
from vtok.values import Media, Size

MODELS = {preset.model: preset for preset in families.presets()}
TILED = {
    "aya-vision": "max_patches",
    "cohere2-vision": "max_patches",
    "internvl": "max_num",
    "llama4": "max_patches",
    "ovis2": "max_patches",
    "perception-lm": "max_num_tiles",
    "pixtral-12b": "longest_edge",
    "gemma4": "max_soft_tokens",
}
SIDES = st.integers(1, 900)
SCANNED = st.sampled_from((16, 10_000))
"""At most this many values of a limit are searched one by one: the few here are bisected, or all of them tried."""
DECLARED = {
    "max_pixels": "emu3 hunyuan-vl paddleocr-vl",
    "max_pixels, video_max_pixels": (
        "ernie-4.5-vl glm-4.1v glm-4.5v glm-4.6v minimax-m3-vl qwen2-vl qwen2.5-omni qwen2.5-vl qwen3-vl qwen3.5 "
        "videollama3"
    ),
    "max_patches": "aya-vision cohere2-vision llama4 ovis2",
    "max_num_patches": "llava-onevision siglip2-naflex",
    "max_num": "internvl",
    "max_num_tiles, vision_input_type": "perception-lm",
    "max_image_tiles": "llama-3.2-vision",
    "max_image_tokens, max_tiles, do_image_splitting": "lfm2-vl",
    "max_crops": "deepseek-ocr-2",
    "max_crops, max_fps": "molmo2",
    "max_crops, mode": "deepseek-ocr",
    "dynamic_hd": "phi-4-multimodal",
    "max_slice_nums, downsample_mode, slice_mode": "minicpm-v-4.6",
    "pan_and_scan_max_num_crops": "gemma3",
    "max_soft_tokens, video_max_soft_tokens": "gemma4",
    "longest_edge": "mistral-small-3.1 mistral-small-3.2 pixtral-12b",
    "longest_edge, do_image_splitting": "idefics3 smolvlm-2.2b smolvlm-256m smolvlm-500m",
    "shortest_edge": "vilt",
    "max_height, max_width": "fuyu",
    "in_token_limit": "kimi-vl",
    "in_patch_limit, in_patch_limit_each_frame": "kimi-k2.5",
}
"""The numbers of some models that hold down what an image or a video costs."""


@pytest.mark.parametrize(("names", "models"), DECLARED.items())
def test_models_declare_their_limits(names: str, models: str) -> None:
    declared = {model: ", ".join(names_of(MODELS[model], "image", "video")) for model in models.split()}
    assert declared == dict.fromkeys(models.split(), names)


@untraced()
def brute(family: Family, media: list[Media], option: str, values: Sequence[object], room: int) -> object:
    """The last of the values under which the prompt fits, by trying them from the end on; None where none does."""
    for value in reversed(values):
        try:
            chosen = family.choose(**{option: value})
            tokens = sum(chosen.layout(item).prompt_tokens for item in media)
        except VtokError:
            continue
        if tokens <= room:
            return value
    return None


@contextmanager
def searched_as_if(scanned: int) -> Iterator[None]:
    """Limits with more values than this are bisected meanwhile."""
    before, fitting.SCANNED = fitting.SCANNED, scanned
    try:
        yield
    finally:
        fitting.SCANNED = before


def remedy(budgeted: Budgeted, option: str) -> object:
    """The value found for that option; None where there is none."""
    return next((remedy.value for remedy in budgeted.remedies if remedy.option == option), None)


@pytest.mark.parametrize(("model", "option"), [item for item in TILED.items() if item[0] in MODELS])
@settings(max_examples=6, deadline=None)
@given(sides=st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=3), share=st.floats(0.05, 1))
def test_a_limit_of_tiles_is_the_largest_that_fits(
    model: str, option: str, sides: list[tuple[int, int]], share: float
) -> None:
    family = MODELS[model]
    media = [Media(size=Size(*size)) for size in sides]
    room = int(share * sum(family.layout(item).prompt_tokens for item in media))
    budgeted = Budgeted(family, media, room)
    assert remedy(budgeted, option) == brute(family, media, option, list(range(1, getattr(family, option) + 1)), room)


@pytest.mark.parametrize(("model", "step"), [("qwen2.5-vl", 28), ("qwen3-vl", 32), ("glm-4.1v", 28), ("emu3", 8)])
@settings(max_examples=6, deadline=None)
@given(
    sides=st.lists(st.tuples(st.integers(5, 99), st.integers(5, 99)), min_size=1, max_size=3),
    share=st.floats(0.05, 1.1),
    floor=st.integers(1, 20),
)
def test_max_pixels_is_the_largest_that_fits(
    model: str, step: int, sides: list[tuple[int, int]], share: float, floor: int
) -> None:
    # few values, but searched as if they were many; slivers, whose cost falls again where they stay as they are
    family = MODELS[model].choose(min_pixels=floor * 28, max_pixels=50 * 50)
    media = [Media(size=Size(*size)) for size in sides]
    try:
        room = int(share * sum(family.layout(item).prompt_tokens for item in media))
    except VtokError:
        return
    budgeted = Budgeted(family, media, room)
    expected = brute(family, media, "max_pixels", range(floor * 28, 50 * 50 + 1), room)
    with searched_as_if(16):
        assert remedy(budgeted, "max_pixels") == expected


@pytest.mark.parametrize("model", ["kimi-vl", "kimi-k2.5"])
@settings(max_examples=5, deadline=None)
@given(sides=st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=2), share=st.floats(0.05, 1), scanned=SCANNED)
def test_a_limit_of_patches_is_the_largest_that_fits(
    model: str, sides: list[tuple[int, int]], share: float, scanned: int
) -> None:
    option = "in_token_limit" if model == "kimi-vl" else "in_patch_limit"
    family = MODELS[model].choose(**{option: 1500})
    media = [Media(size=Size(*size)) for size in sides]
    room = int(share * sum(family.layout(item).prompt_tokens for item in media))
    expected = brute(family, media, option, range(1, 1501), room)
    with searched_as_if(scanned):
        assert remedy(Budgeted(family, media, room), option) == expected


@pytest.mark.parametrize("model", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "glm-4.1v", "videollama3", "llava-onevision"])
@settings(max_examples=5, deadline=None)
@given(
    size=st.tuples(st.integers(60, 300), st.integers(60, 300)),
    num_frames=st.integers(8, 90),
    share=st.floats(0.1, 1),
)
def test_frames_and_rates_of_videos(model: str, size: tuple[int, int], num_frames: int, share: float) -> None:
    family = MODELS[model]
    video = Media(size=Size(*size), num_frames=num_frames, fps=15.0)
    layout = family.layout(video)
    room = int(share * layout.prompt_tokens)
    budgeted = Budgeted(family, [video], room)
    assert layout.sampling
    if family.has_option("sample_frames"):
        frames = list(range(1, layout.sampling.num_sampled + 1))
        assert remedy(budgeted, "sample_frames") == brute(family, [video], "sample_frames", frames, room)
    if family.has_option("sample_fps") and getattr(family, "sample_fps", None):
        rates = [i / 100 for i in range(1, int(family.sample_fps * 100) + 1)]  # type: ignore[attr-defined]
        assert remedy(budgeted, "sample_fps") == brute(family, [video], "sample_fps", rates, room)


@pytest.mark.parametrize(("model", "option"), [("qwen3-vl", "video_max_pixels"), ("qwen2.5-vl", "max_pixels")])
@settings(max_examples=3, deadline=None)
@given(
    size=st.tuples(st.integers(33, 120), st.integers(33, 120)),
    num_frames=st.integers(4, 12),
    share=st.floats(0.1, 1),
    scanned=SCANNED,
)
def test_pixels_of_videos(
    model: str, option: str, *, size: tuple[int, int], num_frames: int, share: float, scanned: int
) -> None:
    least = option.replace("max", "min")
    family = MODELS[model].choose(**{least: 4096, option: 5_500})
    videos = [Media(size=Size(*size), num_frames=num_frames, fps=4.0), Media(size=Size(40, 90), num_frames=4, fps=2.0)]
    room = int(share * sum(family.layout(video).prompt_tokens for video in videos))
    expected = brute(family, videos, option, range(4096, 5_501), room)
    with searched_as_if(scanned):
        assert remedy(Budgeted(family, videos, room), option) == expected


@pytest.mark.parametrize("model", {type(preset): model for model, preset in reversed(MODELS.items())}.values())
@pytest.mark.parametrize("room", [1, 700])
def test_whatever_is_found_fits_and_the_next_value_does_not(model: str, room: int) -> None:
    image = Media(size=Size(1500, 2000))
    try:
        budgeted = Budgeted(MODELS[model], [image], room)
        remedies = budgeted.remedies if budgeted.tokens else ()
    except VtokError:
        return  # the model refuses this image
    for remedy in remedies:
        assert remedy.family.layout(image).prompt_tokens == remedy.tokens <= room
        if remedy.following:
            assert remedy.following[1] > room
    assert budgeted.least.tokens <= min([remedy.tokens for remedy in remedies], default=budgeted.tokens)
    assert budgeted.least.tokens == MODELS[model].choose(**budgeted.least.options).layout(image).prompt_tokens
    if remedies:
        assert budgeted.least.tokens <= room
    if budgeted.image:
        assert budgeted.image.tokens <= room
        assert MODELS[model].layout(Media(size=budgeted.image.size)).prompt_tokens == budgeted.image.tokens


def test_max_pixels_by_hand() -> None:
    # 1000 tokens and two special tokens; a square of 31 x 31 tokens of 28 pixels is 961 of them, 32 x 32 is 1024
    budgeted = Budgeted(checkpoints.get("qwen2.5-vl"), [Media(size=Size(2000, 2000))], 1002)
    remedy = budgeted.remedies[0]
    assert remedy.option == "max_pixels"
    assert remedy.value == (32 * 28) ** 2 - 1
    assert remedy.tokens == 31 * 31 + 2
    assert remedy.following == ((32 * 28) ** 2, 32 * 32 + 2)
    assert budgeted.image
    assert budgeted.image.size == Size(31 * 28, 31 * 28)


def test_a_sliver_costs_less_once_it_is_no_longer_resized() -> None:
    # 500 x 15 rounds to 504 x 28, 18 tokens; just below 504 * 28 pixels it is made 672 x 28, 24 tokens, and at 3,000
    # pixels sqrt(7500 / 3000) = 1.58 makes it 308 x 28, 11 tokens
    family = checkpoints.get("qwen2.5-vl").choose(max_pixels=19_999)
    sliver = Media(size=Size(15, 500))
    assert family.choose(max_pixels=504 * 28 - 1).layout(sliver).tokens == 24
    assert family.choose(max_pixels=3000).layout(sliver).tokens == 11
    budgeted = Budgeted(family, [sliver], 20)
    assert budgeted.tokens == 20
    assert remedy(budgeted, "max_pixels") == family.max_pixels  # type: ignore[attr-defined]
    both = Budgeted(family, [sliver, Media(size=Size(280, 280))], 20 + 102 - 10)
    assert remedy(both, "max_pixels") == brute(family, list(both.media), "max_pixels", range(3136, 20_000), both.room)


def test_how_many_of_the_inputs_fit() -> None:
    media = [Media(size=Size(280, 280))] * 5  # 100 tokens and two each
    assert Budgeted(checkpoints.get("qwen2.5-vl"), media, 3 * 102).first == 3
    assert Budgeted(checkpoints.get("qwen2.5-vl"), media, 3 * 102 - 1).first == 2
    assert Budgeted(checkpoints.get("qwen2.5-vl"), media, 0).first == 0
    assert Budgeted(checkpoints.get("qwen2.5-vl"), media * 20, 70 * 102 + 5).first == 70


def test_the_least_is_said_where_nothing_fits() -> None:
    budgeted = Budgeted(checkpoints.get("qwen2.5-vl"), [Media(size=Size(2000, 2000))], 5)
    assert budgeted.remedies == ()
    assert budgeted.least.tokens == 2 * 2 + 2  # min_pixels 56 x 56
    assert budgeted.least.options == {"max_pixels": 56 * 56}


def test_a_search_that_would_not_end_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    media = [Media(size=Size(280, 280)), Media(size=Size(560, 280))] * 50  # two different ones
    family = checkpoints.get("internvl")  # max_num from 1 to 12
    monkeypatch.setattr(fitting, "MOST_LAYOUTS", 24)
    assert Budgeted(family, media, 5000).too_long == ""
    assert Budgeted(family, [*media, Media(size=Size(9, 9))], 5000).too_long == (
        "what would fit is not searched: 3 different inputs, each at 12 values of the limits, are more than 24 "
        "layouts; give fewer inputs"
    )


def test_every_frame_of_a_video_can_be_fewer() -> None:
    video = Media(size=Size(280, 280), num_frames=40, fps=10.0)
    family = checkpoints.get("qwen2.5-vl").choose(sample=False)
    budgeted = Budgeted(family, [video], 10 * 100 + 2)  # ten pairs of 100 tokens
    assert remedy(budgeted, "sample_frames") == 21  # cut to whole pairs: 20
    assert remedy(budgeted, "sample_fps") is None


def test_videos_where_only_images_are_taken() -> None:
    with pytest.raises(VtokError, match="vtok does not know how paddleocr-vl samples videos"):
        assert Budgeted(checkpoints.get("paddleocr-vl"), [Media(size=Size(99, 99), num_frames=4)], 10).tokens
    with pytest.raises(UsageError):
        checkpoints.get("qwen2-vl").choose(max_pixels=-1)
