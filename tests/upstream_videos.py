"""What transformers makes of a video: the frames that its processor takes, and the text that it writes for them.

`python tests/upstream_videos.py NAME` appends golden rows of a model, where transformers, torchvision and num2words are
installed.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from golden_rows import GOLDEN, digest

from vtok import checkpoints
from vtok.values import Layout, Media, Size

SPECIAL = (
    "<fake_token_around_image>", "<global-img>", "<image>", "</image>", "<slice>", "</slice>", "<image_id>",
    "0</image_id>", "</image_id>",
)  # fmt: skip
"""What makes one token each: special tokens, and the number of the first video."""


class Answer(NamedTuple):
    """Upstream's answer: the indices of the frames, the text with one `pad` for each visual token, and the grids."""

    indices: list[int]
    text: str
    pad: str

    @property
    def expect(self) -> dict[str, Any]:
        """The keys of a golden row."""
        tokens = self.text.count(self.pad)
        special = sum(self.text.count(text) for text in SPECIAL)
        counts = {"tokens": tokens, "prompt_tokens": tokens + special}
        return {"frames": len(self.indices), "indices_sha256": digest(self.indices), **counts}


def written(layout: Layout, pad: str) -> str:
    """The text of vtok's layout, with one `pad` for each visual token."""
    return "".join(span.text or pad * span.count for span in layout.sink("prompt"))


def upstream(module: str, name: str) -> Any:
    """A class of transformers.models."""
    return getattr(import_module(f"transformers.models.{module}"), name)


def processed(processor: Any, media: Media, *, sample: bool, **options: Any) -> tuple[Any, list[int]]:
    """A video processor's output for black frames, and the indices of the frames that it took."""
    frames = np.zeros((media.num_frames or 0, media.size.height, media.size.width, 3), np.uint8)
    metadata = {
        "total_num_frames": len(frames),
        "fps": media.fps,
        "duration": media.fps and len(frames) / media.fps,
        "frames_indices": list(range(len(frames))),
    }
    options |= {"video_metadata": [metadata], "return_metadata": True, "return_tensors": "pt"}
    made = processor([frames], do_sample_frames=sample, **options)
    return made, [int(index) for index in made["video_metadata"][0].frames_indices]


def smolvlm(media: Media, *, sample: bool = True, **options: Any) -> Answer:
    """SmolVLM2-500M-Video-Instruct, as its preprocessor_config.json says."""
    video = upstream("smolvlm.video_processing_smolvlm", "SmolVLMVideoProcessor")(
        size={"longest_edge": 2048},
        max_image_size={"longest_edge": 512},
        video_sampling={"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 512}},
    )
    made, indices = processed(video, media, sample=sample, **options)
    assert made["pixel_values"].shape[1:] == (len(indices), 3, 512, 512)
    words = SimpleNamespace(
        image_seq_len=64,
        image_token="<pad>",
        fake_image_token="<fake_token_around_image>",
        global_image_token="<global-img>",
    )
    text = upstream("smolvlm.processing_smolvlm", "SmolVLMProcessor").replace_video_token(words, made, 0)
    return Answer(indices, text, "<pad>")


def perception_lm(media: Media, *, sample: bool = True, **options: Any) -> Answer:
    """Perception-LM, its class defaults, which its configs repeat, and the 32 frames of its model card."""
    video = upstream("perception_lm.video_processing_perception_lm", "PerceptionLMVideoProcessor")()
    if not options:
        options = {"num_frames": min(32, media.num_frames or 0)}
    made, indices = processed(video, media, sample=sample, **options)
    words = SimpleNamespace(patch_size=14, pooling_ratio=2, video_token="<pad>")
    processor = upstream("perception_lm.processing_perception_lm", "PerceptionLMProcessor")
    text = processor.replace_video_token(words, made, 0)
    return Answer(indices, text, "<pad>")


def minicpm(media: Media, *, sample: bool = True, **options: Any) -> Answer:
    """MiniCPM-V 4.6, its class defaults, which its configs repeat."""
    video = upstream("minicpmv4_6.video_processing_minicpmv4_6", "MiniCPMV4_6VideoProcessor")()
    if "num_frames" in options:
        options["max_num_frames"] = options.pop("num_frames")
    made, indices = processed(video, media, sample=sample, **options)
    kind = upstream("minicpmv4_6.processing_minicpmv4_6", "MiniCPMV4_6Processor")
    words = SimpleNamespace(
        video_token="<pad>",
        image_start_token="<image>",
        image_end_token="</image>",
        slice_start_token="<slice>",
        slice_end_token="</slice>",
        image_id_start_token="<image_id>",
        image_id_end_token="</image_id>",
        video_slice_mode=True,
    )
    divisor = 4 if options.get("downsample_mode") == "4x" else 16
    text = kind.replace_video_token(words, made, 0, video_token_divisor=divisor)
    (text,) = kind._prepend_local_ids(words, ["<pad>"], [text], "<pad>")
    return Answer(indices, text, "<pad>")


MODELS: dict[str, tuple[Callable[..., Answer], str, str]] = {
    "smolvlm2-500m": (smolvlm, "smolvlm-500m", "SmolVLM"),
    "minicpm-v-4.6": (minicpm, "minicpm-v-4.6", "MiniCPMV4_6"),
    "perception-lm": (perception_lm, "perception-lm", "PerceptionLM"),
}
"""The models whose videos are held against upstream, by a name: upstream's answer, the golden file, the classes."""
SOURCE = "transformers 5.23.0 {name}VideoProcessor, {name}Processor.replace_video_token (run)"
OPTIONS = {"sample_fps": "fps", "sample_frames": "num_frames", "sample": "sample"}
"""What transformers calls vtok's options."""


def recorded(name: str, media: Media, **options: Any) -> dict[str, Any]:
    """A golden row: upstream's answer, or that it refuses."""
    answer, _, classes = MODELS[name]
    try:
        expect = answer(media, **{OPTIONS.get(key, key): value for key, value in options.items()}).expect
    except ValueError as error:
        expect = {"error": str(error)[:90]}
    return {
        "model": name,
        "kind": "video",
        "width": media.size.width,
        "height": media.size.height,
        "options": {"num_frames": media.num_frames, "fps": media.fps, **options},
        "expect": expect,
        "source": SOURCE.format(name=classes),
    }


def main() -> None:
    """Append rows to the golden file of each model that is named on the command line."""
    videos = [(640, 360, 180, 30.0), (320, 240, 1, 24.0), (200, 301, 1995, 29.97), (96, 64, 50, 23.976)]
    videos += [(64, 48, 5000, 60.0), (333, 111, 7, 0.5), (70, 50, 400, 2.0)]
    choices: tuple[dict[str, Any], ...] = ({}, {"sample_fps": 2.0}, {"sample_frames": 20})
    for name in sys.argv[1:]:
        rows, family = [], checkpoints.get(name)
        for width, height, frames, fps in videos:
            media = Media(size=Size(height, width), num_frames=frames, fps=fps)
            rows += [recorded(name, media, **options) for options in choices if all(map(family.has_option, options))]
        rows.append(recorded(name, Media(size=Size(90, 160), num_frames=9, fps=3.0), sample=False))
        with (GOLDEN / f"{MODELS[name][1]}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


if __name__ == "__main__":
    main()
