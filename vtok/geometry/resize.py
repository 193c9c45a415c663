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


def short_edge(size: Size, edge: int) -> Step:
    """The shorter side to `edge`, the longer one in proportion, its fraction dropped.

    Upstream: transformers 5.23, image_transforms.py, get_resize_output_image_size.
    """
    long = int(edge * max(size) / min(size))
    after = Size(long, edge) if size.width <= size.height else Size(edge, long)
    return Step(name="resize", before=size, after=after, reason=f"shorter side to {edge}, aspect ratio kept")


def stretch(size: Size, target: Size) -> Step:
    """To a fixed size, whatever the aspect ratio."""
    squeezed = size.width * target.height != size.height * target.width
    reason = f"stretched to {target}; the aspect ratio is not kept" if squeezed else f"to {target}"
    return Step(name="resize", before=size, after=target, reason=reason)


def smart_resize_any_aspect(size: Size, *, factor: int, min_pixels: int, max_pixels: int) -> Step:
    """As `smart_resize`, but a side rounds to no less than `factor`, and no aspect ratio is refused.

    Upstream: transformers 5.23, models/lfm2_vl/image_processing_lfm2_vl.py, smart_resize.
    """
    check_limits(min_pixels, max_pixels)
    height, width = (max(factor, nearest_multiple(side, factor)) for side in size)
    if height * width > max_pixels:
        beta = sqrt((size.height * size.width) / max_pixels)
        height, width = (max(factor, floor(side / beta / factor) * factor) for side in size)
        reason = _shrunk(f"max_pixels {max_pixels:,}", factor)
    elif height * width < min_pixels:
        beta = sqrt(min_pixels / (size.height * size.width))
        height, width = (ceil(side * beta / factor) * factor for side in size)
        reason = _enlarged(f"min_pixels {min_pixels:,}", factor)
    else:
        reason = _rounded(factor)
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


