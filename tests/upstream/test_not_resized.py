"""Images that are not resized: the image processor takes them all, and the encoder behind it refuses some."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vtok import checkpoints
from vtok.errors import VtokError
from vtok.values import Media, Size

pytestmark = pytest.mark.upstream
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TINY = {"hidden_size": 32, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
Count = Callable[[dict[str, Any]], int]
"""How many tokens an encoder makes of what the image processor returns. It raises where the model refuses."""


def siglip(side: int, patch: int, pool: int = 1) -> Count:
    """SigLIP with positions for a square of that side; `pool` x `pool` patches make a token."""
    model = transformers.SiglipVisionModel(
        transformers.SiglipVisionConfig(**TINY, image_size=side, patch_size=patch)
    ).eval()
    return lambda made: int(model(pixel_values=made["pixel_values"]).last_hidden_state.shape[1] // pool**2)


def janus() -> Count:
    """Janus' own encoder."""
    from transformers.models.janus.modeling_janus import JanusVisionConfig, JanusVisionModel

    model = JanusVisionModel(JanusVisionConfig(**TINY, image_size=384, patch_size=16)).eval()
    return lambda made: int(model(pixel_values=made["pixel_values"]).last_hidden_state.shape[1])


def gemma4() -> Count:
    """Gemma 4's encoder and pooler, which must make as many tokens as the processor counts."""
    from transformers.models.gemma4.modeling_gemma4 import Gemma4VisionConfig, Gemma4VisionModel

    model = Gemma4VisionModel(Gemma4VisionConfig(**TINY, num_key_value_heads=2, head_dim=16)).eval()

    def count(made: dict[str, Any]) -> int:
        states = model(pixel_values=made["pixel_values"], pixel_position_ids=made["image_position_ids"])
        return len(torch.split(states.last_hidden_state, made["num_soft_tokens_per_image"].tolist())[0])

    return count


def kimi_k25() -> Count:
    """Kimi-K2.5's merging of 2 x 2 patches."""
    from transformers.models.kimi_k25.modeling_kimi_k25 import get_vision_temporal_merge_index

    return lambda made: len(get_vision_temporal_merge_index(made["image_grid_thw"], 2, 2))


def florence2() -> Count:
    """Florence-2's encoder, of whose features the prompt has places for 576 and their mean."""
    from transformers.models.florence2.modeling_florence2 import Florence2VisionBackbone, Florence2VisionConfig

    sizes = {"embed_dim": [8, 8, 8, 8], "num_heads": [1] * 4, "num_groups": [1] * 4, "depths": [1] * 4}
    model = Florence2VisionBackbone(Florence2VisionConfig(**sizes)).eval()

    def count(made: dict[str, Any]) -> int:
        rows, columns = model(made["pixel_values"]).last_hidden_state.shape[-2:]
        if rows * columns != 576:
            raise ValueError("the placeholders are 577")
        return int(rows * columns + 1)

    return count


CASES: dict[str, tuple[str, dict[str, Any], Callable[[], Count], int, int]] = {
    # the class of the processor, its config, the encoder, the side that it takes, the step of sizes tried
    "gemma3": ("Gemma3", {"size": {"height": 448, "width": 448}}, lambda: siglip(448, 14, 4), 448, 1),
    "deepseek_vl": ("DeepseekVL", {}, lambda: siglip(384, 16), 384, 1),
    "janus": ("Janus", {}, janus, 384, 1),
    "gemma4": ("Gemma4", {}, gemma4, 480, 48),
    "kimi_k25": ("Kimi_K25", {}, kimi_k25, 448, 14),
    "florence2": ("CLIP", {"size": {"height": 768, "width": 768}, "do_center_crop": False}, florence2, 768, 1),
    "kosmos2": ("CLIP", {}, lambda: lambda made: 64 if made["pixel_values"].shape[-2:] == (224, 224) else 0, 224, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_both_count_or_refuse_an_image_at_its_own_size(name: str, tmp_path: Path) -> None:
    stem, config, encoder, side, step = CASES[name]
    content = {"image_processor_type": f"{stem}ImageProcessor", "do_resize": False, **config}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(content))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": name}))
    processor = transformers.AutoImageProcessor.from_pretrained(str(tmp_path), backend="pil")
    family, count = checkpoints.get(str(tmp_path)), encoder()
    sides = st.one_of(st.integers(side // step - 3, side // step + 3).map(lambda n: n * step), st.integers(20, 800))

    @settings(max_examples=12, deadline=None)
    @given(st.builds(Size, sides, sides))
    def alike(size: Size) -> None:
        from PIL import Image

        try:
            with torch.no_grad():
                want = count(processor(images=Image.new("RGB", size[::-1]), return_tensors="pt"))
        except (ValueError, RuntimeError):
            with pytest.raises(VtokError):
                family.layout(Media(size=size))
            return
        assert family.layout(Media(size=size)).tokens == want

    alike()
