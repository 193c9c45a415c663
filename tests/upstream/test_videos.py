"""Videos by an installed transformers: which models take them, and what vtok says of them."""

import pytest

from vtok import families

pytestmark = pytest.mark.upstream
pytest.importorskip("torch")
pytest.importorskip("torchvision")
mapped = pytest.importorskip("transformers.models.auto.video_processing_auto").VIDEO_PROCESSOR_MAPPING_NAMES

NOT_KNOWN = {"instructblip", "smolvlm", "perception_lm", "minicpmv4_6", "molmo2"}
"""Families of which transformers maps a video processor, and whose videos vtok does not know."""


@pytest.mark.parametrize("stem", families.modules())
def test_a_model_with_a_video_processor_takes_videos(stem: str) -> None:
    preset = families.presets_of(stem)[0]
    assert ("video" in preset.kinds) >= (stem in mapped and stem not in NOT_KNOWN)
    assert not (preset.images_only and stem in mapped)
