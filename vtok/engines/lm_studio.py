"""LM Studio: the longest edge is cut to a limit before llama.cpp sees the image.

LM Studio is closed. What is known of it, and how:

Documented  Its settings, in the schema that its SDK shares (lmstudio-ai/lmstudio-js 6ec11db1 of 2026-08-21,
            packages/lms-kv-config/src/schema.ts): userMaxImageDimensionPixels, 1,024 unless the user changes it, holds
            the larger side, and the aspect ratio is kept; a model may prefer a smaller limit, which holds unless it is
            ignored. The application calls the setting "Never exceed N px". In 0.3.6 the limit was 500 pixels
            (lmstudio.ai/blog/lmstudio-v0.3.6), since October 2025 1,024 (lmstudio-bug-tracker 990, a developer).
Observed    Images of more than 5,120 x 5,120 pixels are refused, before they are shrunk, by 0.4.12 to 0.4.15 on Windows
            (lmstudio-bug-tracker 2003 of 2026-06-03).
Estimated   How the shorter side is rounded: vtok rounds it to the nearest pixel. The filter is not known.

MLX models are resized by mlx-vlm alone: mlx-engine 08f0c07 takes no limit for them any more (generate.py:727). Count
those with the pipeline mlx-vlm.
"""

from dataclasses import replace
from typing import cast

from vtok.engines import llama_cpp
from vtok.engines.served import FRAMES_AS_IMAGES, Serving, served
from vtok.engines.words import Typed
from vtok.errors import UnsupportedSizeError
from vtok.geometry.many import Sizes
from vtok.geometry.places import scaled
from vtok.geometry.resize import cap_long_edge
from vtok.parts.family import Family, family, option
from vtok.parts.keys import Keys
from vtok.values import Layout, Media, Raster, Size, Span, Step

NAME = "lm-studio"
VERSIONS = ("0.4.15",)
REASON = f"it runs llama.cpp, and {llama_cpp.REASON}"
REASONS = {model: f"it runs llama.cpp, and {reason}" for model, reason in llama_cpp.REASONS.items()}
TYPED = (Typed("max_edge", 'the setting "Never exceed {value} px"'),)
CONTEXT = ('the setting "Context Length" at {value}',)
IN_USE = {"max_edge": (2048, 500)}
"""What a user saw set, and the limit of 0.3.6."""
MOST_PIXELS = 5120 * 5120
NOTE = "LM Studio is closed: 1,024 is the documented default of max_edge; MLX models: --pipeline mlx-vlm"


@family
class LongestEdgeFirst(Family):
    """Images up to a number of pixels, shrunk before the engine sees them."""

    max_edge: int = option(1024, 'the longest edge that the application leaves ("Never exceed N px")', limits="image")

    def orient(self, media: Media) -> tuple[Size, tuple[Step, ...]]:
        """As llama.cpp. Raises UnsupportedSizeError for an image of more than MOST_PIXELS."""
        if media.size.area > MOST_PIXELS:
            raise UnsupportedSizeError(f"lm-studio refuses {media.size}: more than {MOST_PIXELS:,} pixels; shrink it")
        return super().orient(media)

    def layout(self, media: Media) -> Layout:
        """The layout of the smaller image, in pixels of the image that was given."""
        original, _ = self.orient(media)
        if max(original) <= self.max_edge:
            return super().layout(media)
        fetch = cap_long_edge(original, self.max_edge)
        small = fetch.after
        layout = super().layout(replace(media, size=small, orientation=1))
        fetch = fetch._replace(name="fetch", reason=f"LM Studio shrinks the image: {fetch.reason}")
        _, steps = self.orient(media)
        return replace(
            layout,
            media=media,
            original=original,
            steps=(*steps, fetch, *layout.steps),
            views=tuple(view._replace(source=scaled(view.source, small, original)) for view in layout.views),
            spans=tuple(_enlarged(span, small, original) for span in layout.spans),
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """Those of the smaller images, and which ones are refused."""
        small = cast("Sizes", cap_long_edge(sizes, self.max_edge).after)
        return *super().count_keys(small), sizes.area > MOST_PIXELS


def _enlarged(span: Span, small: Size, original: Size) -> Span:
    return replace(span, raster=_enlarged_raster(span.raster, small, original)) if span.raster else span


def _enlarged_raster(raster: Raster, small: Size, original: Size) -> Raster:
    down, across = original.height / small.height, original.width / small.width
    return raster._replace(ys=tuple(y * down for y in raster.ys), xs=tuple(x * across for x in raster.xs))


has = llama_cpp.has


def serve(family: Family) -> Family:
    """The model as llama.cpp counts it, of an image whose longest edge is held to max_edge."""
    serving = Serving(
        NAME, VERSIONS[-1], NOTE, no_videos=f"lm-studio takes no videos of {family.model}; {FRAMES_AS_IMAGES}"
    )
    return served(llama_cpp.serve(family), serving, LongestEdgeFirst)
