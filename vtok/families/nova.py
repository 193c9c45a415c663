"""Amazon Nova behind Bedrock: five printed sizes with about their tokens; Nova 2 Lite bills 230 tokens an image.

Rule     Nova 1 moves an image to the nearest of some aspect ratios and enlarges small ones to a side of about 900
         pixels. Its page prints about how many tokens five sizes cost; between them vtok goes straight, by the area.
         Of a video, a frame a second is taken, 960 of one above 16 minutes; each is squashed to 672 x 672. Nova 2 Lite
         bills 230 tokens an image.
Numbers  pages "Image understanding" and "Video understanding" of the user guides of Amazon Nova, 2026.
Paper    none.

Where they disagree, and what vtok follows:
- The page calls its numbers approximate, and so every count of Nova 1 is an estimate. Beyond the printed sizes tokens
  are in proportion to the area.
- The tokens of a frame, 288, are those at which 10 seconds come to 2,880; an estimate as well.
- inputTokens in an answer of Nova 2 Lite may be another number than the billed one.
"""

from typing import ClassVar

from vtok.geometry.frames import needed_fps
from vtok.geometry.hosted import between_points, lifted_long_edge, paced_frames
from vtok.geometry.many import Sizes
from vtok.geometry.resize import stretch
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted, of_frames, one_view
from vtok.parts.keys import Keys
from vtok.parts.videos import rate
from vtok.values import Basis, Layout, Media, Size

POINTS = ((900 * 450, 800), (900 * 900, 1300), (1400 * 900, 1800), (1800 * 900, 2400), (1300 * 1300, 2600))
"""The printed sizes in pixels, and about their tokens."""


@family
class Nova(Hosted):
    """The numbers of Nova 1."""

    images_only: ClassVar[bool] = False
    kinds: ClassVar[tuple[str, ...]] = ("image", "video")

    least_long_edge: int = 900
    frame_size: int = 672
    frame_tokens: int = 288
    max_frames: int = 960
    sample_fps: float = rate(1.0)

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, or for each frame. Spans: its tokens."""
        original, _ = self.orient(media)
        if media.is_video:
            fps = needed_fps(media.fps)
            sampling = paced_frames(media.total_frames, fps=fps, rate=self.sample_fps, most=self.max_frames)
            return of_frames(self, media, sampling, self.frame_size, self.frame_tokens)
        step = lifted_long_edge(original, self.least_long_edge)
        return one_view(self, media, step, between_points(step.after, POINTS))

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tokens."""
        return (between_points(lifted_long_edge(sizes, self.least_long_edge).after, POINTS),)


@family
class Nova2(Hosted):
    """The price of an image of Nova 2."""

    images_only: ClassVar[bool] = False

    image_tokens: int = 230
    view_size: int = option(896, "the side of the view; it takes no part in the bill")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: its price."""
        original, _ = self.orient(media)
        step = stretch(original, Size(self.view_size, self.view_size))._replace(reason="billed flat, whatever its size")
        return one_view(self, media, step, self.image_tokens)

    def count_keys(self, sizes: Sizes) -> Keys:
        """Nothing: all images cost the same."""
        del sizes
        return ()


PAGE = Basis("estimated", "2026-03", "AWS, Nova user guide, Image understanding: approximate by its own words")
PAGE_2 = Basis("documented", "2026-03", "AWS, Nova 2 user guide, Multimodal understanding: 230 tokens an image")
PRESETS = (
    *(
        Nova(
            model="nova",
            preset=name,
            aliases=(f"amazon.{name}-v1:0",),
            max_position_embeddings=context,
            basis=PAGE,
            sources=CONTEXT,
        )
        for name, context in {"nova-pro": 300_000, "nova-lite": 300_000, "nova-premier": 1_000_000}.items()
    ),
    Nova2(
        model="nova-2",
        preset="nova-2-lite",
        aliases=("amazon.nova-2-lite-v1:0",),
        max_position_embeddings=1_000_000,
        basis=PAGE_2,
        sources=CONTEXT,
    ),
)
