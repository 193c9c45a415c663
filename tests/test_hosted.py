"""Models behind an API: what their pages print, what was billed, and calculations by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

import vtok
from vtok import checkpoints
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry import hosted
from vtok.parts.hosted import Hosted, unplaced
from vtok.values import Layout, Media, Size

VIDEO: dict[str, Any] = {"width": 1280, "height": 720, "num_frames": 300, "fps": 30.0}
"""Ten seconds."""

OF_TILES = {"longest_edge": 2048, "shortest_edge": 768}
OF_CLAUDE = {"patch_size": 28, "longest_edge": 1568, "max_tokens": 1568}


@pytest.mark.parametrize(
    ("model", "options", "tokens", "other"),
    [
        ("gpt-5-mini", {}, 1659, 1229),  # 1024 patches x 1.62 = 1658.88, x 1.2 = 1228.8
        ("gpt-5-mini", {"count_by": "observed"}, 1229, 1659),
        ("gpt-5-nano", {}, 2520, 1536),  # x 2.46 = 2519.04, x 1.5
        ("gpt-5.2", {}, 1229, None),
        ("gpt-4.1-nano", {}, 2520, None),
        ("gemini-3-pro", {}, 1089, 1120),  # 33 x 33 of at most 1120
        ("gemini-3-pro", {"media_resolution": "low"}, 256, 280),
        ("claude-opus-4.7", {}, 1369, None),  # 37 x 37
        ("grok-4", {}, 1792, None),
    ],
)
def test_where_page_and_bill_disagree_both_are_told(
    model: str, options: dict[str, Any], tokens: int, other: int | None
) -> None:
    layout = vtok.layout(model, width=1024, height=1024, **options)
    assert layout.tokens == tokens
    assert layout.basis is not None
    assert [count.prompt_tokens for count in layout.basis.others] == ([other] if other else [])


def test_a_small_image_is_not_enlarged_and_the_words_of_the_guide_are_told() -> None:
    layout = vtok.layout("gpt-4o", width=300, height=300)
    assert layout.tokens == 85 + 170
    assert layout.basis is not None
    assert layout.basis.status == "observed"
    (literal,) = layout.basis.others
    assert (literal.status, literal.prompt_tokens) == ("documented", 85 + 4 * 170)
    assert vtok.layout("gpt-4o", width=300, height=300, enlarge=True).tokens == 765
    assert vtok.layout("gpt-4o", width=1024, height=1024).basis == vtok.layout("gpt-4o", width=2000, height=900).basis


@pytest.mark.parametrize(
    ("model", "options", "tokens", "prompt_tokens"),
    [
        ("gemini-2.5-flash", {}, 2580, 2580 + 320 + 50),  # 10 frames; 32 a second of sound; 10 times of 5 characters
        ("gemini-2.5-flash", {"audio": False}, 2580, 2630),
        ("gemini-2.5-flash", {"media_resolution": "low"}, 660, 660 + 320 + 50),
        ("gemini-3-pro", {}, 700, 700 + 320 + 50),
        ("gemini-3-pro", {"audio": False}, 700, 750),
        ("gemini-3-pro", {"media_resolution": "high", "sample_fps": 2.0}, 5600, 5600 + 320 + 100),
        ("nova-pro", {}, 2880, 2880),
    ],
)
def test_videos(model: str, options: dict[str, Any], tokens: int, prompt_tokens: int) -> None:
    layout = vtok.layout(model, **VIDEO, **options)
    assert (layout.tokens, layout.prompt_tokens) == (tokens, prompt_tokens)


def test_long_videos_of_nova_have_960_frames() -> None:
    layout = vtok.layout("nova-lite", width=640, height=360, num_frames=30 * 1200, fps=30.0)
    assert layout.sampling is not None
    assert layout.sampling.num_sampled == 960
    assert layout.tokens == 960 * 288


def test_frames_by_a_clock() -> None:
    assert hosted.paced_frames(100, fps=10.0, rate=1.0).indices == tuple(range(0, 100, 10))
    assert hosted.paced_frames(5, fps=10.0, rate=1.0).indices == (0,)
    assert hosted.paced_frames(25, fps=10.0, rate=1.0).indices == (0, 10, 20)
    assert hosted.paced_frames(100, fps=10.0, rate=1.0, most=4).indices == (0, 25, 50, 75)


@pytest.mark.parametrize(
    ("size", "detail", "patches"),
    [
        (Size(3000, 4000), "high", 57 * 43),  # as measured of 4032 x 3024, which has the same ratio
        (Size(480, 640), "low", 192),
        (Size(6000, 40), "high", 188 * 2),
    ],
)
def test_patches_of_gpt_6(size: Size, detail: str, patches: int) -> None:
    assert vtok.layout("gpt-6", width=size.width, height=size.height, detail=detail).patches == patches


def test_what_apis_refuse() -> None:
    with pytest.raises(UnsupportedSizeError, match="refuses 31,329 patches, more than 30,000"):
        vtok.layout("gpt-6", width=177 * 32, height=177 * 32)
    assert vtok.layout("gpt-6", width=177 * 32, height=177 * 32, detail="high").patches <= 2500
    with pytest.raises(UnsupportedSizeError, match="above 8,000 pixels"):
        vtok.layout("claude-opus-4.7", width=8001, height=10)
    with pytest.raises(UnsupportedSizeError, match="above 2,000 pixels"):
        vtok.prompt("claude-opus-4.7", sizes=[(2001, 100)] * 21)
    assert vtok.prompt("claude-opus-4.7", sizes=[(2001, 100)] * 20).tokens == 20 * 72 * 4
    with pytest.raises(UsageError, match="gpt-5-mini has no detail original"):
        vtok.layout("gpt-5-mini", width=10, height=10, detail="original")
    with pytest.raises(UsageError, match=r"doubao-seed-2\.0 has no detail low; it has high, xhigh"):
        vtok.layout("doubao-seed-2.0", width=10, height=10, detail="low")
    with pytest.raises(UnsupportedSizeError, match="gpt-4o takes images, not videos"):
        vtok.layout("gpt-4o", **VIDEO)
    with pytest.raises(UsageError, match="must be at least 1"):
        vtok.layout("gpt-5-mini", width=10, height=10, multiplier=0.5)


@pytest.mark.parametrize(
    ("size", "after"),
    [
        (Size(1, 10_000), Size(1, 2048)),  # a strip keeps a patch, where the printed formula comes to 0
        (Size(2400, 1800), Size(1408, 1056)),  # the guide's own example
        (Size(1600, 1600), Size(1248, 1248)),  # measured
        (Size(100, 2049), Size(100, 2048)),
    ],
)
def test_within_patches(size: Size, after: Size) -> None:
    assert hosted.within_patches(size, patch_size=32, max_patches=1536, longest_edge=2048).after == after


def test_a_strip_is_held_to_the_budget() -> None:
    step = hosted.within_patches(Size(10, 100_000), patch_size=32, max_patches=1536, longest_edge=65_535)
    assert step.after.height <= 32
    assert step.after.width == 1536 * 32


@pytest.mark.parametrize(
    ("size", "after"),
    [
        (Size(2160, 3840), Size(819, 1456)),
        (Size(3840, 2160), Size(1456, 819)),
        (Size(1520, 1075), Size(1307, 924)),
        (Size(1, 3000), Size(1, 1568)),
    ],
)
def test_the_largest_size_of_claude(size: Size, after: Size) -> None:
    assert hosted.largest_in_patches(size, patch_size=28, longest_edge=1568, max_tokens=1568).after == after


@pytest.mark.parametrize(
    ("rule", "size", "numbers", "after", "reason"),
    [
        ("within_sides", (768, 2048), OF_TILES, (768, 2048), "not resized: it fits 2,048, its shorter side 768"),
        (
            "within_sides", (768, 800), {**OF_TILES, "enlarge": True}, (768, 800),
            "not resized: it fits 2,048, its shorter side 768",
        ),
        ("within_sides", (300, 300), OF_TILES, (300, 300), "not resized: it fits 2,048, its shorter side 768"),
        (
            "within_patches", (1024, 1536), {"patch_size": 32, "max_patches": 1536, "longest_edge": 2048}, (1024, 1536),
            "1,536 patches of 32, of at most 1,536",  # 32 x 48
        ),
        (
            "largest_in_patches", (280, 280), OF_CLAUDE, (280, 280),
            "not resized: 100 patches of 28 are within 1,568, the longer side within 1,568",
        ),
        (
            "largest_in_patches", (1520, 1075), OF_CLAUDE, (1307, 924),  # 55 x 39 patches
            "shrunk to the largest size that fits: it has 2,145 patches, above 1,568",
        ),
        (
            "largest_in_patches", (50, 100), {**OF_CLAUDE, "longest_edge": 28}, (14, 28),
            "shrunk to the largest size that fits: it has a side above 28",
        ),
        (
            "within_area", (50, 100), {"longest_edge": 50, "max_pixels": 10**6}, (25, 50),
            "shrunk to a side of 50 and 1,000,000 pixels at most",
        ),
    ],
)  # fmt: skip
def test_why_a_size_is_what_it_is(
    rule: str, size: tuple[int, int], numbers: dict[str, int], after: tuple[int, int], reason: str
) -> None:
    step = getattr(hosted, rule)(Size(*size), **numbers)
    assert (step.name, tuple(step.after), step.reason) == ("resize", after, reason)


def test_the_least_that_is_left_of_a_side() -> None:
    # sqrt(32 * 32 * 1536 / 2,000,000) is 0.887, of which a side of 1 keeps a pixel.
    strip = hosted.within_patches(Size(1, 2_000_000), patch_size=32, max_patches=1536, longest_edge=2_000_000)
    assert strip.after == Size(1, 1536 * 32)
    one = hosted.largest_in_patches(Size(4, 4), patch_size=1, longest_edge=1, max_tokens=1)
    assert one.after == Size(1, 1)
    row = hosted.largest_in_patches(Size(1, 100), patch_size=1, longest_edge=100, max_tokens=100)
    assert row.after == Size(1, 100)


def test_a_clock_of_two_a_second_and_as_many_ticks_as_there_may_be() -> None:
    assert hosted.paced_frames(100, fps=10.0, rate=2.0).indices == tuple(range(0, 100, 5))
    ten = hosted.paced_frames(95, fps=10.0, rate=1.0, most=10)  # ten ticks, the last one at 9 s
    assert (ten.indices, ten.reason) == (tuple(range(0, 95, 10)), "1 frame a second: 10 of 95 frames")
    with pytest.raises(UnsupportedSizeError, match="200,000 frames; a layout holds at most"):
        hosted.paced_frames(200_000, fps=1.0, rate=1.0)


def notes_of(model: str, orientation: Any = 1, **options: Any) -> tuple[str, ...]:
    family = checkpoints.get(model).choose(**options)
    return family.layout(Media(size=Size(480, 640), orientation=orientation)).notes


def test_an_orientation_is_noted_where_nobody_says_what_becomes_of_it() -> None:
    note = "gpt-4o: it is not published whether the stored orientation is applied"
    assert [note in notes_of("gpt-4o", orientation) for orientation in (1, 2, 6)] == [False, True, True]
    assert note not in notes_of("gpt-4o", 6, exif="apply")
    assert note not in notes_of("gpt-4o", 6, exif="ignore")


def test_an_estimate_marks_its_tokens() -> None:
    marked = {
        model: {span.estimated for span in vtok.layout(model, width=640, height=480).spans}
        for model in ("nova-pro", "gpt-4o")
    }
    assert marked == {"nova-pro": {True}, "gpt-4o": {False}}


def test_where_the_numbers_of_a_hosted_model_are_from() -> None:
    family = checkpoints.get("gpt-4o")
    page = "OpenAI, guide Images and vision"
    assert (family.source("tile_size"), family.source("resample")) == (page, "library default")
    assert family.choose(tile_size=256).source("tile_size") == "set by you"
    assert family.choose(tile_size=256).source("base") == page
    assert checkpoints.get("gpt-6").source("max_position_embeddings") == "not known"
    assert "was not read" in family.source("max_position_embeddings")


def test_times_and_sound_of_a_video_without_a_duration() -> None:
    # 65.5 seconds: 66 frames, at 00:00 to 01:05, of 5 characters each; 66 seconds of sound at 32 tokens
    layout = vtok.layout("gemini-2.5-flash", width=1280, height=720, num_frames=1965, fps=30.0)
    times = [span for span in layout.spans if span.kind not in ("unplaced", "audio")]
    assert (times[0].text, times[59].text, times[-1].text, len(times)) == ("00:00", "00:59", "01:05", 66)
    assert {(span.count, span.estimated) for span in times} == {(5, True)}
    assert [span.count for span in layout.spans if span.kind == "audio"] == [66 * 32]
    silent = vtok.layout("nova-pro", width=1280, height=720, num_frames=30, fps=30.0)
    assert {span.kind for span in silent.spans} == {"unplaced"}


def test_one_view_is_one_cell() -> None:
    layout = vtok.layout("doubao-seed-2.0", width=640, height=480)
    assert [tuple(view.grid) for view in layout.views] == [(1, 1, 1)]
    assert layout.resized == layout.steps[-1].after
    assert unplaced(0, 0) == ()
    assert [(span.count, span.views) for span in unplaced(3, 1)] == [(3, (1,))]


PRINTED: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    # Anthropic, page Vision, of 2026 and of 2024
    (
        ("claude-sonnet-4.5", "claude-sonnet-4.6"),
        {"patch_size": 28, "longest_edge": 1568, "max_tokens": 1568, "pixels_per_token": 750, "most_of_2024": 1600},
    ),
    (("claude-opus-4.7", "claude-sonnet-5.5"), {"longest_edge": 2576, "max_tokens": 4784}),
    # Volcengine Ark, page Image understanding
    (("doubao-seed-2.0",), {"pixels_per_token": 1764, "low_cap": None, "high_cap": 1280, "xhigh_cap": 5120}),
    (("doubao-seed-1.6",), {"pixels_per_token": 784, "low_cap": 1312, "high_cap": 5120, "xhigh_cap": None}),
    # Google, page Image understanding: 258 tokens up to 384 pixels; crops of 256 to 768 pixels
    (("gemini-2.5-flash",), {"small_side": 384, "least_crop": 256, "view_size": 768, "view_tokens": 258}),
    # OpenAI, guide Images and vision
    (("gpt-5-mini", "gpt-4.1-nano", "o4-mini"), {"patch_size": 32, "max_patches": 1536, "longest_edge": 2048}),
    (("gpt-5.4", "gpt-5.5"), {"max_patches": 2500, "original_max_patches": 10_000, "original_longest_edge": 6000}),
    (("gpt-5.6", "gpt-6"), {"max_patches": 2500, "longest_edge": 65_535, "refused_above": 30_000}),
    # xAI, page Consumption and rate limits
    (("grok-4",), {"tile_size": 448, "tile_tokens": 256, "max_tiles": 6}),
    # Amazon, page Video understanding: frames of 672 x 672; Nova 2's side is vtok's, and takes no part in the bill
    (("nova-pro",), {"frame_size": 672, "frame_tokens": 288, "max_frames": 960, "least_long_edge": 900}),
    (("nova-2-lite",), {"image_tokens": 230, "view_size": 896}),
    # Alibaba Cloud Model Studio, page Visual understanding: 28 pixels a token before the summer of 2025
    (
        ("qwen-vl-max", "qwen-vl-plus", "qwen3-vl-plus", "qwen3-vl-flash"),
        {"token_size": 32, "min_tokens": 4, "max_tokens": 1280, "high_resolution_tokens": 16_384},
    ),
    (("qvq-max", "qwen-vl-max-2025-04-08", "qwen-vl-plus-2025-05-07"), {"token_size": 28}),
]
"""Numbers on the pages of providers."""


@pytest.mark.parametrize(("name", "numbers"), [(name, numbers) for names, numbers in PRINTED for name in names])
def test_numbers_that_pages_print(name: str, numbers: dict[str, Any]) -> None:
    assert {key: vars(checkpoints.get(name))[key] for key in numbers} == numbers


def test_budgets_of_gemini_3() -> None:
    # Google, page Media resolution: the most tokens of an image; a token has 48 pixels along each side, as in Gemma 4
    budgets = {"low": 280, "medium": 560, "high": 1120, "ultra_high": 2240}
    for name, most in budgets.items():
        layout = vtok.layout("gemini-3-pro", width=48 * most, height=48, media_resolution=name)
        assert (layout.tokens, layout.resized) == (most, Size(48, 48 * most))
        assert layout.steps[-1].reason == f"{most} x 1 tokens: the aspect ratio within a budget of {most:,}"
    (frame,) = vtok.layout("gemini-3-pro", width=640, height=360, num_frames=30, fps=30.0).views
    assert frame.size == Size(8 * 48, 8 * 48)  # of 70 tokens


def test_six_tiles_of_grok_cover_an_image() -> None:
    # 500 x 1300 are 1.1 x 2.9 tiles; 1 x 6 tiles would be the grid of six whose aspect ratio is nearest
    assert vtok.layout("grok-4", width=500, height=1300).tiles == (2, 3)


def test_videos_of_nova_2_are_not_known() -> None:
    with pytest.raises(UnsupportedSizeError, match="vtok does not know how nova-2-lite samples videos"):
        vtok.layout("nova-2-lite", **VIDEO)


GENERALLY_STATED = {
    200_000: (
        *(
            "claude-sonnet-4.5",
            "claude-haiku-4.5",
            "claude-opus-4.5",
            "claude-opus-4.1",
            "claude-opus-4",
            "o1",
            "o1-pro",
        ),
        *("claude-sonnet-4", "claude-3.7-sonnet", "claude-3.5-sonnet", "claude-3.5-haiku", "claude-3-opus", "o3"),
        *("claude-3-sonnet", "claude-3-haiku", "o1-pro", "o4-mini"),
    ),
    128_000: (
        *("gpt-4o", "gpt-4o-mini", "gpt-4.5", "gpt-4-turbo", "gpt-5-chat", "mistral-medium", "pixtral-large"),
        "mistral-small-latest",
    ),
    1_047_576: ("gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"),
    400_000: ("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5.2"),
    8_192: ("computer-use-preview", "grok-vision-beta"),
    32_768: ("grok-2-vision",),
    256_000: ("grok-4",),
    1_048_576: (
        *("gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.5-flash-lite", "gemini-2.0-flash", "gemini-2.0-flash-lite"),
        *("gemini-1.5-flash", "gemini-1.5-flash-8b", "gemini-3-pro", "gemini-3-flash"),
    ),
    2_097_152: ("gemini-1.5-pro",),
    300_000: ("nova-pro", "nova-lite"),
    1_000_000: ("nova-premier", "nova-2-lite"),
    131_072: ("qwen-vl-max", "qwen-vl-plus", "qvq-max", "qwen-vl-max-2025-04-08", "qwen-vl-plus-2025-05-07"),
    262_144: ("qwen3-vl-plus", "qwen3-vl-flash"),
    None: (
        "gemini-3.1-pro",
        "gemini-3.5-flash",
        "gemini-3.5-flash-lite",
        "gpt-6",
        "claude-opus-4.7",
        "claude-sonnet-4.6",
    ),
}


@pytest.mark.parametrize(
    ("context", "model"), [(n, model) for n, models in GENERALLY_STATED.items() for model in models]
)
def test_contexts_as_generally_stated(context: int | None, model: str) -> None:
    assert checkpoints.get(model).max_position_embeddings == context


@pytest.mark.parametrize(
    ("model", "size", "options", "tokens"),
    [
        # OpenAI, guide Images and vision: base + tiles of 512 pixels within 2048 x 2048, the shorter side at most 768
        ("gpt-4o", (512, 512), {}, 85 + 170),
        ("gpt-4o", (4000, 4000), {"detail": "low"}, 85),
        ("gpt-4o-mini", (512, 512), {}, 2833 + 5667),
        ("gpt-4.1", (512, 512), {}, 85 + 170),
        ("gpt-4.5", (512, 512), {}, 85 + 170),
        ("gpt-4-turbo", (512, 512), {}, 85 + 170),
        ("gpt-5", (512, 512), {}, 70 + 140),
        ("gpt-5-chat", (512, 512), {}, 70 + 140),
        ("computer-use-preview", (512, 512), {}, 65 + 129),
        ("o1", (512, 512), {}, 75 + 150),
        ("o1-pro", (512, 512), {}, 75 + 150),
        ("o3", (512, 512), {}, 75 + 150),
        # The same guide: patches of 32 pixels times a multiplier, rounded up; 320 x 320 are 100 patches
        ("gpt-5-mini", (320, 320), {}, 162),
        ("gpt-5-nano", (320, 320), {}, 246),
        ("gpt-4.1-mini", (320, 320), {}, 162),
        ("gpt-4.1-nano", (320, 320), {}, 246),
        ("gpt-5.2", (320, 320), {}, 120),
        ("gpt-5.4-mini", (320, 320), {}, 162),
        ("gpt-5.4-nano", (320, 320), {}, 120),
        ("codex-mini", (320, 320), {}, 172),
        ("o4-mini", (320, 320), {}, 172),
        ("gpt-5.4-mini", (320, 320), {"count_by": "observed"}, 120),
        # 100 x 100 patches: at most 1,536 make 39 x 39, at most 2,500 make 50 x 50; 10,000 fit detail original
        ("gpt-5-mini", (3200, 3200), {}, 2465),  # 1,521 x 1.62 = 2464.02
        ("gpt-5.4", (3200, 3200), {}, 3000),
        ("gpt-5.4", (3200, 3200), {"detail": "original"}, 12_000),
        ("gpt-5.5", (3200, 3200), {}, 12_000),
        ("gpt-5.4", (6400, 32), {"detail": "original"}, 226),  # 6,000 pixels are 188 patches, x 1.2 = 225.6
        ("gpt-6", (65_536, 32), {"detail": "high"}, 2458),  # held to 65,535 pixels: 2,048 patches x 1.2 = 2457.6
        # Anthropic, page Vision: patches of 28 pixels, at most 1,568 (4,784), no side above 1,568 (2,576)
        ("claude-opus-4.5", (1568, 28), {}, 56),
        ("claude-opus-4.5", (3136, 28), {}, 56),
        ("claude-opus-4.7", (2576, 28), {}, 92),
        ("claude-opus-4.7", (5152, 28), {}, 92),
        ("claude-opus-4.7", (1904, 1960), {}, 68 * 70),  # 4,760
        ("claude-3.5-sonnet", (750, 100), {"edition": "2024"}, 100),
        ("claude-3.5-sonnet", (1200, 1200), {"edition": "2024"}, 1599),  # held to 1,200,000 pixels: 1095 x 1095 / 750
        # Google: 258 for both sides up to 384, else for each crop of min(side) / 1.5, from 256 to 768 pixels
        ("gemini-2.5-flash", (384, 384), {}, 258),
        ("gemini-2.5-flash", (385, 384), {}, 258 * 4),  # crops of 256
        ("gemini-2.5-flash", (960, 540), {}, 1548),
        ("gemini-2.5-flash", (1536, 1536), {}, 258 * 4),  # 1,024, held to 768
        ("gemini-2.5-flash", (960, 540), {"media_resolution": "low"}, 66),
        ("gemini-2.5-flash", (960, 540), {"media_resolution": "medium"}, 258),
        # Gemini 3: the most whole tokens in the image's shape; squares of 16, 23, 33 and 47 of them
        ("gemini-3-pro", (640, 640), {"media_resolution": "low"}, 16 * 16),
        ("gemini-3-pro", (640, 640), {"media_resolution": "medium"}, 23 * 23),
        ("gemini-3-pro", (640, 640), {"media_resolution": "high"}, 33 * 33),
        ("gemini-3-pro", (640, 640), {"media_resolution": "ultra_high"}, 47 * 47),
        # Volcengine: pixels / 1764 (784 before 1.8), rounded up, at most so many
        ("doubao-seed-2.0", (1280, 960), {}, 697),
        ("doubao-seed-2.0", (4000, 4000), {}, 1280),
        ("doubao-seed-2.0", (4000, 4000), {"detail": "xhigh"}, 5120),
        ("doubao-seed-1.8", (4000, 4000), {"detail": "low"}, 1213),
        ("doubao-seed-1.8", (4000, 4000), {"detail": "high"}, 5120),
        ("doubao-seed-1.6", (784, 784), {}, 784),
        ("doubao-seed-1.6", (4000, 4000), {"detail": "low"}, 1312),
        ("doubao-seed-1.6", (4000, 4000), {"detail": "high"}, 5120),
        # xAI: 256 for each tile of 448 pixels and one more, at most six tiles
        ("grok-4", (448, 448), {}, 512),
        ("grok-4", (3000, 3000), {}, 1792),
        # Alibaba Cloud: cells of 32 (28) pixels and two tokens more, at least 4 of them; a cap by default
        ("qwen-vl-max", (320, 320), {}, 102),
        ("qwen3-vl-flash", (320, 320), {}, 102),
        ("qvq-max", (280, 280), {}, 102),
        ("qwen-vl-max", (10, 10), {}, 6),
        ("qwen-vl-max", (3200, 3200), {}, 35 * 35 + 2),  # sqrt(1280) is 35.8
        ("qwen-vl-max", (3200, 3200), {"vl_high_resolution_images": True}, 10_002),
        (
            "qwen-vl-max",
            (5120, 5120),
            {"vl_high_resolution_images": True},
            128 * 128 + 2,
        ),  # of 25,600
        # mistral-common: cells of 28 (16) pixels, a break behind each row, the longer side at most 1540 (1024)
        ("mistral-small-latest", (280, 280), {}, 110),
        ("mistral-small-latest", (3080, 28), {}, 56),
        ("mistral-small-latest", (1540, 28), {}, 56),
        ("pixtral-large", (160, 160), {}, 110),
        ("pixtral-large", (2048, 16), {}, 65),
        ("pixtral-large", (1024, 16), {}, 65),
        # AWS: 230 for an image of Nova 2
        ("nova-2-lite", (640, 480), {}, 230),
    ],
)
def test_counts_by_the_numbers_of_the_pages(
    model: str, size: tuple[int, int], options: dict[str, Any], tokens: int
) -> None:
    layout = vtok.layout(model, width=size[0], height=size[1], **options)
    assert layout.prompt_tokens == tokens


def test_which_account_counts_and_which_contradicts_it() -> None:
    def accounts(**options: Any) -> tuple[str, list[str]]:
        basis = vtok.layout("gpt-5-mini", width=320, height=320, **options).basis
        assert basis
        return basis.status, [other.status for other in basis.others]

    assert accounts() == ("documented", ["observed"])
    assert accounts(count_by="observed") == ("observed", ["documented"])
    plain = vtok.layout("gpt-5.2", width=320, height=320, count_by="observed").basis
    assert plain == vtok.layout("gpt-5.2", width=320, height=320).basis
    edge = vtok.layout("gpt-6", width=200 * 32, height=150 * 32)
    assert edge.patches == 30_000  # as many as the guide allows


def test_what_a_page_of_a_pdf_costs() -> None:
    def page(model: str, **options: Any) -> Layout:
        return checkpoints.get(model).choose(**options).layout(Media(size=Size(1056, 816), format="PDF"))

    assert page("gemini-2.5-flash").tokens == 258
    assert page("gemini-2.5-flash", media_resolution="high").tokens == 258
    assert page("gemini-2.5-flash", media_resolution="low").tokens == 66
    default, low = page("gemini-2.5-flash").basis, page("gemini-2.5-flash", media_resolution="low").basis
    assert default
    assert low
    assert "pages of PDFs" in default.source
    assert "price of a frame" in low.source
    # 560 tokens at most, in the shape of 1056 x 816: 20.8 columns would be 26.9 rows
    assert page("gemini-3-pro").tokens == 20 * 26
    basis = page("gemini-3-pro").basis
    assert basis
    assert basis.status == "estimated"
    image = vtok.layout("gemini-3-pro", width=816, height=1056).basis
    assert image
    assert image.status == "observed"


def test_the_tokens_around_an_image_and_the_cap_that_is_not_confirmed() -> None:
    layout = vtok.layout("qwen-vl-max", width=320, height=320)
    assert [span.text for span in layout.spans] == ["<|vision_start|>", "", "<|vision_end|>"]
    assert layout.basis
    capped = vtok.layout("qwen-vl-max", width=3200, height=3200).basis
    raised = vtok.layout("qwen-vl-max", width=3200, height=3200, vl_high_resolution_images=True).basis
    assert capped != layout.basis == raised
    (row, end) = vtok.layout("mistral-small-latest", width=280, height=280).spans
    assert row.row_end
    assert (row.row_end.text, end.text) == ("[IMG_BREAK]", "[IMG_END]")


def test_bulk_counts_of_hosted_models_by_resolution() -> None:
    for model, options, tokens in (
        ("gemini-2.5-flash", {"media_resolution": "low"}, [66, 66]),
        ("gemini-2.5-flash", {"media_resolution": "medium"}, [258, 258]),
        ("gemini-2.5-flash", {}, [258, 1548]),
        ("gpt-4o", {"detail": "low"}, [85, 85]),
        ("claude-3.5-sonnet", {"edition": "2024"}, [14, 692]),  # 100 x 100 / 750 = 13.3; 691.2
    ):
        counts = vtok.count_sizes(model, [100, 960], [100, 540], **options)  # type: ignore[arg-type]
        assert counts.tolist() == tokens, model


def test_names_that_stand_for_a_tier() -> None:
    assert checkpoints.get("claude-high-resolution") is checkpoints.get("claude-opus-4.7")
    assert checkpoints.get("claude-standard-resolution") is checkpoints.get("claude-sonnet-4.5")
    assert "claude-standard-resolution" not in checkpoints.get("claude-haiku-4.5").names
    assert "claude-high-resolution" not in checkpoints.get("claude-opus-5").names
    measured, guide = (checkpoints.get(name) for name in ("gpt-4-turbo", "gpt-4o"))
    assert isinstance(measured, Hosted)
    assert isinstance(guide, Hosted)
    assert measured.basis != guide.basis
    assert checkpoints.get("gpt-5").basis == guide.basis  # type: ignore[attr-defined]


def test_names_of_snapshots() -> None:
    names = {
        "gpt-4o-2024-08-06": "gpt-4o", "claude-3-5-sonnet-20241022": "claude-3.5-sonnet",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4.5", "openai/o3": "o3",
        "gemini-2.5-flash-preview-09-2025": "gemini-2.5-flash", "pixtral-large-2411": "pixtral-large",
        "amazon.nova-pro-v1:0": "nova-pro", "qwen-vl-max-latest": "qwen-vl-max",
    }  # fmt: skip
    assert {name: vtok.layout(name, width=64, height=64).preset for name in names} == names
    for name in ("llava-1500", "gpt-9", "gpt-4o-mini-tiny", "-2024-08-06"):
        with pytest.raises(vtok.UnknownModelError):
            vtok.layout(name, width=64, height=64)


def test_the_command_line_says_what_a_count_rests_on(run: Run, tmp_path: Path) -> None:
    answer = json.loads(run("count", "300x300", "-m", "gpt-4o", "--json").out)[0]
    assert answer["basis"]["status"] == "observed"
    assert answer["basis"]["others"][0]["prompt_tokens"] == 765
    assert "basis" not in json.loads(run("count", "300x300", "--json").out)[0]
    assert run("count", "300x300", "-m", "gpt-4o", "--detail", "low", "-q").out == "85\n"
    assert run("count", "300x300", "-m", "gemini-3-pro", "--media-resolution", "low", "-q").out == "256\n"
    rows = run("count", "300x300", "-m", "grok-4", "-m", "qwen2.5-vl", "--csv").out.splitlines()
    assert "basis" in rows[0].split(",")
    assert "estimated" in rows[1].split(",")
    assert "basis\tdocumented\t2026-09\tAnthropic" in run("models", "claude-opus-4.7").out
    wrong = run("count", "300x300", "--detail", "low")
    assert (wrong.code, wrong.err) == (2, "vtok: --detail means nothing to qwen2.5-vl; leave it out\n")
    assert run("count", "300x300", "-m", "gpt-4o", "--detail", "best").code == 2


def test_a_detail_that_fits_a_budget(run: Run) -> None:
    fit = json.loads(run("budget", "4000x3000", "-m", "gpt-6", "-c", "1000", "--json").out)["fit"]
    assert [option["setting"] for option in fit["options"]] == ["--detail low"]
    assert fit["options"][0]["tokens"] == 231  # 512 x 384: 16 x 12 patches x 1.2
