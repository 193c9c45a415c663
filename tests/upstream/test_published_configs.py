"""Configs, read by vtok and by transformers: both make the same of an image."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vtok.checkpoints.read import FILES, read
from vtok.errors import UnsupportedSizeError
from vtok.parts.family import Family
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


def seen_upstream(processor: Any, size: Size) -> dict[str, Any]:
    """The grid in patches where upstream says it, else the number of views and the size of the first."""
    from PIL import Image

    made = processor(images=Image.new("RGB", (size.width, size.height)), return_tensors=None)
    if "image_grid_thw" in made:
        return {"grid": tuple(int(side) for side in made["image_grid_thw"][0])}
    views = list(images(made["pixel_values"]))
    return {"views": len(views), "size": views[0]}


def images(values: Any) -> Iterator[Size]:
    """The sizes of all images in nested lists and arrays of channels, rows and columns."""
    if isinstance(values, list) or np.ndim(values) > 3:
        for value in values:
            yield from images(value)
    else:
        yield Size(*np.shape(values)[-2:])


def seen_here(family: Family, size: Size) -> dict[str, Any]:
    """The same of a layout."""
    layout = family.layout(Media(size=size))
    views = layout.main_views
    return {"grid": tuple(layout.global_view.grid), "views": len(views), "size": views[0].size}


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


def test_images_are_counted_through_lists_and_arrays() -> None:
    one = np.zeros((3, 4, 5))
    assert list(images([[one, one]])) == [Size(4, 5)] * 2
    assert list(images(np.zeros((2, 7, 3, 4, 5)))) == [Size(4, 5)] * 14
