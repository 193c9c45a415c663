"""`vtok locate`: tokens, positions, pixels and boxes, as tables, for programs, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from PIL import Image

import vtok

PHOTO = ("1280x720", "-m", "qwen2.5-vl")


def rows(lines: list[str]) -> list[dict[str, str]]:
    """The table of an answer in a pipe, a row for each token."""
    start = next(i for i, line in enumerate(lines) if line.startswith("asked\t"))
    names = lines[start].split("\t")
    cells = [line.split("\t") for line in lines[start + 1 :] if not line.startswith("note\t")]
    return [dict(zip(names, row, strict=True)) for row in cells]


def test_a_token_its_position_and_its_pixel_are_one(run: Run) -> None:
    # 46 x 26 tokens of 28 pixels; token 57 is column 11 of row 1, in the third window; its ids are 1 + row, 1 + column
    located = rows(run("locate", *PHOTO, "--token", "57", "--position", "58", "--pixel", "320,40").lines)
    assert [row.pop("asked") for row in located] == ["token 57", "position 58", "pixel 320,40"]
    assert located[0] == located[1] == located[2]
    assert {name: located[0][name] for name in ("token", "position", "what", "row", "column", "window")} == {
        "token": "57", "position": "58", "what": "image", "row": "1", "column": "11", "window": "2",
    }  # fmt: skip
    assert [located[0][name] for name in ("id_t", "id_h", "id_w")] == ["1", "2", "12"]
    assert float(located[0]["left"]) == pytest.approx(11 * 1280 / 46, abs=1e-3)


def test_a_tiled_model_sees_a_pixel_twice(run: Run) -> None:
    located = rows(run("locate", "1333x777", "-m", "deepseek-vl2", "--pixel", "800,300").lines)
    assert [(row["what"], row["tile_column"], row["tile_row"]) for row in located] == [
        ("thumbnail", "", ""),
        ("tile", "2", "0"),
    ]


def test_what_is_no_part_of_the_image_says_what_it_is(run: Run) -> None:
    located = rows(run("locate", "1333x777", "-m", "deepseek-vl2", "--token", "14", "--token", "210").lines)
    assert [row["what"] for row in located] == ["learned newline after row 0", "learned separator"]
    special = rows(run("locate", *PHOTO, "--position", "0").lines)
    assert (special[0]["token"], special[0]["what"]) == ("", "<|vision_start|>")


def test_padding_is_called_padding(run: Run) -> None:
    # The corner of the canvas of 1333 x 777 on 4 x 2 tiles: 109 of 1536 pixels at the left are padding.
    located = rows(run("locate", "1333x777", "-m", "deepseek-vl2", "--token", str(14 * 15 + 1)).lines)
    assert located[0]["what"] == "padding of the tile"


def test_queries_read_views_and_have_no_place(run: Run) -> None:
    # MiniCPM-V 2.6: 800 x 600 is cut in 2 x 2 slices; each view has 64 queries. The pixel lies in slice 4.
    outcome = run("locate", "800x600", "-m", "minicpm-v-2.6", "--pixel", "500,400")
    assert outcome.code == 0
    note = next(line for line in outcome.lines if line.startswith("note\tno token"))
    assert "query tokens 0 to 63 read all of view 0 (thumbnail); query tokens 256 to 319 read all of view 4" in note


def test_an_api_that_publishes_no_places(run: Run) -> None:
    # Gemini 2.x cuts 1333 x 777 into tiles of min(sides) / 1.5 = 518 pixels: the pixel lies in the first one
    outcome = run("locate", "1333x777", "-m", "gemini-2.x", "--pixel", "5,5", "--token", "0")
    assert rows(outcome.lines)[0]["what"] == "of the tile, at a place that is not published"
    assert "where the tokens of gemini-2.x lie is not published" in outcome.out
    assert "unplaced tokens 0 to 257 belong to view 0 (tile)" in outcome.out


def test_gemini_writes_y_first(run: Run) -> None:
    outcome = run("locate", "2000x1000", "-m", "gemini-3", "--convert", '[{"box_2d": [100, 200, 300, 400]}]')
    (box,) = boxes(outcome.lines)
    assert [float(box[edge]) for edge in ("left", "top", "right", "bottom")] == [400, 100, 800, 300]


def test_frames_of_a_video(run: Run) -> None:
    video = ("640x360", "--duration", "4", "--source-fps", "16")
    document = json.loads(run("locate", *video, "--pixel", "0,0", "--frame", "40", "--json").out)[0]
    (token,) = document["answers"][0]["tokens"]
    assert (token["frames"], token["time"], token["t"]) == ([32, 40], 2.0, 2)
    outcome = run("locate", *video, "--pixel", "0,0", "--frame", "41")
    assert "frame 41 is not sampled" in outcome.out
    assert "the nearest sampled frame is 40" in outcome.out
    assert len(json.loads(run("locate", *video, "--pixel", "0,0", "--json").out)[0]["answers"][0]["tokens"]) == 4


def test_the_image_is_turned_where_the_pipeline_turns_it(run: Run, samples: Path) -> None:
    upright = run("locate", f"{samples}/photo.jpg", "--token", "0").out
    stored = run("locate", f"{samples}/photo.jpg", "--token", "0", "--exif", "ignore").out
    assert "image\t3024x4032 pixels, EXIF orientation 6 (turned 90 degrees clockwise) applied" in upright
    assert "image\t4032x3024 pixels, EXIF orientation 6 (turned 90 degrees clockwise) ignored" in stored


def test_bad_questions_do_not_lose_good_ones(run: Run) -> None:
    outcome = run("locate", *PHOTO, "--token", "99999", "--pixel", "5000,1", "--box", "5,5,5,9", "--token", "0")
    assert outcome.code == 1
    assert [row["asked"] for row in rows(outcome.lines)] == ["token 0"]
    assert outcome.err.splitlines() == [
        "vtok: 1280x720: there is no token 99999: the input has 1,196 visual tokens, numbered 0 to 1195",
        "vtok: 1280x720: pixel 5000,1 lies outside of the image of 1280x720 pixels; x is 0 to 1279, y is 0 to 719",
        "vtok: 1280x720: box 5,5,5,9 has no area; give left, top, right and bottom in pixels",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to locate; give --token, --position, --pixel, --box or --convert"),
        (("--pixel", "3"), "--pixel '3': write X,Y in pixels of the image"),
        (("--pixel", "3,4,5"), "--pixel '3,4,5': write X,Y"),
        (("--box", "1,2,3,x"), "--box '1,2,3,x': write X1,Y1,X2,Y2"),
        (("--box", "1,2,3,nan"), "--box '1,2,3,nan': write X1,Y1,X2,Y2"),
        (("--token", "1", "--frame", "0"), "--frame picks a frame of a video, and this is an image"),
        (("--token", "1", "-m", "internvl"), "one model at a time"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], words: str) -> None:
    outcome = run("locate", *PHOTO, *arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.out == ""


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run: Run) -> None:
    outcome = run("locate", "nowhere.jpg", "640x480", "--token", "0", "--json")
    assert outcome.code == 1
    failed, other = json.loads(outcome.out)
    assert failed.keys() == {"input", "error"}
    box = other["answers"][0]["tokens"][0]["box"]
    assert box == vtok.layout("qwen2.5-vl", width=640, height=480).token_map().token(0).to_dict()["box"]


def test_the_crop_is_what_the_model_gets(run: Run, samples: Path, tmp_path: Path) -> None:
    # 600 x 400 is resized to 588 x 392 = 21 x 14 tokens of 28: token 57 is row 2, column 15 of the resized image.
    path = tmp_path / "crop.png"
    assert run("locate", str(samples / "coffee.jpg"), "--token", "57", "--crop", str(path)).code == 0
    with Image.open(samples / "coffee.jpg") as photo, Image.open(path) as crop:
        resized = photo.convert("RGB").resize((588, 392), Image.Resampling.BICUBIC)
        expected = resized.crop((15 * 28, 2 * 28, 16 * 28, 3 * 28))
        assert crop.size == (28, 28)
        assert np.abs(np.asarray(crop, int) - np.asarray(expected, int)).max() <= 2  # sums in another order


def test_the_crop_of_a_video_has_its_frames_side_by_side(run: Run, samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "crop.png"
    assert run("locate", str(samples / "clip.mp4"), "--token", "0", "--crop", str(path)).code == 0
    with Image.open(path) as crop:
        assert crop.size == (2 * 28, 28)


def test_tokens_are_marked_on_the_photo(run: Run, samples: Path, tmp_path: Path) -> None:
    path, photo = tmp_path / "marked.png", samples / "coffee.jpg"
    assert run("locate", str(photo), "--token", "57", "-o", str(path)).code == 0
    with Image.open(photo) as before, Image.open(path) as after:
        changed = np.abs(np.asarray(before.convert("RGB"), int) - np.asarray(after, int)).sum(2) > 60
        rows, columns = np.nonzero(changed)
    # the outline of (428.6, 57.1, 457.1, 85.7), and the label above it
    assert 415 < columns.min() < 430
    assert 455 < columns.max() < 500
    assert 25 < rows.min() < 57
    assert 84 < rows.max() < 95


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--token", "1", "--token", "2", "--crop", "x.png"), "the pixels of one token, and there are 2"),
        (("--position", "0", "--crop", "x.png"), "the token at position 0 is a special token"),
        (("--token", "1", "--crop", "x.svg"), "pixels are written as .png, .jpg or .webp"),
        (("--token", "1", "-o", "x.tif"), "unknown ending"),
        (("--token", "1", "-o", "{coffee}"), "is an input of this command"),
        (("--token", "1", "-o", "x.png", "{coffee}"), "-o writes one image; give one input, not 2"),
        (("--token", "1", "-o", "x.png", "--width", "3"), "--width 3: write a number of pixels"),
    ],
)
def test_images_that_cannot_be_written(
    *, run: Run, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    coffee = str(samples / "coffee.jpg")
    outcome = run("locate", coffee, *(argument.format(coffee=coffee) for argument in arguments))
    assert outcome.code == 2
    assert words in outcome.err
    assert not list(tmp_path.iterdir())


def test_a_size_has_no_pixels_and_is_drawn_blank(run: Run, tmp_path: Path) -> None:
    assert "a size without pixels" in run("locate", "64x64", "--token", "0", "--crop", str(tmp_path / "x.png")).err
    path = tmp_path / "blank.svg"
    assert run("locate", "64x64", "--token", "0", "-o", str(path)).code == 0
    assert "<svg" in path.read_text("utf-8")


def boxes(lines: list[str]) -> list[dict[str, str]]:
    """The table of converted boxes in a pipe."""
    start = next(i for i, line in enumerate(lines) if line.startswith("number\t"))
    cells = [line.split("\t") for line in lines[start + 1 :] if not line.startswith("note\t")]
    return [dict(zip(lines[start].split("\t"), row, strict=True)) for row in cells]


ANSWER = '[{"bbox_2d": [147, 134, 619, 407], "label": "bowl of carrots"}]'


def test_an_answer_in_the_models_convention(run: Run) -> None:
    # QwenLM/Qwen3-VL, qwen-vl-finetune/tools/process_bbox.ipynb: (146, 137, 615, 415) of an image of 640 x 428
    outcome = run("locate", "640x428", "-m", "qwen2.5-vl", "--convert", ANSWER)
    (box,) = boxes(outcome.lines)
    assert [round(float(box[edge])) for edge in ("left", "top", "right", "bottom")] == [146, 137, 615, 415]
    assert (box["label"], box["convention"], box["lies"], box["written"]) == (
        "bowl of carrots", "resized", "inside", "147,134,619,407",
    )  # fmt: skip
    assert "source\tQwenLM/Qwen3-VL 9658872, qwen-vl-finetune/tools/process_bbox.ipynb" in outcome.lines


def test_an_answer_in_another_convention_is_explained(run: Run) -> None:
    # 0-1000 read as pixels of the resized image of 600 x 400 reaches over its edge
    answer = "<|box_start|>(290,45),(680,480)<|box_end|>"
    outcome = run("locate", "600x400", "--convert", answer)
    assert boxes(outcome.lines)[0]["lies"] == "partly outside"
    assert "note\tbox 1 does not lie wholly in the image when read as resized; --from all" in outcome.out
    readings = {
        box["convention"]: box for box in boxes(run("locate", "600x400", "--convert", answer, "--from", "all").lines)
    }
    assert readings["0-1000"]["lies"] == "inside"
    assert [float(readings["0-1000"][edge]) for edge in ("left", "top", "right", "bottom")] == [174, 18, 408, 192]
    assert (readings["0-1"]["lies"], readings["original"]["lies"]) == ("outside", "partly outside")


def test_the_form_of_an_answer_tells_its_convention(run: Run) -> None:
    document = json.loads(run("locate", "1024x1024", "--convert", "<loc0010><loc0020><loc0030><loc0040>", "--json").out)
    assert document[0]["boxes"][0]["convention"] == "loc0000"
    assert document[0]["boxes"][0]["image"] == pytest.approx({"left": 20, "top": 10, "right": 40, "bottom": 30})


def test_a_model_without_a_convention_is_read_in_every_common_one(run: Run) -> None:
    outcome = run("locate", "800x600", "-m", "gemma3", "--convert", "10,20,300,400")
    assert outcome.code == 0
    assert "boxes\tno convention is known in which gemma3 writes boxes" in outcome.lines
    assert {"original", "resized", "0-1000", "0-1000 yx"} <= {box["convention"] for box in boxes(outcome.lines)}
    assert len(boxes(run("locate", "800x600", "-m", "gemma3", "--convert", "1,2", "--from", "0-1").lines)) == 1


def test_malformed_boxes_are_named_and_the_others_are_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    path.write_text('{"bbox": [1, 2, 30, 40]}\n{oops\n{"bbox": [1, 2, 3]}\n', "utf-8")
    outcome = run("locate", "640x480", "--convert", f"@{path}")
    assert outcome.code == 1
    assert len(boxes(outcome.lines)) == 1
    assert outcome.err.splitlines() == [
        "vtok: 640x480: '{oops': line 2: no JSON",
        "vtok: 640x480: '1,2,3': line 3: 3 numbers are neither a box (4) nor a point (2)",
    ]


def test_boxes_are_drawn_with_their_labels(run: Run, samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "boxes.png"
    assert run("locate", str(samples / "coffee.jpg"), "--convert", "98,98,490,294", "-o", str(path)).code == 0
    with Image.open(samples / "coffee.jpg") as before, Image.open(path) as after:
        assert after.size == before.size
        changed = np.abs(np.asarray(before.convert("RGB"), int) - np.asarray(after, int)).sum(2) > 90
    # (98, 98, 490, 294) of 588 x 392 is (100, 100, 500, 300) of 600 x 400: its outline is there, and the label outside
    assert changed[100, 110:490].mean() > 0.9
    assert changed[110:290, 100].mean() > 0.9
    assert not changed[330:].any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--convert", "no box at all"), "--convert 'no box at all': no box and no point in it"),
        (("--convert", "@nowhere.txt"), "--convert @nowhere.txt: there is no such file"),
        (("--convert", "1,2", "--from", "0-1001"), "no convention '0-1001' for boxes; did you mean"),
        (("--from", "0-1", "--token", "1"), "--from is the convention of the boxes behind --convert"),
        (("--convert", "1,2", "--token", "1"), "--convert reads an answer by itself"),
    ],
)
def test_wrong_usage_of_convert(run: Run, arguments: tuple[str, ...], words: str) -> None:
    outcome = run("locate", "640x480", *arguments)
    assert outcome.code == 2
    assert words in outcome.err
