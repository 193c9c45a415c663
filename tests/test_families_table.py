"""The README's table of families is the one that the family files and golden rows make."""

import families_table as made
import pytest

from vtok import families

README = made.README.read_text("utf-8")


def test_the_table_is_current() -> None:
    assert made.with_table(README) == README, "python tests/families_table.py"


def test_a_table_that_is_old_is_noticed() -> None:
    assert made.with_table(README.replace("| BLIP-2 |", "| BLIP-3 |")) == made.with_table(README)
    assert "| BLIP-2 |" in made.table()
    with pytest.raises(ValueError, match="once, and has them 0 times"):
        made.with_table("no table")


def test_each_family_has_a_row_with_every_cell() -> None:
    rows = [line.strip("| \n").split(" | ") for line in made.table().splitlines()[2:]]
    assert len(rows) == len(families.modules())
    assert [cells for cells in rows if len(cells) != 6 or not all(cells)] == []


def test_a_row_by_hand() -> None:
    # the files of ViP-LLaVA: one model with two presets, and thirty golden rows
    start = "| ViP-LLaVA | `vip-llava` (2) | LLaVA-1.5's 576 tokens; each joins the states of five layers of CLIP |"
    assert made.row("vipllava") == f"{start} images | transformers `vipllava` | 30 |\n"
    assert "its own, at `0f3068f`" in made.row("mplug_owl2")
    assert "the provider's, as of " in made.row("grok")
