"""An installed transformers, asked what it makes of an image.

A processor is made without weights and without the network: from the config files of a folder, with a stand-in for the
tokenizer (`words.py`).
"""

import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vtok.parts.abilities import rotary
from vtok.parts.family import Family
from vtok.values import Media, Size
from vtok.verify.known import KNOWN, Known
from vtok.verify.words import BEGIN, tokenizer

PAD = "\N{WHITE SQUARE}"
"""Stands for a visual token in a text."""

PIXELS = (
    "pixel_values", "pixel_values_videos", "pixel_values_local", "high_res_pixel_values", "image_pixel_values",
    "pixel_values_images", "images", "image_patches",
)  # fmt: skip
"""The keys under which processors return what the encoders get."""


CHANNELS = 3
"""Of a pixel: where they stand last, an array has patches."""


class Answer(NamedTuple):
    """What is made of one input: facts by their names, and the text of the prompt with PAD for each visual token.

    The text is None where upstream's processor writes none.
    """

    facts: dict[str, Any]
    text: str | None


class Upstream:
    """The processor that transformers has for a folder of config files."""

    def __init__(self, folder: Path, stem: str, family: Family) -> None:
        self.folder = folder
        self.stem = stem
        self.family = family
        self.known = KNOWN.get(stem, Known())

    @cached_property
    def images(self) -> Any:
        """The image processor. Raises ValueError where transformers has none for the model."""
        from transformers import AutoImageProcessor

        made = AutoImageProcessor.from_pretrained(str(self.folder), backend="pil")
        if getattr(made, "apply_ocr", False):
            made.apply_ocr = False  # of LayoutLMv3: it would need Tesseract, and changes no size
        return made

    @cached_property
    def videos(self) -> Any:
        """The video processor."""
        from transformers import AutoVideoProcessor

        return AutoVideoProcessor.from_pretrained(str(self.folder))

    @cached_property
    def processor(self) -> Any:
        """The processor; None of a plain encoder, where no text has places for an image."""
        from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES

        stems = (self.stem, self.stem.replace("_", "-"))
        names = (self.known.processor, *map(PROCESSOR_MAPPING_NAMES.get, stems))
        return self._made(*names) if self.stem in KNOWN else None

    @cached_property
    def frames_processor(self) -> Any:
        """The processor that takes sampled frames of a video as its images; None where the processor takes videos."""
        return self._made(self.known.frames_processor)

    def _made(self, *names: str | None) -> Any:
        """The processor of the first of these classes that transformers has; None if it has none."""
        import transformers

        kind = next((getattr(transformers, name, None) for name in names if name), None)
        if kind is None:
            return None
        takes = inspect.signature(kind.__init__).parameters
        parts: dict[str, Callable[[], Any]] = {
            "image_processor": lambda: self.images,
            "video_processor": lambda: self.videos,
        }
        parts |= {name: lambda: tokenizer(self.known) for name in ("tokenizer", "qformer_tokenizer")}
        parts |= {part: getattr(transformers, of) for part, of in self.known.parts.items()}
        file = self.folder / "processor_config.json"
        settings = json.loads(file.read_text("utf-8")) if file.exists() else {}
        settings = {key: value for key, value in settings.items() if key in takes and key not in parts}
        return kind(**{part: make() for part, make in parts.items() if part in takes}, **settings)

    def image(self, image: Any) -> Answer:
        """What it makes of one image of Pillow. Raises what upstream raises."""
        if self.processor is None:
            name, processor = ("videos", self.videos) if self.known.image_as_video else ("images", self.images)
            return Answer(encoder_facts(processor, processor(**{name: image}, return_tensors=None)), None)
        made = self._called(self.known.prompt, images=[image], **self.known.call(self.family))
        facts = {**encoder_facts(self.images, made), **self._of_grid(made)}
        if self.known.grid_of_tokens:
            facts["token_grid"] = facts.pop("grid")[1:]
        return Answer(facts, _text(self.processor, made, self.known.pad or str(self.processor.image_token)))

    def video(self, media: Media) -> Answer:
        """What it makes of a video. Raises what upstream raises."""
        import torch

        # Noise, since tokens of a frame that differs little from the last may be dropped.
        shape = (media.total_frames, 3, media.size.height, media.size.width)
        frames = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        metadata = {"total_num_frames": len(frames), "fps": media.fps, "frames_indices": list(range(len(frames)))}
        metadata["duration"] = media.fps and len(frames) / media.fps
        sampled = {"do_sample_frames": True, "return_metadata": True, "video_metadata": [metadata]}
        video = torch.from_numpy(frames)  # of an array, processors lose a lone frame's dimension
        sampled |= {**self.known.video_call(self.family), **self._sampling(len(frames))}
        if self.processor is None or self.frames_processor:
            return self._frames(video, sampled)
        if self.known.lone_metadata:
            return self._sampled_first(video, metadata)
        made = self._called(self.known.video_prompt, videos=[video], **sampled)
        facts: dict[str, Any] = {}
        if "video_metadata" in made:
            facts["indices"] = [int(i) for i in made["video_metadata"][0].frames_indices]
        if "video_grid_thw" in made:  # some count frames, some the steps that share a token
            facts["frame"] = tuple(int(side) for side in made["video_grid_thw"][0][1:])
        return Answer(facts, _text(self.processor, made, self.known.video_pad or str(self.processor.video_token)))

    def _sampled_first(self, video: Any, facts: dict[str, Any]) -> Answer:
        """What it makes of the frames that its video processor samples before, as where a chat template loads them."""
        from transformers.video_utils import VideoMetadata

        metadata = VideoMetadata(**facts)
        indices = [int(i) for i in self.videos.sample_frames(metadata, **self._sampling(len(video)))]
        metadata.frames_indices = indices
        lone = {"do_sample_frames": False, "video_metadata": metadata}
        made = self._called(self.known.video_prompt, videos=[video[indices]], **lone)
        return Answer({"indices": indices}, _text(self.processor, made, self.known.video_pad))

    def _frames(self, video: Any, sampled: dict[str, Any]) -> Answer:
        """What it makes of a video whose frames it sees one by one, or that only an encoder sees."""
        made = self.videos(videos=[video], **sampled)
        indices = [int(i) for i in made["video_metadata"][0].frames_indices]
        facts = {"sizes": encoder_facts(self.videos, made)["sizes"], "indices": indices}
        if self.processor is None:
            return Answer(facts, None)
        made = self.frames_processor(images=[video[indices]], text="", add_special_tokens=False, return_tensors="pt")
        return Answer(facts, _text(self.frames_processor, made, self.known.video_pad))

    def _sampling(self, num_frames: int) -> dict[str, Any]:
        """What the user asks for, by upstream's names; vtok's default where the processor would take every frame."""
        names = {"sample_fps": "fps", "sample_frames": "num_frames"}
        asked = {there: getattr(self.family, name) for name, there in names.items() if name in self.family.asked}
        if asked or any(getattr(self.videos, there, None) for there in names.values()):
            return asked
        defaults = {there: getattr(self.family, name, None) for name, there in names.items()}
        if defaults["num_frames"]:
            defaults["num_frames"] = min(defaults["num_frames"], num_frames)
        return {there: value for there, value in defaults.items() if value}

    def _called(self, prompt: str | None, **inputs: Any) -> Any:
        marks = {kind: getattr(self.processor, f"{kind}_token", "") for kind in ("image", "video")}
        text = {} if prompt is None else {"text": [prompt.format(**marks)]}
        return self.processor(**text, **inputs, add_special_tokens=False, return_tensors="pt")

    @cached_property
    def model(self) -> Any:
        """The model's class with its config and without any weight; None where vtok has no position ids of it."""
        if not rotary(self.family):
            return None
        from transformers import AutoConfig, AutoModel

        config = AutoConfig.from_pretrained(str(self.folder))
        kind = AutoModel._model_mapping.get(type(config), None)
        if not hasattr(kind, "get_rope_index"):
            return None
        model = kind.__new__(kind)
        model.__dict__["config"] = config
        return model

    def _of_grid(self, made: Any) -> dict[str, Any]:
        """The position ids of the prompt and the order of windows, where the model has them."""
        if "image_grid_thw" not in made or self.model is None:
            return {}
        grids = made["image_grid_thw"]
        types = made.get("mm_token_type_ids")
        ids, _ = self.model.get_rope_index(made["input_ids"], types, image_grid_thw=grids)
        facts = {"position_ids": ids[:, 0].tolist()}
        vision = self.model.config.vision_config
        if getattr(vision, "window_size", None):
            from transformers.vision_utils import get_vision_window_index

            index, edges = get_vision_window_index(
                grids, spatial_merge_size=vision.spatial_merge_size, window_size=vision.window_size,
                patch_size=vision.patch_size,
            )  # fmt: skip
            facts |= {"window_index": index.tolist(), "cu_window_seqlens": list(map(int, edges))}
        return facts


