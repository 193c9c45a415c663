"""`vtok windows` and `vtok mrope`."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import Run


def facts(text: str) -> dict[str, str]:
    """Names and values of tab-separated lines."""
    return dict(line.split("\t", 1) for line in text.splitlines() if line.count("\t") == 1)


def test_the_partition_of_6x6_merged_tokens(run: Run) -> None:
    outcome = run("windows", "--grid", "12x12")
    answer = facts(outcome.out)
    assert answer["cu_window_seqlens"] == "0 64 96 128 144"
    assert "1 of 4x4, 1 of 2x4, 1 of 4x2, 1 of 2x2" in answer["windows"]
    # the map: four rows of windows 0 and 1, two rows of windows 2 and 3
    assert outcome.lines[-6:] == ["0 0 0 0 1 1"] * 4 + ["2 2 2 2 3 3"] * 2


def test_merged_grids_are_the_same_in_other_units(run: Run) -> None:
    assert run("windows", "--grid", "6x6", "--merged").out == run("windows", "--grid", "12x12").out


def test_an_image_has_the_grid_of_its_layout(run: Run, samples: Path) -> None:
    # 18 x 18 merged tokens: 25 windows, of which 16 are whole
    assert facts(run("windows", str(samples / "astronaut.png")).out)["grid"].startswith("36x36 patches = 18x18")
    assert facts(run("windows", "512x512").out)["windows"].startswith("25 of")


def test_several_grids_are_one_batch(run: Run) -> None:
    answer = json.loads(run("windows", "--grid", "8x8", "--grid", "2x8x8", "--json").out)
    assert answer["cu_window_seqlens"] == [0, 64, 128, 192]
    assert answer["cu_seqlens"] == [0, 64, 128, 192]


def test_the_index_is_a_table(run: Run) -> None:
    lines = run("windows", "--grid", "12x12", "--index").lines
    assert lines[0].split("\t") == ["place", "window", "window_index", "reverse_index"]
    # place 4 of window 0 is the first token of the second row of the grid: token 6
    assert lines[5].split("\t")[:3] == ["4", "0", "6"]


def test_the_order_of_patches(run: Run) -> None:
    assert run("windows", "--grid", "2x4", "--order").lines == ["0 1 4 5", "2 3 6 7"]


def test_saved_arrays_are_read_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "windows.npz"
    assert run("windows", "--grid", "12x12", "--save", str(path)).code == 0
    with np.load(path) as saved:
        assert saved["cu_window_seqlens"].tolist() == [0, 64, 96, 128, 144]
        assert sorted(saved["window_index"].tolist()) == list(range(36))
    assert os.listdir(tmp_path) == ["windows.npz"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--grid", "13x12"], "divide by 2"),
        (["--grid", "0x12"], "1 or more"),
        (["--grid", "-2x12"], "rows x columns"),
        (["--grid", "99999998x99999998"], "limit"),
        (["--grid", "12"], "rows x columns"),
        (["--grid", "12x12", "-m", "qwen2-vl"], "attends in full"),
        (["512x512", "--merged"], "--merged is about --grid"),
        ([], "no grid"),
        (["--grid", "12x12", "--save", "windows.txt"], ".npz"),
    ],
)
def test_wrong_grids(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("windows", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_folder_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.npz").mkdir()
    outcome = run("windows", "--grid", "12x12", "--save", str(tmp_path / "w.npz"))
    assert outcome.code == 2
    assert "is a folder" in outcome.err


def test_an_unwritable_place_leaves_nothing(run: Run, tmp_path: Path) -> None:
    outcome = run("windows", "--grid", "12x12", "--save", str(tmp_path / "none" / "w.npz"))
    assert outcome.code == 1
    assert "cannot be written" in outcome.err
    assert os.listdir(tmp_path) == []


def test_a_bad_file_among_good_ones(run: Run, samples: Path) -> None:
    outcome = run("windows", "nowhere.jpg", str(samples / "astronaut.png"))
    assert outcome.code == 1
    assert "25 of" in outcome.out
    assert outcome.err.startswith("vtok: nowhere.jpg: ")


def test_pieces_keep_their_order(run: Run) -> None:
    rows = [line.split("\t") for line in run("mrope", "--text", "4", "--grid", "4x4", "--text=2", "224x224").lines]
    spans = [row[1] for row in rows[1:] if len(row) > 2]
    assert list(dict.fromkeys(spans)) == ["text 4", "grid 4x4", "text 2", "224x224"]


def test_an_image_in_text_by_hand(run: Run) -> None:
    # 4 of text, start at 4, image from 5: rows and columns 5 and 6, end at 5 + 2 = 7, text at 8
    answer = json.loads(run("mrope", "--text", "4", "--grid", "4x4", "--text", "1", "--json").out)
    assert answer["ids"] == [
        [0, 1, 2, 3, 4, 5, 5, 5, 5, 7, 8],
        [0, 1, 2, 3, 4, 5, 5, 6, 6, 7, 8],
        [0, 1, 2, 3, 4, 5, 6, 5, 6, 7, 8],
    ]
    assert (answer["next_position"], answer["rope_delta"]) == (9, -2)


def test_one_segment_is_a_raster(run: Run) -> None:
    lines = run("mrope", "--text", "4", "--grid", "4x4", "--segment", "1").lines
    assert lines == ["temporal step 0: t,h,w", "5,5,5  5,5,6", "5,6,5  5,6,6"]


def test_versions_that_disagree_are_said(run: Run) -> None:
    # recorded upstream: grid 8x4x4, 6 + 1 of text before, 1 + 4 after: greatest ids 26 (4.49), 26 (4.57), 21 (5.23)
    arguments = ["--text", "6", "--grid", "8x4x4@1.0", "--text", "4"]
    answer = facts(run("mrope", *arguments).out)
    assert answer["next position"] == "22"
    assert answer["in 4.49"] == ("t of grid 8x4x4@1.0 (<|vision_end|>) 22 instead of 9; next position 27, 5 more")
    assert json.loads(run("mrope", *arguments, "--pipeline-version", "4.57", "--json").out)["next_position"] == 27


@pytest.mark.parametrize("ending", ["npy", "json", "csv"])
def test_saved_ids_are_read_back(run: Run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"ids.{ending}"
    run("mrope", "--text", "2", "--save", str(path))
    if ending == "npy":
        assert np.load(path).tolist() == [[0, 1]] * 3
    elif ending == "json":
        assert json.loads(path.read_text()) == {"t": [0, 1], "h": [0, 1], "w": [0, 1]}
    else:
        assert path.read_text() == "t,h,w\n0,0,0\n1,1,1\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "empty prompt"),
        (["--text", "some"], "number of tokens"),
        (["--text", "0"], "1 up"),
        (["--text", "4", "-m", "pixtral-12b"], "1D"),
        (["--text", "4", "--segment", "7"], "0 to 0"),
        (["--text", "4", "--segment", "0"], "text"),
        (["--grid", "4x4@1"], "TxHxW@S"),
        (["--grid", "2x4x4@x"], "seconds"),
        (["--text", "4", "--pipeline-version", "3.0"], "known are"),
        (["--text", "4", "--save", "ids.txt"], ".npy or .json or .csv"),
    ],
)
def test_wrong_prompts(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("mrope", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_video_of_a_number_of_frames(run: Run, samples: Path) -> None:
    # 4 frames are 2 temporal steps; 1280 x 720 are 92 x 52 patches
    assert facts(run("windows", str(samples / "clip.mp4"), "--frames", "4").out)["grid"].startswith("2x52x92 patches")


def test_the_order_has_no_arrays_to_save(run: Run, tmp_path: Path) -> None:
    outcome = run("windows", "--grid", "4x4", "--order", "--save", str(tmp_path / "x.npz"))
    assert outcome.code == 2
    assert not list(tmp_path.iterdir())


def test_a_list_of_inputs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("224x224\n")
    assert facts(run("windows", "--files-from", str(tmp_path / "list")).out)["grid"].startswith("16x16 patches")
    assert run("tiles", "--files-from", str(tmp_path / "list")).lines[0] == "input\t224x224"


def test_a_name_that_looks_like_a_piece_is_a_file(run: Run) -> None:
    assert "no such file" in run("mrope", "text:4").err
    assert "--text needs a value" in run("mrope", "--text").err


def test_a_version_with_other_positions_says_how_many(run: Run, samples: Path) -> None:
    answer = facts(run("mrope", str(samples / "clip.mp4"), "-m", "qwen3-vl").out)
    assert "positions instead of" in answer["in 4.57"]


def test_what_is_wider_than_the_terminal_is_said() -> None:
    from terminal import seen

    code, text = seen("vtok windows --grid 4x200", width=80)
    assert code == 0
    assert "20 more columns" in text
    assert all(len(line) <= 80 for line in text.splitlines()[-3:-1])


def test_ids_fit_a_narrow_terminal() -> None:
    from terminal import seen

    code, text = seen("vtok mrope --text 4 samples/photo.jpg", width=80)
    assert code == 0
    assert " segment  what" in text


@pytest.mark.parametrize("command", [["windows"], ["mrope"]])
def test_json_names_what_could_not_be_read(run: Run, command: list[str]) -> None:
    outcome = run(*command, "nothere.jpg", "56x84", "--json")
    facts = json.loads(outcome.out)
    assert (outcome.code, facts["errors"]) == (1, [{"input": "nothere.jpg", "error": "no such file or directory"}])


def test_orders_are_one_json_array(run: Run) -> None:
    orders = json.loads(run("windows", "--order", "-g", "2x2", "-g", "2x4", "--json").out)
    assert [order["grid"] for order in orders] == [{"t": 1, "h": 2, "w": 2}, {"t": 1, "h": 2, "w": 4}]
    assert orders[0]["patch_order"] == [0, 1, 2, 3]


def test_the_map_of_a_photo_waits_until_it_is_asked_for(run: Run, samples: Path) -> None:
    photo = str(samples / "photo.jpg")
    short = run("windows", photo)
    assert "note\tthe map of 144 rows x 108 columns of tokens is left out; --map prints it" in short.lines
    assert len(short.lines) < 12
    # 144 lines of a map with a heading instead of the note
    assert len(run("windows", photo, "--map").lines) == len(short.lines) - 1 + 2 + 144


def test_numbers_in_a_pipe_are_plain_and_whole(run: Run) -> None:
    figures = facts(run("windows", "--grid", "72x72").out)
    assert figures["cu_window_seqlens"].split() == [str(64 * i) for i in range(82)]


def test_ranges_of_ids_are_two_numbers_in_a_pipe(run: Run) -> None:
    lines = [line.split("\t") for line in run("mrope", "--text", "4", "--grid", "4x8").lines]
    row = dict(zip(lines[0], lines[3], strict=True))
    # the start token is at 4, the image of 2 x 4 tokens begins at 5
    assert [row[name] for name in ("t_first", "t_last", "h_first", "h_last", "w_last")] == ["5", "5", "5", "6", "8"]
    assert [row[name] for name in ("raster_t", "raster_h", "raster_w")] == ["1", "2", "4"]
