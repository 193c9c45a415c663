"""Rules that round both sides of an image to multiples, within limits of its pixels or patches.

Each returns the `Step` that it took: `after` is the new size, `reason` names the number that decided. Two upstreams
that round differently are two functions here, each citing its own.
"""

from collections.abc import Callable
from itertools import product
from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.many import for_many
from vtok.values import Size, Step

ASPECT_LIMIT = 200
"""The greatest ratio of the longer side to the shorter that Qwen's rules accept; exactly 200 passes."""


@for_many
def long_enough(size: Size, least: int, *, judge: str) -> Size:
    """The size. Raises UnsupportedSizeError for a side below `least`, which `judge` refuses."""
    if min(size) < least:
        raise UnsupportedSizeError(f"{judge} refuses a side below {least}, as {size} has; enlarge it")
    return size


def check_aspect(size: Size, limit: float = ASPECT_LIMIT) -> None:
    """Raise UnsupportedSizeError if one side is more than `limit` times the other."""
    if min(size) < 1:
        raise UnsupportedSizeError(f"a size of {size} has no pixels; both sides must be at least 1")
    ratio = max(size) / min(size)
    if ratio > limit:
        raise UnsupportedSizeError(
            f"the aspect ratio {ratio:,.2f} of {size} is above {limit:g}, which the model refuses; crop or pad it"
        )


def ratios(*aspects: float) -> tuple[str, ...]:
    """Aspect ratios as they are written in a sentence, with as many digits as tell different ones apart."""
    for digits in range(2, 7):
        texts = tuple(f"{aspect:.{digits}f}" if aspect >= 0.1 else f"{aspect:.{digits + 1}g}" for aspect in aspects)
        if len(set(texts)) == len(set(aspects)):
            break
    return texts


def check_positive(**limits: float) -> None:
    """Raise UsageError for a limit below 1."""
    for name, limit in limits.items():
        if limit < 1:
            raise UsageError(f"{name} is {limit:g}; it must be at least 1")


def check_limits(min_pixels: float, max_pixels: float) -> None:
    """Raise UsageError for a limit below one pixel, to which nothing can be resized."""
    check_positive(min_pixels=min_pixels, max_pixels=max_pixels)


def nearest_multiple(value: float, factor: int) -> int:
    """The multiple of `factor` nearest to `value`, half to even: with 28, both 42 and 70 give 56."""
    return round(value / factor) * factor


@for_many
def positive_multiple(value: float, factor: int) -> int:
    """As `nearest_multiple`, but at least `factor`."""
    return max(factor, nearest_multiple(value, factor))


@for_many
def rounded_pixels(size: Size, factor: int, *, least: int) -> int:
    """The pixels of an image whose sides go to the nearest multiples of `factor`, but to at least `least` each.

    Upstream: transformers 5.23, models/lfm2_vl/image_processing_lfm2_vl.py, _is_image_too_large.
    """
    height, width = (max(least, nearest_multiple(side, factor)) for side in size)
    return height * width


@for_many
def smart_resize(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """Both sides are rounded to the nearest multiples of `factor`.

    If the area then leaves the limits, the image is rescaled to the limit with its aspect ratio kept; the result is not
    compared with the limits again. A side may round to 0: such an image always falls below `min_pixels`. Raises
    UnsupportedSizeError above ASPECT_LIMIT. Upstream: transformers 5.23,
    models/qwen2_vl/image_processing_qwen2_vl.py, smart_resize.
    """
    check_limits(min_pixels, max_pixels)
    check_aspect(size)
    rounded = Size(*(nearest_multiple(side, factor) for side in size))
    return _rescaled(size, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels))


@for_many
def not_resized(size: Size) -> Step:
    """No resize, as the option do_resize asks for if it is false."""
    return Step(name="resize", before=size, after=size, reason="not resized, as do_resize is false")


@for_many
def as_it_is(size: Size, *, factor: int) -> Step:
    """As `not_resized`, for an image whose sides must be multiples of `factor`.

    Raises UnsupportedSizeError for other sides, whose patches do not fit upstream's array. Upstream: transformers 5.23,
    models/qwen2_vl/image_processing_qwen2_vl.py, _preprocess.
    """
    if any(side % factor for side in size):
        raise UnsupportedSizeError(
            f"{size} is not resized, as do_resize is false, and its sides are no multiples of {factor}; resize it first"
        )
    return not_resized(size)


