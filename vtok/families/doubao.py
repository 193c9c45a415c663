"""Doubao behind Volcengine's API: a token for every 784 or 1,764 pixels, up to a cap.

Rule     width x height / 1764, rounded up, and at most 1,280 tokens (5,120 at detail xhigh). Models before seed-1.8
         divide by 784; their caps are 1,312 at detail low and 5,120 at high.
Numbers  page "Image understanding" of Volcengine Ark, as others quote it, 2026.
Paper    none.

Where they disagree, and what vtok follows:
- The page's example has 697 tokens for 1280 x 960 pixels at detail high, and its table has high fixed at 1,280. vtok
  follows the example.
- The caps of seed-1.8 are 1,213 and 5,120. How an image above the cap is resized is not published.
"""

from vtok.errors import UsageError
from vtok.geometry.hosted import area_tokens
from vtok.geometry.many import Sizes
from vtok.geometry.snapping import not_resized
from vtok.parts.family import family, option
from vtok.parts.hosted import Hosted, one_view
from vtok.parts.keys import Keys
from vtok.values import Basis, Layout, Media, Size


@family
class Doubao(Hosted):
    """The numbers of a Doubao model: its caps at detail low, high and xhigh; None where it has no such detail."""

    pixels_per_token: int = 1764
    low_cap: int | None = None
    high_cap: int | None = 1280
    xhigh_cap: int | None = 5120
    detail: str = option(
        "auto", "how closely the model looks; auto counts as high", "auto", "low", "high", "xhigh", limits="image"
    )

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: its tokens."""
        original, _ = self.orient(media)
        count = self.tokens(original)
        reason = f"a token for every {self.pixels_per_token:,} pixels, at most {self.cap:,}"
        return one_view(self, media, not_resized(original)._replace(reason=reason), count)

    def tokens(self, size: Size) -> int:
        """The tokens of an image."""
        return area_tokens(size, pixels=self.pixels_per_token, most=self.cap)

    @property
    def cap(self) -> int:
        """The most tokens at the chosen detail. Raises UsageError for a detail that the model lacks."""
        detail = "high" if self.detail == "auto" else self.detail
        caps: dict[str, int | None] = {"low": self.low_cap, "high": self.high_cap, "xhigh": self.xhigh_cap}
        cap = caps[detail]
        if cap is None:
            known = ", ".join(name for name, value in caps.items() if value)
            raise UsageError(f"{self.names[0]} has no detail {detail}; it has {known}")
        return cap

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tokens."""
        return (self.tokens(sizes),)


QUOTED = Basis("documented", "2026-09", "Volcengine Ark, page Image understanding, as quoted; its table contradicts it")
PRESETS = (
    Doubao(model="doubao", preset="doubao-seed-2.0", aliases=("doubao-seed-2",), basis=QUOTED),
    Doubao(model="doubao", preset="doubao-seed-1.8", basis=QUOTED, low_cap=1213, high_cap=5120, xhigh_cap=None),
    Doubao(
        model="doubao", preset="doubao-seed-1.6", aliases=("doubao-1.5-vision-pro",), basis=QUOTED,
        pixels_per_token=784, low_cap=1312, high_cap=5120, xhigh_cap=None,
    ),
)  # fmt: skip
