"""LLaVA's anyres: the whole image, and again on a canvas of tiles whose padding is dropped from the tokens."""

from typing import Any

from vtok.errors import UsageError
from vtok.geometry.canvases import cut, filled_out, floor_centred, shrunk_map, stitched, unpad, unpad_rounded
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, part, resampled
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import best_fit, chosen
from vtok.parts.family import Family, family
from vtok.parts.keys import Keys
from vtok.parts.spans import NEWLINE, square_tokens, vision
from vtok.parts.tiles import canvas_layout
from vtok.parts.views import thumbnail
from vtok.values import Candidate, Layout, Media, Raster, Size, Step

Pairs = tuple[tuple[int, int], ...]


@family
class Anyres(Family):
    """The numbers of anyres.

    `size` is the side of a tile. transformers reads `image_grid_pinpoints` as (height, width), the original code reads
    the same list as (width, height).
    """

    size: int
    patch_size: int = 14
    image_grid_pinpoints: Pairs

    @property
    def patches(self) -> Patches:
        """How a view is cut into patches."""
        return Patches(self.patch_size)

    @property
    def side(self) -> int:
        """The tokens along a side of a view."""
        return self.size // self.patch_size

    @property
    def cell(self) -> float:
        """The pixels along a side of a token. Patches that do not fill a view leave some pixels unseen.

        Raises UsageError where a view has no token.
        """
        if not self.side:
            raise UsageError(
                f"a view of {self.size} pixels in patches of {self.patch_size} has no token; set smaller patches or a "
                "larger size"
            )
        return self.size // self.patch_size * self.patch_size / self.side


def anyres_candidates(family: Anyres, media: Media) -> tuple[Candidate, ...]:
    """Every canvas in `image_grid_pinpoints`, as the pipeline reads them.

    Raises UsageError if there are none, or if tiles of the family's size do not fill one of them.
    """
    canvases = [Size(*pair) for pair in family.image_grid_pinpoints]
    if any(side % family.size for canvas in canvases for side in canvas) or not canvases:
        raise UsageError(f"image_grid_pinpoints must be multiples of the tile's size {family.size}; set both")
    if family.pipeline_used == "original":
        canvases = [canvas.turned for canvas in canvases]
    return best_fit(family.orient(media)[0], canvases, tile=family.size)


def anyres_layout(family: Anyres, media: Media, *, max_num_patches: int | None = None) -> Layout:
    """The layout of one image: the thumbnail first, then the tiles as one map, each row closed by a newline.

    With `max_num_patches`, the map is interpolated down to the tokens of that many tiles.
    """
    original, _ = family.orient(media)
    best = chosen(anyres_candidates(family, media))
    canvas = best.canvas
    resized = filled_out(original, canvas)
    content = floor_centred(resized, canvas)
    whole = thumbnail(original, family.size, family.patches)
    tiles = cut(original, canvas, best.tiles, family.patches, content=content)
    full = stitched(tiles, best.tiles[0], cells=family.side, cell=family.cell)
    raster, map_steps = _token_map(family, original, full, max_num_patches)
    done = (
        Step(name="resize", before=original, after=resized, reason=f"one side fills {canvas}, the other is rounded up"),
        Step(name="pad", before=resized, after=canvas, reason=f"black up to {canvas}, the image in the middle"),
        stretch(original, whole.size)._replace(name="thumbnail"),
        *map_steps,
    )
    spans = (
        square_tokens(whole, 0, side=family.side, cell=family.cell),
        vision(raster, *range(1, 1 + len(tiles)), row_end=NEWLINE),
    )
    return canvas_layout(family, media, best, done, content=content, views=(whole, *tiles), spans=spans)


def _token_map(family: Anyres, original: Size, full: Raster, max_num_patches: int | None) -> tuple[Raster, list[Step]]:
    """The token map of all tiles without its padding, held to `max_num_patches` tiles, and the steps to it."""
    rule = unpad if family.pipeline_used == "original" else unpad_rounded
    raster = part(full, *rule(original, full.rows, full.columns))
    if not raster.rows and family.pipeline_used == "transformers":
        raster = part(raster, range(0), range(0))  # its processor counts rows x columns, which leaves no columns
    steps = [_map_step("unpad", full, raster, "rows and columns of padding are dropped")]
    if max_num_patches:
        most = max_num_patches * family.side**2
        shrunk = resampled(raster, *shrunk_map(raster.rows, raster.columns, most))
        steps.append(_map_step("shrink", raster, shrunk, f"interpolated to at most {most:,} tokens"))
        raster = shrunk
    return raster, steps


def anyres_keys(family: Anyres, sizes: Sizes) -> Keys:
    """What decides the counts of many images: the tiles, and how much of the map of their tokens is left."""
    columns, rows = chosen(anyres_candidates(family, Media(size=sizes))).tiles
    rule: Any = unpad if family.pipeline_used == "original" else unpad_rounded
    return columns, rows, *rule(sizes, rows * family.side, columns * family.side)


def _map_step(name: str, before: Raster, after: Raster, change: str) -> Step:
    """A step of the token map; its sizes count tokens."""
    sizes = Size(before.rows, before.columns), Size(after.rows, after.columns)
    done = f"become {after.columns} x {after.rows}: {change}" if sizes[0] != sizes[1] else "stay as they are"
    reason = f"the {before.columns} x {before.rows} tokens of the tiles {done}"
    return Step(name=name, before=sizes[0], after=sizes[1], reason=reason)
