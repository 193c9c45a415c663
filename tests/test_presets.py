"""The default preset of each model is what its first checkpoint publishes. Expected numbers are upstream's."""

from typing import Any

import pytest

import vtok
from vtok.checkpoints.names import get

VIDEO = {"width": 640, "height": 360, "num_frames": 60, "fps": 6.0}


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("ovis2", {"size": 448, "max_patches": 12, "crop_to_patches": True}),
        ("minicpm-v-4.6", {"use_image_id": True, "max_slice_nums": 9}),
        ("smolvlm-256m", {"patch_size": 16}),
        ("smolvlm-500m", {"patch_size": 16}),
        ("molmo2", {"image_use_col_tokens": True, "use_single_crop_col_tokens": False}),
        ("ernie-4.5-vl", {"min_pixels": 3136, "max_pixels": 4_816_896, "max_position_embeddings": 131_072}),
        ("videollama3", {"max_pixels": 3_211_264, "video_min_pixels": 12_544, "video_max_pixels": 12_845_056}),
    ],
)
def test_the_default_is_what_is_published(model: str, published: dict[str, Any]) -> None:
    preset = get(model)
    assert preset.repo
    assert {name: getattr(preset, name) for name in published} == published
    assert all(preset.source(name).endswith(".json") for name in published if name != "use_image_id")


@pytest.mark.parametrize(
    ("limits", "tokens", "resized"),
    [
        ({"video_min_pixels": 100_352, "video_max_pixels": 602_112}, 660, (168, 308)),  # the class defaults
        ({}, 2990, (364, 644)),
        ({"video_max_pixels": 1_204_224}, 1440, (252, 448)),
    ],
)
def test_frames_of_videollama3_share_the_pixels_of_the_video(
    limits: dict[str, int], tokens: int, resized: tuple[int, int]
) -> None:
    layout = vtok.layout("videollama3", **VIDEO, **limits)  # type: ignore[arg-type]
    assert (layout.tokens, layout.resized) == (tokens, resized)


def test_times_of_sampled_frames_of_videollama3_are_float32() -> None:
    def times(**options: Any) -> list[str]:
        layout = vtok.layout("videollama3", width=64, height=64, num_frames=4, fps=20.0, **options)
        return [span.text for span in layout.spans if span.kind == "text"]

    assert times(sample_frames=4) == [
        "Time 0.0s:",
        ",Time 0.1s:",
        ",Time 0.1s:",
        ",Time 0.2s:",
    ]  # torch: 3 / 20 = 0.15000001
    assert times(sample=False) == ["Time 0.0s:", ",Time 0.1s:", ",Time 0.1s:", ",Time 0.1s:"]  # Python: 0.15 is below


@pytest.mark.parametrize("model", ["minicpm-v-2.6", "minicpm-v-4.6"])
def test_the_image_number_of_minicpm_can_be_left_out(model: str) -> None:
    counts = [vtok.layout(model, width=448, height=448, use_image_id=on).prompt_tokens for on in (True, False)]
    assert counts == [69, 66]  # 64 and two tags; the number and its two tags
