"""The public functions of `import vtok`, which loads this module when one of them is first used.

`probe` measures a file, `pages` those of a PDF; `layout` computes what a model makes of it, `count` and `prompt` sum
that up. `windows`, `position_ids` and `patch_order` compute what is as long as the sequence of tokens; `models` lists
what is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Literal

from vtok import checkpoints, families
from vtok.errors import UsageError
from vtok.parts.abilities import rope_pipeline, rope_versions, rotary, windowed
from vtok.parts.family import Family
from vtok.values import DPI, SIDE_LIMIT, Kind, Layout, Media, Prompt, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from vtok.geometry.positions import Positions
    from vtok.geometry.windows import Array, Windows
    from vtok.media import Source
    from vtok.media.memory import Channels
    from vtok.parts.bulk import SizeCounter

FRAME_LIMIT = 2**22
"""The most frames of a video: two days at 24 fps. More are a slip of the finger, and would fill the memory."""


def probe(
    source: "Source", kind: Kind | None = None, *, channels: "Channels | None" = None, fps: float | None = None
) -> Media:
    """Measure an image or video without decoding a pixel: width, height, orientation; frames and fps of a video.

    `source` is a path, the bytes of a file, a binary file object, a Pillow image, or an array or tensor (numpy, torch,
    anything with a shape). An animated GIF, WebP, PNG or AVIF counts as its first frame; `kind="video"` takes all.

    An array of three axes needs `channels`: "first" means (channels, height, width), "last" means (height, width,
    channels). One of four axes holds the frames of a video; it needs `kind="video"`, and may have `fps`. A Pillow image
    counts as it is, since transformers does not turn one by its EXIF orientation either.

    Raises MediaError for a file that cannot be measured, UsageError for arguments that are not clear.
    """
    from vtok import media

    return media.probe(source, kind, channels=channels, fps=fps)


def pages(source: "str | PathLike[str]", which: str = "", *, dpi: float = DPI) -> list[Media]:
    """Measure pages of a PDF or TIFF, or frames of an animated image: a Media each, for `layout`.

    `which` names some of them, counted from 1, as "1-5,9"; without it all pages of a PDF count, and the first image of
    other files. The size of a page of a PDF comes from its boxes, its rotation and its unit, at `dpi` dots per inch.

    Raises MediaError for a file that cannot be read and for a page that it does not have, UsageError for arguments that
    are not clear.
    """
    from vtok.media.pages import picked

    return picked(fspath(source), which, dpi=dpi)


def layout(
    model: str,
    media: "Media | Source | None" = None,
    *,
    width: int | None = None,
    height: int | None = None,
    num_frames: int | None = None,
    fps: float | None = None,
    duration: float | None = None,
    channels: "Channels | None" = None,
    **options: Any,
) -> Layout:
    """Compute what `model` makes of one image or video: a `Layout`, with sizes in pixels, height first.

    Give either `media` (a Media, or whatever `probe` takes, with `channels` for an array), or `width` and `height` in
    pixels. For a video, add `num_frames`, or `duration` in seconds and `fps`. `options` are the model's numbers under
    their config names and the options of its pipeline; `vtok models NAME` lists both.

    Calls share nothing that grows or changes: use it in loops and in threads.

    Raises UnknownModelError, UnknownOptionError, UsageError; MediaError for a file that cannot be measured;
    UnsupportedSizeError where the model's own code refuses the input. All are VtokErrors.
    """
    family = checkpoints.configured(model, **options)
    if media is None:
        return family.layout(
            from_numbers(width=width, height=height, num_frames=num_frames, fps=fps, duration=duration)
        )
    numbers = {"width": width, "height": height, "num_frames": num_frames, "fps": fps, "duration": duration}
    if names := [name for name, value in numbers.items() if value is not None]:
        raise UsageError(f"both a file or Media and {', '.join(names)} were given; give one of the two")
    return family.layout(_measured(media, channels))


def _measured(media: "Media | Source", channels: "Channels | None") -> Media:
    return media if isinstance(media, Media) else probe(media, channels=channels)


def count(source: "Media | Source", model: str = "qwen2.5-vl", **options: Any) -> int:
    """Count the prompt tokens of one image or video; for a plain encoder, its output tokens.

    Text that only a tokenizer can count is not included; `Layout.uncounted_text` lists it. Takes and raises what
    `layout` does.
    """
    return layout(model, source, **options).prompt_tokens


def count_sizes(
    model: str,
    widths: "ArrayLike",
    heights: "ArrayLike",
    *,
    what: Literal["prompt_tokens", "tokens"] = "prompt_tokens",
    **options: Any,
) -> "NDArray[np.int64]":
    """Count the prompt tokens of many images, or with `what="tokens"` their visual tokens: an array of int64.

    `widths` and `heights` are arrays of one shape, of whole numbers or floats, in pixels; the answer has their shape.
    The counts are those of `layout`, exactly, at a fraction of its time. `options` are those of `layout`.

    A size that the model refuses has the count -1, and so has one that is no size: a side that is NaN, no whole number,
    below 1 or above SIDE_LIMIT. `layout` of the same width and height raises the reason. For batches, and for both
    counts at once, see `size_counter`.

    Raises UnknownModelError, UnknownOptionError; UsageError for arrays of other kinds or of different shapes, and for
    settings with which no size can be counted.
    """
    if what not in ("prompt_tokens", "tokens"):
        raise UsageError(f"what must be prompt_tokens or tokens, not {what!r}")
    counter = size_counter(model, **options)
    width, height = _sides("widths", widths), _sides("heights", heights)
    if width.shape != height.shape:
        raise UsageError(f"widths and heights must have one shape, not {width.shape} and {height.shape}")
    counts: NDArray[np.int64] = getattr(counter.count(width.reshape(-1), height.reshape(-1)), what)
    return counts.reshape(width.shape)


def size_counter(model: str, **options: Any) -> "SizeCounter":
    """What counts images batch by batch: `size_counter(model).count(widths, heights)` has `tokens` and `prompt_tokens`.

    A batch is two arrays of one axis and one length; one of many thousands is fastest, of files or of rows alike. What
    a counter has learned of one batch serves the next, so make one for a data set and keep it. Use it in one thread.
    Raises UnknownModelError, UnknownOptionError, UsageError.
    """
    from vtok.parts.bulk import SizeCounter

    return SizeCounter(checkpoints.configured(model, **options), side_limit=SIDE_LIMIT)


def _sides(name: str, values: "ArrayLike") -> "NDArray[Any]":
    """Widths or heights as an array of numbers. A masked one is NaN."""
    import numpy as np

    try:
        array: Any = values if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    except ValueError:
        raise UsageError(f"{name} must be an array of numbers, not lists of different lengths") from None
    if array.dtype.kind not in "iuf" or not array.ndim:
        kind = f"an array of {array.dtype}" if array.ndim else repr(values)
        raise UsageError(f"{name} must be an array of whole numbers or floats, not {kind}")
    masked = np.ma.is_masked(array)
    return np.asarray(array.astype(np.float64).filled(np.nan) if masked else array)


def prompt(
    model: str,
    inputs: "Iterable[Media | Source]" = (),
    *,
    sizes: Iterable[tuple[int, int]] = (),
    channels: "Channels | None" = None,
    **options: Any,
) -> Prompt:
    """Compute what `model` makes of several images or videos in one prompt: `inputs`, then `sizes` (width, height).

    Some models treat images differently in company: DeepSeek-VL2 does not tile more than two. Each input is a Media or
    whatever `probe` takes, with `channels` for arrays. Raises what `layout` does.
    """
    if isinstance(inputs, (str, bytes, PathLike, Media)) or hasattr(inputs, "read") or hasattr(inputs, "getexif"):
        raise UsageError("inputs are several; write one image as a list of one")
    if hasattr(inputs, "shape"):  # an array is iterable, and each of its rows would count as an image
        raise UsageError("inputs are several; write one array as a list of one")
    media = [_measured(item, channels) for item in inputs]
    for size in sizes:
        try:
            width, height = size
        except (TypeError, ValueError):
            raise UsageError(f"sizes are pairs of width and height, not {size!r}") from None
        media.append(from_numbers(width=width, height=height))
    if not media:
        raise UsageError("a prompt needs at least one image or video; give inputs or sizes")
    family = checkpoints.configured(model, **{"num_images": len(media), **options})
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
    """Compute the attention windows of images and videos that enter `model`'s encoder together: a `Windows`.

    Each grid is (t, h, w), or (h, w) of an image, in patches; with `merged`, h and w are in merged tokens. The window
    size (in pixels), the patch size and the merge size are the model's unless they are given.

    Raises UsageError for a grid that the merge size does not divide, for one that is too large, and for a model without
    windows; the message says how that model attends.
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
    """Compute the position ids (M-RoPE) of a prompt made of text, images and videos in order: a `Positions`.

    A segment is a Layout of this model or one of these, with grids (t, h, w) in patches:

        ("text", tokens)
        ("image", grid)
        ("video", grid)
        ("video", grid, seconds from one temporal step to the next or None, token lengths of the text at each step)

    The special tokens around an image or video are added. `version` is that of transformers, the newest by default; its
    versions disagree on videos. `options` are the model's numbers, such as tokens_per_second.

    Raises UsageError for a grid that the merge size does not divide, for a prompt that is too long, and for a model
    without M-RoPE; the message says how that model counts positions.
    """
    from vtok.parts.segments import spans_of

    family = checkpoints.configured(model, **options)
    able = rotary(family)
    if able is None:
        raise UsageError(
            f"{family.model} has no M-RoPE of time, row and column: {_counting(family)}; {_those(rotary)} have it"
        )
    versions = rope_versions(family)
    if version and version not in versions:
        raise UsageError(
            f"no version {version!r} of {rope_pipeline(family)}; known for {family.model} are {', '.join(versions)}"
        )
    version = version or versions[-1]
    parts = spans_of(able, segments, version)
    positions = able.positions([span for part in parts for span in part], version)
    return replace(positions, parts=tuple(map(len, parts)))