@for_many
def smart_resize_any_aspect(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """As `smart_resize`, but a side rounds to at least `factor`, and no aspect ratio is refused.

    Upstream: transformers 5.23, models/lfm2_vl/image_processing_lfm2_vl.py, smart_resize.
    """
    check_limits(min_pixels, max_pixels)
    rounded = Size(*(positive_multiple(side, factor) for side in size))
    return _rescaled(size, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels))


@for_many
def smart_resize_from_factor(size: Size, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    """As `smart_resize`, but a side rounds to at least `factor`, and a shrunk side may become 0.

    Raises UnsupportedSizeError if a side becomes 0, which Pillow refuses, and if `max_pixels` is below `min_pixels`,
    which upstream asserts. Upstream: qwen-vl-utils 0.0.14, vision_process.py, smart_resize.
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


@for_many
def smart_resize_lifted(size: Size, *, factor: int, min_pixels: int, max_pixels: int) -> Step:
    """As `smart_resize`, but a side below `factor` is enlarged to it first, and other aspects are cut to ASPECT_LIMIT.

    The lesser side decides about the scale, and only an image whose sides are long enough is cut; its longer side is
    compressed. Raises UnsupportedSizeError if a side becomes 0. Upstream: AIDC-AI/Ovis 4de4946,
    ovis/model/modeling_ovis.py, VisualTokenizer.smart_resize.
    """
    check_limits(min_pixels, max_pixels)
    height, width = size
    if min(size) < factor:
        height, width = (
            (factor, round(factor / height * width)) if height < width else (round(factor / width * height), factor)
        )
    elif max(size) / min(size) > ASPECT_LIMIT:
        height, width = (ASPECT_LIMIT * width, width) if height > width else (height, ASPECT_LIMIT * height)
    lifted = size._replace(height=height, width=width)
    rounded = Size(*(nearest_multiple(side, factor) for side in lifted))
    step = _rescaled(lifted, rounded, factor=factor, least=0, limits=(min_pixels, max_pixels))
    if not step.after.area:
        raise UnsupportedSizeError(f"{size} shrinks to {step.after} under max_pixels {max_pixels:,}; crop or pad it")
    return step._replace(before=size)


@for_many
def smart_resize_video(
    size: Size, *, num_frames: int, temporal_factor: int, factor: int, min_pixels: int, max_pixels: int
) -> Step:
    """As `smart_resize`, but the limits hold for all frames together, and a side below `factor` is enlarged first.

    An image counts as `temporal_factor` frames. The number of frames is rounded to a multiple for the comparison with
    the limits, but not for the scale. Raises UnsupportedSizeError for fewer frames than `temporal_factor`. Upstream:
    transformers 5.23, models/glm4v/image_processing_glm4v.py, smart_resize (also glm46v, and
    models/qwen3_vl/video_processing_qwen3_vl.py).
    """
    if num_frames < temporal_factor:
        raise UnsupportedSizeError(
            f"too few frames are taken from the video: {num_frames}; the model needs at least {temporal_factor}; "
            f"ask for more of them, or give a longer video"
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
    return step._replace(
        before=size, reason=f"enlarged to {lifted}, as no side may be below {factor}; then {step.reason}"
    )


def _rescaled(
    size: Size,
    rounded: Size,
    *,
    factor: int,
    least: int,
    limits: tuple[int, float],
    frames: tuple[int, int] | None = None,
) -> Step:
    """The step to the rounded size or, if its pixels leave the limits, to `size` scaled to the limit.

    A shrunk side is at least `least`. With `frames`, the limits hold for that many frames together: the first number is
    scaled by, the second is compared.
    """
    min_pixels, max_pixels = limits
    count, counted = frames or (1, 1)
    pixels = f"{counted * rounded.area:,} pixels" + (f" of {counted} frames" if frames else "")
    if counted * rounded.area > max_pixels:
        # Not side / (beta * factor): the order of the two divisions decides the last bit.
        beta = sqrt(count * size.area / max_pixels)
        after = Size(*(max(least, floor(side / beta / factor) * factor) for side in size))
        reason = f"after rounding, {pixels} are above max_pixels {max_pixels:,.0f}: shrunk to multiples of {factor}"
    elif counted * rounded.area < min_pixels:
        beta = sqrt(min_pixels / (count * size.area))
        after = Size(*(ceil(side * beta / factor) * factor for side in size))
        reason = f"after rounding, {pixels} are below min_pixels {min_pixels:,}: enlarged to multiples of {factor}"
    else:
        after, reason = rounded, f"both sides rounded to multiples of {factor}; {pixels} are within the limits"
    return Step(name="resize", before=size, after=after, reason=reason)


def frame_share(
    max_pixels: float, *, min_pixels: int, num_frames: int, total_pixels: float, temporal_patch_size: int = 2
) -> float:
    """The most pixels of one frame if all frames share `total_pixels`; at least 1.05 times `min_pixels`.

    The lower bound wins over the total. Upstream: qwen-vl-utils 0.0.14, vision_process.py, fetch_video.
    """
    return max(min(max_pixels, total_pixels / num_frames * temporal_patch_size), int(min_pixels * 1.05))


@for_many
def lift_short_side(size: Size, *, factor: int) -> Step:
    """Enlarge an image with a side below `factor` until that side is `factor`: first the height, then the width.

    Upstream: transformers 5.23, models/paddleocr_vl/image_processing_paddleocr_vl.py, smart_resize, before its limits.
    """
    height, width = size
    if height < factor:
        height, width = factor, round((width * factor) / height)
    if width < factor:
        height, width = round((height * factor) / width), factor
    reason = f"enlarged, as no side may be below {factor}"
    return Step(name="lift", before=size, after=Size(height, width), reason=reason)


@for_many
def pad_to_multiple(size: Size, factor: int) -> Step:
    """Pad at the right and bottom to multiples of `factor`."""
    after = Size(*(ceil(side / factor) * factor for side in size))
    down, right = (new - old for new, old in zip(after, size, strict=True))
    padded = f"padded to multiples of {factor}: {right} pixels at the right, {down} at the bottom"
    reason = padded if after != size else f"both sides are multiples of {factor} already"
    return Step(name="pad", before=size, after=after, reason=reason)


@for_many
def fill_patches(size: Size, *, patch_size: int, max_patches: int) -> Step:
    """Scale to the most patches within `max_patches`, both sides rounded up to multiples of `patch_size`.

    The scale is found by bisection and is at most 100: an image of a few pixels does not reach the limit. A strip keeps
    at least one patch along its short side. Upstream: transformers 5.23,
    models/siglip2/image_processing_siglip2.py, get_image_size_for_max_num_patches.
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
    reason = f"scaled by {low:.4g} to {patches:,} patches, of at most {max_patches:,}"
    return Step(name="resize", before=size, after=after, reason=reason)


@for_many
def fill_pixels(size: Size, *, factor: int, max_pixels: int) -> Step:
    """Scale to `max_pixels`, both sides rounded down to multiples of `factor`.

    If the short side of a strip becomes 0, it is set to `factor`; the long side is then `factor` times the whole part
    of the aspect ratio, as far as `max_pixels` reaches. Raises UnsupportedSizeError if both sides become 0. Upstream:
    transformers 5.23, models/gemma4/image_processing_gemma4.py, get_aspect_ratio_preserving_size.
    """
    check_positive(factor=factor, max_pixels=max_pixels)
    scale = sqrt(max_pixels / (size.height * size.width))
    height, width = (floor(scale * side / factor) * factor for side in size)
    reason = f"scaled by {scale:.4g} to at most {max_pixels:,} pixels, both sides down to multiples of {factor}"
    if not height and not width:
        raise UnsupportedSizeError(
            f"{size} leaves no multiple of {factor} within {max_pixels:,} pixels; allow more pixels"
        )
    longest = max_pixels // factor**2 * factor
    if not height:
        height, width = factor, min(size.width // size.height * factor, longest)
    elif not width:
        height, width = min(size.height // size.width * factor, longest), factor
    if factor in (height, width) and longest in (height, width):
        reason += f", the longer side held to {longest:,}"
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


@for_many
def floor_patches(size: Size, *, patch_size: int, max_patches: int, root: Callable[[float], float] = sqrt) -> Step:
    """Scale to the most patches within `max_patches`; the numbers of rows and columns drop their fractions.

    A strip keeps at least one patch along its short side and at most `max_patches` along its long one. A small image is
    enlarged. `root` is upstream's square root. Upstream: transformers 5.23,
    models/{kosmos2_5,pix2struct}/image_processing_{kosmos2_5,pix2struct}.py, extract_flattened_patches.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches)
    scale = root(max_patches * (patch_size / size.height) * (patch_size / size.width))
    rows, columns = (max(min(floor(scale * side / patch_size), max_patches), 1) for side in size)
    reason = f"scaled by {scale:.4g} to {columns:,} x {rows:,} patches, of at most {max_patches:,}"
    return Step(name="resize", before=size, after=Size(rows * patch_size, columns * patch_size), reason=reason)


@for_many
def patch_budget(size: Size, *, patch_size: int, merge_size: int, min_patches: int, max_patches: int) -> Step:
    """Scale the image's own rows and columns of patches into the limits, both multiples of `merge_size`.

    Fractions of a patch count as one. A multiple above the number is taken if `max_patches` allows it, else the one
    below. Raises UnsupportedSizeError for a strip that keeps no row or column. Upstream: transformers 5.23,
    models/nemotron_h_omni/image_processing_nemotron_h_omni.py, get_patch_grid_size.
    """
    check_positive(patch_size=patch_size, merge_size=merge_size, min_patches=min_patches, max_patches=max_patches)
    rows, columns = (round(side / patch_size + 0.5) for side in size)
    reason = f"{columns:,} x {rows:,} patches lie within {min_patches:,} to {max_patches:,}"
    factor = min(sqrt(max_patches / (rows * columns)), 1.0)
    if factor < 1:
        reason = f"{columns:,} x {rows:,} patches are shrunk to at most {max_patches:,}"
    rows, columns = floor(factor * rows), floor(factor * columns)
    if not rows or not columns:
        raise UnsupportedSizeError(f"{size} keeps no row of patches within {max_patches:,}; crop or pad it")
    if max_patches > min_patches and rows * columns < min_patches:
        reason = f"{columns:,} x {rows:,} patches are enlarged to at least {min_patches:,}"
        factor = sqrt(min_patches / (rows * columns))
        rows, columns = ceil(factor * rows), ceil(factor * columns)
    rows = _merged(rows, columns, merge_size, max_patches)
    columns = _merged(columns, rows, merge_size, max_patches)
    after = Size(rows * patch_size, columns * patch_size)
    return Step(name="resize", before=size, after=after, reason=f"{reason}, both sides multiples of {merge_size}")


def near_patches(size: Size, *, patch_size: int, merge_size: int, target: int, keep_aspect: bool) -> Step:
    """The grid of about `target` patches that keeps the aspect ratio, its sides even numbers of merged patches.

    Both sides go up to whole merged patches if `target` holds them then, else both go down. Without `keep_aspect`, the
    grid is a square. Upstream: transformers 5.23, models/nemotron_h_omni/video_processing_nemotron_h_omni.py,
    _compute_target_patches.
    """
    if keep_aspect:
        aspect = size.width / size.height
        rows, columns = (max(round(sqrt(count)), 1) for count in (target / aspect, target * aspect))
        up = Size(*(ceil(count / merge_size) * merge_size for count in (rows, columns)))
        down = Size(*(max(merge_size, count // merge_size * merge_size) for count in (rows, columns)))
        grid = up if up.area <= target or merge_size == 1 else down
    else:
        side = max(merge_size, int(sqrt(target)) // merge_size * merge_size)
        grid = Size(side, side)
    after = Size(grid.height * patch_size, grid.width * patch_size)
    reason = f"stretched to {grid.height} x {grid.width} patches of {patch_size}, about {target:,}"
    return Step(name="resize", before=size, after=after, reason=reason)


def _merged(count: int, other: int, merge: int, most: int) -> int:
    """A number of rows or columns as a multiple of `merge`: upwards if their product is at most `most`."""
    rest = count % merge
    if not rest:
        return count
    return count + merge - rest if (count + merge - rest) * other <= most else max(merge, count - rest)


@for_many
def nearest_token_grid(size: Size, *, factor: int, max_tokens: int) -> Step:
    """Scale to the grid of `factor` pixels whose aspect ratio is nearest, among the sides rounded down and up.

    The grid of an image with more than `max_tokens` is that of the shrunk image. Of equally near grids the first one in
    the order of a Python set wins, as upstream. Upstream: transformers 5.23,
    models/muse_glimmer/image_processing_muse_glimmer.py, smart_resize.
    """
    check_positive(factor=factor, max_tokens=max_tokens)
    rows, columns = size.height / factor, size.width / factor
    ratio = columns / rows
    shrunk = rows * columns > max_tokens
    if shrunk:
        rows = (max_tokens / ratio) ** 0.5
        columns = rows * ratio
    grids = set(product((floor(rows), ceil(rows)), (floor(columns), ceil(columns))))
    fitting = [(r, c) for r, c in grids if r >= 1 and c >= 1 and r * c <= max_tokens]
    fitting = fitting or [(max(1, round(rows)), max(1, round(columns)))]
    r, c = min(fitting, key=lambda grid: abs(grid[0] / grid[1] - size.height / size.width))
    most = f"{size.height / factor * size.width / factor:.6g} tokens are above the most of {max_tokens:,}: shrunk to "
    reason = f"{most if shrunk else ''}{r} x {c} tokens, the grid nearest in aspect ratio"
    return Step(name="resize", before=size, after=Size(r * factor, c * factor), reason=reason)


@for_many
def aligned_within_tokens(
    size: Size, *, num_frames: int, temporal_factor: int, factor: int, min_tokens: int, max_tokens: int
) -> Step:
    """The canvas of an image or of all frames of a video: both sides up to multiples of `factor`, within limits.

    A token covers `factor` x `factor` pixels of `temporal_factor` frames. An image below the limit is enlarged; of one
    above, the greatest height is searched whose canvas is within. Raises UnsupportedSizeError if there is no frame, or
    none may have a token. Upstream: transformers 5.23, models/glm5_next/image_processing_glm5_next.py, smart_resize.
    """
    check_positive(factor=factor, max_tokens=max_tokens)
    if num_frames < 1:
        raise UnsupportedSizeError("no frame is taken from the video; ask for more of them, or give a longer video")
    frames = max(temporal_factor, nearest_multiple(num_frames, temporal_factor))
    least, most = (tokens * temporal_factor * factor**2 for tokens in (min_tokens, max_tokens))
    after = Size(*(_up(side, factor) for side in size))
    reason = f"both sides up to multiples of {factor}"
    if frames * after.area < least:
        scale = sqrt(least / (num_frames * size.height * size.width))
        after = Size(*(_up(max(1, ceil(side * scale)), factor) for side in size))
        reason = f"below the least of {min_tokens:,} tokens: scaled by {scale:.4g}, {reason}"
    if frames * after.area > most:
        if most < frames * factor**2:
            raise UnsupportedSizeError(f"{frames} frames have no token within the most of {max_tokens:,}; take fewer")
        after = _tallest(size, frames, factor, most)
        reason = f"above the most of {max_tokens:,} tokens: the tallest canvas within, {reason}"
    return Step(name="resize", before=size, after=after, reason=reason)


def _up(side: int, factor: int) -> int:
    return ceil(side / factor) * factor


def _tallest(size: Size, frames: int, factor: int, most: int) -> Size:
    low, high, best = 1, size.height, Size(factor, factor)
    while low <= high:
        height = (low + high) // 2
        canvas = Size(_up(height, factor), _up(max(1, floor(size.width * height / size.height)), factor))
        if frames * canvas.area <= most:
            best, low = canvas, height + 1
        else:
            high = height - 1
    return best


def within_canvas(size: Size, canvas: Size, *, enlarge: bool) -> Size:
    """The size of an image on a canvas, its aspect ratio kept and fractions dropped; enlarged only if asked for.

    Upstream: transformers 5.23, models/glm5_next/image_processing_glm5_next.py, resize.
    """
    scale = min(limit / side for side, limit in zip(size, canvas, strict=True))
    scale = scale if enlarge else min(1.0, scale)
    return Size(*(max(1, min(limit, floor(side * scale))) for side, limit in zip(size, canvas, strict=True)))
