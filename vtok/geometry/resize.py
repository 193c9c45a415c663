"""Rules that choose the size to which a picture is resized.

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
            f"the aspect ratio {ratio:.6g} of {size} is above {limit:g}, which the model refuses; crop or pad it"
        )


def check_limits(min_pixels: float, max_pixels: float) -> None:
    """Raise UsageError for a limit below one pixel: nothing can be shrunk to it, or a side may vanish above it."""
    for name, limit in {"min_pixels": min_pixels, "max_pixels": max_pixels}.items():
        if limit < 1:
            raise UsageError(f"{name} is {limit:g}; it must be at least 1")


def nearest_multiple(value: float, factor: int) -> int:
    """The multiple of `factor` nearest to `value`, half to even: of 28, 42 gives 56 and 70 gives 56, too."""
    return round(value / factor) * factor


def smart_resize(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """Both sides to the nearest multiples of `factor`; rescaled with the aspect kept where the area leaves the limits.

    Upstream: transformers 5.23, models/qwen2_vl/image_processing_qwen2_vl.py, smart_resize. A side may round to 0: such
    a picture always falls below `min_pixels`. The result is not held against the limits again.
    """
    check_limits(min_pixels, max_pixels)
    check_aspect(size)
    height, width = (nearest_multiple(side, factor) for side in size)
    if height * width > max_pixels:
        # Not h / (beta * factor): the order of the two divisions decides the last bit.
        beta = sqrt((size.height * size.width) / max_pixels)
        height, width = (max(factor, floor(side / beta / factor) * factor) for side in size)
        reason = _shrunk(f"max_pixels {max_pixels:,.0f}", factor)
    elif height * width < min_pixels:
        beta = sqrt(min_pixels / (size.height * size.width))
        height, width = (ceil(side * beta / factor) * factor for side in size)
        reason = _enlarged(f"min_pixels {min_pixels:,}", factor)
    else:
        reason = _rounded(factor)
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


def smart_resize_from_factor(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """As `smart_resize`, but a side rounds to no less than `factor`, and a shrunk one may vanish.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, smart_resize. Raises UnsupportedSizeError where a side shrinks to
    0 (Pillow refuses it there) and where max_pixels is below min_pixels (asserted there).
    """
    if max_pixels < min_pixels:
        raise UnsupportedSizeError(f"max_pixels {max_pixels:,.0f} is below min_pixels {min_pixels:,}; raise max_pixels")
    check_aspect(size)
    height, width = (max(factor, nearest_multiple(side, factor)) for side in size)
    if height * width > max_pixels:
        beta = sqrt((size.height * size.width) / max_pixels)
        height, width = (floor(side / beta / factor) * factor for side in size)
        reason = _shrunk(f"max_pixels {max_pixels:,.0f}", factor)
    elif height * width < min_pixels:
        beta = sqrt(min_pixels / (size.height * size.width))
        height, width = (ceil(side * beta / factor) * factor for side in size)
        reason = _enlarged(f"min_pixels {min_pixels:,}", factor)
    else:
        reason = _rounded(factor)
    if not height * width:
        raise UnsupportedSizeError(
            f"{size} shrinks to {Size(height, width)} under max_pixels {max_pixels:,.0f}; raise max_pixels or crop"
        )
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


def smart_resize_clip(
    size: Size, *, num_frames: int, temporal_factor: int, factor: int, min_pixels: int, max_pixels: int
) -> Step:
    """As `smart_resize`, but the limits hold for the pixels of all frames together, and a short side is lifted first.

    Upstream: transformers 5.23, models/glm4v/image_processing_glm4v.py, smart_resize (also glm46v, and
    models/qwen3_vl/video_processing_qwen3_vl.py). A still picture counts as `temporal_factor` frames. The frames are
    rounded to multiples for the comparison, but not for the scale. Raises UnsupportedSizeError for fewer frames than
    `temporal_factor`.
    """
    if num_frames < temporal_factor:
        raise UnsupportedSizeError(
            f"frames taken from the clip: {num_frames}; the model needs {temporal_factor}: take more, or a longer clip"
        )
    check_limits(min_pixels, max_pixels)
    lifted = size
    if min(size) < factor:
        scale = max(factor / side for side in size)
        lifted = Size(*(int(side * scale) for side in size))  # may lie 1 below the factor
    check_aspect(lifted)
    height, width = (nearest_multiple(side, factor) for side in lifted)
    volume = nearest_multiple(num_frames, temporal_factor) * height * width
    if volume > max_pixels:
        beta = sqrt((num_frames * lifted.height * lifted.width) / max_pixels)
        height, width = (max(factor, floor(side / beta / factor) * factor) for side in lifted)
        reason = _shrunk(f"max_pixels {max_pixels:,} of {num_frames} frames", factor)
    elif volume < min_pixels:
        beta = sqrt(min_pixels / (num_frames * lifted.height * lifted.width))
        height, width = (ceil(side * beta / factor) * factor for side in lifted)
        reason = _enlarged(f"min_pixels {min_pixels:,} of {num_frames} frames", factor)
    else:
        reason = _rounded(factor)
    if lifted != size:
        reason = f"enlarged to {lifted} for a short side of {factor}, then {reason}"
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


def lift_short_side(size: Size, *, factor: int) -> Step:
    """Enlarge a picture whose height, then whose width, is below `factor` until it is not; the other side is rounded.

    Upstream: transformers 5.23, models/paddleocr_vl/image_processing_paddleocr_vl.py, smart_resize, before its limits.
    """
    height, width = size
    if height < factor:
        height, width = factor, round((width * factor) / height)
    if width < factor:
        height, width = round((height * factor) / width), factor
    reason = f"enlarged for a short side of {factor}"
    return Step(name="lift", before=size, after=Size(height, width), reason=reason)


def frame_share(
    max_pixels: float, *, min_pixels: int, num_frames: int, total_pixels: float, temporal_patch_size: int = 2
) -> float:
    """The most pixels of one frame where all frames share `total_pixels`; never below 1.05 times `min_pixels`.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, fetch_video. The floor wins over the total.
    """
    return max(min(max_pixels, total_pixels / num_frames * temporal_patch_size), int(min_pixels * 1.05))


def _rounded(factor: int) -> str:
    return f"both sides to the nearest multiple of {factor}, within the limits"


def _shrunk(limit: str, factor: int) -> str:
    return f"shrunk to {limit}, both sides down to a multiple of {factor}"


def _enlarged(limit: str, factor: int) -> str:
    return f"enlarged to {limit}, both sides up to a multiple of {factor}"
