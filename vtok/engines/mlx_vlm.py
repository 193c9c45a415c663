"""mlx-vlm: images as transformers, but for Llama 4 and InternVL, which it tiles by rules of its own.

Llama 4  mlx_vlm/models/llama4/processing_llama4.py, _get_best_resolution: of eight grids the first that the image,
         scaled to fit, leaves least of empty; one tile for whatever is nearly square, since no grid has more shape than
         it needs. The image is stretched over it. No view of the whole is made, but 144 placeholders for it are written
         where there is more than one tile.
InternVL mlx_vlm/models/internvl_chat/processor.py, find_closest_aspect_ratio: as the original, but of grids that are
         equally near the one whose area is nearest to the image's.
Videos   mlx_vlm/utils.py, load_video: OpenCV reads 2 frames a second, an even number from 4 to 768, spread over the
         video; of Gemma 4 at most 32. Qwen's processors are ports (models/qwen3_vl/processing_qwen3_vl.py, for
         Qwen2-VL and Qwen2.5-VL, too): the limits of pixels hold for all frames together, and no side may be shorter
         than a token's. A time stands before each temporal step of Qwen3-VL and Qwen3.5.
Version  0.7.10. EXIF is applied (load_image). --resize-shape is ignored for processors of transformers.
"""

from typing import Any, cast

from vtok.engines.served import FRAMES_AS_IMAGES, Serving, served
from vtok.engines.words import QWEN as QWEN_IMAGES
from vtok.engines.words import Typed
from vtok.errors import UnsupportedSizeError
from vtok.geometry.canvases import cut
from vtok.geometry.frames import needed_fps, needed_rate
from vtok.geometry.loaders import spread_even_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.resize import stretch
from vtok.geometry.scaling import fit_scales
from vtok.geometry.tiling import NEAREST_AREA, Grid, chosen, nearest_aspect, tile_grids_of_set
from vtok.parts.family import Family, family
from vtok.parts.keys import Keys, either
from vtok.parts.resizing import pixel_limits
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import row_by_row, tiling_step
from vtok.parts.videos import resize_together
from vtok.values import Box, Candidate, Layout, Media, Sampling, Size, Span

NAME = "mlx-vlm"
VERSIONS = ("0.7.10",)
TYPED = (Typed("max_pixels", "python -m mlx_vlm.server --max-pixels {value}", QWEN_IMAGES),)
"""server/cli.py."""
REASON = "it is not in mlx_vlm/models"
UNTRIED = "mlx_vlm/models has it, but vtok does not know whether its processor counts as transformers does"
REASONS = dict.fromkeys(
    (
        "aya-vision", "deepseek-ocr", "deepseek-ocr-2", "deepseek-vl2", "ernie-4.5-vl", "florence-2", "gemma3",
        "glm-4.1v", "glm-4.5v", "glm-4.6v", "got-ocr2", "idefics3", "janus-pro", "kimi-k2.5", "llama-3.2-vision",
        "llava-1.5", "llava-next", "llava-onevision", "minicpm-v-4.6", "minimax-m3-vl", "molmo2", "paligemma-224",
        "paligemma-448", "paligemma-896", "phi-4-multimodal", "smolvlm-256m", "smolvlm-500m", "smolvlm-2.2b",
    ),
    UNTRIED,
)  # fmt: skip
"""Why a model is missing that mlx_vlm/models has."""
QWEN = {"qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3.5"}
EQUAL = QWEN | {
    "gemma4", "hunyuan-vl", "kimi-vl", "lfm2-vl", "mistral-small-3.1", "mistral-small-3.2", "paddleocr-vl",
    "pixtral-12b",
}  # fmt: skip
"""Models whose images it was seen to count as transformers does; Qwen3.5 has Qwen3-VL's processor."""
RATE, LEAST, MOST = 2.0, 4, 768
"""Of load_video: frames a second, and the least and the most of them."""

GRIDS: tuple[Grid, ...] = ((1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2), (1, 3), (1, 4))
"""POSSIBLE_RESOLUTIONS, as (columns, rows)."""


