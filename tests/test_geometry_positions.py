"""Position ids: by hand, from upstream, and what must hold for every prompt."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vtok
from vtok.errors import UnknownOptionError, UsageError
from vtok.geometry.positions import (
    MAX_POSITIONS,
    after_all_axes,
    after_longer_side,
    interval_steps,
    place,
    timed_steps,
    whole_second_steps,
    whole_steps,
    whole_timed_steps,
)
from vtok.parts.segments import MAX_SECONDS
from vtok.values import Raster, Span

MODELS = {
    "qwen2-vl": ("4.49", "4.57", "5.23"),
    "qwen2.5-vl": ("4.49", "4.57", "5.23"),
    "qwen2.5-omni": ("5.23",),
    "qwen3-vl": ("4.57", "5.23"),
    "glm-4.1v": ("4.57", "5.23"),
    "ernie-4.5-vl": ("5.23",),
}

side = st.integers(1, 8).map(lambda n: 2 * n)
seconds = st.none() | st.floats(0, 5)
texts = st.tuples(st.just("text"), st.integers(1, 30))
images = st.tuples(st.just("image"), st.tuples(st.just(1), side, side))
videos = st.tuples(st.just("video"), st.tuples(side, side, side), seconds)
prompts = st.lists(texts | images | videos, max_size=6)
versions = st.sampled_from([(model, version) for model, known in MODELS.items() for version in known])


def vision(t: int, rows: int, columns: int, seconds: float | None = None) -> Span:
    raster = Raster(t=t, rows=rows, columns=columns, ys=(), xs=(), seconds_per_grid=seconds)
    return Span(kind="vision", count=raster.cells, is_token=True, raster=raster)


def text(count: int) -> Span:
    return Span(kind="text", count=count)


def test_an_image_between_texts_by_hand() -> None:
    positions = place([text(2), vision(1, 2, 3), text(2)], steps=whole_steps, after=after_longer_side)
    assert positions.ids.tolist() == [
        [0, 1, 2, 2, 2, 2, 2, 2, 5, 6],
        [0, 1, 2, 2, 2, 3, 3, 3, 5, 6],
        [0, 1, 2, 3, 4, 2, 3, 4, 5, 6],
    ]
    assert (positions.length, positions.next_position, positions.rope_delta) == (10, 7, -3)
    before, image, after = positions.segments
    assert (before.t, before.start, before.length) == ((0, 1), 0, 2)
    assert (image.t, image.h, image.w) == ((2, 2), (2, 3), (2, 4))
    assert (after.h, after.start, after.length) == ((5, 6), 8, 2)
    assert positions.block_ids(positions.blocks[0]).tolist() == [
        [[[2, 2, 2], [2, 2, 2]]],
        [[[2, 2, 2], [3, 3, 3]]],
        [[[2, 3, 4], [2, 3, 4]]],
    ]


def test_where_text_goes_on_after_a_long_video_by_hand() -> None:
    spans = [vision(4, 2, 2), text(2)]
    times = [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4
    old = place(spans, steps=whole_steps, after=after_all_axes)
    new = place(spans, steps=whole_steps, after=after_longer_side)
    assert old.ids[0].tolist() == [*times, 4, 5]
    assert new.ids[0].tolist() == [*times, 2, 3]  # positions 2 and 3 a second time
    assert (old.next_position, new.next_position) == (6, 4)
    assert old != new


@pytest.mark.parametrize(
    ("seconds", "rate", "timed", "whole", "interval"),
    [
        (1.0, 2, (0, 2, 4, 6), (0, 2, 4, 6), (0, 2, 4, 6)),
        (0.5, 2, (0, 1, 2, 3), (0, 0, 0, 0), (0, 1, 2, 3)),
        (1.7, 2, (0, 3, 6, 10), (0, 2, 4, 6), (0, 3, 6, 10)),
        (2 / 3, 25, (0, 16, 33, 50), (0, 0, 0, 0), (0, 16, 33, 50)),
        (0.0, 2, (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_times_of_temporal_steps(
    seconds: float, rate: float, timed: tuple[int, ...], whole: tuple[int, ...], interval: tuple[int, ...]
) -> None:
    assert timed_steps(4, seconds, rate) == timed
    assert whole_second_steps(4, seconds, rate) == whole
    assert interval_steps(4, seconds, rate) == interval


def test_the_order_of_float32_products_decides_the_last_bit() -> None:
    # torch 2.13: (arange(5) * tensor(0.6) * 5).long(), and with (5 * tensor(0.6)) in brackets
    assert timed_steps(4, 0.6, 5) == tuple((np.arange(4) * np.float32(0.6) * np.float32(5)).astype(int).tolist())
    assert interval_steps(4, 0.6, 5) == tuple((np.arange(4) * (np.float32(5) * np.float32(0.6))).astype(int).tolist())


def test_steps_that_are_not_truncated_are_whole_or_refused() -> None:
    assert whole_timed_steps(4, 1.0, 13) == (0, 13, 26, 39)
    with pytest.raises(UsageError, match=r"0\.6667 seconds is 8\.667 positions"):
        whole_timed_steps(4, 2 / 3, 13)


@pytest.mark.parametrize(("options", "seconds"), [({}, 1.0), ({"sample_fps": 4}, 0.5), ({"sample_frames": 8}, 2.0)])
def test_qwen3_omni_has_one_frame_a_second_where_no_rate_is_asked_for(options: dict[str, Any], seconds: float) -> None:
    layout = vtok.layout("qwen3-omni", width=320, height=240, num_frames=90, fps=30.0, **options)
    assert layout.to_dict()["second_per_grid_ts"] == seconds


@pytest.mark.parametrize(
    ("version", "rate", "seconds", "greatest"),
    [
        # transformers 4.49.0, 4.57.1, 5.23.0: get_rope_index
        *(("4.49", 2, 1.0, 26), ("4.57", 2, 1.0, 26), ("5.23", 2, 1.0, 21)),
        *(("4.49", 2, 0.5, 19), ("4.57", 2, 0.5, 13), ("5.23", 2, 0.5, 14)),
        *(("4.49", 4, 0.5, 26), ("4.57", 4, 0.5, 13), ("5.23", 4, 0.5, 21)),
    ],
)
def test_versions_disagree_on_videos(version: str, rate: int, seconds: float, greatest: int) -> None:
    segments = [["text", 6], ["video", [8, 4, 4], seconds], ["text", 4]]
    positions = vtok.position_ids("qwen2.5-vl", segments=segments, version=version, tokens_per_second=rate)
    assert positions.ids.max() == greatest
    assert positions.next_position == greatest + 1


@given(prompts, versions)
def test_ids_have_a_column_for_each_position(prompt: list[Any], model_version: tuple[str, str]) -> None:
    model, version = model_version
    positions = vtok.position_ids(model, segments=prompt, version=version)
    assert positions.ids.shape == (3, positions.length)
    assert positions.ids.dtype == np.int64
    assert positions.length == sum(positions.lengths) == sum(span.count for span in positions.spans)
    assert positions.next_position == (positions.ids.max() + 1 if positions.length else 0)
    assert positions.rope_delta == positions.next_position - positions.length
    assert len(positions.parts) == len(prompt)


@given(prompts, versions)
def test_segments_tell_the_range_of_their_ids(prompt: list[Any], model_version: tuple[str, str]) -> None:
    model, version = model_version
    positions = vtok.position_ids(model, segments=prompt, version=version)
    for segment in positions.segments:
        ids = positions.ids[:, segment.start : segment.start + segment.length]
        assert [(low, high) for low, high in zip(ids.min(1), ids.max(1), strict=True)] == [
            segment.t,
            segment.h,
            segment.w,
        ]
        if segment.block is None:
            assert (ids == np.arange(segment.t[0], segment.t[1] + 1)).all()


@given(st.lists(texts, min_size=1))
def test_text_alone_counts_on(prompt: list[Any]) -> None:
    positions = vtok.position_ids("qwen2.5-vl", segments=prompt)
    assert (positions.ids == np.arange(positions.length)).all()
    assert positions.rope_delta == 0


@given(st.lists(texts | images), st.sampled_from(["qwen2-vl", "qwen2.5-vl"]))
def test_all_versions_agree_on_images(prompt: list[Any], model: str) -> None:
    first, *others = (vtok.position_ids(model, segments=prompt, version=version) for version in MODELS[model])
    assert all(other == first for other in others)


def test_a_video_step_by_step_has_its_text_between() -> None:
    positions = vtok.position_ids("qwen3-vl", segments=[["video", [2, 4, 4], None, [6, 7]]])
    assert positions.ids[0].tolist() == [*range(6), 6, 7, 7, 7, 7, 9, *range(10, 17), 17, 18, 18, 18, 18, 20]
    assert positions.ids[2].tolist() == [*range(6), 6, 7, 8, 7, 8, 9, *range(10, 17), 17, 18, 19, 18, 19, 20]


def test_a_layout_is_a_segment() -> None:
    layout = vtok.layout("qwen3-vl", width=640, height=480, num_frames=60, fps=30.0)
    positions = vtok.position_ids("qwen3-vl", segments=[["text", 3], layout, ["text", 2]])
    assert positions.lengths == (3, layout.prompt_tokens, 2)
    with pytest.raises(UsageError, match="layout of qwen3-vl"):
        vtok.position_ids("qwen2-vl", segments=[layout])


@pytest.mark.parametrize(("version", "seconds"), [("4.57", 1.0), ("5.23", 7 / 6)])
def test_what_a_step_of_a_video_lasts_is_told_by_the_version(version: str, seconds: float) -> None:
    # transformers 4.57: 2 frames / the rate asked for; 5.23: 2 frames / the rate that 6 of 7 frames at 2 fps come to
    layout = vtok.layout("qwen2.5-vl", width=640, height=480, num_frames=7, fps=2.0, version=version)
    assert layout.to_dict()["second_per_grid_ts"] == pytest.approx(seconds)


def test_a_layout_of_another_version_is_made_anew() -> None:
    layout = vtok.layout("qwen2.5-vl", width=280, height=280, num_frames=9, fps=5.0)
    same = vtok.layout("qwen2.5-vl", width=280, height=280, num_frames=9, fps=5.0, version="4.57")
    old, new, again = (
        vtok.position_ids("qwen2.5-vl", segments=[one], version=version)
        for one, version in ((layout, "4.57"), (layout, "5.23"), (same, "4.57"))
    )
    assert old == again
    assert (old.blocks[0].offsets, new.blocks[0].offsets) == ((0, 2), (0, 1))  # 1 and 0.9 seconds, 2 positions each
    other = vtok.layout("qwen2.5-vl", width=640, height=480, max_pixels=50_176)
    with pytest.raises(UsageError, match="options of its own"):
        vtok.position_ids("qwen2.5-vl", segments=[other], version="4.49")
    fitting = vtok.position_ids("qwen2.5-vl", segments=[other], version="4.49", max_pixels=50_176)
    assert fitting.length == other.prompt_tokens


@pytest.mark.parametrize(
    ("segment", "why"),
    [
        (["text", 0], "from 1 up"),
        (["text", -1], "from 1 up"),
        (["text", "hello"], "number of tokens"),
        (["text", 2**40], f"limit of {MAX_POSITIONS:,}"),
        (["image", [1, 3, 4]], "divide by 2"),
        (["image", [2, 4, 4]], "one temporal step"),
        (["image", [10**6, 10**6]], "limit of"),
        (["video", [2**17, 2, 2]], "limit of 65,536"),
        (["video", [2, 4, 4], -1], "0 to 86,400"),
        (["video", [2, 4, 4], float("nan")], "0 to 86,400"),
        (["video", [2, 4, 4], None, [3, 3]], "no text between"),
        (["sound", 3], "a segment is"),
        ([], "a segment is"),
        (5, "a segment is"),
    ],
)
def test_segments_that_are_refused(segment: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        vtok.position_ids("qwen2.5-vl", segments=[segment])


@pytest.mark.parametrize(
    ("model", "segment", "why"),
    [
        ("qwen3-vl", ["video", [2, 4, 4], None, [6]], "2 text lengths"),
        ("qwen3-vl", ["video", [2, 4, 4], None, [6, 0]], "from 1 up"),
        ("paddleocr-vl", ["video", [2, 4, 4]], "does not know how paddleocr-vl samples videos"),
        ("ernie-4.5-vl", ["video", [3, 4, 4]], "3 is not a multiple of 2"),
    ],
)
def test_videos_that_a_model_refuses(model: str, segment: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        vtok.position_ids(model, segments=[segment])


def test_a_video_that_spans_more_than_any_context_is_refused() -> None:
    with pytest.raises(UsageError, match="more than the limit"):
        vtok.position_ids("qwen2.5-vl", segments=[["video", [200, 4, 4], 86_400]], tokens_per_second=2**24)


def test_an_unknown_version_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"4\.49, 4\.57, 5\.23"):
        vtok.position_ids("qwen2.5-vl", segments=[["text", 3]], version="4.50")


def test_tokens_per_second_of_a_model_without_it_is_refused() -> None:
    with pytest.raises(UsageError, match="no tokens_per_second"):
        vtok.position_ids("qwen2-vl", segments=[["video", [2, 4, 4]]], tokens_per_second=2)
    with pytest.raises(UnknownOptionError):
        vtok.position_ids("qwen3-vl", segments=[["video", [2, 4, 4]]], tokens_per_second=2)


@pytest.mark.parametrize(
    ("model", "instead"),
    [("vit-b16-224", "an encoder"), ("hunyuan-vl", "another rule"), ("minimax-m3-vl", r"one by one \(1D\)")],
)
def test_models_without_m_rope_say_what_they_do(model: str, instead: str) -> None:
    with pytest.raises(UsageError, match=f"{instead}.*qwen2.5-vl"):
        vtok.position_ids(model, segments=[["text", 3]])


def test_a_layout_of_an_engine_stays_as_it_is() -> None:
    layout = vtok.layout("qwen3-vl", width=6000, height=6000, pipeline="llama.cpp")
    positions = vtok.position_ids("qwen3-vl", segments=[("text", 3), layout], pipeline="llama.cpp")
    assert positions.length == 3 + layout.prompt_tokens
    assert positions.segments[0].span.kind == "text"


@pytest.mark.parametrize("seconds", [0, MAX_SECONDS])
def test_the_least_and_the_most_seconds(seconds: float) -> None:
    assert vtok.position_ids("qwen2.5-vl", segments=[("video", [2, 4, 4], seconds)]).length == 1 + 8 + 1
