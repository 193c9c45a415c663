"""A family file is short: a longer one is a sign that a concept is missing."""

import ast
import io
import tokenize

import pytest
from conftest import ROOT

from vtok import families

MOST = 60
EXCEPTIONS = {
    "lfm2_vl": 96,  # two ways through the model, whole or in tiles, three refusals, and what decides between them
}
"""Family files that may be longer, each with its length and the reason."""

LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def lines_of_code(source: str) -> int:
    """Lines that hold code: no docstrings, comments, imports, and no tables of checkpoints, sources and config keys."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= _lines(node)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in {"config_keys", "left_out", "placeholders"}:
            lines -= _lines(node)
    for node in module.body:
        table = isinstance(node, (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom))
        typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        checkpoints = isinstance(node, ast.FunctionDef) and node.name.startswith("_preset")
        if table or typing or checkpoints:
            lines -= _lines(node)
    return len(lines)


def _lines(node: ast.stmt | ast.expr) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


@pytest.mark.parametrize("stem", families.modules())
def test_a_family_file_is_short(stem: str) -> None:
    length = lines_of_code((ROOT / "vtok" / "families" / f"{stem}.py").read_text("utf-8"))
    most = EXCEPTIONS.get(stem, MOST)
    assert length <= most, f"{stem}.py has {length} lines of code, more than {most}; look for the missing concept"
    assert stem not in EXCEPTIONS or length > MOST, f"{stem}.py has {length} lines: it is no exception any more"


def test_what_is_counted() -> None:
    source = '''"""A docstring
of two lines."""

from x import y

NUMBERS = {
    "a": 1,
}


class Family:  # a comment
    """A docstring."""

    config_keys: dict[str, str] = {
        "size": "image:size",
    }
    size: int = 4

    def layout(self) -> int:
        # a comment
        return self.describe(
            self.size,
        )


def _preset() -> None:
    pass
'''
    assert lines_of_code(source) == 6  # class, size, def, and the three lines of return