def patch_order(grid: Iterable[int], model: str | Family = "qwen2.5-vl", **options: Any) -> "Array":
    """Compute the order in which the patches of a grid enter `model`'s encoder: an array of patch numbers.

    Patches are numbered row by row, one temporal step after the other. The grid is (t, h, w), or (h, w) of an image, in
    patches; where the model cuts an image into tiles, it is that of one tile. `options` are the model's numbers.
    """
    from vtok.geometry import windows as geometry

    family = checkpoints.configured(model, **options)
    t, h, w = geometry.checked_grid(grid)
    media = Media(size=Size(448, 448))  # any image: the order is the encoder's
    if t > 1 and "video" in family.kinds:
        media = replace(media, num_frames=64, fps=16.0)
    view = family.layout(media).global_view
    if view.block_order:
        geometry.checked_grid((t, h, w), merge_size=view.merge_size)
    return geometry.patch_order((t, h, w), merge_size=view.merge_size, block_order=view.block_order)


def convert_box(
    values: Sequence[float], layout: Layout, *, source: str = "original", target: str = "model"
) -> tuple[float, ...]:
    """Convert a box (four numbers) or a point (two) on a layout's image from one convention to another.

    Conventions: "original" and "resized" (pixels), "0-1000", "0-1000 yx" (y first), "0-999", "0-100", "0-1", "view
    0-1000" and "view 0-1" (shares of the encoder's view, padding included), "resized/2", "loc0000", "loc_0", "cells";
    "model" is the one in which the layout's model was trained to write boxes. The answer has the order of the
    target, and is exact: models write rounded numbers.

        layout = vtok.layout("qwen2.5-vl", "photo.jpg", pipeline="lm-studio")
        vtok.convert_box((130, 40, 420, 380), layout, source="model", target="original")

    Raises UsageError for an unknown convention, for "model" where none is known, and for other counts of numbers.
    """
    from vtok.geometry.conventions import convention, read, write

    names = [_convention(layout.model) if name == "model" else name for name in (source, target)]
    before, after = map(convention, names)
    return write(read(values, before, layout), after, layout)


