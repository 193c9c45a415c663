"""Folders with one config, read by vtok and by transformers: what is left out, switched off or written otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upstream_views import seen_here, seen_upstream

from vtok import checkpoints
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.values import Media, Size

pytestmark = pytest.mark.upstream
pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

CLASSES = {
    "qwen2_5_vl": "Qwen2VLImageProcessor", "qwen3_vl": "Qwen2VLImageProcessor", "glm4v": "Glm4vImageProcessor",
    "glm46v": "Glm46VImageProcessor", "ernie4_5_vl_moe": "Ernie4_5_VLMoeImageProcessor",
    "video_llama_3": "VideoLlama3ImageProcessor", "hunyuan_vl": "HunYuanVLImageProcessor",
    "paddleocr_vl": "PaddleOCRVLImageProcessor", "minimax_m3_vl": "MiniMaxM3VLImageProcessor",
    "emu3": "Emu3ImageProcessor", "siglip": "SiglipImageProcessor", "vit": "ViTImageProcessor",
    "blip": "BlipImageProcessor", "clip": "CLIPImageProcessor", "dinov2": "BitImageProcessor",
    "llava": "LlavaImageProcessor", "llava_next": "LlavaNextImageProcessor",
    "llava_onevision": "LlavaOnevisionImageProcessor", "sam": "SamImageProcessor", "vilt": "ViltImageProcessor",
    "idefics3": "Idefics3ImageProcessor", "ovis2": "Ovis2ImageProcessor", "pixtral": "PixtralImageProcessor",
    "chameleon": "ChameleonImageProcessor", "got_ocr2": "GotOcr2ImageProcessor", "fuyu": "FuyuImageProcessor",
    "mllama": "MllamaImageProcessor", "janus": "JanusImageProcessor", "deepseek_vl": "DeepseekVLImageProcessor",
    "siglip2": "Siglip2ImageProcessor", "gemma3": "Gemma3ImageProcessor", "paligemma": "SiglipImageProcessor",
    "florence2": "CLIPImageProcessor", "perception_lm": "PerceptionLMImageProcessor",
    "gemma4": "Gemma4ImageProcessor", "kimi_k25": "Kimi_K25ImageProcessor", "kosmos2": "CLIPImageProcessor",
    "llama4": "Llama4ImageProcessor",
}  # fmt: skip
LEFT_OUT: list[tuple[str, dict[str, Any]]] = [
    (name, {}) for name in CLASSES if name not in ("florence2", "fuyu", "llava_next", "llama4", "mllama", "siglip2")
]
LEFT_OUT += [("llava_next", {"crop_size": 336})]  # the class default of 224 does not divide the class's own canvases
SIZES: list[tuple[str, dict[str, Any]]] = [
    ("qwen2_5_vl", {"max_pixels": 401_408}),
    ("qwen2_5_vl", {"min_pixels": 500_000, "size": {"shortest_edge": 1000, "longest_edge": 900_000}}),
    ("glm4v", {"max_pixels": 401_408}),
    ("glm46v", {"size": {"shortest_edge": 12_544, "longest_edge": 401_408}, "max_pixels": 100_000}),
    ("ernie4_5_vl_moe", {"max_pixels": 401_408}),
    ("hunyuan_vl", {"max_pixels": 401_408}),
    ("paddleocr_vl", {"max_pixels": 401_408}),
    ("emu3", {"max_pixels": 401_408, "size": {"min_pixels": 1, "max_pixels": 2}}),
    *((name, {"size": size}) for name in ("siglip", "vit", "blip") for size in (384, {"shortest_edge": 384})),
    *((name, {"size": {"height": 384, "width": 384}}) for name in ("siglip", "vit", "blip")),
    ("clip", {"size": 384, "crop_size": 336}),
    ("clip", {"size": {"shortest_edge": 384}, "do_center_crop": False}),
    ("clip", {"size": {"height": 384, "width": 384}}),
    ("dinov2", {"size": 300}),
    ("llava", {"size": 336, "crop_size": 336, "do_pad": True}),
    ("llava", {"size": 448, "crop_size": 336, "do_pad": True}),
    ("llava", {"size": 336, "crop_size": 448, "do_pad": True}),
    ("llava", {"size": 336, "do_pad": True, "do_center_crop": False}),
    ("llava", {"size": 336, "do_center_crop": False}),
    ("llava_next", {"size": {"shortest_edge": 448}, "crop_size": {"height": 336, "width": 336}}),
    ("llava_next", {"size": 336, "crop_size": 448, "image_grid_pinpoints": [[448, 896], [896, 448]]}),
    ("llava_next", {"size": 336, "crop_size": 336, "do_center_crop": False}),
    ("sam", {"do_pad": False}),
    ("sam", {"do_pad": False, "size": {"longest_edge": 512}}),
    ("sam", {"size": {"longest_edge": 512}}),
    ("vilt", {"size": 224}),
]
NOT_RESIZED: list[tuple[str, dict[str, Any]]] = [
    (name, {"do_resize": False})
    for name in (
        "qwen2_5_vl", "glm4v", "glm46v", "ernie4_5_vl_moe", "video_llama_3", "hunyuan_vl", "paddleocr_vl",
        "minimax_m3_vl", "siglip", "vit", "blip", "clip", "dinov2", "llava", "sam", "idefics3", "chameleon", "pixtral",
        "siglip2", "emu3", "vilt", "fuyu",
    )
] + [
    ("sam", {"do_resize": False, "do_pad": False}),
    ("llava", {"do_resize": False, "do_pad": True}),
    ("llava_next", {"do_resize": False, "crop_size": 336}),
    ("llava_onevision", {"do_resize": False}),
    ("ovis2", {"do_resize": False, "crop_to_patches": True}),
]  # fmt: skip
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("qwen2_5_vl", {"size": {"longest_edge": 9000}}),
    ("qwen2_5_vl", {"size": {"min_pixels": 3136, "max_pixels": 9000}}),
    ("glm4v", {"size": {"shortest_edge": 12_544}}),
    ("sam", {"size": 1024}),
    ("mllama", {"do_resize": False}),
    ("llama4", {"do_resize": False}),
]


def written(folder: Path, name: str, content: dict[str, Any]) -> str:
    """A folder with one config of that class."""
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": CLASSES[name], **content}))
    (folder / "config.json").write_text(json.dumps({"model_type": name}))
    return str(folder)


def same(folder: str, sides: Any) -> None:
    """Both answer alike for sizes drawn at random, and refuse the same ones."""
    processor = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    family = checkpoints.get(folder)

    @settings(max_examples=15, deadline=None)
    @given(st.builds(Size, sides, sides))
    def alike(size: Size) -> None:
        try:
            want = seen_upstream(processor, size)
        except (ValueError, RuntimeError):
            with pytest.raises(UnsupportedSizeError):
                seen_here(family, size)
            return
        here = seen_here(family, size)
        assert {key: here[key] for key in want} == want

    alike()


@pytest.mark.parametrize(("name", "content"), [*LEFT_OUT, *SIZES])
def test_both_read_a_folder_alike(name: str, content: dict[str, Any], tmp_path: Path) -> None:
    same(written(tmp_path, name, content), st.integers(60, 1600))


@pytest.mark.parametrize(("name", "content"), NOT_RESIZED)
def test_both_take_images_as_they_are(name: str, content: dict[str, Any], tmp_path: Path) -> None:
    multiples = [st.sampled_from(range(2 * factor, 1200, factor)) for factor in (28, 32)]
    same(written(tmp_path, name, content), st.one_of(st.integers(40, 1600), *multiples))


@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_what_upstream_refuses_is_refused(name: str, content: dict[str, Any], tmp_path: Path) -> None:
    folder = written(tmp_path, name, content)
    with pytest.raises(UsageError):
        checkpoints.get(folder)
    with pytest.raises((ValueError, AttributeError)):
        seen_upstream(transformers.AutoImageProcessor.from_pretrained(folder, backend="pil"), Size(500, 700))


VIDEOS: list[tuple[str, dict[str, Any] | None, dict[str, Any]]] = [
    ("qwen2_5_vl", None, {}),
    ("qwen2_5_vl", None, {"max_pixels": 50_176}),
    ("qwen2_5_vl", {"video_processor_type": "Qwen2VLVideoProcessor"}, {"max_pixels": 401_408}),
    ("qwen2_5_vl", None, {"do_resize": False}),
    ("qwen3_vl", {"video_processor_type": "Qwen3VLVideoProcessor"}, {"patch_size": 16}),
    (
        "qwen3_vl",
        {"video_processor_type": "Qwen3VLVideoProcessor", "max_pixels": 100_000, "fps": 1},
        {"patch_size": 16},
    ),
    ("qwen3_vl", None, {"patch_size": 16}),
    ("qwen3_vl", None, {"patch_size": 16, "size": {"shortest_edge": 65_536, "longest_edge": 150_000}}),
    ("qwen3_vl", None, {"patch_size": 16, "image_processor_type": "Qwen2VLImageProcessorFast"}),
    ("qwen3_vl", {"video_processor_type": "Qwen2VLVideoProcessor", "patch_size": 16}, {"patch_size": 16}),
    ("glm4v", None, {}),
    ("glm4v", {"size": {"shortest_edge": 12_544, "longest_edge": 400_000}}, {}),
    ("video_llama_3", None, {}),
    ("video_llama_3", {"video_processor_type": "VideoLlama3VideoProcessor", "max_pixels": 5_000_000}, {}),
]
FROM_ALL_FRAMES = ("qwen2_5_vl", "video_llama_3")
"""Those whose video processors take every frame unless told otherwise."""


@pytest.mark.parametrize(("name", "video", "image"), VIDEOS)
def test_both_read_a_folder_alike_for_videos(
    name: str, video: dict[str, Any] | None, image: dict[str, Any], tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchvision")  # transformers has no other video processors
    folder = written(tmp_path, name, image)
    if video is not None:
        (tmp_path / "video_preprocessor_config.json").write_text(json.dumps(video))
    processor = transformers.AutoVideoProcessor.from_pretrained(folder)
    takes_all = name in FROM_ALL_FRAMES or type(processor).__name__ == "Qwen2VLVideoProcessor"
    family = checkpoints.get(folder).choose(**({"sample": False} if takes_all else {}))

    @settings(max_examples=10, deadline=None)
    @given(st.builds(Size, st.integers(60, 700), st.integers(60, 700)), st.integers(6, 24), st.sampled_from([4.0, 6.0]))
    def alike(size: Size, frames: int, fps: float) -> None:
        media = Media(size=size, num_frames=frames, fps=fps, duration=frames / fps)
        facts = {"total_num_frames": frames, "fps": fps, "duration": frames / fps}
        try:
            made = processor(videos=[torch.zeros(frames, 3, *size, dtype=torch.uint8)], video_metadata=[facts])
        except (ValueError, RuntimeError):
            with pytest.raises(UnsupportedSizeError):
                family.layout(media)
            return
        assert list(family.layout(media).views[0].grid) == made["video_grid_thw"][0].tolist()

    alike()
