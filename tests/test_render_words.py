"""Captions: what is written of sizes, grids and tokens."""

import re

import pytest

import vtok
from vtok.render import lettering
from vtok.render.drawing.words import facts, grid, words


def written(layout: vtok.Layout) -> dict[str, str]:
    """The facts of a caption, plain."""
    return {name: plain(value) for name, value in facts(layout)}


def plain(text: str) -> str:
    """With plain spaces, and x for the multiplication sign."""
    return text.replace(lettering.UNBREAKABLE, " ").replace(lettering.TIMES, "x")


def test_sizes_are_width_by_height_and_grids_name_rows_and_columns() -> None:
    # 600 x 400 is resized to 588 x 392: 28 rows of 42 patches of 14 pixels
    text = written(vtok.layout("qwen2.5-vl", width=600, height=400))
    assert text["image"] == "600 x 400"
    assert text["resized"] == "588 x 392"
    assert text["patches"] == "28 rows x 42 columns of 14 px"
    assert text["tokens"] == "14 rows x 21 columns"
    assert text["in the prompt"] == "296 tokens, 2 special"
    assert text["windows"] == "4 rows x 6 columns of 112 px"


def test_a_square_grid_needs_no_names() -> None:
    assert plain(grid(16, 16)) == "16 x 16"
    assert plain(grid(1, 71)) == "1 row x 71 columns"


def test_a_video_has_steps() -> None:
    text = written(vtok.layout("qwen2.5-vl", width=1280, height=720, num_frames=180, fps=30.0))
    assert text["video"] == "1280 x 720, 180 frames"
    assert text["frames"] == "12 at 2 fps"
    assert text["tokens"] == "6 steps of 26 rows x 46 columns"


def test_llama_s_empty_tiles_are_called_so() -> None:
    # two tiles of 1 + 40 * 40 tokens hold the image; two of the four are empty
    layout = vtok.layout("llama-3.2-vision", width=600, height=400)
    text = written(layout)
    assert text["tokens"] == "2 of 40 x 40 + 2 class tokens + 3,202 of empty tiles"
    assert text["in the prompt"] == "1 special token"
    assert (words(layout).number, words(layout).unit) == ("6,404", "cross-attention tokens")
    assert layout.notes == ("black tiles added to reach 4, masked but computed: 2",)


@pytest.mark.parametrize(
    ("orientation", "turn"), [(6, "90 degrees"), (3, "180 degrees"), (8, "270 degrees"), (2, "mirrored")]
)
def test_a_turn_that_is_not_applied_has_a_line(orientation: int, turn: str) -> None:
    media = vtok.Media(size=vtok.Size(400, 600), orientation=orientation)  # type: ignore[arg-type]
    ignored = vtok.layout("qwen2.5-vl", media, exif="ignore")
    assert written(ignored)["not applied"] == f"EXIF orientation: {turn}"
    assert "not applied" not in written(vtok.layout("qwen2.5-vl", media, exif="apply"))
    assert "not applied" not in written(vtok.layout("qwen2.5-vl", width=600, height=400))


def test_numbers_keep_their_units() -> None:
    glued = lettering.glued("of 14 px")
    for room in range(60, 400, 7):
        lines = lettering.wrapped(f"28 rows and 42 columns {glued}", 20, room)
        assert lettering.UNBREAKABLE not in "".join(lines)
        if room > lettering.width("of 14 px", 20):
            assert any("of 14 px" in line for line in lines)


def test_what_is_glued_and_wider_than_the_room_is_broken_all_the_same() -> None:
    lines = lettering.wrapped(lettering.glued("one two three"), 20, lettering.width("three ", 20))
    assert " ".join(lines) == "one two three"


@pytest.mark.parametrize("model", ["qwen2.5-vl", "deepseek-vl2", "llava-next", "llama-3.2-vision", "clip", "blip-2"])
def test_no_number_stands_apart_from_its_unit(model: str) -> None:
    for name, value in facts(vtok.layout(model, width=1000, height=700)):
        assert not re.search(r"\d (px|fps|s|tokens?|rows?|columns?|special)\b", value), (name, value)


def test_a_checkpoint_with_its_own_name_also_names_its_model() -> None:
    layout = vtok.layout("qwen2.5-vl", width=600, height=400)
    assert words(layout).name == "qwen2.5-vl"
    assert words(layout).origin.startswith("Qwen/Qwen2.5-VL-7B-Instruct")
    assert words(layout, name="my-qwen").name == "my-qwen"
    assert words(layout, name="my-qwen").origin.startswith("qwen2.5-vl")


def test_views_of_two_sizes_are_told_apart() -> None:
    # 30 tiles of 504 pixels, 36 patches of 14 along each side; the whole image at 728 pixels, 52 patches
    text = written(vtok.layout("step-3.7-flash", width=3024, height=4032))
    assert text["tiles"] == "6 rows x 5 columns of 504 px + thumbnail of 728 px"
    assert text["patches"] == "30 of 36 x 36 + 52 x 52 of 14 px"


def test_views_of_one_size_need_it_once() -> None:
    text = written(vtok.layout("internvl", width=3024, height=4032))
    assert text["tiles"] == "4 rows x 3 columns + thumbnail, 448 px each"
    assert text["patches"] == "32 x 32 a view of 14 px"