@family
class AreaTies(Family):
    """InternVL's grids, where equally near ones are told apart by their area."""

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_num to max_num tiles."""
        numbers = cast("Any", self)
        original, _ = self.orient(media)
        return nearest_aspect(
            original, tile_grids_of_set(numbers.min_num, numbers.max_num), tile=numbers.image_size, tie=NEAREST_AREA
        )


@family
class Stretched(Family):
    """Llama 4 over the grid that fits the shape, without the whole image."""

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The eight grids, with what the image leaves empty of each, in pixels of both sides."""
        original, _ = self.orient(media)
        canvases = self.canvases
        left = left_empty(original, canvases)
        at = left.index(min(left))
        return tuple(
            Candidate(
                tiles=grid,
                canvas=canvas,
                scores=(("pixels left empty", empty),),
                chosen=i == at,
                reason="it leaves least of both sides empty" if i == at else "it leaves more empty, or no less",
            )
            for i, (grid, canvas, empty) in enumerate(zip(GRIDS, canvases, left, strict=False))
        )

    @property
    def canvases(self) -> list[Size]:
        """The eight grids, as far as max_patches allows."""
        numbers = cast("Any", self)
        side = numbers.size
        return [Size(rows * side, columns * side) for columns, rows in GRIDS if columns * rows <= numbers.max_patches]

    def count_keys(self, sizes: Sizes) -> Keys:
        """Whether each grid leaves less empty than all before it, which decides the choice."""
        left = left_empty(sizes, self.canvases)
        least = left[0]
        keys: list[Any] = []
        for empty in left[1:]:
            keys.append(empty < least)
            (least,) = either(keys[-1], (empty,), (least,))
        return tuple(keys)

    def layout(self, media: Media) -> Layout:
        """Views: the tiles. Spans: start, the tiles with their separators, placeholders of the whole, end."""
        numbers = cast("Any", self)
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        tiles = cut(original, best.canvas, best.tiles, Patches(numbers.patch_size, numbers.merge_size))
        if len(tiles) == 1:
            tiles = (tiles[0]._replace(kind="image"),)
        parts: list[Span] = [*special(numbers.start)]
        for i, _, column in row_by_row(best.tiles):
            parts.append(view_tokens(tiles[i], i))
            if len(tiles) > 1:
                parts += special(numbers.between_columns if column < best.tiles[0] - 1 else numbers.after_row)
        notes: tuple[str, ...] = ()
        if len(tiles) > 1:
            count = parts[1].count
            parts += [*special(numbers.whole_tag), Span(kind="special", count=count, text="<|patch|>")]
            notes = (f"mlx-vlm writes {count} placeholders for a view of the whole image, which it does not make",)
        else:
            parts[1:1] = special(numbers.whole_tag)
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), stretch(original, best.canvas)),
            views=tiles,
            spans=(*parts, *special(numbers.end)),
            content=Box.of(best.canvas),
            tiles=best.tiles,
            notes=notes,
        )


@family
class LoadedVideos(Family):
    """Qwen's videos: frames by mlx-vlm's loader, and limits for all of them together."""

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end; or a step after each time."""
        if not media.is_video:
            return super().layout(media)
        numbers = cast("Any", self)
        original, steps = self.orient(media)
        sampling, patches = load(self, media), numbers.patches
        if min(original) < patches.factor:
            raise UnsupportedSizeError(f"mlx-vlm refuses videos with a side below {patches.factor}: {original}; pad it")
        resize = resize_together(original, patches, sampling, pixel_limits(self, video=True))
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        if hasattr(self, "timestamp"):
            fps = needed_fps(media.fps)
            spans = numbers.spans(raster, [numbers.timestamp(frames, fps) for frames in raster.frames])
        else:
            spans = numbers.grid_spans(raster)
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans, sampling=sampling)


def load(family: Family, media: Media) -> Sampling:
    """2 frames a second or what the user asks for, an even number of them."""
    numbers = cast("Any", family)
    most = numbers.sample_frames if family.model == "gemma4" else MOST
    chosen_rate, chosen_frames = (family.user_value(name) for name in ("sample_fps", "sample_frames"))
    return spread_even_frames(
        media.total_frames,
        fps=needed_fps(media.fps),
        sample_fps=needed_rate(chosen_rate or RATE),
        sample_frames=chosen_frames if numbers.sample else media.num_frames,
        bounds=(LEAST, most),
    )


def left_empty(size: Size, canvases: list[Size]) -> list[float]:
    """What an image that fits each canvas leaves empty of it, in pixels of both sides together."""
    return [
        abs(size.width * scale - canvas.width) + abs(size.height * scale - canvas.height)
        for scale, canvas in zip(fit_scales(size, canvases), canvases, strict=True)
    ]


OWN: dict[str, tuple[type[Family], str]] = {
    "internvl": (AreaTies, "models/internvl_chat/processor.py"),
    "llama4": (Stretched, "models/llama4/processing_llama4.py"),
}
"""Models with a rule of mlx-vlm's own, and its file."""


def has(family: Family) -> bool:
    """Whether mlx-vlm has this model, as far as it was run."""
    return family.model in EQUAL or family.model in OWN


def serve(family: Family) -> Family:
    """The model by the processor of transformers, or by mlx-vlm's own."""
    base = family.choose(pipeline="original") if family.model == "internvl" else family
    no_videos = ""
    if "video" in family.kinds and family.model not in QWEN | {"gemma4"}:
        no_videos = f"vtok does not know how mlx-vlm takes frames of {family.model}'s videos; {FRAMES_AS_IMAGES}"
    if family.model not in OWN:
        note = f"mlx-vlm {VERSIONS[-1]}: the processor of transformers"
        loader = load if family.model == "gemma4" else None
        parts = (LoadedVideos,) if family.model in QWEN else ()
        return served(base, Serving(NAME, VERSIONS[-1], note, loader, no_videos=no_videos, turns=True), *parts)
    rule, file = OWN[family.model]
    cubic = {"resample": f"mlx-vlm {VERSIONS[-1]}, {file}"}
    serving = Serving(NAME, VERSIONS[-1], "", no_videos=no_videos, turns=True)
    return served(base, serving, rule, resample="bicubic", sources=base.sources | cubic)
