"""Print the table of all benchmarks, as Markdown: `python -m tests.benchmarks [--quick] [PART OF A NAME]...`.

They measure time: run nothing beside them.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from registry import Benchmark, Missing, benchmarks


def row(each: Benchmark, *, quick: bool) -> str:
    """A line of the table. Raises Missing."""
    limit = "" if each.limit is None else f"{each.limit:.2g}"
    ratio, note = each.measure(quick)
    digits = 2 if ratio >= 0.1 else 3 if ratio >= 0.001 else 6
    over = " (too high)" if each.limit is not None and ratio > each.limit else ""
    return f"| {each.name} | {ratio:.{digits}f}{over} | {limit} | {each.floor} | {note} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="PART OF A NAME", help="only benchmarks whose names contain this")
    parser.add_argument("--quick", action="store_true", help="fewer runs: seconds instead of minutes, less exact")
    options = parser.parse_args()
    left_out = []
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores. A ratio of 1 is as much as the floor.\n")
    print("| what | ratio | at most | floor, in the same run | |\n|---|---|---|---|---|")
    for each in benchmarks():
        if not options.names or any(name in each.name for name in options.names):
            try:
                print(row(each, quick=options.quick), flush=True)
            except Missing as missing:
                left_out.append(f"{each.name}, against {each.floor}: it needs {missing}")
    for line in left_out:
        print(f"\nNot measured: {line}.")


if __name__ == "__main__":
    main()
