"""Kimi-VL: the image at its own size, padded to 28 pixels; an image of too many patches is shrunk.

Rule     If the whole patches of 14 exceed in_token_limit, the image is shrunk with its aspect ratio kept. It is padded
         at the right and bottom to multiples of 28. Patches enter row by row and are merged 2 x 2 behind the encoder.
         An image is never enlarged. One with 512 patches along a side, where the position embedding ends, is refused.
Numbers  preprocessor_config.json of Kimi-VL-A3B-Instruct: in_token_limit 4,096, padding on.
Paper    arXiv 2504.07491. Code: the checkpoint's own image_processing_kimi_vl.py and processing_kimi_vl.py.

Where they disagree, and what vtok follows:
- in_token_limit bounds patches, not tokens: 4,096 of them are about 1,024 tokens. It holds before padding, and a side
  below 14 counts no patch. The grid may therefore exceed it.
- The class defaults crop to whole patches; the checkpoints publish padding (pad_input). vtok pads.
- num_pooled_tokens 1,024 is published, but nothing reads it.
- The word "image" in the prompt is taken for one token.
- transformers does not have this model. The checkpoint's own code ignores the EXIF orientation, and so does vtok.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.resize import fit_patches
from vtok.geometry.snapping import pad_to_multiple
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import Keys, cells
from vtok.parts.sources import IMAGE_CONFIG
from vtok.parts.spans import enclosed, special
from vtok.parts.views import padded_view
from vtok.values import Layout, Media, Raster, Size, Span, Step


def media_spans(raster: Raster, kind: str, *, start: str, content: str, end: str) -> tuple[Span, ...]:
    """The tokens of a raster of the first view within its media tokens; `kind` is the word that names the medium."""
    word = Span(kind="text", count=1, text=kind)
    return (*special(start), word, *special(content), *enclosed(raster, end=end))


@family
class KimiVL(Family):
    """The numbers of a Kimi-VL checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("A3B",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"merge_size": ("image:merge_kernel_size",)}

    patch_size: int = 14
    merge_size: int = 2
    in_token_limit: int = limit(4096)
    max_side_patches: int = 512
    start: str = "<|media_start|>"
    content: str = "<|media_content|>"
    end: str = "<|media_end|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, padded. Spans: start, the word image, content, the merged grid, end."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        pad, view = padded_view(original, resize, Patches(self.patch_size, self.merge_size))
        longest = max(view.grid)
        if longest >= self.max_side_patches:
            raise UnsupportedSizeError(
                f"{original} makes {longest} patches along a side; the model takes fewer than "
                f"{self.max_side_patches}: crop it"
            )
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=media_spans(merged_raster(view), "image", start=self.start, content=self.content, end=self.end),
            content=view.content,
        )

    def resize(self, size: Size) -> Step:
        """The size of the image, without padding."""
        return fit_patches(size, patch_size=self.patch_size, max_patches=self.in_token_limit)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        resized, factor = self.resize(sizes).after, self.patch_size * self.merge_size
        return cells(pad_to_multiple(resized, factor).after, factor)


SOURCES = {
    "*": "tokenizer_config.json",
    **dict.fromkeys(("patch_size", "merge_size", "in_token_limit"), IMAGE_CONFIG),
    "max_side_patches": "image_processing_kimi_vl.py",
    "max_position_embeddings": "its authors: a context of 128k",
}
UNVERIFIED = "not verified; its model card speaks of 1792 x 1792 pixels, which are as many patches"
REMARKS = ("Its encoder interpolates a 64 x 64 position embedding and adds 2D rotary positions.",)

PRESETS = (
    *(
        KimiVL(
            model="kimi-vl",
            preset=f"kimi-vl-a3b-{name.lower()}",
            repo=f"moonshotai/Kimi-VL-A3B-{name}",
            max_position_embeddings=131_072,
            sources=SOURCES,
            remarks=REMARKS,
        )
        for name in ("Instruct", "Thinking")
    ),
    KimiVL(
        model="kimi-vl",
        preset="kimi-vl-a3b-thinking-2506",
        repo="moonshotai/Kimi-VL-A3B-Thinking-2506",
        in_token_limit=16384,
        max_position_embeddings=131_072,
        sources={**SOURCES, "in_token_limit": UNVERIFIED},
        remarks=REMARKS,
    ),
)
