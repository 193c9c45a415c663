"""Qwen's hosted models: the image in tokens of 28 or 32 pixels a side, and a start and an end token.

Rule     Both sides are rounded to multiples of 28 or 32, and the area is held to 4 tokens at least and a cap at most.
         Each token covers 28 x 28 or 32 x 32 pixels; two more enclose them.
Numbers  page "Visual understanding" of Alibaba Cloud Model Studio, 2026. 32: Qwen3-VL, and qwen-vl-max and qwen-vl-plus
         since 2025-08-15. 28: QVQ, and older snapshots.
Paper    none. Code of the open relatives: transformers 5.23, models/qwen2_vl/image_processing_qwen2_vl.py.

Where they disagree, and what vtok follows:
- The cap of 16,384 tokens with vl_high_resolution_images is printed. The default cap, 1,280 tokens, is quoted by
  others, and not confirmed: a count that it holds down is an estimate.
"""

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import smart_resize
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted
from vtok.parts.keys import Keys, token_grid
from vtok.parts.spans import enclosed
from vtok.values import Basis, Layout, Media, Size, Step


@family
class QwenApi(Hosted):
    """The numbers of a hosted Qwen."""

    token_size: int
    min_tokens: int = 4
    max_tokens: int = 1280
    high_resolution_tokens: int = 16_384
    vl_high_resolution_images: bool = option(default=False, text="raise the cap to high_resolution_tokens")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: start, the grid, end."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.token_size))
        spans = enclosed(merged_raster(view), start="<|vision_start|>", end="<|vision_end|>")
        held = resize.reason.startswith("after rounding") and "above" in resize.reason
        basis = CAPPED if held and not self.vl_high_resolution_images else None
        return self.answer(media, original, basis=basis, steps=(*steps, resize), views=(view,), spans=spans)

    def resize(self, size: Size) -> Step:
        """The size in multiples of a token's side."""
        most = self.high_resolution_tokens if self.vl_high_resolution_images else self.max_tokens
        area = self.token_size**2
        return smart_resize(size, factor=self.token_size, min_pixels=self.min_tokens * area, max_pixels=most * area)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        return token_grid(self.resize(sizes).after, self.token_size)


PAGE = Basis("documented", "2026-06", "Alibaba Cloud Model Studio, page Visual understanding")
CAPPED = Basis("estimated", "2026-06", "Alibaba Cloud Model Studio; the default cap of 1,280 tokens is quoted only")
MODELS: dict[str, tuple[int, int | None, tuple[str, ...]]] = {
    "qwen-vl-max": (32, 131_072, ("qwen-vl-max-2025-08-13",)),
    "qwen-vl-plus": (32, 131_072, ("qwen-vl-plus-2025-08-15", "qwen-vl-plus-2025-07-10")),
    "qwen3-vl-plus": (32, 262_144, ()),
    "qwen3-vl-flash": (32, 262_144, ()),
    "qvq-max": (28, 131_072, ()),
    "qwen-vl-max-2025-04-08": (28, 131_072, ("qwen-vl-max-2025-01-25",)),
    "qwen-vl-plus-2025-05-07": (28, 131_072, ("qwen-vl-plus-2025-01-25",)),
}
PRESETS = tuple(
    QwenApi(
        model="qwen-api",
        preset=name,
        aliases=aliases,
        token_size=side,
        max_position_embeddings=context,
        basis=PAGE,
        sources=CONTEXT,
    )
    for name, (side, context, aliases) in MODELS.items()
)
