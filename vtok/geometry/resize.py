"""Rules that resize an image to a size, to a side, into a box or to a number of patches.

Each returns the `Step` that it took, as in `snapping`. All but `stretch` keep the aspect ratio as far as rounding lets
them.
"""

from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError
from vtok.geometry.many import for_many
from vtok.geometry.snapping import check_positive, ratios
from vtok.values import Size, Step


@for_many
def stretch(size: Size, target: Size) -> Step:
    """Resize to a fixed size, whatever the aspect ratio."""
    if size.width * target.height != size.height * target.width:
        before, after = ratios(size.width / size.height, target.width / target.height)
        reason = f"stretched to {target}: the aspect ratio {before} becomes {after}"
    else:
        reason = f"resized to {target}"
    return Step(name="resize", before=size, after=target, reason=reason)


@for_many
def short_edge(size: Size, edge: int) -> Step:
    """The shorter side becomes `edge`, the longer one follows in proportion; its fraction is dropped.

    Upstream: transformers 5.23, image_transforms.py, get_resize_output_image_size.
    """
    long = int(edge * max(size) / min(size))
    after = Size(long, edge) if size.width <= size.height else Size(edge, long)
    return Step(name="resize", before=size, after=after, reason=f"the shorter side is resized to {edge}")


@for_many
def short_edge_capped(size: Size, *, shortest_edge: int, longest_edge: int, factor: int) -> Step:
    """The shorter side becomes `shortest_edge`, or less, so that the longer one does not exceed `longest_edge`.

    Both sides are rounded down to multiples of `factor`. Small images are enlarged. Raises UnsupportedSizeError if a
    side becomes 0. Upstream: transformers 5.23, models/vilt/image_processing_vilt.py, resize.
    """
    scale = shortest_edge / min(size)
    # The shorter side is set, not computed: it would otherwise lose its last bit.
    height = shortest_edge if size.height < size.width else size.height * scale
    width = size.width * scale if size.height < size.width else shortest_edge
    reason = f"the shorter side is resized to {shortest_edge}"
    if max(height, width) > longest_edge:
        cap = longest_edge / max(height, width)
        height, width = height * cap, width * cap
        reason = f"the longer side is resized to {longest_edge}, which a shorter side of {shortest_edge} would exceed"
    after = Size(*(int(side + 0.5) // factor * factor for side in (height, width)))
    reason += f", both sides are rounded down to multiples of {factor}"
    return _visible(Step(name="resize", before=size, after=after, reason=reason))


@for_many
def long_edge(size: Size, edge: int) -> Step:
    """The longer side becomes `edge`, the shorter one follows in proportion, rounded half up.

    Raises UnsupportedSizeError if a side becomes 0. Upstream: transformers 5.23, models/sam/image_processing_sam.py,
    _get_preprocess_shape.
    """
    scale = edge / max(size)
    after = Size(*(int(side * scale + 0.5) for side in size))
    reason = f"the longer side is resized to {edge}"
    return _visible(Step(name="resize", before=size, after=after, reason=reason))


def long_edge_rounded(size: Size, edge: int, *, least: int) -> Step:
    """The longer side becomes `edge`, the shorter one follows, rounded half to even; neither is below `least`.

    Upstream: transformers 5.23, models/janus/image_processing_janus.py, resize (also deepseek_vl).
    """
    scale = edge / max(size)
    after = Size(*(max(round(side * scale), least) for side in size))
    return Step(name="resize", before=size, after=after, reason=_long_edge(edge, round(min(size) * scale), least))


def long_edge_truncated(size: Size, edge: int, *, least: int) -> Step:
    """As `long_edge_rounded`, but the shorter side drops its fraction.

    Upstream: deepseek-ai/DeepSeek-VL 681bffb, deepseek_vl/models/image_processing_vlm.py, resize.
    """
    after = Size(*(max(int(side / max(size) * edge), least) for side in size))
    shorter = int(min(size) / max(size) * edge)
    return Step(name="resize", before=size, after=after, reason=_long_edge(edge, shorter, least))


def _long_edge(edge: int, shorter: int, least: int) -> str:
    held = f", the shorter side of {shorter} held to {least}" if shorter < least else ""
    return f"the longer side is resized to {edge}{held}"


@for_many
def even_along(size: Size, edge: int) -> Size:
    """The longer side at `edge`, the other one without its fraction and then up to an even number, which may be 0.

    Upstream: llama.cpp 0c1e57098, tools/mtmd/mtmd-image.cpp, mtmd_image_preprocessor_idefics3, and `longest_edge_even`.
    """
    height, width = size
    aspect = width / height
    other = int(edge / aspect) if width >= height else int(edge * aspect)
    other += other % 2
    return Size(other, edge) if width >= height else Size(edge, other)


LONGEST = 4096
"""The longest side that Idefics3's first resize leaves."""


@for_many
def longest_edge_even(size: Size, edge: int) -> Step:
    """The longer side becomes `edge`; the other one drops its fraction and goes up to an even number.

    A longer side above LONGEST is then resized to LONGEST, and the other one drops its fraction again. Upstream:
    transformers 5.23, models/idefics3/image_processing_idefics3.py, get_resize_output_image_size.
    """
    height, width = (max(side, 1) for side in even_along(size, edge))
    aspect = width / height
    if width >= height and width > LONGEST:
        height, width = max(int(LONGEST / aspect), 1), LONGEST
    elif height > width and height > LONGEST:
        height, width = LONGEST, max(int(LONGEST * aspect), 1)
    reason = f"the longer side is resized to {edge:,}, the other to an even number"
    if edge > LONGEST:
        reason += f"; then the longer side is resized to {LONGEST:,}"
    return Step(name="resize", before=size, after=Size(height, width), reason=reason)


def long_edge_at_least(size: Size, edge: int, *, least: int) -> Step:
    """The longer side becomes `edge`; the other one drops its fraction, but becomes at least `least`.

    Upstream: transformers 5.23, models/aria/image_processing_aria.py, _preprocess.
    """
    scale = edge / max(size)
    wide = size.width >= size.height
    other = max(int(min(size) * scale), least)
    after = Size(other, edge) if wide else Size(edge, other)
    reason = f"the longer side is resized to {edge}, the other to at least {least}"
    return Step(name="resize", before=size, after=after, reason=reason)


def long_edge_scaled(size: Size, *, scale: float, most: int | None) -> Step:
    """The longer side times `scale`, the other in proportion, both rounded half up; not enlarged above `most`.

    A longer side that is above `most` already keeps its size. Upstream: transformers 5.23,
    models/inkling/image_processing_inkling.py, _preprocess.
    """
    longer = max(size)
    target, reason = longer * scale, f"the longer side is scaled by {scale:g}"
    if most is not None and target > max(most, longer):
        target, reason = max(most, longer), f"{reason}, held to {max(most, longer):,}"
    ratio = target / longer
    after = Size(*(floor(side * ratio + 0.5) for side in size)) if ratio != 1 else size
    return Step(name="resize", before=size, after=after, reason=reason)


def edges_within(size: Size, *, shortest_edge: int, longest_edge: int) -> Step:
    """A longer side above `longest_edge` becomes that, the other follows; then both become at least `shortest_edge`.

    Fractions are dropped. The aspect ratio is lost where a side is enlarged. Upstream: transformers 5.23,
    models/idefics2/image_processing_idefics2.py, get_resize_output_image_size.
    """
    height, width = size
    aspect = width / height
    reason = f"no side is above {longest_edge}"
    if max(size) > longest_edge:
        reason = f"the longer side is resized to {longest_edge}"
        wide = width >= height
        height, width = (
            (int(longest_edge / aspect), longest_edge) if wide else (longest_edge, int(longest_edge * aspect))
        )
    if min(height, width) < shortest_edge:
        reason += f"; sides below {shortest_edge} are enlarged to that"
    after = Size(max(height, shortest_edge), max(width, shortest_edge))
    return Step(name="resize", before=size, after=after, reason=reason)


@for_many
def up_to_tiles(size: Size, tile: int) -> Step:
    """Both sides are stretched up to multiples of `tile`; the shorter one first follows the longer one.

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
    reason = f"both sides are stretched up to multiples of {tile}"
    return Step(name="tile", before=size, after=Size(height, width), reason=reason)


@for_many
def fit_longest_edge(size: Size, *, longest_edge: int, factor: int) -> Step:
    """Shrink an image with a side above `longest_edge`; then round both sides up to multiples of `factor`.

    The shrunk sides drop their fractions. Raises UnsupportedSizeError if a side becomes 0. Upstream: transformers 5.23,
    models/pixtral/image_processing_pixtral.py, get_resize_output_image_size.
    """
    check_positive(longest_edge=longest_edge)
    shrink = max(side / longest_edge for side in size)
    # Not side * scale: the quotient of the quotient decides the last bit.
    shrunk = Size(*(floor(side / shrink) for side in size)) if shrink > 1 else size
    after = Size(*(((side - 1) // factor + 1) * factor for side in shrunk))
    up = f"both sides rounded up to multiples of {factor}"
    longest = f"the longer side of {max(size):,} is above longest_edge {longest_edge:,}"
    reason = f"{longest}: shrunk to {shrunk}, {up}" if shrink > 1 else up
    return _visible(Step(name="resize", before=size, after=after, reason=reason))


@for_many
def fit_longest_edge_rounded(size: Size, *, longest_edge: int, factor: int) -> Step:
    """As `fit_longest_edge`, but the sides of a shrunk image are rounded, half to even, and keep at least one pixel.

    Upstream: mistral-common 1.13.1, tokens/tokenizers/image.py, ImageEncoder._image_to_num_tokens.
    """
    ratio = max(side / longest_edge for side in size)
    held = Size(*(max(round(side / ratio), 1) for side in size)) if ratio > 1 else size
    after = Size(*(ceil(side / factor) * factor for side in held))
    reason = f"longest edge at most {longest_edge:,}, then both sides up to a multiple of {factor}"
    return Step(name="resize", before=size, after=after, reason=reason)


@for_many
def cap_long_edge(size: Size, edge: int) -> Step:
    """Shrink an image whose longer side is above `edge`; both sides are rounded, half to even, and at least 1."""
    if max(size) <= edge:
        return Step(name="resize", before=size, after=size, reason=f"longest edge at most {edge:,}")
    scale = edge / max(size)
    after = Size(*(max(1, round(side * scale)) for side in size))
    return Step(name="resize", before=size, after=after, reason=f"longest edge at most {edge:,}")


@for_many
def fit_box(size: Size, box: Size) -> Step:
    """Shrink an image into a box that does not hold it, fractions dropped; a smaller image stays as it is.

    Raises UnsupportedSizeError if a side becomes 0. Upstream: transformers 5.23, models/fuyu/image_processing_fuyu.py,
    resize.
    """
    if size.height <= box.height and size.width <= box.width:
        return Step(name="resize", before=size, after=size, reason=f"not resized: it lies within {box}")
    scale = min(box.height / size.height, box.width / size.width)
    after = Size(*(int(side * scale) for side in size))
    return _visible(Step(name="resize", before=size, after=after, reason=f"shrunk by {scale:.4g} to lie within {box}"))


@for_many
def fit_patches(size: Size, *, patch_size: int, max_patches: int) -> Step:
    """Shrink an image of more whole patches than `max_patches`, fractions dropped; a smaller image stays as it is.

    A side shorter than a patch counts no patch, so that such an image is never shrunk. Raises UnsupportedSizeError if a
    side becomes 0. Upstream: moonshotai/Kimi-VL-A3B-Instruct, image_processing_kimi_vl.py, rescale.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches)
    patches = (size.width // patch_size) * (size.height // patch_size)
    if patches <= max_patches:
        reason = f"not resized: {patches:,} whole patches are at most {max_patches:,}"
        return Step(name="resize", before=size, after=size, reason=reason)
    scale = sqrt(max_patches / patches)
    reason = f"{patches:,} whole patches are shrunk to at most {max_patches:,}"
    return _visible(Step(name="resize", before=size, after=Size(*(int(side * scale) for side in size)), reason=reason))


@for_many
def fit_patches_and_sides(size: Size, *, patch_size: int, max_patches: int, max_side_patches: int) -> Step:
    """Shrink to `max_patches` and to `max_side_patches` along each side, whichever is less; never enlarge.

    Each side counts at least one patch and keeps at least one pixel. Upstream: transformers 5.23,
    models/kimi_k25/image_processing_kimi_k25.py, navit_resize, before its padding.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches, max_side_patches=max_side_patches)
    longest = max_side_patches * patch_size
    patches = max(1, size.height // patch_size) * max(1, size.width // patch_size)
    scales = (sqrt(max_patches / patches), *(longest / side for side in size))
    scale = min(1.0, *scales)
    after = Size(*(min(max(1, int(side * scale)), longest) for side in size))
    if scale == 1.0:
        reason = f"not resized: {patches:,} patches are at most {max_patches:,}, and at most {max_side_patches} a side"
    elif scale == scales[0]:
        reason = f"{patches:,} whole patches are shrunk to at most {max_patches:,}"
    else:
        reason = f"the longer side of {max(size):,} pixels is shrunk to {max_side_patches} patches"
    return Step(name="resize", before=size, after=after, reason=reason)


def _visible(step: Step) -> Step:
    """The step. Raises UnsupportedSizeError if one of its sides is 0."""
    if not step.after.area:
        raise UnsupportedSizeError(f"{step.before} shrinks to {step.after}: {step.reason}; crop or pad it")
    return step
