"""Mistral's hosted models: the image at its own size in patches, a break token behind each row of them.

Rule     The longer side is held to a limit, both sides are rounded, then up to whole tokens. A break closes each row of
         tokens, the end token the last one: (columns + 1) x rows positions.
Numbers  params.json of the open relatives: Pixtral has patches of 16 and 1,024 pixels, newer models patches of 14, of
         which 2 x 2 are a token, and 1,540 pixels.
Paper    arXiv 2410.07073. Code: mistral-common 1.13.1, tokens/tokenizers/image.py, ImageEncoder._image_to_num_tokens.

Where they disagree, and what vtok follows:
- Pixtral Large and Mistral Small are open: their numbers are published. Mistral Medium and Large are taken to share
  those of Mistral Small, which is an estimate.
"""

from typing import Any

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.resize import fit_longest_edge_rounded
from vtok.parts.family import family
from vtok.parts.hosted import CONTEXT, Hosted
from vtok.parts.keys import Keys, token_grid
from vtok.parts.spans import broken_rows
from vtok.values import Basis, Layout, Media, Size, Step


@family
class MistralApi(Hosted):
    """The numbers of a hosted model of Mistral's."""

    patch_size: int = 14
    merge_size: int = 2
    longest_edge: int = 1540

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, stretched. Spans: the merged grid with its breaks, end."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.patch_size, self.merge_size))
        spans = broken_rows(merged_raster(view), row_break="[IMG_BREAK]", end="[IMG_END]")
        return self.answer(media, original, steps=(*steps, resize), views=(view,), spans=spans)

    def resize(self, size: Size) -> Step:
        """The size that the image is stretched to."""
        factor = self.patch_size * self.merge_size
        return fit_longest_edge_rounded(size, longest_edge=self.longest_edge, factor=factor)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes).after, self.patch_size * self.merge_size)


READ = Basis("documented", "2026-11", "mistral-common 1.13.1, and params.json of the open weights")
GUESSED = Basis("estimated", "2026-11", "mistral-common 1.13.1, with the numbers of Mistral Small")
PIXTRAL: dict[str, Any] = {"patch_size": 16, "merge_size": 1, "longest_edge": 1024}
MODELS: dict[str, tuple[int | None, Basis, dict[str, Any]]] = {
    "mistral-medium": (128_000, GUESSED, {}),
    "mistral-large": (None, GUESSED, {}),
    "mistral-small-latest": (128_000, READ, {}),
    "pixtral-large": (128_000, READ, PIXTRAL),
}
PRESETS = tuple(
    MistralApi(
        model="mistral-api",
        preset=name,
        max_position_embeddings=context,
        basis=basis,
        sources=CONTEXT,
        **numbers,
    )
    for name, (context, basis, numbers) in MODELS.items()
)
