"""Llama 3.2 Vision: up to four tiles of 560 pixels in a cross-attention memory; the prompt has one token.

Rule     Of the canvases of up to 4 tiles, the one wins that takes the least enlarging, or, if none is large enough, the
         least shrinking. The image keeps its aspect ratio and lies at the top left of the canvas; the rest is black.
         Each tile gives 1,600 patch states and a class state. There are always four tiles.
Numbers  preprocessor_config.json and config.json of the checkpoints: tiles of 560, patches of 14. The base model of 11B
         has tiles of 448 (github.com/meta-llama/llama-models at 5309637, models/sku_list.py).
Paper    arXiv 2407.21783. Code: transformers 5.23, models/mllama/{image_processing,processing,modeling}_mllama.py.

Where they disagree, and what vtok follows:
- Tiles that the image does not need are black and masked, but computed: the memory always has 4 x 1,601 states. Views
  are the tiles that show the image; the others are one span without a place.
- The encoder pads 1,601 to 1,608 for its kernels and drops these states again. They are not counted.
- transformers' class default is a tile of 224; the checkpoints publish 560. vtok follows the checkpoints.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.canvases import cut, fit_within
from vtok.geometry.places import Patches
from vtok.geometry.scaling import fit_scales, least_scaled
from vtok.geometry.tiling import chosen, tile_grids
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Span, View


@family
class Mllama(Family):
    """The numbers of a Llama 3.2 Vision checkpoint; `size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    must_do: ClassVar[tuple[str, ...]] = ("do_pad",)
    attention: ClassVar[str] = "every layer of its encoder attends in full, over all tiles of an image together"
    counting: ClassVar[str] = (
        "its language model counts the prompt one by one (1D), an image as one token; the memory has no positions"
    )
    placeholders: ClassVar[Placeholders] = {"image": ("<|image|>",)}

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size|square", "config:vision_config.image_size"),
        "max_image_tiles": ("image:max_image_tiles", "config:vision_config.max_num_tiles"),
    }

    size: int
    max_image_tiles: int = limit(4)
    patch_size: int = 14
    resample: str = "bilinear"
    placeholder: str = "<|image|>"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles that show the image. Spans: one token in the prompt, the tiles in the memory."""
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        resize = fit_within(original, best.canvas, tile=self.size)
        content = Box.of(resize.after)
        views = cut(original, best.canvas, best.tiles, Patches(self.patch_size), content=content)
        spare = self.max_image_tiles - len(views)
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), resize),
            views=views,
            spans=self.spans(views),
            resized=resize.after,
            canvas=best.canvas,
            content=content,
            tiles=best.tiles,
            notes=(f"black tiles added to reach {self.max_image_tiles}, masked but computed: {spare}",)
            if spare
            else (),
        )

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases of up to max_image_tiles tiles, by rows."""
        original, _ = self.orient(media)
        grids = sorted(tile_grids(1, self.max_image_tiles), key=lambda grid: grid[1])
        canvases = [Size(rows * self.size, columns * self.size) for columns, rows in grids]
        return least_scaled(fit_scales(original, canvases), canvases, tile=self.size)

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The image token, and the memory: the class state and the patches of each tile."""
        memory: list[Span] = []
        for i, view in enumerate(views):
            state = Span(kind="class", count=1, sink="cross", is_token=True, views=(i,))
            memory += [state, replace(view_tokens(view, i), sink="cross")]
        missing = (self.max_image_tiles - len(views)) * (views[0].patches + 1)
        black = (Span(kind="vision", count=missing, sink="cross", is_token=True),) if missing else ()
        return (*special(self.placeholder), *memory, *black)


SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("size", "max_image_tiles"), "preprocessor_config.json"),
}

CLASS_DEFAULTS: ClassDefaults = {
    "MllamaImageProcessor": {"size": 224, "max_image_tiles": 4},
    "MllamaConfig": {"size": 448, "max_image_tiles": 4, "patch_size": 14, "max_position_embeddings": 131_072},
}
PRESETS = tuple(
    Mllama(
        model="llama-3.2-vision",
        preset=f"llama-3.2-{size.lower()}-vision{suffix.lower()}",
        repo=f"meta-llama/Llama-3.2-{size}-Vision{suffix}",
        size=tile,
        sources=SOURCES,
        max_position_embeddings=131_072,
        chat_tokens=10 if suffix else None,
        remarks=(
            f"{tile // 14} x {tile // 14} patches of a tile; 5 middle layers' states join the last's: 7,680 numbers",
            f"Its language model reads the memory in {8 if size == '11B' else 20} cross-attention layers.",
        ),
    )
    for size, suffix, tile in (("11B", "-Instruct", 560), ("90B", "-Instruct", 560), ("11B", "", 448), ("90B", "", 560))
)
