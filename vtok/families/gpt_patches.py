"""Newer GPTs behind OpenAI's API: patches of 32 pixels up to a budget, and a multiplier on the bill.

Rule     The image is covered with patches of 32 pixels. If a side exceeds a limit, or the patches exceed a budget, the
         image is shrunk, its aspect ratio kept, so that one side becomes whole patches. The patches times the model's
         multiplier, rounded up, are the tokens. detail low fits the image into 512 x 512 pixels first. detail original
         has a larger budget, or none: then more than 30,000 patches are refused.
Numbers  the tables of OpenAI's guide "Images and vision", editions of spring and of September 2026.
Paper    none.

Where they disagree, and what vtok follows:
- The guide's multipliers of gpt-5-mini (1.62), gpt-5-nano (2.46), gpt-5.4-mini and gpt-5.4-nano are not what is billed:
  1.2, 1.5, 1.2 and 1.2 (OpenAI community 1377015, March 2026, and longform.social, June 2026, seven sizes exactly).
  vtok counts by the guide and names the other count; basis=observed turns that round.
- The guide lists no multiplier of gpt-5.2 and of the codex models; 1.2, and 1.72 of codex-mini, were measured.
- Notes of September 2026 have a budget of 6,144 for gpt-5.2 and gpt-4.1-mini; the guide of spring has 1,536.
- The guide does not say which limit comes first; vtok shrinks to the side, then to the budget. It caps a strip at the
  budget, where the printed formula would come to 0 patches.
- Users report that detail low changes nothing on models of 1,536 patches (community 1377015).
- detail auto lets the model choose. It is original with gpt-5.5 and later (measured, ten sizes each), else high here.
"""

from typing import Any, ClassVar

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.hosted import billed, within_patches
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.snapping import pad_to_multiple
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted, unplaced
from vtok.parts.keys import Keys, cells
from vtok.parts.spans import vision
from vtok.parts.views import padded_view
from vtok.values import Basis, Layout, Media, Size, Step

LOW = 512
WITHOUT_LIMIT = 2**24


@family
class GptPatches(Hosted):
    """The budgets of a model. `original_max_patches` is None where it has no detail original.

    `observed_multiplier` is what was billed, where that differs; `refused_above` the patches that detail original does
    not take.
    """

    structure: ClassVar[frozenset[str]] = Hosted.structure | {"auto"}

    patch_size: int = 32
    multiplier: float = 1.2
    observed_multiplier: float | None = None
    max_patches: int = 1536
    longest_edge: int = 2048
    original_max_patches: int | None = None
    original_longest_edge: int = 6000
    refused_above: int | None = None
    auto: str = "high"
    detail: str = option("auto", "how closely the model looks", "auto", "low", "high", "original", limits="image")
    count_by: str = option(
        "documented", "the guide's multiplier, or what was billed, where they differ", "documented", "observed"
    )

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, padded. Spans: its patches, then what the multiplier adds."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        pad, view = padded_view(original, resize, Patches(self.patch_size))
        raster, (multiplier, other) = merged_raster(view), self.multipliers
        more = billed(raster.cells, multiplier) - raster.cells
        basis = OBSERVED if self.count_by == "observed" and self.observed_multiplier else self.basis
        if other:
            contrary = self.basis if basis is OBSERVED else OBSERVED
            basis = basis._replace(others=(self.other(contrary, billed(raster.cells, other)),))
        if self.refused_above and raster.cells > self.refused_above and self.chosen_detail == "original":
            raise UnsupportedSizeError(
                f"{self.names[0]} refuses {raster.cells:,} patches, more than {self.refused_above:,}; shrink the image"
            )
        bill = Step("bill", pad.after, pad.after, f"{raster.cells:,} patches x {multiplier:g}, rounded up")
        return self.answer(
            media,
            original,
            basis=basis,
            steps=(*steps, resize, pad, bill),
            views=(view,),
            spans=(vision(raster, 0), *unplaced(more, 0, text=f"multiplier {multiplier:g}")),
            resized=resize.after,
        )

    @property
    def chosen_detail(self) -> str:
        """low, high or original. Raises UsageError for original on a model without it."""
        detail = self.auto if self.detail == "auto" else self.detail
        if detail == "original" and not self.original_max_patches:
            raise UsageError(f"{self.names[0]} has no detail original; give low, high or auto")
        return detail

    @property
    def multipliers(self) -> tuple[float, float | None]:
        """The multiplier that counts, and the one that contradicts it."""
        pair = (self.multiplier, self.observed_multiplier)
        return (pair[1], pair[0]) if self.count_by == "observed" and pair[1] else pair

    def resize(self, size: Size) -> Step:
        """The size that is covered with patches."""
        patches, edge = self.max_patches, self.longest_edge
        if self.chosen_detail == "original":
            patches, edge = self.original_max_patches or patches, self.original_longest_edge
        if self.chosen_detail == "low":
            edge = LOW
        return within_patches(size, patch_size=self.patch_size, max_patches=patches, longest_edge=edge)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The rows and columns of patches."""
        return cells(pad_to_multiple(self.resize(sizes).after, self.patch_size).after, self.patch_size)


GUIDE = Basis("documented", "2026-04", "OpenAI, guide Images and vision")
AUTUMN = Basis("documented", "2026-09", "OpenAI, guide Images and vision; ten sizes measured, Hugging Face "
               "JOHNISKING/image-token-cost")  # fmt: skip
OBSERVED = Basis("observed", "2026-06", "OpenAI community 1377015, and longform.social: seven sizes")
UNLISTED = Basis("observed", "2026-03", "OpenAI community 1377015; the guide lists the budget and no multiplier")


def _preset(name: str, context: int | None, basis: Basis = GUIDE, *aliases: str, **numbers: Any) -> GptPatches:
    return GptPatches(
        model="gpt-patches",
        preset=name,
        aliases=aliases,
        max_position_embeddings=context,
        basis=basis,
        sources=CONTEXT,
        **numbers,
    )


LARGE: dict[str, Any] = {"max_patches": 2500, "original_max_patches": 10_000}
WHOLE: dict[str, Any] = {
    "max_patches": 2500, "longest_edge": 65_535, "original_max_patches": WITHOUT_LIMIT,
    "original_longest_edge": WITHOUT_LIMIT, "refused_above": 30_000, "auto": "original",
}  # fmt: skip
PRESETS = (
    _preset("gpt-5-mini", 400_000, multiplier=1.62, observed_multiplier=1.2),
    _preset("gpt-5-nano", 400_000, multiplier=2.46, observed_multiplier=1.5),
    _preset("gpt-4.1-mini", 1_047_576, multiplier=1.62),
    _preset("gpt-4.1-nano", 1_047_576, multiplier=2.46),
    _preset("gpt-5.2", 400_000, UNLISTED, "gpt-5.2-chat", "gpt-5.2-codex", "gpt-5.3-codex"),
    _preset("gpt-5.4-mini", None, multiplier=1.62, observed_multiplier=1.2),
    _preset("gpt-5.4-nano", None, UNLISTED),
    _preset("codex-mini", None, UNLISTED, "codex-mini-latest", multiplier=1.72),
    _preset("gpt-5.4", None, **LARGE),
    _preset("gpt-5.5", None, AUTUMN, auto="original", **LARGE),
    _preset("gpt-5.6", None, AUTUMN, "gpt-5.6-sol", "gpt-5.6-luna", **WHOLE),
    _preset("gpt-6", None, AUTUMN, "gpt-6-astra", **WHOLE),
)
