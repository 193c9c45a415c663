"""Configs, read by vtok and by transformers: both make the same of an image."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upstream_views import seen_here, seen_upstream

from vtok.checkpoints.files import FILES
from vtok.checkpoints.read import read
from vtok.errors import UnsupportedSizeError
from vtok.values import Media, Size

pytestmark = pytest.mark.upstream
pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

CONFIGS = Path(__file__).parent.parent / "configs"
SHORT = {file: short for short, file in FILES.items()}
ALONE = (
    "blip-image-captioning-base", "chameleon-7b", "clip-vit-h-14", "clip-vit-large-patch14-integers",
    "deepseek-vl-1.3b", "dinov2-small", "florence-2-base", "gemma3", "glm-4.1v-9b-thinking", "glm-4.5v", "glm-4.6v",
    "got-ocr-2.0", "idefics3-8b", "instructblip-vicuna-13b", "janus-pro-7b", "kosmos-2", "llava-1.5-7b-hf",
    "llava-next", "llava-next-video-7b", "llava-onevision-7b", "mplug-owl2", "ovis2-1b", "paddleocr-vl",
    "paligemma-3b-224", "paligemma-448", "pixtral-12b", "qwen2-vl-7b-instruct", "qwen2-vl-fine-tune",
    "qwen2.5-omni-7b", "qwen3-vl-30b-a3b", "qwen3-vl-embedding", "qwen3-vl-nested", "qwen3.6-27b",
    "sam-vit-huge",
    "siglip-so400m-patch14-384", "siglip2-large-patch16-512", "smolvlm-2.2b", "smolvlm-256m", "smolvlm2-2.2b",
    "smolvlm2-500m", "videollama3-7b-image", "vilt-b32-finetuned-vqa", "vit-feature-extractor",
)  # fmt: skip
"""Those of which the image processor alone, as its config says it, decides what the encoder sees."""


@pytest.mark.parametrize("name", ALONE)
def test_both_make_the_same_of_an_image(name: str, tmp_path: Path) -> None:
    files = json.loads((CONFIGS / f"{name}.json").read_text("utf-8"))["files"]
    for file, content in files.items():
        content.pop("auto_map", None)  # code of the checkpoint's own, which is not there
        (tmp_path / file).write_text(json.dumps(content))
    processor = transformers.AutoImageProcessor.from_pretrained(str(tmp_path), backend="pil")
    family = read({SHORT[file]: content for file, content in files.items()}, name).family

    @settings(max_examples=8, deadline=None)
    @given(st.builds(Size, st.integers(30, 1600), st.integers(30, 1600)))
    def same(size: Size) -> None:
        try:
            want = seen_upstream(processor, size)
        except ValueError:
            with pytest.raises(UnsupportedSizeError):
                family.layout(Media(size=size))
            return
        here = seen_here(family, size)
        assert {key: here[key] for key in want} == want

    same()
