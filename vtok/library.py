"""The library: from a file or from numbers to what a model makes of it.

The public functions of `import vtok`, which loads this module when one of them is first used.
"""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, BinaryIO

from vtok import families
from vtok.errors import UsageError
from vtok.values import Kind, Layout, Media, Prompt, Size

Source = str | bytes | PathLike[str] | BinaryIO
"""What names a picture or clip: a path, or an open binary file."""


def probe(source: Source, kind: Kind | None = None) -> Media:
    """The sizes of a picture or clip, from its header or container alone; no pixel is decoded.

    `kind` "video" takes an animated GIF, WebP or PNG for the clip that it is; by default it is a picture, its first
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
    """What `model` makes of one picture or clip: a `Layout`, sizes in pixels, height first.

    Give a Media, a path, or `width` and `height` (with `num_frames`, or `duration` and `fps`, for a clip; fps in frames
    a second, duration in seconds). `options` are the model's numbers under their config names and its pipeline's
    options; `vtok models NAME` lists both. Raises VtokError: UnknownModelError, UnknownOptionError, UsageError,
    MediaError, UnsupportedSizeError.
    """
    family = families.get(model).choose(**options)
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
    """The prompt tokens of one picture or clip (of a plain encoder: its output tokens).

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
    """Several pictures or clips in one prompt, in order: `inputs` (files or Media), then `sizes` (width, height).

    Some models treat pictures differently in company (DeepSeek-VL2 stops tiling above two). Errors as `layout`.
    """
    media = [item if isinstance(item, Media) else probe(item) for item in inputs]
    media += [from_numbers(width=width, height=height) for width, height in sizes]
    if not media:
        raise UsageError("a prompt needs at least one picture or clip; give inputs or sizes")
    family = families.get(model).choose(**{"num_images": len(media), **options})
    return Prompt(layouts=tuple(family.layout(item) for item in media))


def models() -> Mapping[str, tuple[str, ...]]:
    """What is known: each model with the names of its presets, the default one first."""
    known: dict[str, tuple[str, ...]] = dict.fromkeys(families.models(), ())
    for preset in families.presets():
        known[preset.model] += (preset.names[0],)
    return known


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
    for name, side in {"width": width, "height": height, "num_frames": 1 if num_frames is None else num_frames}.items():
        if not isinstance(side, int) or isinstance(side, bool) or side < 1:
            raise UsageError(f"{name} must be a whole number from 1 up, not {side!r}")
    for name, value in {"fps": fps, "duration": duration}.items():
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"{name} must be above 0, not {value!r}")
    if num_frames is None and duration is not None:
        if fps is None:
            raise UsageError("a duration alone does not say how many frames a clip has; give fps or num_frames, too")
        num_frames = max(1, round(duration * fps))
    if num_frames is None and fps is not None:
        raise UsageError("fps alone does not make a clip; give num_frames or duration, too")
    return Media(size=Size(height, width), num_frames=num_frames, fps=fps, duration=duration)
