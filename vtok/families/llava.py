"""LLaVA and LLaVA-1.5: one image of fixed size, every patch of CLIP a token.

Rule     The original pads the image to the square of its longer side and resizes it to 336. transformers resizes the
         shorter side to 336 and cuts the middle out. Patches of 14 make 24 x 24 = 576 tokens; the class token is
         dropped.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2304.08485 (v1), 2310.03744 (1.5). Code: haotian-liu/LLaVA c121f04, llava/mm_utils.py; transformers 5.23,
         models/llava and models/clip.

Where they disagree, and what vtok follows:
- The two pipelines show the model different images: the original all of it with bars, transformers only its middle. The
  number of tokens is the same. vtok follows each. With do_pad, transformers pads as well.
- LLaVA v1 cuts the middle of the image out in the original, too, and puts two special tokens around its 256 tokens.
- transformers counts one token too few if an old processor config leaves num_additional_image_tokens at 0. vtok counts
  what the model expects.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.parts.family import Placeholders, family, option
from vtok.parts.keys import Keys, by_square, cells, padded_square
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import CHAT_TEMPLATE, IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.views import fixed_view, square_layout, squared_view
from vtok.values import Layout, Media, Size, Step, View


@family
class Llava(OptionalResize):
    """The numbers of a LLaVA or LLaVA-1.5 checkpoint."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("c121f04",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size",),
        "mm_use_im_start_end": ("config:mm_use_im_start_end",),
        "do_pad": ("image[LlavaImageProcessor]:do_pad",),
        "do_center_crop": ("image:do_center_crop",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}

    size: int = 336
    crop_size: int = 336
    patch_size: int = 14
    image_aspect_ratio: str = "pad"
    mm_use_im_start_end: bool = False
    do_center_crop: bool = option(default=True, text="cut out the middle in transformers")
    do_pad: bool | None = option(None, "pad to a square instead of cutting the middle out; by default as the pipeline")

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: its patches, row by row."""
        done, view = self.view(self.orient(media)[0])
        start, end = ("<im_start>", "<im_end>") if self.mm_use_im_start_end else ("", "")
        return square_layout(self, media, done, view, enclosed(merged_raster(view), start=start, end=end))

    @property
    def pads(self) -> bool:
        """Whether an image is padded to a square."""
        as_pipeline = self.pipeline_used == "original" and self.image_aspect_ratio == "pad"
        return as_pipeline if self.do_pad is None else self.do_pad

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid, where the image is neither cut nor stretched."""
        crop, resize = self.crop_size if self.do_center_crop else None, self.do_resize
        if not self.pads:
            return by_square(sizes, self.size, self.patch_size, crop_size=crop, keep_aspect=True, do_resize=resize)
        if self.pipeline_used == "original" or crop or resize:
            return ()
        return cells(padded_square(sizes), self.patch_size)

    def view(self, original: Size) -> tuple[tuple[Step, ...], View]:
        """The one view, and the steps to it. The original resizes what it padded to a square and cuts nothing out."""
        patches, crop = Patches(self.patch_size), self.crop_size if self.do_center_crop else None
        if self.pads:
            if self.pipeline_used == "original":
                return squared_view(original, self.crop_size, patches)
            return squared_view(original, self.size, patches, crop_size=crop, do_resize=self.do_resize)
        return fixed_view(original, self.size, patches, crop_size=crop, keep_aspect=True, do_resize=self.do_resize)


SOURCES = {"*": "config.json", "size": IMAGE_CONFIG, "crop_size": IMAGE_CONFIG, "resample": IMAGE_CONFIG}

MODEL_TYPES = ("llava_llama",)
CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224, "crop_size": 224},
    "LlavaImageProcessor": {"size": 224, "crop_size": 224},
    "LlavaConfig": {},
}
PRESETS = (
    *(
        Llava(
            model="llava-1.5",
            preset=f"llava-1.5-{size}",
            repo=f"llava-hf/llava-1.5-{size}-hf",
            aliases=(f"liuhaotian/llava-v1.5-{size}", *(("llava",) if size == "7b" else ())),
            max_position_embeddings=4096,
            chat_tokens=11,
            sources={**SOURCES, "chat_tokens": CHAT_TEMPLATE},
            remarks=("CLIP ViT-L/14-336, second-last layer: 577 x 1024, less the class token 576 x 1024.",),
        )
        for size in ("7b", "13b")
    ),
    Llava(
        model="llava-v1",
        repo="liuhaotian/LLaVA-13b-delta-v1-1",
        pipeline="original",
        size=224,
        crop_size=224,
        image_aspect_ratio="square",
        mm_use_im_start_end=True,
        sources={**SOURCES, "mm_use_im_start_end": "docs/MODEL_ZOO.md"},
        remarks=("CLIP ViT-L/14, second-last layer: 257 x 1024, less the class token 256 x 1024.",),
    ),
)
