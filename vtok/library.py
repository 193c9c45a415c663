"""The library: from a file or from numbers to what a model makes of it.

The public functions of `import vtok`, which loads this module when one of them is first used.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, BinaryIO

from vtok import checkpoints, families
from vtok.errors import UsageError
from vtok.parts.abilities import rotary, windowed
from vtok.parts.family import Family
from vtok.values import Kind, Layout, Media, Prompt, Size

if TYPE_CHECKING:
    from vtok.geometry.positions import Positions
    from vtok.geometry.windows import Array, Windows

SIDE_LIMIT = 2**31
FRAME_LIMIT = 2**22
"""Two days at 24 frames a second: more are a slip of the finger, and would fill the memory."""

Source = str | bytes | PathLike[str] | BinaryIO
"""What names an image or video: a path, or an open binary file."""


def probe(source: Source, kind: Kind | None = None) -> Media:
    """The sizes of an image or video, from its header or container alone; no pixel is decoded.

    `kind` "video" takes an animated GIF, WebP or PNG for the video that it is; by default it is an image, its first
    frame. Raises MediaError for whatever cannot be read.
    """
    from vtok import media

    return media.probe(source, kind)


def layout(
    model: str,
    media: Media | Source | None = None,
    *,
    width: int | None = None,
    height: int | None = None,
    num_frames: int | None = None,
    fps: float | None = None,
    duration: float | None = None,
    **options: Any,
) -> Layout:
    """What `model` makes of one image or video: a `Layout`, sizes in pixels, height first.

    Give a Media, a path, or `width` and `height` (with `num_frames`, or `duration` and `fps`, for a video; fps in
    frames a second, duration in seconds). `options` are the model's numbers under their config names and its pipeline's
    options; `vtok models NAME` lists both. Raises VtokError: UnknownModelError, UnknownOptionError, UsageError,
    MediaError, UnsupportedSizeError.
    """
    family = checkpoints.get(model).choose(**options)
    if media is None:
        return family.layout(
            from_numbers(width=width, height=height, num_frames=num_frames, fps=fps, duration=duration)
        )
    numbers = {"width": width, "height": height, "num_frames": num_frames, "fps": fps, "duration": duration}
    given = [name for name, value in numbers.items() if value is not None]
    if given:
        raise UsageError(f"both a file or Media and {', '.join(given)} were given; give one of the two")
    return family.layout(media if isinstance(media, Media) else probe(media))


def count(source: Source | Media, model: str = "qwen2.5-vl", **options: Any) -> int:
    """The prompt tokens of one image or video (of a plain encoder: its output tokens).

    Arguments and errors as `layout`.
    """
    return layout(model, source, **options).prompt_tokens


def prompt(
    model: str,
    inputs: Iterable[Media | Source] = (),
    *,
    sizes: Iterable[tuple[int, int]] = (),
    **options: Any,
) -> Prompt:
    """Several images or videos in one prompt, in order: `inputs` (files or Media), then `sizes` (width, height).

    Some models treat images differently in company (DeepSeek-VL2 stops tiling above two). Errors as `layout`.
    """
    if isinstance(inputs, (str, bytes, PathLike, Media)):
        raise UsageError("inputs are several; write one image as a list of one")
    media = [item if isinstance(item, Media) else probe(item) for item in inputs]
    for size in sizes:
        try:
            width, height = size
        except (TypeError, ValueError):
            raise UsageError(f"sizes are pairs of width and height, not {size!r}") from None
        media.append(from_numbers(width=width, height=height))
    if not media:
        raise UsageError("a prompt needs at least one image or video; give inputs or sizes")
    family = checkpoints.get(model).choose(**{"num_images": len(media), **options})
    return Prompt(layouts=tuple(family.layout(item) for item in media))


def windows(
    model: str | Family = "qwen2.5-vl",
    *,
    grids: Iterable[Any],
    merged: bool = False,
    window_size: int | None = None,
    patch_size: int | None = None,
    spatial_merge_size: int | None = None,
) -> "Windows":
    """The attention windows of images and videos that enter `model`'s encoder together: arrays and figures.

    Each grid is (t, h, w), or (h, w) of an image, in patches; with `merged`, h and w are in merged tokens. Window size
    (in pixels), patch size and merge size are the model's unless given. Raises UsageError for grids that do not divide
    by the merge size or are too large, and for models without windows, with what these do instead.
    """
    from vtok.geometry.windows import checked_grid

    sizes = {"window_size": window_size, "patch_size": patch_size, "merge_size": spatial_merge_size}
    family = checkpoints.get(model)
    able = windowed(family)
    if able is None:
        raise UsageError(f"vtok has no windows of {family.model}: {family.attention}; {_those(windowed)} have windows")
    able = able.choose(**{name: size for name, size in sizes.items() if size is not None})
    window, patch, merge = (getattr(able, name) for name in sizes)
    if not patch or not merge or not window or window < patch * merge:
        raise UsageError(
            f"a window of {window} pixels holds no token of {merge} x {merge} patches of {patch} pixels; "
            f"give a larger window_size"
        )
    checked = [checked_grid(grid, merge_size=merge, scale=merge if merged else 1) for grid in grids]
    return able.windows(checked)


def position_ids(
    model: str | Family = "qwen2.5-vl", *, segments: Iterable[Any], version: str = "", **options: Any
) -> "Positions":
    """The position ids (M-RoPE) of a prompt made of text, images and videos in order.

    A segment is ("text", tokens), ("image", grid), ("video", grid), ("video", grid, seconds from one temporal step to
    the next or None, lengths of the text at each step) or a Layout of this model; grids are (t, h, w) in patches.
    Tokens around an image or video are added. `version` is that of transformers, whose versions disagree on videos; the
    newest by default. `options` are the model's numbers, as tokens_per_second. Raises UsageError for grids that do not
    divide by the merge size, for prompts that are too long, and for models without M-RoPE, with what these do instead.
    """
    from vtok.parts.segments import spans_of

    family = checkpoints.get(model).choose(**options)
    able = rotary(family)
    if able is None:
        raise UsageError(
            f"{family.model} has no M-RoPE of time, row and column: {_counting(family)}; {_those(rotary)} have it"
        )
    versions = family.pipelines["transformers"]
    if version and version not in versions:
        raise UsageError(f"no version {version!r} of transformers; known for {family.model} are {', '.join(versions)}")
    version = version or versions[-1]
    parts = spans_of(able, segments, version)
    positions = able.positions([span for part in parts for span in part], version)
    return replace(positions, parts=tuple(map(len, parts)))


def patch_order(grid: Iterable[int], model: str | Family = "qwen2.5-vl", **options: Any) -> "Array":
    """The order in which the patches of a grid enter `model`'s encoder: patches, counted row by row.

    The grid is (t, h, w), or (h, w) of an image, in patches: of one view, where the model cuts the image into tiles.
    `options` are the model's numbers and options.
    """
    from vtok.geometry import windows as geometry

    family = checkpoints.get(model).choose(**options)
    t, h, w = geometry.checked_grid(grid)
    media = Media(size=Size(448, 448))  # any image: the order is the encoder's
    if t > 1 and "video" in family.kinds:
        media = replace(media, num_frames=64, fps=16.0)
    view = family.layout(media).global_view
    if view.block_order:
        geometry.checked_grid((t, h, w), merge_size=view.merge_size)
    return geometry.patch_order((t, h, w), merge_size=view.merge_size, block_order=view.block_order)


def models() -> Mapping[str, tuple[str, ...]]:
    """What is known: each model with the names of its presets, the default one first."""
    known: dict[str, tuple[str, ...]] = dict.fromkeys(families.models(), ())
    for preset in families.presets():
        known[preset.model] += (preset.names[0],)
    return known


def _counting(family: Family) -> str:
    """What a family without M-RoPE does instead."""
    sinks = {span.sink for span in family.layout(Media(size=Size(448, 448))).spans}
    if "cross" in sinks:
        return "its language model counts text alone (1D) and reads the image by cross-attention"
    return family.counting if "prompt" in sinks else "it is an encoder without a prompt"


def _those(ability: Callable[[Family], object | None]) -> str:
    """The names of the models that can."""
    return ", ".join(sorted({preset.model for preset in families.presets() if ability(preset)}))


def from_numbers(
    *,
    width: int | None = None,
    height: int | None = None,
    num_frames: int | None = None,
    fps: float | None = None,
    duration: float | None = None,
) -> Media:
    """A Media from sizes alone; UsageError where they do not make one."""
    if width is None or height is None:
        raise UsageError("neither a file nor width and height were given; give one of the two")
    for name, number in {"width": width, "height": height, "num_frames": num_frames}.items():
        _check_whole(name, number, FRAME_LIMIT if name == "num_frames" else SIDE_LIMIT)
    for name, value in {"fps": fps, "duration": duration}.items():
        if value is not None and not (isinstance(value, (int, float)) and 0 < value < float("inf")):
            raise UsageError(f"{name} must be a number above 0, not {value!r}")
    if num_frames is None and duration is not None:
        if fps is None:
            raise UsageError("a duration alone does not say how many frames a video has; give fps or num_frames, too")
        if not duration * fps <= FRAME_LIMIT:
            raise UsageError(f"{duration:,g} s at {fps:,g} fps are more than the limit of {FRAME_LIMIT:,} frames")
        num_frames = max(1, round(duration * fps))
    if num_frames is None and fps is not None:
        raise UsageError("fps alone does not make a video; give num_frames or duration, too")
    return Media(size=Size(height, width), num_frames=num_frames, fps=fps, duration=duration)


def _check_whole(name: str, number: int | None, limit: int) -> None:
    if number is None:
        return
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise UsageError(f"{name} must be a whole number from 1 up, not {number!r}")
    if number > limit:
        raise UsageError(f"{name} must be at most {limit:,}")
