"""LLaVA's anyres: the whole picture, and again on a canvas of tiles; padding is dropped from the tokens."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError
from vtok.families._encoder import fixed_view
from vtok.families._tiles import chosen, tiling_step
from vtok.geometry.frames import every_frame, floor_frames
from vtok.geometry.places import merged_raster, part, resampled
from vtok.geometry.tiling import (
    best_fit_candidates,
    cut,
    filled_out,
    floor_centred,
    shrunk_map,
    stitched,
    unpad,
    unpad_rounded,
)
from vtok.values import Box, Candidate, Media, Raster, Sampling, Size, Span, Step, View

Pairs = tuple[tuple[int, int], ...]

NEWLINE = Span(kind="newline", count=1, is_token=True)

if TYPE_CHECKING:
    from typing import Protocol

    class Tiling(Protocol):
        """The numbers of anyres, as a family has them."""

        @property
        def size(self) -> int: ...
        @property
        def patch_size(self) -> int: ...
        @property
        def image_grid_pinpoints(self) -> Pairs: ...
        @property
        def pipeline_used(self) -> str: ...

    class Clips(Protocol):
        """The options for clips, as a family has them."""

        @property
        def sample(self) -> bool: ...
        @property
        def sample_fps(self) -> float | None: ...
        @property
        def sample_frames(self) -> int: ...
        @property
        def pipeline_used(self) -> str: ...
        def wish(self, name: str) -> Any: ...


def anyres_candidates(family: "Tiling", original: Size) -> tuple[Candidate, ...]:
    """Every canvas in image_grid_pinpoints: (height, width) to transformers, (width, height) to the original.

    Raises UsageError for canvases that tiles of the family's size do not fill.
    """
    canvases = [Size(*pair) for pair in family.image_grid_pinpoints]
    if any(side % family.size for canvas in canvases for side in canvas) or not canvases:
        raise UsageError(f"image_grid_pinpoints must be multiples of the tile's size {family.size}; set both")
    if family.pipeline_used == "original":
        canvases = [canvas.turned for canvas in canvases]
    return best_fit_candidates(original, canvases, tile=family.size)


def anyres(family: "Tiling", original: Size, *, max_num_patches: int | None = None) -> dict[str, Any]:
    """The parts of a layout: thumbnail first, then the tiles as one map, each row closed by a newline.

    With `max_num_patches` the map is held to that many tiles' tokens.
    """
    best = chosen(anyres_candidates(family, original))
    canvas = best.canvas
    resized = filled_out(original, canvas)
    content = floor_centred(resized, canvas)
    (whole,), thumbnail = fixed_view(original, size=family.size, patch_size=family.patch_size)
    tiles = cut(canvas, best.tiles, content=content, source=Box.of(original), patch_size=family.patch_size)
    side = family.size // family.patch_size
    full = stitched(tiles, best.tiles[0], cells=side, cell=family.patch_size)
    rule = unpad if family.pipeline_used == "original" else unpad_rounded
    raster = part(full, *rule(original, full.rows, full.columns))
    if not raster.rows and family.pipeline_used == "transformers":
        raster = part(raster, range(0), range(0))  # its processor counts rows x columns, which leaves no columns
    steps = [
        tiling_step(original, best),
        Step(name="resize", before=original, after=resized, reason="one side fills the canvas, the other rounded up"),
        Step(name="pad", before=resized, after=canvas, reason="black, the picture in the middle"),
        whole._replace(name="thumbnail"),
        _in_tokens("unpad", full, raster, "rows and columns of padding dropped"),
    ]
    if max_num_patches:
        most = max_num_patches * side**2
        shrunk = resampled(raster, *shrunk_map(raster.rows, raster.columns, most))
        steps.append(_in_tokens("shrink", raster, shrunk, f"interpolated to at most {most:,}"))
        raster = shrunk
    return {
        "steps": tuple(steps),
        "views": (thumbnail._replace(kind="thumbnail"), *tiles),
        "spans": (
            vision(merged_raster(thumbnail), 0),
            replace(vision(raster, *range(1, 1 + len(tiles))), row_end=NEWLINE),
        ),
        "resized": resized,
        "canvas": canvas,
        "content": content,
        "tiles": best.tiles,
    }


def vision(raster: Raster, *views: int) -> Span:
    """The tokens of a raster, of those views' features."""
    return Span(kind="vision", count=raster.cells, is_token=True, raster=raster, views=views)


def _in_tokens(name: str, before: Raster, after: Raster, change: str) -> Step:
    """A step of the tiles' token map: its sizes count tokens."""
    sizes = Size(before.rows, before.columns), Size(after.rows, after.columns)
    done = f"to {after.columns}x{after.rows}: {change}" if sizes[0] != sizes[1] else "as they are"
    reason = f"{before.columns}x{before.rows} tokens of the tiles {done}"
    return Step(name=name, before=sizes[0], after=sizes[1], reason=reason)


def sampled(family: "Clips", media: Media) -> Sampling:
    """The frames that transformers' video processor takes; `sample_frames` left alone is no more than there are."""
    total = media.num_frames or 0
    if not family.sample:
        return every_frame(total, fps=media.fps, multiple=1)
    if family.sample_fps is not None and family.wish("sample_frames") is not None:
        raise UsageError("sample_fps and sample_frames exclude each other; give one of the two")
    n = family.wish("sample_frames")
    if n is None and family.sample_fps is None:
        n = min(family.sample_frames, total)
    return floor_frames(total, fps=media.fps, sample_fps=family.sample_fps, sample_frames=n, multiple=1)


def frame_views(view: View, sampling: Sampling) -> tuple[View, ...]:
    """One view for each frame taken."""
    return tuple(view._replace(kind="frame", frames=(index,)) for index in sampling.indices)


def frame_spans(raster: Raster, sampling: Sampling) -> tuple[Span, ...]:
    """The tokens of each frame taken, all of one raster."""
    return tuple(vision(raster._replace(frames=((frame,),)), i) for i, frame in enumerate(sampling.indices))
