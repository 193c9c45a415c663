"""timm's own settings and encoders, where it is installed."""

import random

import pytest

from vtok.checkpoints.names import get
from vtok.families.timm import Timm, table
from vtok.values import Media, Size

pytestmark = [pytest.mark.upstream, pytest.mark.filterwarnings("ignore")]
torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
Image = pytest.importorskip("PIL.Image")

NAMES = [f"{architecture}.{tag}" for architecture, tags in table()["architectures"].items() for tag in tags]
SMALL = [name for name in NAMES if any(word in name for word in ("tiny", "small", "resnet18", "atto"))]


def preset(name: str) -> Timm:
    mine = get(f"timm/{name}")
    assert isinstance(mine, Timm)
    return mine


def test_the_settings_of_all_weights() -> None:
    known = set(timm.list_pretrained())
    for name in known & set(NAMES):
        data = timm.data.resolve_data_config(pretrained_cfg=timm.models.get_pretrained_cfg(name).to_dict())
        mine = preset(name)
        assert (mine.size, mine.crop_pct, mine.resample) == (
            data["input_size"][1],
            data["crop_pct"],
            data["interpolation"],
        )
        assert mine.keep_aspect == (data["crop_mode"] == "center")
    assert len(known & set(NAMES)) > 700


def test_default_tags() -> None:
    for architecture, tags in table()["architectures"].items():
        assert timm.models.get_pretrained_cfg(architecture).tag == next(iter(tags))


def test_sizes_are_those_of_the_transforms() -> None:
    chance = random.Random(17)
    for _ in range(60):
        mine = preset(chance.choice(NAMES))
        size = Size(chance.randint(20, 500), chance.randint(20, 500))
        data = timm.data.resolve_data_config(pretrained_cfg=timm.models.get_pretrained_cfg(mine.preset).to_dict())
        resize, crop, *_ = timm.data.create_transform(**data).transforms
        resized = resize(Image.new("L", (size.width, size.height)))
        layout = mine.layout(Media(size=size))
        assert layout.resized
        assert (layout.resized.width, layout.resized.height) == resized.size
        assert (layout.views[0].size.width, layout.views[0].size.height) == crop(resized).size


@pytest.mark.parametrize("name", random.Random(3).sample(SMALL, 40))
def test_an_encoder_returns_as_many_states(name: str) -> None:
    mine = preset(name)
    with torch.device("meta"), torch.no_grad():
        model = timm.create_model(name, pretrained=False, num_classes=0).eval()
        last = model.forward_features(torch.empty(1, 3, mine.size, mine.size))
    channels = 2 if last.ndim == 3 else 1 if last.shape[2] == last.shape[3] else 3
    states = last[0].numel() // last.shape[channels]
    assert mine.layout(Media(size=Size(480, 640))).tokens == states
