"""Rules that snap both sides of an image to multiples, within limits of its pixels or patches.

Each returns the `Step` that it took: `after` is the new size, `reason` the branch of the rule and the limit that bit.
Where two upstreams round differently they are two functions here, each citing its own.
"""

from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.values import Size, Step

ASPECT_LIMIT = 200
"""The longest side over the shortest that the Qwen line of rules accepts (exactly 200 passes)."""


def check_aspect(size: Size, limit: float = ASPECT_LIMIT) -> None:
    """Raise UnsupportedSizeError where one side is more than `limit` times the other."""
    if min(size) < 1:
        raise UnsupportedSizeError(f"a size of {size} has no pixels; both sides must be at least 1")
    ratio = max(size) / min(size)
    if ratio > limit:
        raise UnsupportedSizeError(
            f"the aspect ratio {ratio:,.2f} of {size} is above {limit:g}, which the model refuses; crop or pad it"
        )


def check_positive(**limits: float) -> None:
    """Raise UsageError for a limit below 1."""
    for name, limit in limits.items():
        if limit < 1:
            raise UsageError(f"{name} is {limit:g}; it must be at least 1")


def check_limits(min_pixels: float, max_pixels: float) -> None:
    """Raise UsageError for a limit below one pixel: nothing can be shrunk to it, or a side may vanish above it."""
    check_positive(min_pixels=min_pixels, max_pixels=max_pixels)


def nearest_multiple(value: float, factor: int) -> int:
    """The multiple of `factor` nearest to `value`, half to even: of 28, 42 gives 56 and 70 gives 56, too."""
    return round(value / factor) * factor


def positive_multiple(value: float, factor: int) -> int:
    """As `nearest_multiple`, but never 0."""
    return max(factor, nearest_multiple(value, factor))


def smart_resize(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """Both sides to the nearest multiples of `factor`; rescaled with the aspect kept where the area leaves the limits.

    Upstream: transformers 5.23, models/qwen2_vl/image_processing_qwen2_vl.py, smart_resize. A side may round to 0: such
    an image always falls below `min_pixels`. The result is not held against the limits again.
    """
    check_limits(min_pixels, max_pixels)
    check_aspect(size)
    rounded = Size(*(nearest_multiple(side, factor) for side in size))
    return _rescaled(size, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels))


def smart_resize_any_aspect(size: Size, *, factor: int, min_pixels: int, max_pixels: int) -> Step:
    """As `smart_resize`, but a side rounds to no less than `factor`, and no aspect ratio is refused.

    Upstream: transformers 5.23, models/lfm2_vl/image_processing_lfm2_vl.py, smart_resize.
    """
    check_limits(min_pixels, max_pixels)
    rounded = Size(*(positive_multiple(side, factor) for side in size))
    return _rescaled(size, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels))


def smart_resize_from_factor(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """As `smart_resize`, but a side rounds to no less than `factor`, and a shrunk one may vanish.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, smart_resize. Raises UnsupportedSizeError where a side shrinks to
    0 (Pillow refuses it there) and where max_pixels is below min_pixels (asserted there).
    """
    if max_pixels < min_pixels:
        raise UnsupportedSizeError(f"max_pixels {max_pixels:,.0f} is below min_pixels {min_pixels:,}; raise max_pixels")
    check_aspect(size)
    rounded = Size(*(positive_multiple(side, factor) for side in size))
    step = _rescaled(size, rounded, factor=factor, least=0, limits=(min_pixels, max_pixels))
    if not step.after.area:
        raise UnsupportedSizeError(
            f"{size} shrinks to {step.after} under max_pixels {max_pixels:,.0f}; raise max_pixels or crop"
        )
    return step


def smart_resize_video(
    size: Size, *, num_frames: int, temporal_factor: int, factor: int, min_pixels: int, max_pixels: int
) -> Step:
    """As `smart_resize`, but the limits hold for the pixels of all frames together, and a short side is lifted first.

    Upstream: transformers 5.23, models/glm4v/image_processing_glm4v.py, smart_resize (also glm46v, and
    models/qwen3_vl/video_processing_qwen3_vl.py). A still image counts as `temporal_factor` frames. The frames are
    rounded to multiples for the comparison, but not for the scale. Raises UnsupportedSizeError for fewer frames than
    `temporal_factor`.
    """
    if num_frames < temporal_factor:
        raise UnsupportedSizeError(
            f"frames taken from the video: {num_frames}; the model needs {temporal_factor}: take more of them"
        )
    check_limits(min_pixels, max_pixels)
    lifted = size
    if min(size) < factor:
        scale = max(factor / side for side in size)
        lifted = Size(*(int(side * scale) for side in size))  # may lie 1 below the factor
    check_aspect(lifted)
    rounded = Size(*(nearest_multiple(side, factor) for side in lifted))
    frames = num_frames, nearest_multiple(num_frames, temporal_factor)
    step = _rescaled(lifted, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels), frames=frames)
    if lifted == size:
        return step
    return step._replace(before=size, reason=f"enlarged to {lifted} for a short side of {factor}, then {step.reason}")