def _text(processor: Any, made: Any, pad: str) -> str:
    """The text of the prompt, in which `pad` stands for each visual token."""
    words = processor.tokenizer.convert_ids_to_tokens(made["input_ids"][0].tolist())
    return "".join(PAD if word == pad else word for word in words if word != BEGIN)


def encoder_facts(processor: Any, made: Any) -> dict[str, Any]:
    """The grid in patches where upstream says it, else the number of views and their sizes."""
    for key, read in GRIDS.items():
        if key in made:
            return {"grid": (1, *map(int, read(processor, made)))}
    if "target_sizes" in made:
        return {"grids": sorted((1, int(rows), int(columns)) for rows, columns in made["target_sizes"])}
    for key in VIEWS:
        if key in made:
            return {"views": int(np.sum(np.asarray(made[key])))}
    if np.ndim(made.get("pixel_attention_mask")) > 2:  # of pixels; Granite for Docling's marks tiles
        masks = np.asarray(made["pixel_attention_mask"])
        masks = masks.reshape(-1, *masks.shape[-2:])
        sizes = [Size(int(mask.any(1).sum()), int(mask.any(0).sum())) for mask in masks]
        return {"views": len(sizes), "sizes": sorted(set(sizes))}
    for key in PIXELS:
        if key in made and np.ndim(made[key]) == 5 and np.shape(made[key])[-1] == CHANNELS:
            return {"patches": len(made[key])}  # patches one by one, each for two equal frames
    views = [size for key in PIXELS if key in made for size in view_sizes(made[key])]
    return {"views": len(views), "sizes": sorted(set(views))}