def fit_patches(size: Size, *, patch_size: int, max_patches: int) -> Step:
    """Shrink a picture of more whole patches than `max_patches`, each side truncated to a pixel; never enlarge.

    Upstream: moonshotai/Kimi-VL-A3B-Instruct, image_processing_kimi_vl.py, rescale. A side shorter than a patch counts
    none, so that such a picture is never shrunk. Raises UnsupportedSizeError where a side vanishes.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches)
    patches = (size.width // patch_size) * (size.height // patch_size)
    if patches <= max_patches:
        reason = f"{patches:,} whole patches are within {max_patches:,}; kept"
        return Step(name="resize", before=size, after=size, reason=reason)
    scale = sqrt(max_patches / patches)
    reason = f"{patches:,} whole patches shrunk to {max_patches:,}"
    return _seen(Step(name="resize", before=size, after=Size(*(int(side * scale) for side in size)), reason=reason))


def fit_patches_and_sides(size: Size, *, patch_size: int, max_patches: int, max_side_patches: int) -> Step:
    """Shrink to `max_patches` and to `max_side_patches` along each side, whichever takes more; never enlarge.

    Upstream: transformers 5.23, models/kimi_k25/image_processing_kimi_k25.py, navit_resize, before its padding. Each
    side counts at least one patch, and keeps at least one pixel.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches, max_side_patches=max_side_patches)
    longest = max_side_patches * patch_size
    patches = max(1, size.height // patch_size) * max(1, size.width // patch_size)
    scales = (sqrt(max_patches / patches), *(longest / side for side in size))
    scale = min(1.0, *scales)
    after = Size(*(min(max(1, int(side * scale)), longest) for side in size))
    if scale == 1.0:
        reason = f"{patches:,} whole patches are within {max_patches:,}, and {max_side_patches} along a side; kept"
    elif scale == scales[0]:
        reason = f"{patches:,} whole patches shrunk to {max_patches:,}"
    else:
        reason = f"the longer side shrunk to {max_side_patches} patches"
    return Step(name="resize", before=size, after=after, reason=reason)


def pad_to_multiple(size: Size, factor: int) -> Step:
    """Padding at the right and bottom, up to multiples of `factor`."""
    after = Size(*(ceil(side / factor) * factor for side in size))
    reason = f"padded right and bottom to multiples of {factor}" if after != size else f"multiples of {factor} already"
    return Step(name="pad", before=size, after=after, reason=reason)


def fit_longest_edge(size: Size, *, longest_edge: int, factor: int) -> Step:
    """Shrink where a side is longer than `longest_edge`, down to whole pixels; then both sides up to a multiple.

    Upstream: transformers 5.23, models/pixtral/image_processing_pixtral.py, get_resize_output_image_size. Raises
    UnsupportedSizeError where a side vanishes.
    """
    check_positive(longest_edge=longest_edge)
    ratio = max(side / longest_edge for side in size)
    # Not side * scale: the quotient of the quotient decides the last bit.
    shrunk = Size(*(floor(side / ratio) for side in size)) if ratio > 1 else size
    after = Size(*(((side - 1) // factor + 1) * factor for side in shrunk))
    reason = f"shrunk to {shrunk} for longest_edge {longest_edge}, then " if ratio > 1 else ""
    reason += f"both sides up to a multiple of {factor}"
    return _seen(Step(name="resize", before=size, after=after, reason=reason))


def fit_box(size: Size, box: Size) -> Step:
    """Shrink to a box that does not hold the picture, each side truncated to a pixel; never enlarge.

    Upstream: transformers 5.23, models/fuyu/image_processing_fuyu.py, resize. Raises UnsupportedSizeError where a side
    vanishes.
    """
    if size.height <= box.height and size.width <= box.width:
        return Step(name="resize", before=size, after=size, reason=f"within {box}; kept")
    scale = min(box.height / size.height, box.width / size.width)
    after = Size(*(int(side * scale) for side in size))
    return _seen(Step(name="resize", before=size, after=after, reason=f"shrunk into {box}"))


def short_edge_capped(size: Size, *, shortest_edge: int, longest_edge: int, factor: int) -> Step:
    """Shorter side to `shortest_edge`, less where the longer one exceeds `longest_edge`; sides down to a multiple.

    Upstream: transformers 5.23, models/vilt/image_processing_vilt.py, resize. Small pictures are enlarged. Raises
    UnsupportedSizeError where a side vanishes.
    """
    scale = shortest_edge / min(size)
    # The shorter side is set, not computed: it would otherwise lose its last bit.
    height = shortest_edge if size.height < size.width else size.height * scale
    width = size.width * scale if size.height < size.width else shortest_edge
    reason = f"shorter side to {shortest_edge}"
    if max(height, width) > longest_edge:
        cap = longest_edge / max(height, width)
        height, width = height * cap, width * cap
        reason = f"longer side to {longest_edge}, which it would exceed with the shorter one at {shortest_edge}"
    after = Size(*(int(side + 0.5) // factor * factor for side in (height, width)))
    reason += f", both down to a multiple of {factor}"
    return _seen(Step(name="resize", before=size, after=after, reason=reason))


def long_edge(size: Size, edge: int) -> Step:
    """The longer side to `edge`, the shorter one in proportion, rounded half up.

    Upstream: transformers 5.23, models/sam/image_processing_sam.py, _get_preprocess_shape. Raises UnsupportedSizeError
    where a side vanishes.
    """
    scale = edge / max(size)
    after = Size(*(int(side * scale + 0.5) for side in size))
    reason = f"longer side to {edge}, aspect ratio kept"
    return _seen(Step(name="resize", before=size, after=after, reason=reason))


def long_edge_rounded(size: Size, edge: int, *, least: int) -> Step:
    """The longer side to `edge`, the shorter one in proportion, rounded half to even; neither below `least`.

    Upstream: transformers 5.23, models/janus/image_processing_janus.py, resize (also deepseek_vl).
    """
    scale = edge / max(size)
    after = Size(*(max(round(side * scale), least) for side in size))
    held = f", a shorter side held to {least}" if round(min(size) * scale) < least else ""
    return Step(name="resize", before=size, after=after, reason=f"longer side to {edge}, aspect ratio kept{held}")


def long_edge_truncated(size: Size, edge: int, *, least: int) -> Step:
    """As `long_edge_rounded`, but the shorter side drops its fraction.

    Upstream: deepseek-ai/DeepSeek-VL 681bffb, deepseek_vl/models/image_processing_vlm.py, resize.
    """
    after = Size(*(max(int(side / max(size) * edge), least) for side in size))
    held = f", a shorter side held to {least}" if int(min(size) / max(size) * edge) < least else ""
    return Step(name="resize", before=size, after=after, reason=f"longer side to {edge}, aspect ratio kept{held}")


def fill_patches(size: Size, *, patch_size: int, max_patches: int) -> Step:
    """Enlarge or shrink to the most patches within `max_patches`, both sides up to a multiple.

    Upstream: transformers 5.23, models/siglip2/image_processing_siglip2.py, get_image_size_for_max_num_patches. The
    scale is found by bisection and is at most 100: a picture of a few pixels does not reach the limit. A strip keeps
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


LONGEST = 4096
"""The longest side that Idefics3's first resize leaves."""


def longest_edge_even(size: Size, edge: int) -> Step:
    """The longer side to `edge`, enlarged or shrunk; the other drops its fraction, then goes up to an even number.

    Upstream: transformers 5.23, models/idefics3/image_processing_idefics3.py, get_resize_output_image_size. Where the
    longer side still exceeds 4,096, it is brought down to that, and the other drops its fraction again.
    """
    height, width = size
    aspect = width / height
    if width >= height:
        width, height = edge, int(edge / aspect)
        height += height % 2
    else:
        height, width = edge, int(edge * aspect)
        width += width % 2
    height, width = max(height, 1), max(width, 1)
    aspect = width / height
    if width >= height and width > LONGEST:
        height, width = max(int(LONGEST / aspect), 1), LONGEST
    elif height > width and height > LONGEST:
        height, width = LONGEST, max(int(LONGEST * aspect), 1)
    reason = f"longer side to {edge:,}, the other to an even number"
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


def up_to_tiles(size: Size, tile: int) -> Step:
    """Both sides stretched up to multiples of `tile`: the longer one, and with it the shorter one, before it, too.

    Upstream: transformers 5.23, models/idefics3/image_processing_idefics3.py, resize_for_vision_encoder.
    """
    height, width = size
    aspect = width / height
    if width >= height:
        width = ceil(width / tile) * tile
        height = ceil(int(width / aspect) / tile) * tile
    else:
        height = ceil(height / tile) * tile
        width = ceil(int(height * aspect) / tile) * tile
    reason = f"both sides stretched up to multiples of {tile}"
    return Step(name="tile", before=size, after=Size(height, width), reason=reason)


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


def _seen(step: Step) -> Step:
    """The step; UnsupportedSizeError where a side of its size is 0."""
    if not step.after.area:
        raise UnsupportedSizeError(f"{step.before} shrinks to {step.after} ({step.reason}); crop or pad it")
    return step
