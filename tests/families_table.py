"""The README's table of families, written from the family files and the golden rows.

`python tests/families_table.py` writes it anew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # where this file is run as a program
from golden_rows import GOLDEN

from vtok import families
from vtok.parts.family import Family

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- families: python tests/families_table.py -->\n", "<!-- end of families -->\n"
HEADING = """\
| family | models, and how many checkpoints | rule | takes | code | rows |
|---|---|---|---|---|---:|
"""


def table() -> str:
    """The table: a row for each family file, by its name."""
    rows = sorted((row(stem) for stem in families.modules()), key=str.lower)
    return HEADING + "".join(rows)


def row(stem: str) -> str:
    """The row of one family file: the first line of its docstring says its name and its rule."""
    presets = families.presets_of(stem)
    name, _, rule = (families.module(stem).__doc__ or "").partition("\n")[0].partition(": ")
    models = list(dict.fromkeys(preset.model for preset in presets))
    kinds = dict.fromkeys(kind for preset in presets for kind in preset.kinds)
    checkpoints = f" ({len(presets)})" if len(presets) > len(models) else ""
    cells = (
        name,
        ", ".join(f"`{model}`" for model in models) + checkpoints,
        rule.rstrip("."),
        ", ".join(f"{kind}s" for kind in kinds),
        ", ".join(codes(stem, presets[0])),
        f"{sum(map(golden_rows, models)):,}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def codes(stem: str, preset: Family) -> Iterator[str]:
    """Whose code prepares the input: transformers' model type, or a repository's commit, as far as is known."""
    for pipeline, versions in preset.pipelines.items():
        match pipeline:
            case "transformers":
                yield f"transformers `{stem}`"
            case "original":
                yield f"its own, at `{versions[-1]}`"
            case "api":
                yield f"the provider's, as of {versions[-1]}"
            case _:
                yield f"{pipeline} {versions[-1]}"


def golden_rows(model: str) -> int:
    """How many answers of upstream are recorded for the model."""
    files = (GOLDEN / f"{model}.jsonl", GOLDEN / "apis" / f"{model}.jsonl")
    return sum(file.read_bytes().count(b"\n") for file in files if file.exists())


def with_table(text: str) -> str:
    """The README's text with the table as it is now."""
    pattern = re.escape(START) + ".*?" + re.escape(END)
    made, times = re.subn(pattern, lambda _: START + "\n" + table() + "\n" + END, text, flags=re.DOTALL)
    if times != 1:
        raise ValueError(f"the README has to have {START.strip()} and {END.strip()} once, and has them {times} times")
    return made


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
