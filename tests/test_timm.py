"""Names and configs of timm: what follows from them, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

import vtok
from vtok.checkpoints.names import get
from vtok.errors import UnknownModelError, UsageError
from vtok.geometry.places import rounded_center_crop
from vtok.parts.timm_names import numbers_of
from vtok.values import Box, Size


@pytest.mark.parametrize(
    ("architecture", "patch", "classes", "registers"),
    [
        # constructor arguments in timm 1.0.31: patch_size, class_token, reg_tokens or num_reg_tokens
        ("vit_base_patch16_224", 16, 1, 0),
        ("vit_huge_patch14_gap_224", 14, 0, 0),
        ("vit_base_patch16_siglip_512", 16, 0, 0),
        ("vit_so400m_patch14_siglip_gap_378", 14, 0, 0),
        ("vit_betwixt_patch16_reg4_gap_384", 16, 0, 4),
        ("vit_large_patch14_reg4_dinov2", 14, 1, 4),
        ("vit_so400m_patch14_reg1_tipsv2", 14, 1, 1),
        ("vit_7b_patch16_dinov3", 16, 1, 4),
        ("vit_base_patch16_lingbot", 16, 1, 4),
        ("vit_large_patch16_radio_v3", 16, 1, 7),
        ("vit_so400m_patch16_radio_v4", 16, 1, 9),
        ("vit_relpos_base_patch16_224", 16, 0, 0),
        ("vit_relpos_base_patch16_clsgap_224", 16, 1, 0),
        ("vit_pe_core_large_patch14_336", 14, 1, 0),
        ("vit_pe_core_gigantic_patch14_448", 14, 0, 0),
        ("deit3_huge_patch14_224", 14, 1, 0),
        ("deit_base_distilled_patch16_384", 16, 2, 0),
        ("beitv2_large_patch16_224", 16, 1, 0),
        ("eva02_large_patch14_clip_336", 14, 1, 0),
        ("aimv2_3b_patch14_448", 14, 0, 0),
        ("samvit_base_patch16", 16, 0, 0),
        ("swinv2_base_window12to24_192to384", 4, 0, 0),
        ("resnext50_32x4d", 4, 0, 0),
    ],
)
def test_a_name_says_patches_and_tokens(architecture: str, patch: int, classes: int, registers: int) -> None:
    numbers = numbers_of(architecture)
    assert numbers
    assert [numbers[name] for name in ("patch_size", "num_class_tokens", "num_register_tokens")] == [
        patch,
        classes,
        registers,
    ]


@pytest.mark.parametrize(
    "architecture",
    # a stem of convolutions, sides that differ, other strides
    [
        "vit_base_r50_s16_224",
        "vit_tiny_r_s16_p8_224",
        "vit_base_patch16_sapiens2",
        "xcit_nano_12_p8_224",
        "convit_base",
    ],
)
def test_a_name_that_does_not_say_it(architecture: str) -> None:
    assert numbers_of(architecture) is None
    with pytest.raises(UnknownModelError, match="of timm, vtok knows"):
        get(f"timm/{architecture}")


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("timm/vit_base_patch16_224", (224, 0.9, 16)),  # its default is augreg2_in21k_ft_in1k
        ("hf-hub:timm/vit_base_patch16_224.augreg_in21k", (224, 0.9, 16)),
        ("vit_base_patch16_224.mae", (224, 0.9, 16)),
        ("timm/vit_base_patch14_dinov2.lvd142m", (518, 1.0, 14)),
        ("timm/vit_base_patch16_320.someone", (320, 0.875, 16)),
    ],
)
def test_names_of_timm(name: str, numbers: tuple[int, float, int]) -> None:
    preset = vars(get(name))
    assert (preset["size"], preset["crop_pct"], preset["patch_size"]) == numbers


def test_what_a_name_does_not_say_is_called_a_library_default() -> None:
    assert get("timm/vit_base_patch16_320.someone").source("crop_pct") == "library default"
    assert get("timm/vit_base_patch16_224.mae").source("crop_pct") == "pretrained_cfg of timm 1.0.31"


def test_a_size_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownModelError, match="its input size is not known"):
        get("timm/vit_someones_patch16")


@pytest.mark.parametrize(
    ("size", "crop", "left"),
    [(227, 224, 2), (225, 224, 0), (226, 224, 1), (229, 224, 2), (231, 224, 4)],  # halves round to even
)
def test_half_a_pixel_rounds_to_even(size: int, crop: int, left: int) -> None:
    into, kept = rounded_center_crop(Size(size, crop), Size(crop, crop))
    assert (into, kept) == (Box(0, 0, crop, crop), Box(0, left, crop, left + crop))


def folder(path: Path, **changes: Any) -> str:
    config = {
        "architecture": "vit_small_patch14_reg4_dinov2",
        "pretrained_cfg": {"input_size": [3, 518, 518], "crop_pct": 1.0, "crop_mode": "center"},
    }
    (path / "config.json").write_text(json.dumps(config | changes))
    return str(path)


def test_a_folder_of_timm(tmp_path: Path) -> None:
    layout = vtok.layout(folder(tmp_path), width=640, height=480)
    assert (layout.tokens, layout.views[0].grid) == (1 + 4 + 37 * 37, (1, 37, 37))
    wrapped = vtok.layout(folder(tmp_path, model_type="timm_wrapper"), width=640, height=480)
    assert wrapped.tokens == layout.tokens


def test_what_a_folder_of_timm_leaves_out_is_timms_default(tmp_path: Path) -> None:
    layout = vtok.layout(
        folder(tmp_path, architecture="vit_tiny_patch16_224", pretrained_cfg={}), width=640, height=480
    )
    assert layout.resized == Size(256, 341)  # 224 / 0.875
    assert layout.views[0].size == Size(224, 224)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"architecture": "xcit_nano_12_p8_224"}, "do not follow from the name"),
        ({"architecture": None}, "without a name"),
        ({"pretrained_cfg": {"input_size": [3, 1024, 768]}}, "two equal sides"),
        ({"pretrained_cfg": {"input_size": 224}}, "two equal sides"),
        ({"pretrained_cfg": {"crop_mode": "border"}}, "center or squash"),
        ({"architecture": "resnet50", "pretrained_cfg": {"input_size": [3, 176, 176]}}, "multiples of 32, not 176"),
    ],
)
def test_what_is_refused_of_a_folder(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as failure:
        vtok.layout(folder(tmp_path, **changes), width=640, height=480)
    assert "\n" not in str(failure.value)
