"""The text round the tokens of an image, as upstream writes it, and the words of steps, views and spans."""

import json
from importlib.resources import files

import pytest

import vtok
from vtok import families
from vtok.values import Media, Size

SCHEMA = json.loads(files("vtok").joinpath("schema.json").read_text("utf-8"))["$defs"]
MODELS = {preset.model: preset for preset in reversed(list(families.presets()))}
SLICES = ["<slice>", "</slice>"]


@pytest.mark.parametrize(
    ("model", "size", "texts"),
    [
        # OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py, and transformers 5.23, models/minicpmv4_6:
        # the image's number, the whole image, then the slices with a new line after each row but the last
        (model, (800, 600), ["<image_id>0</image_id>", "<image>", "</image>", *SLICES * 2, "\n", *SLICES * 2])
        for model in ("minicpm-v-2.6", "minicpm-v-4.6")
    ]
    + [
        # haotian-liu/LLaVA c121f04, llava/constants.py
        ("llava-v1", (500, 500), ["<im_start>", "<im_end>"]),
        # AIDC-AI/Ovis2-1B, visual_tokenizer: the whole image, then the tiles with marks between columns and after rows
        ("ovis2", (900, 900), ["<IMG_START>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>", "<IMG_COL>", "<IMG_END>"]),
    ],
)  # fmt: skip
def test_what_stands_round_the_tokens(model: str, size: tuple[int, int], texts: list[str]) -> None:
    layout = vtok.layout(model, width=size[0], height=size[1])
    assert [span.text for span in layout.spans if span.text] == texts


@pytest.mark.parametrize(("pipeline", "dash"), [("original", "-"), ("transformers", "")])
def test_the_names_of_frames_of_internvl(pipeline: str, dash: str) -> None:
    # OpenGVLab/InternVL 2410d1d, README.md: "Frame-1: <image>\n"; transformers 5.23: "Frame1: "
    layout = vtok.layout("internvl", width=448, height=448, num_frames=32, fps=8.0, pipeline=pipeline, sample_frames=2)
    names = [span.text for span in layout.spans if "Frame" in span.text]
    assert names == [f"Frame{dash}1: ", f"\nFrame{dash}2: "]


@pytest.mark.parametrize("model", MODELS)
def test_views_and_spans_have_the_words_of_the_schema(model: str) -> None:
    preset = MODELS[model]
    views, spans, sinks = (
        set(SCHEMA[part]["properties"][key]["enum"])
        for part, key in (("view", "kind"), ("span", "kind"), ("span", "sink"))
    )
    media = [Media(size=Size(1250, 1000))] if "image" in preset.kinds else []
    media += [Media(size=Size(360, 640), num_frames=64, fps=8.0)] if "video" in preset.kinds else []
    for layout in map(preset.layout, media):
        assert {view.kind for view in layout.views} <= views
        assert {span.kind for span in layout.spans} <= spans
        assert {span.sink for span in layout.spans} <= sinks


@pytest.mark.parametrize("model", [model for model, preset in MODELS.items() if "image" in preset.kinds])
def test_the_orientation_is_the_first_step(model: str) -> None:
    first, *others = MODELS[model].layout(Media(size=Size(1250, 1000), orientation=6)).steps
    assert (first.name, first.before) == ("orient", Size(1250, 1000))
    assert others[0].before == first.after


def test_names_of_presets_are_in_lower_case() -> None:
    short = [
        name
        for preset in families.presets()
        for name in (preset.preset, preset.model, *preset.aliases)
        if "/" not in name
    ]
    assert [name for name in short if name != name.lower()] == []
