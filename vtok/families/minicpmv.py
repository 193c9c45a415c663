"""MiniCPM-V 2.6 to 4.5 and MiniCPM-o: 64 tokens for the whole image, and 64 for each of up to nine slices.

Rule     The whole at the area of 448 x 448 pixels, both sides to multiples of 14. An image of more pixels than that is
         cut, too: into as many slices as it has such areas, one less or one more, at most nine, in the grid whose
         aspect ratio is nearest to the image's by logarithm. A resampler makes 64 tokens of each view.
Numbers  config.json of MiniCPM-V 4, preprocessor_config.json of MiniCPM-o 4.5. No copy of the configs of the others was
         found: their numbers are the defaults of slice_image and, for the queries of a view, those that llama.cpp's
         clip.cpp sets for minicpmv_version 3, 4 and 6.
Paper    arXiv 2408.01800. Code: OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py, slice_image, which the checkpoints'
         image_processing_minicpmv.py repeats, and OpenBMB/MiniCPM-o-Demo 28b60cf, MiniCPMO45/processing_minicpmo.py;
         the image's number before an image is that of these files.

The line break between rows of slices is plain text: shown, but not counted.
"""

from typing import ClassVar

from vtok.geometry.canvases import cut, same_area, slices_canvas
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.tiling import chosen, log_aspect
from vtok.parts.family import Family, family, limit, option
from vtok.parts.keys import by_tiling
from vtok.parts.slices import NUMBER, sliced_spans
from vtok.parts.spans import uncounted
from vtok.parts.tiles import tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Span, Step, View


@family
class MiniCPMV(Family):
    """The numbers of a MiniCPM-V 2.6 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("0dbb566",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "scale_resolution": ("image:scale_resolution", "config:slice_config.scale_resolution"),
        "max_slice_nums": ("image:max_slice_nums", "config:slice_config.max_slice_nums"),
        "patch_size": ("image:patch_size", "config:slice_config.patch_size"),
        "query_num": ("config:query_num", "image:image_feature_size"),
        "use_image_id": ("image:use_image_id", "config:use_image_id"),
    }

    scale_resolution: int = 448
    max_slice_nums: int = limit(9)
    patch_size: int = 14
    query_num: int = 64

    use_image_id: bool = option(default=True, text="count the image's number before it, too")

    def layout(self, media: Media) -> Layout:
        """Views: the whole, then the slices. Spans: each between its start and end, line breaks between rows."""
        original, steps = self.orient(media)
        size = self.one_slice(original.height, original.width)
        views: tuple[View, ...] = (whole_view(original, size, Patches(self.patch_size))._replace(kind="thumbnail"),)
        reason = f"the whole at the area of one slice, both sides to multiples of {self.patch_size}"
        steps += (Step(name="resize", before=original, after=size, reason=reason),)
        tiles, canvas = (0, 0), size
        if considered := self.candidates(media):
            best = chosen(considered)
            tiles, canvas = best.tiles, best.canvas
            steps += (tiling_step(original, best),)
            views += cut(original, canvas, tiles, Patches(self.patch_size))
        spans = sliced_spans([self.queries(i) for i in range(len(views))], tiles)
        spans = (*NUMBER, *spans) if self.use_image_id else spans
        return self.describe(
            media,
            original,
            steps=steps,
            views=views,
            spans=spans,
            content=Box.of(canvas),
            tiles=tiles,
            notes=uncounted(spans),
        )

    count_keys = by_tiling

    def one_slice(self, height: float, width: float) -> Size:
        """The size of a slice of this aspect ratio."""
        return same_area(height, width, side=self.scale_resolution, factor=self.patch_size)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of nearly as many slices as the image has areas of one; none for a small image."""
        original, _ = self.orient(media)
        considered = log_aspect(original, side=self.scale_resolution, max_num=self.max_slice_nums)
        return tuple(each._replace(canvas=self.canvas(original, *each.tiles)) for each in considered)

    def canvas(self, original: Size, columns: int, rows: int) -> Size:
        """All slices together: the image's sides are first made divisible by their numbers."""
        return slices_canvas(original, columns, rows, side=self.scale_resolution, factor=self.patch_size)

    def queries(self, view: int) -> Span:
        """The resampler's tokens of a view."""
        return Span(kind="query", count=self.query_num, is_token=True, views=(view,))


SOURCES_26 = {
    "*": "slice_image in OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py",
    "query_num": "llama.cpp 0c1e57098, tools/mtmd/clip.cpp",
    "use_image_id": "OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py",
}
SOURCES_4 = {"*": "config.json"}
SOURCES_O_45 = {"*": "preprocessor_config.json", "query_num": "preprocessor_config.json: image_feature_size"}
CHECKPOINTS = {
    "minicpm-v-2.6": ("MiniCPM-V-2_6", None, SOURCES_26),
    "minicpm-v-4": ("MiniCPM-V-4", 32_768, SOURCES_4),
    "minicpm-v-4.5": ("MiniCPM-V-4_5", None, SOURCES_26),
    "minicpm-o-2.6": ("MiniCPM-o-2_6", None, SOURCES_26),
    "minicpm-o-4.5": ("MiniCPM-o-4_5", None, SOURCES_O_45),
}
"""Repository, context and sources of each preset. All publish the same numbers."""

MODEL_TYPES = ("minicpmo",)
PRESETS = tuple(
    MiniCPMV(
        model="minicpm-v-2.6",
        preset=preset,
        repo=f"openbmb/{name}",
        max_position_embeddings=context,
        sources=sources,
    )
    for preset, (name, context, sources) in CHECKPOINTS.items()
)
