"""Llama Nemotron Nano VL and Eagle 2.5: InternVL's tiles, of which there are fewer for a small image.

Rule     Of all grids of 1 to max_num_tiles tiles, the one wins with the greatest product of two numbers: the share of
         the image's pixels that its tiles hold, up to 60%, and how well its aspect ratio fits. The image is stretched
         over the grid and cut into tiles; the whole image follows as one more tile, unless there is only one. 2 x 2
         patches make a token: 256 a view, between a start and an end token, without newlines. Of a video, Eagle 2.5
         takes 64 frames; each is one tile, between a start and an end of its own.
Numbers  Llama Nemotron Nano VL: defaults of its class, 12 tiles of 512. Eagle 2.5: shell/train_stage2.sh, 12 tiles of
         448.
Paper    arXiv 2511.03929 (Nemotron), 2504.15271 (Eagle 2.5). Code: image_processing.py of
         nvidia/Llama-3.1-Nemotron-Nano-VL-8B-V1; NVlabs/Eagle 783f656, Eagle2_5/eaglevl/train/dataset.py and
         deployment/inference.py (videos).

Where they disagree, and what vtok follows:
- Llama Nemotron's own processor doubles both sides of an image before anything else, so that it counts as one of four
  times as many pixels. vLLM 0.33 does not, and takes fewer tiles for small images. vtok follows the original.
- Eagle 2.5's config has 6 tiles by default; it was trained with 12, and its deployment passes a number of its own.
- Eagle's published processor numbers the images in plain text, which is not counted. Nor is the text before each frame
  of a video ("Frame 1 sampled at 0.00 seconds: "), which is named.
- Eagle's deployment lowers the number of tiles where a prompt would exceed the context. vtok does not.
"""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from vtok.geometry.frames import between_middles, every_frame
from vtok.geometry.places import Patches
from vtok.geometry.tiling import area_and_aspect, chosen, tile_grids_of_set
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import stretched_layout
from vtok.parts.videos import SampledByNumber, number, wanted_frames
from vtok.values import Candidate, Layout, Media, Sampling, Span, View


@family
class LlamaNemotronNanoVL(Family):
    """The numbers of such a checkpoint; `image_size` is the side of a tile, `image_scale` what enlarges an image."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("783f656",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "image_size": ("image:image_size", "config:force_image_size"),
        "max_num_tiles": ("image:max_num_tiles", "config:max_dynamic_tiles"),
        "use_thumbnail": ("image:use_thumbnail", "config:use_thumbnail"),
        "merge_size": ("config:downsample_ratio|inverse",),
        "image_scale": (),
    }

    image_size: int = 512
    max_num_tiles: int = limit(12)
    use_thumbnail: bool = True
    patch_size: int = 16
    merge_size: int = 2
    image_scale: int = 2

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: start, each view, end."""
        best, patches = chosen(self.candidates(media)), Patches(self.patch_size, self.merge_size)
        return stretched_layout(self, media, best, patches, self.spans, whole=self.use_thumbnail)

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of 1 to max_num_tiles tiles; a frame of a video is one tile."""
        original, _ = self.orient(media)
        most = 1 if media.is_video else self.max_num_tiles
        height, width = (side * self.image_scale for side in original)
        scaled = original._replace(height=height, width=width)
        return area_and_aspect(scaled, tile_grids_of_set(1, most), tile=self.image_size)

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part for an image."""
        return (*special("<img>"), *(view_tokens(view, i) for i, view in enumerate(views)), *special("</img>"))


@family
class Eagle25(LlamaNemotronNanoVL, SampledByNumber):
    """The numbers of an Eagle 2.5 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image", "video")

    sample_frames: int = number(64)

    def layout(self, media: Media) -> Layout:
        """As above; of a video, a view and its text for each frame."""
        if not media.is_video:
            return super().layout(media)
        best, patches = chosen(self.candidates(media)), Patches(self.patch_size, self.merge_size)
        sampling = self.frames(media)
        name = partial(frame_name, frames=sampling.indices, fps=media.fps)
        return stretched_layout(self, media, best, patches, self.spans, sampling=sampling, frame_name=name)

    def frames(self, media: Media) -> Sampling:
        """The frames that the deployment takes; a rate takes so many at equal distances."""
        total = media.total_frames
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        n = wanted_frames(media, self.user_value("sample_frames"), self.sample_fps)
        return between_middles(total, fps=media.fps, n=self.sample_frames if n is None else n)


def frame_name(number: int, *, frames: Sequence[int], fps: float | None) -> str:
    """The text before the frame of that number, from 1 on: a line for each frame, with its time if that is known."""
    line = "\n" if number > 1 else "This is a video:\n"
    time = f" sampled at {frames[number - 1] / fps:.2f} seconds" if fps else ""
    return f"{line}Frame {number}{time}: "


CLASS = "image_processing.py"
TRAINED = "Eagle2_5/shell/train_stage2.sh"

MODEL_TYPES = ("Llama_Nemotron_Nano_VL", "eagle_2_5_vl")
PRESETS = (
    LlamaNemotronNanoVL(
        model="nemotron-nano-vl",
        preset="llama-nemotron-nano-vl-8b",
        repo="nvidia/Llama-3.1-Nemotron-Nano-VL-8B-V1",
        sources={"*": CLASS, **dict.fromkeys(("patch_size", "merge_size"), "C-RADIOv2-H and pixel shuffle")},
        remarks=("C-RADIOv2-H: 32 x 32 patches of a view, pixel shuffle to 16 x 16.",),
    ),
    Eagle25(
        model="eagle2.5",
        preset="eagle2.5-8b",
        repo="nvidia/Eagle2.5-8B",
        image_size=448,
        patch_size=14,
        image_scale=1,
        sources={"*": TRAINED, "image_scale": "eaglevl/train/dataset.py", "patch_size": "SigLIP2-so400m-patch14"},
        remarks=("SigLIP 2 of 448 pixels: 32 x 32 patches of a view, pixel shuffle to 16 x 16.",),
    ),
)
