"""What tokens cost, at prices that users give. Costs are calculated by hand."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import Run

from vtok.render.text.money import cost_of, money, plain


def priced(run: Run, *arguments: str) -> list[float | None]:
    """The costs of `count --json` with these arguments."""
    return [answer.get("cost") for answer in json.loads(run("count", *arguments, "--json").out)]


def test_costs_are_decimal_numbers() -> None:
    assert cost_of(1105, Decimal("2.50")) == Decimal("0.0027625")
    assert cost_of(3, Decimal("0.1")) == Decimal("0.0000003")  # 3 * 0.1 is 0.30000000000000004 as a float
    assert cost_of(5, None) is None


@pytest.mark.parametrize(
    ("cost", "people", "programs"),
    [
        ("0", "0.00", "0"),
        ("0.0027625", "0.002762", "0.0027625"),
        ("0.0000003", "0.0000003000", "0.0000003"),
        ("1234.5", "1,234.50", "1234.5"),
        ("0.30", "0.3000", "0.3"),
        ("100", "100.00", "100"),
    ],
)
def test_costs_as_text(cost: str, people: str, programs: str) -> None:
    assert (money(Decimal(cost)), plain(Decimal(cost))) == (people, programs)


def test_a_price_for_every_model_or_for_each(run: Run) -> None:
    both = ("1024x1024", "-m", "gpt-4o", "-m", "claude-opus-4.7")  # 765 and 1369 tokens
    assert priced(run, *both, "--price", "2") == [0.00153, 0.002738]
    assert priced(run, *both, "--price", "gpt-4o=2.50") == [0.0019125, None]
    assert priced(run, *both, "--price", "1", "--price", "claude-opus-4.7=5") == [0.000765, 0.006845]
    assert priced(run, *both, "--price", "claude=5") == [None, 0.006845]
    assert priced(run, *both) == [None, None]


def test_a_file_of_prices(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('"gpt-4o" = 2.50\n"another-model" = 7\n"qwen2.5-vl" = "0.1"\n', "utf-8")
    arguments = ("1024x1024", "-m", "gpt-4o", "-m", "qwen2.5-vl", "--price-file", str(file))
    assert priced(run, *arguments) == [0.0019125, 0.0001371]  # 37 x 37 tokens and two special tokens
    assert priced(run, *arguments, "--price", "gpt-4o=1") == [0.000765, 0.0001371]
    file.write_text('[prices]\n"gpt-4o" = 1\n', "utf-8")
    assert priced(run, *arguments) == [0.000765, None]


def test_costs_in_every_form(run: Run) -> None:
    arguments = ("count", "1024x1024", "300x300", "-m", "gpt-4o", "--price", "2.50")  # 765 and 255 tokens
    rows = [line.split(",") for line in run(*arguments, "--csv", "--total").out.splitlines()]
    assert [row[rows[0].index("cost")] for row in rows[1:]] == ["0.0019125", "0.0006375", "0.00255"]
    assert run(*arguments, "--field", "cost").out == "0.0019125\n0.0006375\n"
    total = json.loads(run(*arguments, "--json", "--total").out)[-1]["total"]
    assert total["cost"] == 0.00255
    assert "cost" not in run("count", "1024x1024", "-m", "gpt-4o", "--csv").out


def test_costs_of_a_budget_leave_the_reply_out(run: Run) -> None:
    arguments = ("budget", "1024x1024", "-m", "gpt-4o", "--text", "215", "--reply", "500", "--price", "2.50")
    document = json.loads(run(*arguments, "--json").out)
    costs = {part["part"]: part.get("cost") for part in document["parts"]}
    assert costs == {"image": 0.0019125, "text": 0.0005375, "template": 0.00005, "reply": None}
    assert document["cost"] == 0.0025  # 765 + 215 + 20 tokens
    assert run(*arguments).out.splitlines()[0].endswith("\tcost")


def test_costs_of_several_budgets(run: Run) -> None:
    models = ("-m", "gpt-4o", "-m", "claude-opus-4.7", "--price", "gpt-4o=2.50")
    lines = run("budget", "1024x1024", *models, "-c", "100k", "--csv").out.splitlines()
    rows = [line.split(",") for line in lines]
    assert [row[rows[0].index("cost")] for row in rows[1:]] == ["0.0019625", ""]  # 765 tokens and 20 of a template
    assert "cost" not in run("budget", "1024x1024", "-m", "gpt-4o", "-m", "o3", "--csv").out


def test_costs_of_a_scan(run: Run, tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.jsonl"
    sizes.write_text('{"width": 1024, "height": 1024}\n{"width": 300, "height": 300}\n', "utf-8")
    document = json.loads(run("scan", str(sizes), "-m", "gpt-4o", "--price", "2.50", "--json").out)
    assert document["models"][0]["cost"] == 0.00255


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ("nan", "'nan' is not a price; write a number from 0 up, such as 2.50"),
        ("inf", "'inf' is not a price"),
        ("-1", "-1 is out of range"),
        ("1e30", "1e30 is out of range"),
        ("two", "'two' is not a price"),
        ("", "'' is not a price"),
        ("9" * 50, "is not a price"),
        ("gpt-4o=", "'' is not a price"),
        ("gpt-5=1", "'gpt-5' is not a model that is counted; did you mean gpt-4o?"),
        ("=1", "'' is not a model that is counted"),
    ],
)
def test_prices_that_are_none(run: Run, price: str, message: str) -> None:
    outcome = run("count", "10x10", "-m", "gpt-4o", "--price", price)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("vtok: --price ")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file or directory; give a TOML file"),
        ("gpt-4o 2", "give a TOML file with lines such as"),
        ('"gpt-4o" = nan', "'nan' is not a price"),
        ('"gpt-4o" = true', "is not a price"),
        ('"gpt-4o" = [1]', "a price is a number"),
        ('["gpt-4o"]\ninput = 1', "a price is a number"),
        ('"o3" = 1', "it has no price of gpt-4o; it has those of o3"),
        ("", "it has no price of gpt-4o; it has those of none"),
        ("\xff", "give a TOML file"),
        ("x = " + "[" * 5000, "give a TOML file"),
    ],
)
def test_files_of_prices_that_are_none(run: Run, tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "prices.toml"
    if content is not None:
        file.write_text(content, "latin-1")
    outcome = run("count", "10x10", "-m", "gpt-4o", "--price-file", str(file))
    assert (outcome.code, outcome.out) == (2, "")
    assert message.lower() in outcome.err.lower()
    assert outcome.err.count("\n") == 1
    assert run("count", "10x10", "--price-file", str(tmp_path)).code == 2