def _rescaled(
    size: Size,
    rounded: Size,
    *,
    factor: int,
    least: int,
    limits: tuple[int, float],
    frames: tuple[int, int] | None = None,
) -> Step:
    """The rounded size or, where its pixels leave the limits, `size` scaled to them; a shrunk side is at least `least`.

    With `frames`, the limits hold for that many frames together: the first number scales, the second is compared.
    """
    min_pixels, max_pixels = limits
    count, counted = frames or (1, 1)
    of = f" of {count} frames" if frames else ""
    if counted * rounded.area > max_pixels:
        # Not side / (beta * factor): the order of the two divisions decides the last bit.
        beta = sqrt(count * size.area / max_pixels)
        after = Size(*(max(least, floor(side / beta / factor) * factor) for side in size))
        reason = f"shrunk to max_pixels {max_pixels:,.0f}{of}, both sides down to a multiple of {factor}"
    elif counted * rounded.area < min_pixels:
        beta = sqrt(min_pixels / (count * size.area))
        after = Size(*(ceil(side * beta / factor) * factor for side in size))
        reason = f"enlarged to min_pixels {min_pixels:,}{of}, both sides up to a multiple of {factor}"
    else:
        after, reason = rounded, f"both sides to the nearest multiple of {factor}, within the limits"
    return Step(name="resize", before=size, after=after, reason=reason)


def frame_share(
    max_pixels: float, *, min_pixels: int, num_frames: int, total_pixels: float, temporal_patch_size: int = 2
) -> float:
    """The most pixels of one frame where all frames share `total_pixels`; never below 1.05 times `min_pixels`.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, fetch_video. The floor wins over the total.
    """
    return max(min(max_pixels, total_pixels / num_frames * temporal_patch_size), int(min_pixels * 1.05))


def lift_short_side(size: Size, *, factor: int) -> Step:
    """Enlarge an image whose height, then whose width, is below `factor` until it is not; the other side is rounded.

    Upstream: transformers 5.23, models/paddleocr_vl/image_processing_paddleocr_vl.py, smart_resize, before its limits.
    """
    height, width = size
    if height < factor:
        height, width = factor, round((width * factor) / height)
    if width < factor:
        height, width = round((height * factor) / width), factor
    reason = f"enlarged for a short side of {factor}"
    return Step(name="lift", before=size, after=Size(height, width), reason=reason)


def pad_to_multiple(size: Size, factor: int) -> Step:
    """Padding at the right and bottom, up to multiples of `factor`."""
    after = Size(*(ceil(side / factor) * factor for side in size))
    reason = f"padded right and bottom to multiples of {factor}" if after != size else f"multiples of {factor} already"
    return Step(name="pad", before=size, after=after, reason=reason)


def fill_patches(size: Size, *, patch_size: int, max_patches: int) -> Step:
    """Enlarge or shrink to the most patches within `max_patches`, both sides up to a multiple.

    Upstream: transformers 5.23, models/siglip2/image_processing_siglip2.py, get_image_size_for_max_num_patches. The
    scale is found by bisection and is at most 100: an image of a few pixels does not reach the limit. A strip keeps
    at least one patch along its short side.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches)
    gap = 1e-5
    low, high = gap / 10, 100.0

    def at(scale: float) -> Size:
        return Size(*(max(patch_size, ceil(side * scale / patch_size) * patch_size) for side in size))

    while high - low >= gap:
        scale = (low + high) / 2
        height, width = at(scale)
        if (height / patch_size) * (width / patch_size) <= max_patches:
            low = scale
        else:
            high = scale
    after = at(low)
    patches = after.area // patch_size**2
    reason = f"scaled by {low:.4g} to {patches:,} of at most {max_patches:,} patches"
    return Step(name="resize", before=size, after=after, reason=reason)


def fill_pixels(size: Size, *, factor: int, max_pixels: int) -> Step:
    """Enlarge or shrink to `max_pixels`, both sides down to a multiple of `factor`.

    Upstream: transformers 5.23, models/gemma4/image_processing_gemma4.py, get_aspect_ratio_preserving_size. A strip
    whose short side vanishes keeps one multiple there and gets one for each whole multiple of its aspect along the
    other, as far as `max_pixels` reaches. Raises UnsupportedSizeError where both sides vanish.
    """
    check_positive(factor=factor, max_pixels=max_pixels)
    scale = sqrt(max_pixels / (size.height * size.width))
    height, width = (floor(scale * side / factor) * factor for side in size)
    reason = f"scaled by {scale:.4g} to {max_pixels:,} pixels, both sides down to a multiple of {factor}"
    if not height and not width:
        raise UnsupportedSizeError(f"{size} vanishes within {max_pixels:,} pixels in steps of {factor}; allow more")
    longest = max_pixels // factor**2 * factor
    if not height:
        height, width = factor, min(size.width // size.height * factor, longest)
    elif not width:
        height, width = min(size.height // size.width * factor, longest), factor
    if factor in (height, width) and longest in (height, width):
        reason += f"; the longer side held to {longest:,}"
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)
