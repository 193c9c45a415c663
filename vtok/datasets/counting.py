"""Batches of items counted by models: the rows of a scan."""

from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vtok import engines
from vtok.datasets.items import Batch
from vtok.errors import VtokError
from vtok.parts.bulk import REFUSED, SizeCounter
from vtok.parts.family import Family
from vtok.values import Media, Size

Integers = NDArray[Any]
"""An array of whole numbers of any width."""

ABSENT = -1
"""A number that an item does not have."""

LARGEST = 2**31 - 1
"""The longest side of an item in pixels, and the most tokens: what a column of 32 bits holds."""


class Counts(NamedTuple):
    """What one model makes of a batch: arrays with a number for each item; ABSENT where it has none.

    `widths` and `heights` are those that the model's pipeline works on: an image that its loader turns has them the
    other way round. `frames` is how many frames each video has, by its place.
    """

    widths: Integers
    heights: Integers
    frames: dict[int, int]
    tokens: Integers
    prompt_tokens: Integers
    errors: dict[int, str]


def counted(batch: Batch, family: Family) -> Counts:
    """What the model makes of each item. Images and videos of one item share a prompt."""
    widths, heights = _turned(batch, family)
    errors = dict(batch.errors)
    beyond = _beyond(widths, heights)
    if beyond is not None:
        for i in np.flatnonzero(beyond).tolist():
            if i not in batch.media:
                errors.setdefault(i, f"a size of {widths[i]} x {heights[i]} is out of range")
        widths, heights = (np.where(beyond, ABSENT, side.astype(np.int64)) for side in (widths, heights))
    tokens, prompt_tokens = counter(family).count_batch(widths, heights)
    if beyond is not None:
        tokens[beyond] = prompt_tokens[beyond] = ABSENT
    counts = Counts(widths, heights, {}, tokens, prompt_tokens, errors)
    _refuse(counts, family, batch)
    for i, media in batch.media.items():
        _count(counts, i, media, family)
    if prompt_tokens.max(initial=0) > LARGEST:
        for i in np.flatnonzero(prompt_tokens > LARGEST).tolist():
            errors.setdefault(i, f"{prompt_tokens[i]:,} prompt tokens are more than a row holds")
    return counts


def _beyond(widths: Integers, heights: Integers) -> NDArray[np.bool_] | None:
    """Which items have no size, or one out of range; None where all are sound, as is usual."""
    if len(widths) and min(widths.min(), heights.min()) >= 1 and max(widths.max(), heights.max()) <= LARGEST:
        return None
    return (widths < 1) | (heights < 1) | (widths > LARGEST) | (heights > LARGEST)


def _turned(batch: Batch, family: Family) -> tuple[Integers, Integers]:
    """The widths and heights that the pipeline works on: its loader may turn images that were stored on their side."""
    if batch.orientations is None:
        return batch.widths, batch.heights
    upright = batch.orientations < 5
    if upright.all() or not family.turns(Media(size=Size(1, 1), orientation=6)):
        return batch.widths, batch.heights
    return (
        np.where(upright, batch.widths, batch.heights),
        np.where(upright, batch.heights, batch.widths),
    )


def _refuse(counts: Counts, family: Family, batch: Batch) -> None:
    """Name the reason where the model refuses a size."""
    if counts.tokens.min(initial=0) != REFUSED:
        return
    named = {*counts.errors, *batch.media}
    for i in sorted(set(np.flatnonzero(counts.tokens == REFUSED).tolist()) - named):
        counts.errors[i] = _refusal(family, int(counts.widths[i]), int(counts.heights[i]))


@lru_cache(maxsize=64)
def counter(family: Family) -> SizeCounter:
    """What counts sizes by this preset, and remembers what it has learned from one batch for the next."""
    return SizeCounter(family, side_limit=LARGEST)


@lru_cache(maxsize=1024)
def _refusal(family: Family, width: int, height: int) -> str:
    try:
        family.layout(Media(size=Size(height, width)))
    except VtokError as error:
        return str(error)
    raise AssertionError(f"{family} counts {width} x {height}, which was refused")


def _count(counts: Counts, i: int, media: tuple[Media, ...], family: Family) -> None:
    """Count one item that is a video, or several images and videos, or none."""
    try:
        company = engines.choose(family, num_images=len(media)) if len(media) > 1 else family
        layouts = [company.layout(item) for item in media]
    except VtokError as error:
        counts.errors[i] = str(error)
        return
    counts.tokens[i] = sum(layout.tokens for layout in layouts)
    counts.prompt_tokens[i] = sum(layout.prompt_tokens for layout in layouts)
    if frames := sum(item.total_frames for item in media):
        counts.frames[i] = frames
    if len(layouts) == 1:
        counts.heights[i], counts.widths[i] = layouts[0].original


def limits_to_try(family: Family) -> tuple[dict[str, int], ...]:
    """Settings to compare: none, then those that halve and quarter the first limit that the family declares."""
    name = next((f.name for f in fields(family) if f.metadata.get("limits") == "image"), "")
    value = getattr(family, name, None)
    if not isinstance(value, int) or isinstance(value, bool) or value < 4:
        return ()
    return ({}, {name: value // 2}, {name: value // 4})
