"""mlx-vlm: images as transformers, but for Llama 4 and InternVL, which it tiles by rules of its own.

Llama 4  mlx_vlm/models/llama4/processing_llama4.py, _get_best_resolution: of eight grids the first that the image,
         scaled to fit, leaves least of empty; one tile for whatever is nearly square, since no grid has more shape than
         it needs. The image is stretched over it. No view of the whole is made, but 144 placeholders for it are written
         where there is more than one tile.
InternVL mlx_vlm/models/internvl_chat/processor.py, find_closest_aspect_ratio: as the original, but of grids that are
         equally near the one whose area is nearest to the image's.
Version  0.7.10. EXIF is applied (load_image). --resize-shape is ignored for processors of transformers.

Videos are loaded by OpenCV at 2 frames a second (4 to 768). Which frames is not recorded, so
that they are refused here.
"""

from typing import Any, cast

from vtok.engines.served import Serving, served
from vtok.engines.words import QWEN, Typed
from vtok.geometry.canvases import cut
from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import NEAREST_AREA, Grid, chosen, nearest_aspect, tile_grids_of_set
from vtok.parts.family import Family, family
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import row_by_row, tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Span

NAME = "mlx-vlm"
VERSIONS = ("0.7.10",)
REASON = "it is not in mlx_vlm/models, or was not run against it"
TYPED = (Typed("max_pixels", "python -m mlx_vlm.server --max-pixels {value}", QWEN),)
"""server/cli.py."""
EQUAL = {
    "gemma4", "hunyuan-vl", "kimi-vl", "lfm2-vl", "mistral-small-3.1", "mistral-small-3.2", "paddleocr-vl",
    "pixtral-12b", "qwen2-vl", "qwen2.5-vl", "qwen3-vl",
}  # fmt: skip
"""Models whose images it was seen to count as transformers does."""

GRIDS: tuple[Grid, ...] = ((1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2), (1, 3), (1, 4))
"""POSSIBLE_RESOLUTIONS, as (columns, rows)."""


@family
class AreaTies(Family):
    """InternVL's grids, where equally near ones are told apart by their area."""

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_num to max_num tiles."""
        numbers = cast("Any", self)
        original, _ = self.orient(media)
        return nearest_aspect(
            original, tile_grids_of_set(numbers.min_num, numbers.max_num), tile=numbers.image_size, tie=NEAREST_AREA
        )


@family
class Stretched(Family):
    """Llama 4 over the grid that fits the shape, without the whole image."""

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The eight grids, with what the image leaves empty of each, in pixels of both sides."""
        numbers = cast("Any", self)
        original, _ = self.orient(media)
        canvases = [
            Size(rows * numbers.size, columns * numbers.size)
            for columns, rows in GRIDS
            if columns * rows <= numbers.max_patches
        ]
        left = [_left_empty(original, canvas) for canvas in canvases]
        at = left.index(min(left))
        return tuple(
            Candidate(
                tiles=grid,
                canvas=canvas,
                scores=(("pixels left empty", empty),),
                chosen=i == at,
                why="it leaves least of both sides empty" if i == at else "it leaves more empty, or no less",
            )
            for i, (grid, canvas, empty) in enumerate(zip(GRIDS, canvases, left, strict=False))
        )

    def layout(self, media: Media) -> Layout:
        """Views: the tiles. Spans: start, the tiles with their separators, placeholders of the whole, end."""
        numbers = cast("Any", self)
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        tiles = cut(original, best.canvas, best.tiles, Patches(numbers.patch_size, numbers.merge_size))
        if len(tiles) == 1:
            tiles = (tiles[0]._replace(kind="image"),)
        parts: list[Span] = [*special(numbers.start)]
        for i, _, column in row_by_row(best.tiles):
            parts.append(view_tokens(tiles[i], i))
            if len(tiles) > 1:
                parts += special(numbers.between_columns if column < best.tiles[0] - 1 else numbers.after_row)
        notes: tuple[str, ...] = ()
        if len(tiles) > 1:
            count = parts[1].count
            parts += [*special(numbers.whole_tag), Span(kind="special", count=count, text="<|patch|>")]
            notes = (f"mlx-vlm writes {count} placeholders for a view of the whole image, which it does not make",)
        else:
            parts[1:1] = special(numbers.whole_tag)
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), stretch(original, best.canvas)),
            views=tiles,
            spans=(*parts, *special(numbers.end)),
            content=Box.of(best.canvas),
            tiles=best.tiles,
            notes=notes,
        )


def _left_empty(size: Size, canvas: Size) -> float:
    scale = min(canvas.width / size.width, canvas.height / size.height)
    return abs(size.width * scale - canvas.width) + abs(size.height * scale - canvas.height)


OWN: dict[str, tuple[type[Family], str]] = {
    "internvl": (AreaTies, "models/internvl_chat/processor.py"),
    "llama4": (Stretched, "models/llama4/processing_llama4.py"),
}
"""Models with a rule of mlx-vlm's own, and its file."""


def has(family: Family) -> bool:
    """Whether mlx-vlm has this model, as far as it was run."""
    return family.model in EQUAL or family.model in OWN


def serve(family: Family) -> Family:
    """The model by the processor of transformers, or by mlx-vlm's own."""
    base = family.choose(pipeline="original") if family.model == "internvl" else family
    no_videos = ""
    if "video" in family.kinds:
        no_videos = f"which frames mlx-vlm takes of {family.model}'s videos is not recorded; images are"
    if family.model not in OWN:
        note = f"mlx-vlm {VERSIONS[-1]}: the processor of transformers"
        return served(base, Serving(NAME, VERSIONS[-1], note, no_videos=no_videos, turns=True))
    rule, file = OWN[family.model]
    cubic = {"resample": f"mlx-vlm {VERSIONS[-1]}, {file}"}
    serving = Serving(NAME, VERSIONS[-1], "", no_videos=no_videos, turns=True)
    return served(base, serving, rule, resample="bicubic", sources=base.sources | cubic)
