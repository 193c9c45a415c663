"""`vtok verify` without transformers: what it compares, what it finds, and what it says."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Run
from test_json_schema import errors

from vtok import checkpoints
from vtok.cli import verify as command
from vtok.render.text import verified
from vtok.values import Media, Size
from vtok.verify import here, record
from vtok.verify.folders import save
from vtok.verify.running import LEAST, MOST_PIXELS, Compared, Subject, compare, configs, drawn, size_drawn
from vtok.verify.upstream import PAD, Answer, Upstream, encoder_facts, view_sizes

SIZE = Size(280, 560)


def asked(answer: Answer | Exception, model: str = "qwen2.5-vl") -> Compared:
    """An image of SIZE, of which upstream says that."""

    def ask() -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    family = checkpoints.get(model)
    return compare(Upstream(Path(), "qwen2_5_vl", family), Media(size=SIZE), {"max_pixels": 10**6}, "560x280", ask)


TEXT = f"<|vision_start|>{PAD * 200}<|vision_end|>"
"""560 x 280 pixels are 20 x 10 tokens of 28 pixels."""


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (Answer({"grid": (1, 20, 40)}, TEXT), []),
        (Answer({"grid": (1, 20, 40)}, None), []),
        (Answer({"grid": (1, 20, 40)}, f"user\n{TEXT}Describe"), []),
        (Answer({"grid": (1, 20, 38)}, TEXT), ["grid"]),
        (Answer({"grid": (1, 20, 40)}, TEXT.replace(PAD, "", 1)), ["text"]),
        (Answer({"grid": (1, 20, 40)}, TEXT + PAD), ["text"]),
        (Answer({"views": 1, "sizes": [Size(280, 560)]}, TEXT), []),
        (Answer({"views": 2, "sizes": [Size(280, 532)]}, TEXT), ["views", "sizes"]),
        (ValueError("no"), ["error"]),
    ],
)
def test_whatever_differs_is_found(answer: Answer | Exception, facts: list[str]) -> None:
    one = asked(answer)
    assert [difference.fact for difference in one.differences] == facts
    assert one.command == "vtok count 560x280 -m qwen2.5-vl-7b --set max_pixels=1000000"


@pytest.mark.parametrize(("text", "differ"), [("", 0), (PAD, 1), (None, 1)])
def test_an_image_without_any_token_is_refused_by_upstream_too(text: str | None, differ: int) -> None:
    family = checkpoints.get("lighton-ocr")
    media = Media(size=Size(14, 900))
    one = compare(Upstream(Path(), "lighton_ocr", family), media, {}, "900x14", lambda: Answer({}, text))
    assert len(one.differences) == differ


def test_position_ids_and_windows_are_compared() -> None:
    # 4 x 2 tokens are one window; start, eight tokens, end
    family = checkpoints.get("qwen2.5-vl")
    wanted = ("position_ids", "window_index", "cu_window_seqlens")
    facts = here.answer(family, family.layout(Media(size=Size(56, 112))), wanted).facts
    assert facts["position_ids"] == [
        [0, 1, 1, 1, 1, 1, 1, 1, 1, 5],
        [0, 1, 1, 1, 1, 2, 2, 2, 2, 5],
        [0, 1, 2, 3, 4, 1, 2, 3, 4, 5],
    ]
    assert facts["window_index"] == list(range(8))
    assert facts["cu_window_seqlens"] == [0, 32]


def test_rows_end_in_a_token() -> None:
    # 96 x 64 pixels in patches of 16: four rows of six; each but the last ends in a break
    family = checkpoints.get("pixtral-12b")
    text = here.answer(family, family.layout(Media(size=Size(64, 96))), ()).text
    assert text == "[IMG_BREAK]".join([PAD * 6] * 4) + "[IMG_END]"


def test_sizes_of_views_are_read_through_lists_and_arrays() -> None:
    one = np.zeros((3, 4, 5))
    assert list(view_sizes([[one, one]])) == [Size(4, 5)] * 2
    assert list(view_sizes(np.zeros((2, 7, 3, 4, 5)))) == [Size(4, 5)] * 14


@pytest.mark.parametrize(
    ("made", "facts"),
    [
        ({"image_grid_thw": [[1, 4, 6]]}, {"grid": (1, 4, 6)}),
        ({"spatial_shapes": [[3, 5]]}, {"grid": (1, 3, 5)}),
        ({"image_position_ids": [[[0, 0], [1, 0], [2, 1]]]}, {"grid": (1, 2, 3)}),
        ({"target_sizes": [[4, 6], [2, 3]]}, {"grids": [(1, 2, 3), (1, 4, 6)]}),
        ({"aspect_ratio_mask": [[[1, 1, 0, 0]]]}, {"views": 2}),
        ({"pixel_values": np.zeros((2, 3, 8, 9))}, {"views": 2, "sizes": [Size(8, 9)]}),
    ],
)
def test_facts_of_what_processors_return(made: dict[str, Any], facts: dict[str, Any]) -> None:
    assert encoder_facts(None, made) == facts


def test_a_draw_can_be_drawn_again_and_its_folder_is_read_back(tmp_path: Path) -> None:
    family = checkpoints.get("qwen3-vl")
    first, second = ([drawn(family, "image", random.Random(seed)) for seed in range(20)] for _ in range(2))
    assert first == second
    assert any(first)
    sizes = [size_drawn(random.Random(seed)) for seed in range(200)]
    assert all(min(size) >= LEAST and size.area <= MOST_PIXELS for size in sizes)
    chosen = family.choose(max_pixels=123_456)
    save(configs(chosen, "qwen3_vl"), tmp_path)
    assert checkpoints.get(str(tmp_path)).layout(Media(size=SIZE)).tokens == chosen.layout(Media(size=SIZE)).tokens


def test_models_of_other_code_say_why_they_are_not_verified() -> None:
    assert not Subject(checkpoints.get("gemma3")).obstacle
    assert "transformers does not have deepseek-vl2" in Subject(checkpoints.get("deepseek-vl2")).obstacle


def test_answers_as_golden_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "version", lambda _: "5.23.0")
    row = record.row(checkpoints.get("qwen2.5-vl"), asked(Answer({"grid": (1, 20, 38)}, TEXT)))
    assert row["expect"] == {"grid": [1, 20, 38], "tokens": 200}
    assert (row["width"], row["height"], row["options"]) == (560, 280, {"max_pixels": 10**6})
    refused = record.row(checkpoints.get("qwen2.5-vl"), asked(ValueError("too thin")))
    assert refused["expect"] == {"error": "ValueError: too thin"}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transformers that has one token more than vtok for each image wider than high."""

    def image(self: Upstream, image: Any) -> Answer:
        media = Media(size=Size(image.height, image.width))
        answer = here.answer(self.family, self.family.layout(media), ("grid",))
        return answer._replace(text=f"{answer.text}{PAD}") if image.width > image.height else answer

    monkeypatch.setattr(Upstream, "image", image)
    monkeypatch.setattr(command, "NEEDED", ())
    monkeypatch.setattr(command, "_quiet", lambda: None)
    for module in (record, verified):
        monkeypatch.setattr(module, "version", lambda _: "5.23.0")


