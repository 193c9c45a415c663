"""Gemma 3n: the image stretched to a square of 768 pixels, always 256 tokens of a convolutional encoder.

Rule     The image is stretched to 768 x 768. MobileNet-V5 makes 48 x 48 features of it, one for each 16 pixels, and
         averages 3 x 3 of them: 16 x 16 tokens, between a start and an end token.
Numbers  the image processor that transformers' conversion script of the checkpoints writes (preprocessor_config.json):
         768. The encoder's are timm's.
Paper    none. Code: transformers 5.23, models/gemma3n/{processing,modeling}_gemma3n.py and
         models/siglip/image_processing_siglip.py; timm 1.0.31, models/mobilenetv5.py.

Where they disagree, and what vtok follows:
- Of an image of another size the encoder makes 16 x 16 features, too: it interpolates where it cannot average. So an
  image that is not resized has 256 tokens as well.
- Empty lines around an image are plain text: listed, but not counted.
- transformers' class default is a side of 224; the checkpoints publish 768. vtok follows the checkpoints.
- The model card speaks of videos; the processor takes their frames as images.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, resampled
from vtok.parts.family import Placeholders, family
from vtok.parts.keys import Keys
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import CHAT_TEMPLATE, ClassDefaults
from vtok.parts.spans import plain, special, vision
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media


@family
class Gemma3n(OptionalResize):
    """The numbers of a Gemma 3n checkpoint; `output_resolution` is the tokens along each side."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = "its encoder is convolutional; some of its blocks attend over all features of a stage"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"patch_size": (), "output_resolution": ()}
    placeholders: ClassVar[Placeholders] = {"image": ("<image_soft_token>",)}

    size: int = 768
    patch_size: int = 16
    output_resolution: int = 16
    resample: str = "bilinear"
    start: str = "<start_of_image>"
    end: str = "<end_of_image>"

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: start, the averaged features, end, with empty lines around them."""
        original, steps = self.orient(media)
        done, view = fixed_view(original, self.size, Patches(self.patch_size), do_resize=self.do_resize)
        side = self.output_resolution
        tokens = vision(resampled(merged_raster(view), side, side), 0)
        spans = (plain("\n\n"), *special(self.start), tokens, *special(self.end), plain("\n\n"))
        return self.describe(media, original, steps=(*steps, *done), views=(view,), spans=spans, tiles=(1, 1))

    def count_keys(self, sizes: Sizes) -> Keys:
        """Whether an image that is not resized holds a feature."""
        return () if self.do_resize else ((sizes.height < self.patch_size) | (sizes.width < self.patch_size),)


SOURCES = {
    "size": "preprocessor_config.json, as written by transformers' conversion script",
    "resample": "preprocessor_config.json, as written by transformers' conversion script",
    "patch_size": "timm 1.0.31 mobilenetv5_300m_enc",
    "output_resolution": "timm 1.0.31 mobilenetv5_300m_enc",
    "max_position_embeddings": "transformers 5.23 Gemma3nTextConfig",
    "chat_tokens": CHAT_TEMPLATE,
}

CLASS_DEFAULTS: ClassDefaults = {
    "SiglipImageProcessor": {"size": 224},
    "Gemma3nConfig": {"max_position_embeddings": 32_768},
}
PRESETS = tuple(
    Gemma3n(
        model="gemma3n",
        preset=f"gemma-3n-{size.lower()}",
        repo=f"google/gemma-3n-{size}-it",
        sources=SOURCES,
        max_position_embeddings=32_768,
        chat_tokens=10,
        remarks=("48 x 48 features of the encoder, average-pooled to 16 x 16.",),
    )
    for size in ("E4B", "E2B")
)
