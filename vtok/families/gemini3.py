"""Gemini 3 behind Google's API: a budget of tokens an image, whatever its size; a video is cheap frames and sound.

Rule     An image has as many columns and rows of tokens as its aspect ratio allows within the budget of its media
         resolution: floor(sqrt(budget x width / height)) x floor(sqrt(budget x height / width)). A frame of a video,
         one a second, costs 70 tokens (280 at high), a second of sound 32; the time stands before each frame.
Numbers  page "Media resolution" of ai.google.dev, 2026: low 280, medium 560, high 1,120 (the default of images),
         ultra_high 2,240; pages of PDFs have medium.
Paper    none. The same geometry is transformers' of Gemma 4, models/gemma4/image_processing_gemma4.py.

Where they disagree, and what vtok follows:
- The page prints the budgets as maxima. The rule fits 18 of 18 counts that users measured at the default budget, of
  six aspect ratios (JOHNISKING/image-token-cost; AlaskanTuna/Rokabot 121); Google states it nowhere. At the other
  budgets it is an estimate. The printed maximum is the other count.
- Pages disagree on sound, 25 or 32 tokens a second. The tokens of a time ("00:01") are an estimate.
"""

from typing import ClassVar

from vtok.geometry.frames import needed_fps
from vtok.geometry.hosted import paced_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import fill_pixels
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted, of_frames
from vtok.parts.keys import Keys, token_grid
from vtok.parts.spans import vision
from vtok.parts.videos import rate
from vtok.values import Basis, Layout, Media, Size, Step

BUDGETS = {"low": 280, "medium": 560, "high": 1120, "ultra_high": 2240}
TOKEN_SIDE = 48
"""The side of a token in pixels, as Gemma 4 has it. It takes no part in the count."""


@family
class Gemini3(Hosted):
    """The numbers of Gemini 3."""

    images_only: ClassVar[bool] = False
    kinds: ClassVar[tuple[str, ...]] = ("image", "video")

    frame_tokens: int = 70
    high_frame_tokens: int = 280
    audio_tokens_per_second: int = 32
    media_resolution: str = option("default", "how closely the model looks", "default", *BUDGETS, limits="image")
    sample_fps: float = rate(1.0)
    audio: bool = option(default=True, text="whether a video has sound")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image; of a video, each frame. Spans: its tokens."""
        original, steps = self.orient(media)
        if media.is_video:
            sampling = paced_frames(media.total_frames, fps=needed_fps(media.fps), rate=self.sample_fps)
            tokens = self.high_frame_tokens if "high" in self.media_resolution else self.frame_tokens
            sound, side = self.audio_tokens_per_second if self.audio else 0, int(tokens**0.5) * TOKEN_SIDE
            return of_frames(self, media, sampling, side, tokens, basis=PAGE, sound_rate=sound, timed=True)
        budget = self.budget(page=media.format == "PDF")
        resize = self.resize(original, budget)
        view = whole_view(original, resize.after, Patches(TOKEN_SIDE))
        basis = MEASURED if budget == BUDGETS["high"] else FITTED
        basis = basis._replace(others=(self.other(PAGE, budget),))
        spans = (vision(merged_raster(view), 0),)
        return self.answer(media, original, basis=basis, steps=(*steps, resize), views=(view,), spans=spans)

    def budget(self, *, page: bool) -> int:
        """The most tokens of an image, or of a page of a PDF."""
        default = "medium" if page else "high"
        return BUDGETS[default if self.media_resolution == "default" else self.media_resolution]

    def resize(self, size: Size, budget: int) -> Step:
        """A size with the rows and columns of tokens that the budget allows."""
        step = fill_pixels(size, factor=TOKEN_SIDE, max_pixels=budget * TOKEN_SIDE**2)
        rows, columns = (side // TOKEN_SIDE for side in step.after)
        return step._replace(reason=f"{columns} x {rows} tokens: the aspect ratio within a budget of {budget:,}")

    def count_keys(self, sizes: Sizes) -> Keys:
        """The rows and columns of tokens."""
        resized = fill_pixels(sizes, factor=TOKEN_SIDE, max_pixels=self.budget(page=False) * TOKEN_SIDE**2)
        return token_grid(resized.after, TOKEN_SIDE)


PAGE = Basis("documented", "2026-08", "Google, page Media resolution: the most tokens")
MEASURED = Basis("observed", "2026-08", "fits 18 of 18 measured counts: JOHNISKING/image-token-cost, Rokabot 121")
FITTED = Basis("estimated", "2026-08", "the rule that fits measured counts of the default media resolution")
PRESETS = tuple(
    Gemini3(
        model="gemini-3",
        preset=name,
        aliases=aliases,
        max_position_embeddings=1_048_576 if name.startswith("gemini-3-") else None,
        basis=MEASURED,
        sources=CONTEXT,
    )
    for name, aliases in {
        "gemini-3-pro": ("gemini-3",),
        "gemini-3-flash": (),
        "gemini-3.1-pro": (),
        "gemini-3.5-flash": ("gemini-3.5",),
        "gemini-3.5-flash-lite": (),
    }.items()
)
