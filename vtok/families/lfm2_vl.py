"""LFM2-VL: a small image at its own size, snapped to 32 pixels; a large one in tiles of 512, and once more, small.

Rule     An image of up to twice the pixels of max_image_tokens has both sides rounded to multiples of 32, within
         min_image_tokens to max_image_tokens. Patches of 16 enter row by row and are merged 2 x 2. A larger image is
         stretched over the grid of 2 to 10 tiles whose aspect ratio is nearest. A tag of its row and column stands
         before each tile. The whole image, resized as a small one is, comes last.
Numbers  preprocessor_config.json of the checkpoints: 64 to 256 tokens, tiles of 512 (256 tokens each), bicubic.
Paper    arXiv 2511.23404. Code: transformers 5.23, models/lfm2_vl/{image_processing,processing}_lfm2_vl.py.

Where they disagree, and what vtok follows:
- max_pixels_tolerance is compared with sides that are rounded to multiples of 32, not with the image's own sides.
- No aspect ratio is refused: a strip keeps one token along its short side, and so may exceed max_image_tokens.
- With min_tiles 1, transformers cuts a large image of about 1:1 into one square tile, but writes the tokens of the
  resized image. The two may differ, and vtok refuses such an image.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.canvases import cut
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.resize import stretch
from vtok.geometry.snapping import rounded_pixels, smart_resize_any_aspect
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids_of_set
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import Keys, cells, either
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Span, Step, View


@family
class Lfm2VL(Family):
    """The numbers of an LFM2-VL checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}
    encoder_patch_size: int = 16
    downsample_factor: int = 2
    min_image_tokens: int = 64
    max_image_tokens: int = limit(256)
    max_pixels_tolerance: float = 2.0
    min_tiles: int = 2
    max_tiles: int = limit(10)
    do_image_splitting: bool = limit(default=True)
    tile_size: int = 512
    use_thumbnail: bool = True
    start: str = "<|image_start|>"
    end: str = "<|image_end|>"
    thumbnail_tag: str = "<|img_thumbnail|>"

    @property
    def patches(self) -> Patches:
        """How views are cut."""
        return Patches(self.encoder_patch_size, self.downsample_factor)

    def layout(self, media: Media) -> Layout:
        """Views: one for a small image; the tiles, then the whole image, for a large one. Spans: start, views, end."""
        original, steps = self.orient(media)
        resize, best = self.resize(original), chosen(self.candidates(media))
        view = whole_view(original, resize.after, self.patches)
        views: tuple[View, ...] = (view,)
        if best.tiles == (1, 1):
            steps += (resize,)
        else:
            views = cut(original, best.canvas, best.tiles, self.patches)
            steps += (tiling_step(original, best), stretch(original, best.canvas))
            if self.use_thumbnail:
                views += (view._replace(kind="thumbnail"),)
                steps += (resize._replace(name="thumbnail"),)
        return self.describe(
            media,
            original,
            steps=steps,
            views=views,
            spans=self.spans(views, best.tiles[0]),
            resized=resize.after,
            canvas=best.canvas,
            content=Box.of(best.canvas),
            tiles=best.tiles,
        )

    def resize(self, size: Size) -> Step:
        """The size of a small image, and of a large one's thumbnail."""
        factor = self.patches.factor
        return smart_resize_any_aspect(
            size,
            factor=factor,
            min_pixels=self.min_image_tokens * factor * factor,
            max_pixels=self.max_image_tokens * factor * factor,
        )

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_tiles to max_tiles tiles, by their number; for a small image, the image itself."""
        original, _ = self.orient(media)
        limit = self.largest_whole
        if self.do_image_splitting and self.min_tiles > self.max_tiles:
            raise UsageError(f"min_tiles {self.min_tiles} is above max_tiles {self.max_tiles}, which the model refuses")
        if not self.splits or self.pixels(original) <= limit:
            why = f"not above {limit:,.0f} pixels: not cut" if self.splits else "tiles are switched off"
            scores, canvas = (("rounded pixels", self.pixels(original)),), self.resize(original).after
            return (Candidate(tiles=(1, 1), canvas=canvas, scores=scores, chosen=True, reason=why),)
        if self.tile_size % self.encoder_patch_size:
            raise UsageError(
                f"tiles of {self.tile_size} pixels are not whole patches of {self.encoder_patch_size}, "
                "which the model refuses; set a tile_size that is a multiple"
            )
        candidates = self.nearest(original)
        if chosen(candidates).tiles == (1, 1):
            raise UnsupportedSizeError(
                f"{original} would be one tile of {self.tile_size} pixels, but transformers writes the tokens of "
                f"{self.resize(original).after} for it; set min_tiles to 2"
            )
        return candidates

    @property
    def splits(self) -> bool:
        """Whether large images are cut."""
        return self.do_image_splitting and (self.min_tiles, self.max_tiles) != (1, 1)

    @property
    def largest_whole(self) -> float:
        """The most pixels of an image that is not cut."""
        return self.max_image_tokens * self.patches.factor**2 * self.max_pixels_tolerance

    def pixels(self, size: Size) -> int:
        """The pixels that decide whether an image is cut."""
        return rounded_pixels(size, self.patches.factor, least=self.encoder_patch_size)

    def nearest(self, size: Size) -> tuple[Candidate, ...]:
        """The grids of min_tiles to max_tiles tiles."""
        return nearest_aspect(size, tile_grids_of_set(self.min_tiles, self.max_tiles), tile=self.tile_size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid of the whole image, and the tiles of a large one."""
        whole = cells(self.resize(sizes).after, self.patches.factor)
        if not self.splits:
            return whole
        return *whole, *either(self.pixels(sizes) > self.largest_whole, chosen(self.nearest(sizes)).tiles)

    def spans(self, views: tuple[View, ...], columns: int) -> tuple[Span, ...]:
        """The prompt's part: each tile after the tag of its row and column, the thumbnail after its own."""
        parts: list[Span] = []
        for i, view in enumerate(views):
            if view.kind == "tile":
                parts += special(f"<|img_row_{i // columns + 1}_col_{i % columns + 1}|>")
            elif view.kind == "thumbnail":
                parts += special(self.thumbnail_tag)
            parts.append(view_tokens(view, i))
        return (*special(self.start), *parts, *special(self.end))


NUMBERS = (
    "encoder_patch_size", "downsample_factor", "min_image_tokens", "max_image_tokens", "max_pixels_tolerance",
    "do_image_splitting", "min_tiles", "max_tiles", "tile_size", "use_thumbnail", "resample",
)  # fmt: skip
SOURCES = {"*": "tokenizer_config.json", **dict.fromkeys(NUMBERS, IMAGE_CONFIG)}

CLASS_DEFAULTS: ClassDefaults = {
    "Lfm2VlImageProcessor": {
        "encoder_patch_size": 16,
        "downsample_factor": 2,
        "min_image_tokens": 64,
        "max_image_tokens": 256,
        "max_pixels_tolerance": 2.0,
        "do_image_splitting": True,
        "min_tiles": 2,
        "max_tiles": 10,
        "tile_size": 512,
        "use_thumbnail": True,
    },
}
PRESETS = tuple(
    Lfm2VL(
        model="lfm2-vl",
        preset=f"lfm2-vl-{size.lower()}",
        repo=f"LiquidAI/LFM2-VL-{size}",
        max_position_embeddings=128_000,
        chat_tokens=9,
        sources=SOURCES,
    )
    for size in ("1.6B", "450M", "3B")
)