@pytest.mark.usefixtures("installed")
def test_the_command_counts_what_differs(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    outcome = run("verify", "640x480", "480x640", "-m", "qwen2.5-vl", "--record", str(rows))
    assert outcome.code == 1
    assert outcome.lines[1].split("\t") == ["qwen2.5-vl-7b", "qwen2_5_vl", "2", "0", "1"]
    assert "vtok count 640x480 -m qwen2.5-vl-7b" in outcome.out
    assert "vtok count 480x640" not in outcome.out
    assert [json.loads(line)["width"] for line in rows.read_text().splitlines()] == [640, 480]
    document = json.loads(run("verify", "640x480", "480x640", "-m", "qwen2.5-vl", "--json").out)
    assert errors("verify", document) == []
    assert run("verify", "480x640", "-m", "qwen2.5-vl").code == 0


@pytest.mark.usefixtures("installed")
def test_random_inputs_of_each_model(run: Run) -> None:
    outcome = run("verify", "-m", "gemma3", "-m", "paligemma-448", "--samples", "7", "--seed", "3")
    assert [line.split("\t")[2] for line in outcome.lines[1:3]] == ["12", "12"]
    assert run("verify", "-m", "gemma3", "-m", "paligemma-448", "--samples", "7", "--seed", "3").out == outcome.out


@pytest.mark.usefixtures("installed")
def test_bad_inputs_and_models(run: Run) -> None:
    outcome = run("verify", "nowhere.jpg", "480x640", "-m", "gemma3")
    assert outcome.code == 1
    assert "nowhere.jpg" in outcome.err
    assert "gemma-3-4b" in outcome.out
    assert run("verify", "-m", "deepseek-vl2").code == 2
    assert run("verify", "-m", "gemma3", "--seconds", "nan").code == 2


def test_what_is_missing_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "NEEDED", ("transformers_of_nobody", "torch_of_nobody"))
    outcome = run("verify")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "pip install transformers_of_nobody torch_of_nobody" in outcome.err


def test_a_number_is_written_at_each_place_and_overwrites_none() -> None:
    def images(name: str) -> dict[str, Any]:
        preset = checkpoints.get(name)
        return configs(preset, Subject(preset).stem)["preprocessor_config.json"]

    assert images("smolvlm-2.2b")["max_image_size"] == {"longest_edge": 384}
    assert images("lighton-ocr")["patch_size"] == 14
    assert images("paligemma-224")["size"] == {"height": 224, "width": 224}
