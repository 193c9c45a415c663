"""InternVL 1.5 to 3.5: the image stretched over up to twelve tiles of 448 pixels, then the whole image once more.

Rule     Of all grids of min_num to max_num tiles, the one wins whose aspect ratio is nearest to the image's. Of equally
         near grids the last one wins that the image fills by more than half. The image is stretched over the grid and
         cut into tiles; the whole image follows as one more tile, unless there is only one. Pixel shuffle merges 2 x 2
         patches of 14: 256 tokens a view, between a start and an end token, without newlines. Each of several images
         is tiled on its own; in training they share max_num (multi_rule "train"). Each frame of a video is one view
         between a start and an end of its own.
Numbers  config.json and preprocessor_config.json of the checkpoints; max_num and num_segments as the model cards pass
         them to their functions. Skywork-R1V and SAIL-VL: the code that their sources name.
Paper    arXiv 2404.16821 (1.5), 2412.05271 (2.5), 2504.10479 (3), 2508.18265 (3.5). Code: transformers 5.23,
         models/internvl and models/got_ocr2/image_processing_got_ocr2.py; OpenGVLab/InternVL 2410d1d, README.md and
         internvl_chat/internvl/train/dataset.py.

Where they disagree, and what vtok follows:
- No image is too small to be tiled: 640 x 480 pixels are stretched over 4 x 3 tiles. Only the aspect ratio counts.
- The functions' own defaults are max_num 6 and no thumbnail. All published code calls them with 12 and a thumbnail.
- transformers' class defaults are 384 pixels and no tiling. Its processor and the checkpoints set 448 and tile.
- Two grids of as many tiles can be equally near. Then the order of candidates decides: the original has that of a
  Python set, transformers goes by columns. They differ if min_num equals max_num, and hardly ever otherwise.
- The model card takes frames half a part after rounded starts, and repeats frames of short videos. transformers takes
  the middles of the parts, and refuses a video of fewer frames. transformers takes every frame by default; vtok takes
  32, as the card does.
- The text before each frame ("Frame-1: " on the card, "Frame1: " in transformers) is named, but not counted.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.frames import every_frame, middle_frames, near_middle_frames
from vtok.geometry.places import Patches
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids, tile_grids_of_set
from vtok.parts.family import Family, Placeholders, family, limit, option
from vtok.parts.keys import by_tiling
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import stretched_layout
from vtok.parts.videos import wanted_frames
from vtok.values import Candidate, Layout, Media, Sampling, Span, View


@family
class InternVL(Family):
    """The numbers of an InternVL checkpoint; `image_size` is the side of a tile."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("2410d1d",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "image_size": ("config:force_image_size", "image:size|square", "config:vision_config.image_size"),
        "min_num": ("config:min_dynamic_patch", "image:min_patches"),
        "max_num": ("config:max_dynamic_patch", "image:max_patches"),
        "use_thumbnail": ("config:use_thumbnail",),
        "patch_size": ("config:vision_config.patch_size",),
        "merge_size": ("config:downsample_ratio|inverse",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<IMG_CONTEXT>",), "video": ("<video>", "<IMG_CONTEXT>")}

    image_size: int = 448
    patch_size: int = 14
    merge_size: int = 2
    min_num: int = 1
    max_num: int = limit(12)
    video_max_num: int = 1
    num_segments: int = 32
    use_thumbnail: bool = True
    start: str = "<img>"
    end: str = "</img>"

    multi_rule: str = option("", "original: several images share max_num, as in training", "", "train")
    sample: bool = option(default=True, text="take some frames of a video; false takes every frame")
    sample_frames: int | None = option(None, "how many frames of a video are taken, instead of num_segments")
    sample_fps: float | None = option(None, "transformers: frames taken per second of a video, instead of a number")

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image; of a video, those of each frame. Spans: start, each view, end."""
        sampling = self.frames(media) if media.is_video else None
        best, patches = chosen(self.candidates(media)), Patches(self.patch_size, self.merge_size)
        whole, name = self.use_thumbnail, self.frame_name
        return stretched_layout(self, media, best, patches, self.spans, whole=whole, sampling=sampling, frame_name=name)

    count_keys = by_tiling

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part for an image or a frame."""
        return (*special(self.start), *(view_tokens(view, i) for i, view in enumerate(views)), *special(self.end))

    def frame_name(self, number: int) -> str:
        """The text before the frame of that number, from 1 on, as the pipeline writes it: a line for each frame."""
        line, dash = "\n" if number > 1 else "", "-" if self.pipeline_used == "original" else ""
        return f"{line}Frame{dash}{number}: "

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_num to max_num tiles."""
        original, _ = self.orient(media)
        listed = tile_grids_of_set if self.pipeline_used == "original" else tile_grids
        return nearest_aspect(original, listed(*self.bounds(video=media.is_video)), tile=self.image_size)

    def bounds(self, *, video: bool) -> tuple[int, int]:
        """The least and the greatest number of tiles."""
        train = self.multi_rule == "train"
        if self.pipeline_used == "transformers":
            if train or not self.use_thumbnail:
                raise UsageError("transformers has neither multi_rule nor use_thumbnail; add pipeline=original")
            return (1, 1) if video else (self.min_num, self.max_num)
        if video:
            return self.min_num, self.user_value("max_num") or self.video_max_num
        return self.min_num, max(1, self.max_num // max(1, self.num_images)) if train else self.max_num

    def frames(self, media: Media) -> Sampling:
        """The frames that the pipeline takes."""
        total = media.total_frames
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        if self.pipeline_used == "original":
            if self.sample_fps is not None:
                raise UsageError("the original takes a number of frames, not a rate; give sample_frames")
            return near_middle_frames(total, fps=media.fps, n=self.sample_frames or self.num_segments)
        n = wanted_frames(media, self.sample_frames, self.sample_fps)
        return middle_frames(total, fps=media.fps, n=min(self.num_segments, total) if n is None else n)


MODEL_CONFIG = "config.json"
CARD = "model card"
SOURCES = {
    "*": MODEL_CONFIG,
    "max_num": CARD,
    "video_max_num": CARD,
    "num_segments": CARD,
    "use_thumbnail": CARD,
    "resample": "preprocessor_config.json",
    "chat_tokens": "chat template of the -hf repository, with one image",
    "start": "tokenizer",
    "end": "tokenizer",
}
REMARKS = (
    "InternViT with a class token, which is dropped: 32 x 32 patches of a view, pixel shuffle to 16 x 16.",
    "The positions of a view hold <IMG_CONTEXT>, whose id depends on the language model: 151667 with Qwen2.5.",
)

SERIES = {
    "InternVL3": ("8B", "1B", "2B", "9B", "14B", "38B", "78B"),
    "InternVL3_5": ("8B", "1B", "2B", "4B", "14B", "38B", "30B-A3B", "241B-A28B"),
    "InternVL2_5": ("8B", "1B", "2B", "4B", "26B", "38B", "78B"),
    "InternVL2": ("8B", "1B", "2B", "4B", "26B", "40B", "Llama3-76B"),
    "InternVL-Chat": ("V1-5",),
}
"""The sizes of each generation, the usual one first; the first of all is the default."""

CONTEXTS = {
    **dict.fromkeys((f"internvl2-{size}" for size in ("1b", "8b", "26b")), 32_768),
    "internvl2.5-2b": 32_768,
    **dict.fromkeys((f"internvl3-{size}" for size in ("1b", "2b", "8b", "14b", "38b")), 32_768),
    "internvl3.5-1b": 40_960,
}
"""The positions of the presets whose published config was seen."""


def _preset(series: str, size: str, *, first: bool) -> InternVL:
    generation = series.lower().replace("_", ".")
    preset = f"{generation}-{size.lower()}"
    short = "internvl1.5" if size == "V1-5" else generation if first else ""
    converted = f"{preset}-hf" if generation in ("internvl3", "internvl3.5") else ""
    return InternVL(
        model="internvl",
        preset=preset,
        repo=f"OpenGVLab/{series}-{size}",
        max_position_embeddings=CONTEXTS.get(preset),
        aliases=tuple(filter(None, (short, converted))),
        chat_tokens=9 if generation == "internvl3" and size != "9B" else None,  # 9B has another language model
        sources=SOURCES,
        remarks=REMARKS,
    )


MODEL_TYPES = ("internvl_chat",)
CLASS_DEFAULTS: ClassDefaults = {
    "GotOcr2ImageProcessor": {"image_size": 384, "min_num": 1, "max_num": 12},
    "InternVLConfig": {"image_size": 448, "patch_size": 14, "merge_size": 2},
    "InternVLVideoProcessor": {},
}
SKYWORK = "SkyworkAI/Skywork-R1V b806cef, inference/utils.py and inference_with_transformers.py"
SKYWORK_SOURCES = {
    "*": "InternVL3-38B, the base (README.md)",
    **dict.fromkeys(("image_size", "max_num", "use_thumbnail"), SKYWORK),
}
SAIL = "SAIL-VL-1.6-8B's model card, whose functions are InternVL2's"
PRESETS = (
    *(_preset(series, size, first=size == sizes[0]) for series, sizes in SERIES.items() for size in sizes),
    *(
        InternVL(
            model="internvl",
            preset=f"skywork-{version.lower()}-38b",
            repo=f"Skywork/Skywork-{version}-38B",
            pipeline="original",
            sources=SKYWORK_SOURCES,
            remarks=("An InternVL; its own code has no videos.", *REMARKS[:1]),
        )
        for version in ("R1V3", "R1V2", "R1V")
    ),
    *(
        InternVL(
            model="internvl",
            preset=f"sail-vl-{size.lower()}",
            repo=f"BytedanceDouyinContent/SAIL-VL-{size}",
            pipeline="original",
            max_num=10,
            sources={"*": SAIL},
            remarks=("An InternVL with AIMv2-Huge; its model card shows no videos.",),
        )
        for size in ("1d6-8B", "1d5-2B")
    ),
)
