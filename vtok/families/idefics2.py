"""Idefics2: the image and its four quarters, each scaled between 378 and 980 pixels and read by 64 queries.

Rule     The image is cut into quarters. Each quarter and the whole image are views of their own: the longer side is
         held to 980, the shorter to at least 378. A resampler makes 64 tokens of each; an image has 320, with a special
         token between them and at both ends.
Numbers  class defaults of transformers: 378, 980 and 64. The cut into quarters is the published one.
Paper    arXiv 2405.02246. Code: transformers 5.23, models/idefics2/{image_processing,processing}_idefics2.py.

Where they disagree, and what vtok follows:
- The quarters are cut before the resize: a small image is seen four times larger.
- transformers' class default leaves out the quarters, and so does the base checkpoint; the others publish
  do_image_splitting true.
- An image with a side of one pixel has empty quarters. Upstream refuses an empty height; of an empty width, its
  processor for Pillow makes pixels of nothing. vtok refuses both.
- A query has no place in the image: each reads all of its view.
- Upstream's arrays are padded to the largest view. The encoder masks the padding, and vtok leaves it out.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.resize import edges_within
from vtok.geometry.snapping import not_resized
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.keys import Keys
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import special
from vtok.values import Box, Layout, Media, Size, Span, Step, View


@family
class Idefics2(OptionalResize):
    """The numbers of an Idefics2 checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "shortest_edge": ("image:size.shortest_edge",),
        "longest_edge": ("image:size.longest_edge",),
        "image_seq_len": ("processor:image_seq_len", "config:perceiver_config.resampler_n_latents"),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}

    do_image_splitting: bool = limit()
    shortest_edge: int = 378
    longest_edge: int = 980
    image_seq_len: int = 64
    patch_size: int = 14
    resample: str = "bilinear"
    around: str = "<fake_token_around_image>"

    def layout(self, media: Media) -> Layout:
        """Views: the quarters, row by row, then the whole. Spans: the queries of each between special tokens."""
        original, steps = self.orient(media)
        sources = (*self.quarters(original), Box.of(original))
        resizes = [self.resize(Size(int(box.height), int(box.width))) for box in sources]
        views = tuple(self.view(box, step.after) for box, step in zip(sources, resizes, strict=True))
        whole = views[-1]._replace(kind="thumbnail" if len(views) > 1 else "image")
        return self.describe(
            media,
            original,
            steps=(*steps, resizes[-1]),
            views=(*views[:-1], whole),
            spans=self.spans(len(views)),
            content=whole.content,
            tiles=(2, 2) if len(views) > 1 else (0, 0),
        )

    def quarters(self, size: Size) -> tuple[Box, ...]:
        """The boxes of the quarters. Raises UnsupportedSizeError for an image too small to have four."""
        if not self.do_image_splitting:
            return ()
        if min(size) < 2:
            raise UnsupportedSizeError(f"{size} cannot be cut into quarters; both sides must be at least 2 pixels")
        y, x = size.height // 2, size.width // 2
        rows, columns = ((0, y), (y, size.height)), ((0, x), (x, size.width))
        return tuple(Box(left, top, right, bottom) for top, bottom in rows for left, right in columns)

    def resize(self, size: Size) -> Step:
        """The size of a view before it is padded."""
        if not self.do_resize:
            return not_resized(size)
        return edges_within(size, shortest_edge=self.shortest_edge, longest_edge=self.longest_edge)

    def view(self, source: Box, resized: Size) -> View:
        """The view of a part of the image."""
        return whole_view(resized, resized, Patches(self.patch_size))._replace(kind="tile", source=source)

    def spans(self, views: int) -> tuple[Span, ...]:
        """The prompt's part: special tokens that meet are one."""
        between = special(self.around)
        queries = (Span(kind="query", count=self.image_seq_len, is_token=True, views=(i,)) for i in range(views))
        return (*between, *(span for one in queries for span in (one, *between)))

    def count_keys(self, sizes: Sizes) -> Keys:
        """Whether an image has quarters, where its size does not matter otherwise."""
        if not self.do_resize:
            return tuple(sizes)
        return ((sizes.height < 2) | (sizes.width < 2),) if self.do_image_splitting else ()


NUMBERS = ("shortest_edge", "longest_edge", "image_seq_len", "resample")
CLASS_DEFAULTS: ClassDefaults = {
    "Idefics2ImageProcessor": {"shortest_edge": 378, "longest_edge": 980, "do_image_splitting": False},
    "Idefics2Processor": {"image_seq_len": 64},
    "Idefics2Config": {"patch_size": 32, "image_seq_len": 64, "max_position_embeddings": 32_768},
}
PRESETS = tuple(
    Idefics2(
        model="idefics2",
        preset=name,
        repo=f"HuggingFaceM4/{name}",
        do_image_splitting=name != "idefics2-8b-base",
        max_position_embeddings=32_768,
        sources={
            "do_image_splitting": "preprocessor_config.json",
            "patch_size": "config.json",
            **dict.fromkeys(NUMBERS, "transformers 5.23 Idefics2ImageProcessor"),
            "image_seq_len": "transformers 5.23 Idefics2Processor",
        },
        remarks=("SigLIP-SO400M/14 at up to 70 x 70 patches a view; a perceiver resampler makes 64 tokens of them.",),
    )
    for name in ("idefics2-8b", "idefics2-8b-chatty", "idefics2-8b-base")
)
