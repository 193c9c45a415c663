"""Claude behind Anthropic's API: patches of 28 pixels of an image that is shrunk to one of two limits.

Rule     An image whose longer side, or whose patches, exceed the model's limits is shrunk to the largest size of its
         aspect ratio that meets both. It is padded at the right and bottom to patches of 28 pixels; each is a token.
Numbers  the page "Vision" of platform.claude.com, 2026: 1,568 pixels and 1,568 tokens; from Claude 4.7 on 2,576 pixels
         and 4,784 tokens.
Paper    none.

Where they disagree, and what vtok follows:
- The pages of 2024 and 2025 have width x height / 750 within 1,568 pixels and about 1,600 tokens, which most
  calculators still use. edition=2024 counts so, as an estimate; such tokens have no place.
- The limits are tested on sides rounded up to 28, and the shorter side is rounded half to even: this reproduces every
  documented pair of sizes and seven measured counts of both tiers.
- The API refuses sides above 8,000 pixels, and above 2,000 in a request of more than 20 images.
"""

from vtok.geometry.hosted import area_tokens, largest_in_patches, short_enough, within_area
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.snapping import pad_to_multiple
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted, one_view
from vtok.parts.keys import Keys, cells
from vtok.parts.spans import vision
from vtok.parts.views import padded_view
from vtok.values import Basis, Layout, Media, Size, Step


@family
class Claude(Hosted):
    """The limits of a tier."""

    patch_size: int = 28
    longest_edge: int = 1568
    max_tokens: int = 1568
    longest_refused: int = 8000
    longest_of_many: int = 2000
    many_images: int = 20
    pixels_per_token: int = 750
    most_of_2024: int = 1600
    edition: str = option("current", "the page that counts; 2024: width x height / 750", "current", "2024")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, padded. Spans: its patches."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        if self.edition == "2024":
            count = area_tokens(resize.after, pixels=self.pixels_per_token, most=self.most_of_2024)
            return one_view(self, media, resize, count, basis=OLD_PAGE)
        pad, view = padded_view(original, resize, Patches(self.patch_size))
        spans, steps = (vision(merged_raster(view), 0),), (*steps, resize, pad)
        return self.answer(media, original, steps=steps, views=(view,), spans=spans, resized=resize.after)

    def resize(self, size: Size) -> Step:
        """The size of the image before it is padded."""
        most = self.longest_of_many if self.num_images > self.many_images else self.longest_refused
        size = short_enough(size, most, judge="the API")
        if self.edition == "2024":
            limits = self.most_of_2024 * self.pixels_per_token
            return within_area(size, longest_edge=self.longest_edge, max_pixels=limits)
        return largest_in_patches(
            size, patch_size=self.patch_size, longest_edge=self.longest_edge, max_tokens=self.max_tokens
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The rows and columns of patches; the tokens by the old page."""
        after = self.resize(sizes).after
        if self.edition == "2024":
            return (area_tokens(after, pixels=self.pixels_per_token, most=self.most_of_2024),)
        return cells(pad_to_multiple(after, self.patch_size).after, self.patch_size)


PAGE = Basis("documented", "2026-09", "Anthropic, page Vision; seven sizes measured, JOHNISKING/image-token-cost")
OLD_PAGE = Basis("estimated", "2024-10", "Anthropic, page Vision of 2024: about width x height / 750")
STANDARD = {
    "claude-sonnet-4.5": 200_000, "claude-haiku-4.5": 200_000, "claude-opus-4.5": 200_000, "claude-opus-4.1": 200_000,
    "claude-opus-4": 200_000, "claude-sonnet-4": 200_000, "claude-3.7-sonnet": 200_000, "claude-3.5-sonnet": 200_000,
    "claude-3.5-haiku": 200_000, "claude-3-opus": 200_000, "claude-3-sonnet": 200_000, "claude-3-haiku": 200_000,
    "claude-sonnet-4.6": None, "claude-opus-4.6": None,
}  # fmt: skip
"""The models of the standard tier, with their contexts without a beta header; None where it was not seen."""
HIGH = (
    "claude-opus-4.7",
    "claude-sonnet-4.7",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-opus-5.5",
    "claude-sonnet-5.5",
)

PRESETS = (
    *(
        Claude(
            model="claude", preset=name, longest_edge=2576, max_tokens=4784, basis=PAGE, sources=CONTEXT,
            aliases=("claude-high-resolution",) if name == HIGH[0] else (),
        )
        for name in HIGH
    ),
    *(
        Claude(
            model="claude", preset=name, max_position_embeddings=context, basis=PAGE, sources=CONTEXT,
            aliases=("claude-standard-resolution",) if name == "claude-sonnet-4.5" else (),
        )
        for name, context in STANDARD.items()
    ),
)  # fmt: skip
