"""MiniCPM-V 2.6 to 4.5 and MiniCPM-o: 64 tokens for the whole image, and 64 for each of up to nine slices.

Rule     The whole at the area of 448 x 448 pixels, both sides to multiples of 14. An image of more pixels than that is
         cut, too: into as many slices as it has such areas, one less or one more, at most nine, in the grid whose
         aspect ratio is nearest to the image's by logarithm. A resampler makes 64 tokens of each view. Of a video, a
         frame a second is taken as an image of at most two slices, 64 frames at most. MiniCPM-V 4.5 takes 5 a second
         uncut, and its resampler makes the same 64 tokens of up to three of them, so that there are 180 times 64 at
         most.
Numbers  config.json of MiniCPM-V 4 and 4.5, preprocessor_config.json of MiniCPM-o 4.5. No copy of the configs of the
         others was found: their numbers are the defaults of slice_image and, for the queries of a view, those that
         llama.cpp's clip.cpp sets for minicpmv_version 3 and 4. Videos: the examples of the model cards.
Paper    arXiv 2408.01800. Code: OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py, slice_image, which the checkpoints'
         image_processing_minicpmv.py repeats, and docs/minicpm_v2dot6_en.md, encode_video; OpenSQZ/MiniCPM-V-CookBook
         08d7704, inference/video_understanding.md (4); openbmb/MiniCPM-V-4_5 as copied in PcOffeeP/FineTune_MLLM
         67778f2, README.md and processing_minicpmv.py; OpenBMB/MiniCPM-o-Demo 28b60cf,
         MiniCPMO45/processing_minicpmo.py, and minicpmo-utils 1.0.7, utils.py, for MiniCPM-o 4.5.

Where they disagree, and what vtok follows:
- The examples leave the number out that stands before an image (use_image_id) where they take videos, and so does vtok.
- The function in the card of 4.5 takes 3 frames a second by default; the example passes 5.
- The web demos cut no frame if there are more than 16 of them (2.6, MiniCPM-o 2.6). MiniCPM-o's other demos stream: a
  frame a second between pieces of sound, which vtok does not count.
- The line breaks between rows of slices, and between frames, are plain text: shown, but not counted.
"""

from typing import Any, ClassVar

from vtok.geometry.canvases import cut, same_area, slices_canvas
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.tiling import chosen, log_aspect
from vtok.parts.family import family, limit, option
from vtok.parts.keys import by_tiling
from vtok.parts.slices import NUMBER, PackedVideos, packed
from vtok.parts.tiles import tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Step, View


@family
class MiniCPMV(PackedVideos):
    """The numbers of a MiniCPM-V 2.6 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image", "video")
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("0dbb566",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "scale_resolution": ("image:scale_resolution", "config:slice_config.scale_resolution"),
        "max_slice_nums": ("image:max_slice_nums", "config:slice_config.max_slice_nums"),
        "patch_size": ("image:patch_size", "config:slice_config.patch_size"),
        "query_num": ("config:query_num", "image:image_feature_size"),
        "use_image_id": ("image:use_image_id", "config:use_image_id"),
        "model_version": ("image:version", "config:version"),
        "batch_3d_resampler": ("config:batch_3d_resampler",),
        **dict.fromkeys(("max_frames", "max_packing", "video_slice_nums"), ()),
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
        sampling, packing = self.frames(media) if media.is_video else (None, 1)
        frames = sampling.indices if sampling else None
        views, spans = packed(views, tiles, frames, packing=packing, queries=self.query_num)
        spans = (*NUMBER, *spans) if self.use_image_id and not sampling else spans
        return self.describe(
            media,
            original,
            steps=steps,
            views=views,
            spans=spans,
            content=Box.of(canvas),
            tiles=tiles,
            sampling=sampling,
        )

    count_keys = by_tiling

    def one_slice(self, height: float, width: float) -> Size:
        """The size of a slice of this aspect ratio."""
        return same_area(height, width, side=self.scale_resolution, factor=self.patch_size)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of nearly as many slices as the image has areas of one; none for a small image."""
        original, _ = self.orient(media)
        most = self.video_slice_nums if media.is_video else self.max_slice_nums
        considered = log_aspect(original, side=self.scale_resolution, max_num=most)
        return tuple(each._replace(canvas=self.canvas(original, *each.tiles)) for each in considered)

    def canvas(self, original: Size, columns: int, rows: int) -> Size:
        """All slices together: the image's sides are first made divisible by their numbers."""
        return slices_canvas(original, columns, rows, side=self.scale_resolution, factor=self.patch_size)


CARD = "model card"
VIDEOS = dict.fromkeys(("max_frames", "max_packing", "video_slice_nums"), CARD)
SOURCES_26 = {
    "*": "slice_image in OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py",
    "query_num": "llama.cpp 0c1e57098, tools/mtmd/clip.cpp",
    "use_image_id": "OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py",
    **VIDEOS,
}
SOURCES_4 = {"*": "config.json", **VIDEOS}
SOURCES_O_45 = {"*": "preprocessor_config.json", "query_num": "preprocessor_config.json: image_feature_size", **VIDEOS}
PACKED = {"batch_3d_resampler": True, "max_frames": 180, "max_packing": 3, "video_slice_nums": 1}
CHECKPOINTS: dict[str, tuple[str, float, int | None, dict[str, str], dict[str, Any]]] = {
    "minicpm-v-2.6": ("MiniCPM-V-2_6", 2.6, None, SOURCES_26, {}),
    "minicpm-v-4": ("MiniCPM-V-4", 4.0, 32_768, SOURCES_4, {}),
    "minicpm-v-4.5": ("MiniCPM-V-4_5", 4.5, 40_960, SOURCES_4, PACKED),
    "minicpm-o-2.6": ("MiniCPM-o-2_6", 2.6, None, SOURCES_26, {}),
    "minicpm-o-4.5": ("MiniCPM-o-4_5", 4.5, None, SOURCES_O_45, {"video_slice_nums": 1}),
}
"""Repository, version, context, sources and numbers of each preset. All cut images alike."""

MODEL_TYPES = ("minicpmo",)
PRESETS = tuple(
    MiniCPMV(
        model="minicpm-v-2.6",
        preset=preset,
        repo=f"openbmb/{name}",
        model_version=version,
        max_position_embeddings=context,
        sources=sources,
        **numbers,
    )
    for preset, (name, version, context, sources, numbers) in CHECKPOINTS.items()
)
