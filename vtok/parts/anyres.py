"""LLaVA's anyres: the whole image, and again on a canvas of tiles; padding is dropped from the tokens."""

from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError
from vtok.geometry.canvases import cut, filled_out, floor_centred, shrunk_map, stitched, unpad, unpad_rounded
from vtok.geometry.places import Patches, part, resampled
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import best_fit, chosen
from vtok.parts.spans import NEWLINE, view_tokens, vision
from vtok.parts.tiles import tiling_step
from vtok.parts.views import thumbnail
from vtok.values import Candidate, Raster, Size, Step

Pairs = tuple[tuple[int, int], ...]

if TYPE_CHECKING:
    from typing import Protocol

    class Tiling(Protocol):
        """The numbers of anyres, as a family has them."""

        @property
        def size(self) -> int:
            """Side of a tile in pixels."""

        @property
        def patch_size(self) -> int:
            """Side of a patch in pixels."""

        @property
        def image_grid_pinpoints(self) -> Pairs:
            """Canvases that are considered."""

        @property
        def pipeline_used(self) -> str:
            """Whose code prepares the image."""


def anyres_candidates(family: "Tiling", original: Size) -> tuple[Candidate, ...]:
    """Every canvas in image_grid_pinpoints: (height, width) to transformers, (width, height) to the original.

    Raises UsageError for canvases that tiles of the family's size do not fill.
    """
    canvases = [Size(*pair) for pair in family.image_grid_pinpoints]
    if any(side % family.size for canvas in canvases for side in canvas) or not canvases:
        raise UsageError(f"image_grid_pinpoints must be multiples of the tile's size {family.size}; set both")
    if family.pipeline_used == "original":
        canvases = [canvas.turned for canvas in canvases]
    return best_fit(original, canvases, tile=family.size)


def anyres(family: "Tiling", original: Size, *, max_num_patches: int | None = None) -> dict[str, Any]:
    """The parts of a layout: thumbnail first, then the tiles as one map, each row closed by a newline.

    With `max_num_patches` the map is held to that many tiles' tokens.
    """
    best = chosen(anyres_candidates(family, original))
    canvas = best.canvas
    resized = filled_out(original, canvas)
    content = floor_centred(resized, canvas)
    patches = Patches(family.patch_size)
    whole = thumbnail(original, family.size, patches)
    tiles = cut(original, canvas, best.tiles, patches, content=content)
    side = family.size // family.patch_size
    full = stitched(tiles, best.tiles[0], cells=side, cell=family.patch_size)
    rule = unpad if family.pipeline_used == "original" else unpad_rounded
    raster = part(full, *rule(original, full.rows, full.columns))
    if not raster.rows and family.pipeline_used == "transformers":
        raster = part(raster, range(0), range(0))  # its processor counts rows x columns, which leaves no columns
    steps = [
        tiling_step(original, best),
        Step(name="resize", before=original, after=resized, reason="one side fills the canvas, the other rounded up"),
        Step(name="pad", before=resized, after=canvas, reason="black, the image in the middle"),
        stretch(original, whole.size)._replace(name="thumbnail"),
        _in_tokens("unpad", full, raster, "rows and columns of padding dropped"),
    ]
    if max_num_patches:
        most = max_num_patches * side**2
        shrunk = resampled(raster, *shrunk_map(raster.rows, raster.columns, most))
        steps.append(_in_tokens("shrink", raster, shrunk, f"interpolated to at most {most:,}"))
        raster = shrunk
    return {
        "steps": tuple(steps),
        "views": (whole, *tiles),
        "spans": (view_tokens(whole, 0), vision(raster, *range(1, 1 + len(tiles)), row_end=NEWLINE)),
        "resized": resized,
        "canvas": canvas,
        "content": content,
        "tiles": best.tiles,
    }


def _in_tokens(name: str, before: Raster, after: Raster, change: str) -> Step:
    """A step of the tiles' token map: its sizes count tokens."""
    sizes = Size(before.rows, before.columns), Size(after.rows, after.columns)
    done = f"to {after.columns}x{after.rows}: {change}" if sizes[0] != sizes[1] else "as they are"
    reason = f"{before.columns}x{before.rows} tokens of the tiles {done}"
    return Step(name=name, before=sizes[0], after=sizes[1], reason=reason)