def _unpadded(processor: Any, made: Any) -> Iterator[int]:
    sides = (made["image_unpadded_heights"][0][0], made["image_unpadded_widths"][0][0])
    return (-(-int(side) // processor.patch_size["height"]) for side in sides)


GRIDS: dict[str, Callable[[Any, Any], Iterable[int]]] = {
    "image_grid_thw": lambda _, made: made["image_grid_thw"][0][1:],
    "spatial_shapes": lambda _, made: made["spatial_shapes"][-1],
    "image_position_ids": lambda _, made: np.max(np.asarray(made["image_position_ids"][0]), axis=0)[::-1] + 1,
    "image_unpadded_heights": _unpadded,
    "image_grid_hw": lambda _, made: made["image_grid_hw"][0],
    "flattened_patches": lambda _, made: np.max(np.asarray(made["flattened_patches"][0])[:, :2], axis=0),
}
"""The rows and columns of patches, by the key of the output that says them."""

VIEWS = ("aspect_ratio_mask", "image_num_crops")
"""Keys whose sum is the number of views: tiles that are not black, crops with the thumbnail."""


def view_sizes(values: Any) -> Iterator[Size]:
    """The sizes of all images in nested lists and arrays of channels, rows and columns."""
    if isinstance(values, list) or np.ndim(values) > 3:
        for value in values:
            yield from view_sizes(value)
    else:
        yield Size(*np.shape(values)[-2:])