def _convention(model: str) -> str:
    from vtok.parts.grounding import grounding

    known = grounding(model)
    if known is None:
        raise UsageError(f"no convention is known in which {model} writes boxes; name one, such as 0-1000 or original")
    return known.convention


def models() -> Mapping[str, tuple[str, ...]]:
    """List the models that vtok knows: each with the names of its presets, the default one first."""
    known: dict[str, tuple[str, ...]] = dict.fromkeys(families.models(), ())
    for preset in families.presets():
        known[preset.model] += (preset.names[0],)
    return known


def _counting(family: Family) -> str:
    """How a family without M-RoPE counts positions, as part of a sentence."""
    sinks = {span.sink for span in family.layout(Media(size=Size(448, 448))).spans}
    if "cross" in sinks:
        return "its language model counts text alone (1D) and reads the image by cross-attention"
    return family.counting if "prompt" in sinks else "it is an encoder without a prompt"


def _those(ability: Callable[[Family], object | None]) -> str:
    """The names of the models that have an ability, as a list in a sentence."""
    return ", ".join(sorted({preset.model for preset in families.presets() if ability(preset)}))


def from_numbers(
    *,
    width: int | None = None,
    height: int | None = None,
    num_frames: int | None = None,
    fps: float | None = None,
    duration: float | None = None,
) -> Media:
    """Make a Media from numbers alone: pixels, frames, frames per second, seconds.

    Raises UsageError where a number is missing, contradicts another one or is out of range.
    """
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
