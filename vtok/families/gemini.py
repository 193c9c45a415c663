"""Gemini 1.5 to 2.5 behind Google's API: 258 tokens an image, or a crop of a larger one; of a video, a frame a second.

Rule     An image with both sides of at most 384 pixels is 258 tokens. A larger one is cut into crops whose side is its
         shorter side divided by 1.5, held to 256 and 768 pixels; each is scaled to 768 x 768 and costs 258 tokens. Of a
         video, a frame a second is 258 tokens (66 at media resolution low), each second of sound 32; the time stands
         before each frame. A page of a PDF is 258 tokens.
Numbers  pages "Image understanding", "Video understanding" and "Document processing" of ai.google.dev, 2025.
Paper    none.

Where they disagree, and what vtok follows:
- The page divides the sides by the crop's without naming the rounding: 960 x 540 come to 6 crops, so it is upwards.
- In 2025 count_tokens answered 258 for an image of 1980 x 1380 pixels, and generation about 2,000.
- The page says about 300 tokens a second of video (100 at low), an older one 263. The tokens of a time ("00:01") and
  of the last part of a second are estimates here.
- What an image costs at media resolutions low and medium is an estimate: one view, at the price of a frame.
- Which tokens of a crop show which part of it is not published: they have a crop, and no place.
"""

from typing import ClassVar

from vtok.geometry.canvases import cut
from vtok.geometry.frames import needed_fps
from vtok.geometry.hosted import crop_units, paced_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted, of_frames, one_view, unplaced
from vtok.parts.keys import Keys
from vtok.parts.videos import rate
from vtok.values import Basis, Box, Layout, Media, Size, Step


@family
class Gemini(Hosted):
    """The numbers of Gemini 1.5 to 2.5; `view_tokens` are those of an image, a crop or a frame."""

    images_only: ClassVar[bool] = False
    kinds: ClassVar[tuple[str, ...]] = ("image", "video")

    small_side: int = 384
    crop_ratio: float = 1.5
    least_crop: int = 256
    view_size: int = 768
    view_tokens: int = 258
    low_view_tokens: int = 66
    audio_tokens_per_second: int = 32
    media_resolution: str = option(
        "default", "how closely the model looks", "default", "low", "medium", "high", limits="image"
    )
    sample_fps: float = rate(1.0)
    audio: bool = option(default=True, text="whether a video has sound")

    def layout(self, media: Media) -> Layout:
        """Views: the crops, or the whole image; of a video, each frame. Spans: the tokens of each view."""
        original, steps = self.orient(media)
        if media.is_video:
            fps = needed_fps(media.fps)
            sampling = paced_frames(media.total_frames, fps=fps, rate=self.sample_fps)
            tokens, sound = self.tokens_of_one, self.audio_tokens_per_second if self.audio else 0
            return of_frames(self, media, sampling, self.view_size, tokens, sound_rate=sound, timed=True)
        if media.format == "PDF" or self.media_resolution in ("low", "medium"):
            page = media.format == "PDF" and self.media_resolution == "default"
            reason = "a page of a PDF is one view" if page else f"media resolution {self.media_resolution}: one view"
            whole = stretch(original, Size(self.view_size, self.view_size))._replace(reason=reason)
            return one_view(self, media, whole, self.tokens_of_one, basis=PAGES if page else GUESSED)
        columns, rows, unit = self.crops(original)
        canvas = Size(rows * unit, columns * unit)
        price = f"{columns * rows} x {self.view_tokens} tokens"
        reason = f"{columns} x {rows} crops of {unit} pixels, each scaled to {self.view_size}: {price}"
        views = cut(original, canvas, (columns, rows), Patches(unit), content=Box.of(original))
        return self.answer(
            media,
            original,
            steps=(*steps, Step("tile", original, canvas, reason)),
            views=views,
            spans=tuple(unplaced(self.view_tokens, i)[0] for i in range(len(views))),
            resized=original,
            content=Box.of(original),
            tiles=(columns, rows),
        )

    def crops(self, size: Size) -> tuple[int, int, int]:
        """The columns and rows of crops, and the side of a crop."""
        limits = {"least": self.least_crop, "most": self.view_size}
        return crop_units(size, small=self.small_side, ratio=self.crop_ratio, **limits)

    @property
    def tokens_of_one(self) -> int:
        """The tokens of a frame, of a page, or of an image that is not cut."""
        return self.low_view_tokens if self.media_resolution == "low" else self.view_tokens

    def count_keys(self, sizes: Sizes) -> Keys:
        """The columns and rows of crops."""
        return () if self.media_resolution in ("low", "medium") else self.crops(sizes)[:2]


PAGE = Basis("documented", "2025-09", "Google, pages Image understanding and Video understanding")
PAGES = Basis(
    "estimated", "2025-09", "generally stated for pages of PDFs; Google's page Document processing was not read"
)
GUESSED = Basis("estimated", "2025-11", "Google, page Media resolution: the price of a frame")
CONTEXTS = {
    "gemini-2.5-flash": 1_048_576, "gemini-2.5-pro": 1_048_576, "gemini-2.5-flash-lite": 1_048_576,
    "gemini-2.0-flash": 1_048_576, "gemini-2.0-flash-lite": 1_048_576, "gemini-1.5-pro": 2_097_152,
    "gemini-1.5-flash": 1_048_576, "gemini-1.5-flash-8b": 1_048_576,
}  # fmt: skip
PRESETS = tuple(
    Gemini(
        model="gemini-2.x",
        preset=name,
        aliases={"gemini-2.5-flash": ("gemini-2.5",), "gemini-2.0-flash": ("gemini-2.0",)}.get(name, ()),
        max_position_embeddings=context,
        basis=PAGE,
        sources=CONTEXT,
    )
    for name, context in CONTEXTS.items()
)
