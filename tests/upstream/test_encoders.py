"""The states that encoders of transformers return: one layer of each on the meta device, where nothing is computed."""

from typing import Any

import pytest

from vtok import families
from vtok.checkpoints.names import get
from vtok.errors import UnsupportedSizeError
from vtok.parts.encoder import Encoder
from vtok.parts.video_encoder import VideoEncoder
from vtok.values import Media, Size

pytestmark = [pytest.mark.upstream, pytest.mark.filterwarnings("ignore")]
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

STAGES = {"depths": [1, 1, 1, 1]}
LAYER = {"num_hidden_layers": 1}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "aimv2": ("Aimv2Vision", LAYER),
    "beit": ("Beit", LAYER),
    "clip-l14": ("CLIPVision", LAYER),
    "convnext": ("ConvNext", STAGES),
    "convnextv2": ("ConvNextV2", STAGES),
    "deit": ("DeiT", LAYER),
    "dinov2-224": ("Dinov2", LAYER),
    "dinov3": ("DINOv3ViT", LAYER),
    "dinov3-convnext": ("DINOv3ConvNext", STAGES),
    "hiera": ("Hiera", STAGES),
    "ijepa": ("IJepa", LAYER),
    "metaclip-2": ("MetaClip2Vision", LAYER),
    "mlcd": ("MLCDVision", LAYER),
    "sam2": ("Sam2Vision", {}),
    "sam3": ("Sam3Vision", {}),
    "siglip-b16-224": ("SiglipVision", LAYER),
    "swin": ("Swin", STAGES),
    "swinv2": ("Swinv2", STAGES),
    "tipsv2": ("Tipsv2Vision", LAYER),
    "vit-b16-224": ("ViT", LAYER),
}
"""By vtok's model: the name of the classes of transformers, and what makes them shallow."""


def config_of(preset: Encoder, size: Size) -> Any:
    """A shallow config with the preset's patches and registers, for views of this size."""
    name, shallow = MODELS[preset.model]
    kind = getattr(transformers, f"{name}Config")
    numbers: dict[str, Any] = {"patch_size": preset.patch_size, "image_size": size.height, **shallow}
    if name == "Hiera":
        numbers |= {"image_size": list(size), "patch_size": [7, 7], "patch_stride": [preset.patch_size] * 2}
    if name == "DINOv3ConvNext":
        numbers.pop("patch_size")
    if preset.num_register_tokens:
        numbers["num_register_tokens"] = preset.num_register_tokens
    if name in ("Sam2Vision", "Sam3Vision"):
        config = kind()
        config.backbone_config.image_size = size.height if name == "Sam3Vision" else list(size)
        return config
    return kind(**numbers)


def states(preset: Encoder, size: Size) -> int:
    """How many states upstream's encoder returns for a view of this size."""
    name, _ = MODELS[preset.model]
    with torch.device("meta"):
        model = getattr(transformers, f"{name}Model")(config_of(preset, size)).eval()
        with torch.no_grad():
            last = model(pixel_values=torch.empty(1, 3, *size)).last_hidden_state
    if last.ndim == 3:
        return int(last.shape[1])
    # maps of features: channels last in SAM 2, second in the others
    return int(last.shape[1] * last.shape[2] if name == "Sam2Vision" else last.shape[2] * last.shape[3])


PRESETS = {
    preset.names[0]: preset for preset in families.presets() if isinstance(preset, Encoder) and preset.model in MODELS
}


@pytest.mark.parametrize("name", PRESETS)
def test_an_encoder_returns_as_many_states(name: str) -> None:
    preset = PRESETS[name]
    layout = preset.layout(Media(size=Size(480, 640)))
    assert states(preset, layout.views[0].size) == layout.tokens


def states_of_video(preset: VideoEncoder, frames: int, size: Size) -> int:
    """How many states upstream's encoder of videos returns for so many frames of this size; it may raise."""
    sizes = {"patch_size": preset.patch_size, "tubelet_size": preset.tubelet_size}
    numbers = {"hidden_size": 48, "num_attention_heads": 4, "pred_num_hidden_layers": 1, **sizes, **LAYER}
    with torch.device("meta"), torch.no_grad():
        pixels = torch.empty(1, frames, 3, *size)
        if preset.model == "videomae":
            model = transformers.VideoMAEModel(transformers.VideoMAEConfig(**numbers)).eval()
            return int(model(pixels).last_hidden_state.shape[1])
        config = transformers.VJEPA2Config(crop_size=preset.crop_size, **numbers)
        return int(transformers.VJEPA2Model(config).eval()(pixels, skip_predictor=True).last_hidden_state.shape[1])


@pytest.mark.parametrize("name", ["videomae", "vjepa2", "vjepa2-vitg-fpc64-384", "vjepa2-vitl-fpc16-256-ssv2"])
@pytest.mark.parametrize("total", [1, 2, 15, 16, 17, 18, 63, 100])
@pytest.mark.parametrize("sample", [True, False])
def test_an_encoder_of_videos_returns_as_many_states(name: str, total: int, sample: bool) -> None:
    preset = get(name).choose(sample=sample)
    assert isinstance(preset, VideoEncoder)
    frames = total if not sample else min(total, preset.sample_frames)
    side = preset.crop_size
    try:
        want = states_of_video(preset, frames, Size(side, side))
    except RuntimeError:
        want = None
    media = Media(size=Size(480, 640), num_frames=total, fps=25.0)
    if want is None:
        with pytest.raises(UnsupportedSizeError):
            preset.layout(media)
    else:
        assert preset.layout(media).tokens == want


def test_an_image_is_a_video_of_one_frame() -> None:
    preset = get("vjepa2")
    assert isinstance(preset, VideoEncoder)
    assert preset.layout(Media(size=Size(480, 640))).tokens == states_of_video(preset, 1, Size(256, 256))


@pytest.mark.parametrize("model", ["swin", "swinv2"])
@pytest.mark.parametrize("size", [Size(230, 225), Size(300, 259), Size(513, 226)])
def test_swin_fills_up_what_is_left_of_an_image(model: str, size: Size) -> None:
    preset = get(model).choose(do_resize=False)
    assert isinstance(preset, Encoder)
    assert states(preset, size) == preset.layout(Media(size=size)).tokens


@pytest.mark.parametrize("model", ["convnext", "convnextv2", "dinov3-convnext"])
@pytest.mark.parametrize("size", [Size(230, 225), Size(100, 259), Size(63, 64)])
def test_convnext_drops_what_is_left_of_an_image(model: str, size: Size) -> None:
    preset = get(model).choose(do_resize=False)
    assert isinstance(preset, Encoder)
    assert states(preset, size) == preset.layout(Media(size=size)).tokens


def test_a_wrong_number_is_noticed() -> None:
    preset = get("vit-b16-224")
    assert isinstance(preset, Encoder)
    assert states(preset, Size(224, 224)) != get("dinov3").layout(Media(size=Size(480, 640))).tokens
