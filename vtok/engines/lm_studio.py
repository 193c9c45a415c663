"""LM Studio: the longest edge is cut to a limit before llama.cpp sees the image.

LM Studio is closed; what is known is from its tracker (lmstudio-ai/lmstudio-bug-tracker 880, 941, 967, 990, 2003, 1817,
1898; lms 591). The limit was 500 pixels until 0.3.2x and 1,024 in October 2025; since then it is a setting, "Never
exceed N px", of which 2,048 was seen in 0.4.1x. Images of more than 5,120 x 5,120 pixels are refused. How the other
side is rounded is not known; vtok rounds it to the nearest pixel. MLX models are resized by mlx-vlm alone (mlx-engine
08f0c07, mlx_engine/generate.py): count those with the pipeline mlx-vlm.
"""

from typing import ClassVar

from vtok.engines import llama_cpp
from vtok.engines.served import LongestEdgeFirst, Serving, served
from vtok.errors import UnsupportedSizeError
from vtok.parts.family import Family, family
from vtok.values import Media, Size, Step

NAME = "lm-studio"
VERSIONS = ("0.4.1",)
REASON = f"it runs llama.cpp, and {llama_cpp.REASON}"
TYPED = {"max_edge": 'the setting "Never exceed {value} px"'}
CONTEXT = "Context Length {value}"
MOST_PIXELS = 5120 * 5120

SERVING = Serving(NAME, VERSIONS[-1], "LM Studio is closed: its limit max_edge is what users saw, 2,048 in 0.4.1x")


@family
class ImagesOnly(Family):
    """Images alone, up to a number of pixels."""

    kinds: ClassVar[tuple[str, ...]] = ("image",)

    def orient(self, media: Media) -> tuple[Size, tuple[Step, ...]]:
        """As llama.cpp."""
        if media.is_video:
            raise UnsupportedSizeError(
                f"lm-studio takes no videos of {self.model}: images alone; give frames as images"
            )
        if media.size.area > MOST_PIXELS:
            raise UnsupportedSizeError(f"lm-studio refuses {media.size}: more than {MOST_PIXELS:,} pixels; shrink it")
        return super().orient(media)


has = llama_cpp.has


def serve(family: Family) -> Family:
    """The model as llama.cpp counts it, of an image whose longest edge is held to max_edge."""
    return served(llama_cpp.serve(family), SERVING, LongestEdgeFirst, ImagesOnly)
