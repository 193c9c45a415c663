"""Rules that resize an image to a size, an edge, a box or a number of patches, its aspect ratio kept where it can be.

Each returns the `Step` that it took, as those in `snapping`.
"""

from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError
from vtok.geometry.snapping import check_positive
from vtok.values import Size, Step


def stretch(size: Size, target: Size) -> Step:
    """To a fixed size, whatever the aspect ratio."""
    squeezed = size.width * target.height != size.height * target.width
    reason = f"stretched to {target}; the aspect ratio is not kept" if squeezed else f"to {target}"
    return Step(name="resize", before=size, after=target, reason=reason)


def short_edge(size: Size, edge: int) -> Step:
    """The shorter side to `edge`, the longer one in proportion, its fraction dropped.

    Upstream: transformers 5.23, image_transforms.py, get_resize_output_image_size.
    """
    long = int(edge * max(size) / min(size))
    after = Size(long, edge) if size.width <= size.height else Size(edge, long)
    return Step(name="resize", before=size, after=after, reason=f"shorter side to {edge}, aspect ratio kept")


def short_edge_capped(size: Size, *, shortest_edge: int, longest_edge: int, factor: int) -> Step:
    """Shorter side to `shortest_edge`, less where the longer one exceeds `longest_edge`; sides down to a multiple.

    Upstream: transformers 5.23, models/vilt/image_processing_vilt.py, resize. Small images are enlarged. Raises
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
    """Shrink to a box that does not hold the image, each side truncated to a pixel; never enlarge.

    Upstream: transformers 5.23, models/fuyu/image_processing_fuyu.py, resize. Raises UnsupportedSizeError where a side
    vanishes.
    """
    if size.height <= box.height and size.width <= box.width:
        return Step(name="resize", before=size, after=size, reason=f"within {box}; kept")
    scale = min(box.height / size.height, box.width / size.width)
    after = Size(*(int(side * scale) for side in size))
    return _seen(Step(name="resize", before=size, after=after, reason=f"shrunk into {box}"))


def fit_patches(size: Size, *, patch_size: int, max_patches: int) -> Step:
    """Shrink an image of more whole patches than `max_patches`, each side truncated to a pixel; never enlarge.

    Upstream: moonshotai/Kimi-VL-A3B-Instruct, image_processing_kimi_vl.py, rescale. A side shorter than a patch counts
    none, so that such an image is never shrunk. Raises UnsupportedSizeError where a side vanishes.
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


def _seen(step: Step) -> Step:
    """The step; UnsupportedSizeError where a side of its size is 0."""
    if not step.after.area:
        raise UnsupportedSizeError(f"{step.before} shrinks to {step.after} ({step.reason}); crop or pad it")
    return step
