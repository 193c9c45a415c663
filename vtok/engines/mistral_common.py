"""mistral-common: Pixtral and Mistral Small as Mistral's own tokenizer counts them.

vLLM counts so, too, with --tokenizer-mode mistral.

Code     mistral-common 1.13.1, tokens/tokenizers/image.py, ImageEncoder._image_to_num_tokens: the longer side to at
         most 1,024 or 1,540 pixels, the other rounded (transformers drops its fraction), then up to whole tokens.
         Each row but the last ends with [IMG_BREAK], the last with [IMG_END].
"""

from typing import Any, cast

from vtok.engines.served import Serving, served
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.resize import fit_longest_edge_rounded
from vtok.parts.family import Family, family
from vtok.values import Layout, Media, Size, Step

NAME = "mistral-common"
VERSIONS = ("1.13.1",)
REASON = "it has the image rules of Mistral's models alone"
MODELS = {"pixtral-12b", "mistral-small-3.1", "mistral-small-3.2"}


@family
class Rounded(Family):
    """The longest edge held to a limit, both sides rounded half to even, then up to whole tokens."""

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, stretched. Spans: the merged grid with its breaks, end."""
        numbers = cast("Any", self)
        original, steps = self.orient(media)
        patches = Patches(numbers.patch_size, numbers.merge_size)
        resize = self.resize(original)
        view = whole_view(original, resize.after, patches)
        return self.describe(
            media, original, steps=(*steps, resize), views=(view,), spans=numbers.spans(merged_raster(view))
        )

    def resize(self, size: Size) -> Step:
        """The size that the image is stretched to."""
        numbers = cast("Any", self)
        factor = numbers.patch_size * numbers.merge_size
        return fit_longest_edge_rounded(size, longest_edge=numbers.longest_edge, factor=factor)


def has(family: Family) -> bool:
    """Whether this is a model of Mistral's."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by Mistral's own rule."""
    cubic = {
        "resample": f"mistral-common {VERSIONS[-1]}, tokens/tokenizers/image.py, transform_image (cv2.INTER_CUBIC)"
    }
    serving = Serving(NAME, VERSIONS[-1], "")
    return served(family, serving, Rounded, resample="bicubic", sources=family.sources | cubic)
