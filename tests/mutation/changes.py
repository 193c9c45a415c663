"""The small changes that mutation testing makes: mutmut's operators, on all code of a file that is no sentence.

`mutmut run` changes undecorated functions only. These are all functions, class bodies, presets, tables and defaults.
Two operators are left out: a call without one of its arguments, and None instead of a value. In `geometry`, tests
noticed 1,259 of 1,287 such changes, since they break the code rather than a rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal, operator_assignment, operator_string

WORDS = {"reason", "note", "notes", "why", "held", "won", "lost", "unfit", "remarks", "sources", "text"}
"""Names of what holds or makes a sentence."""

OPERATORS = [each for each in mutation_operators if each[1] not in (operator_arg_removal, operator_assignment)]

STATEMENTS = cst.BaseSmallStatement | cst.BaseCompoundStatement
Nodes = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """One small change of the source of a file: the bytes `span` are replaced by `replacement`.

    `lines` are those of the statement up to the end of what is replaced. `function` is the qualified name of the
    outermost function whose body holds the change; it is empty for what runs when the module is imported. `unit` is
    the span of that function, or of the statement that runs at import.
    """

    file: str
    source: bytes
    span: slice
    replacement: str
    lines: range
    function: str
    unit: slice

    @property
    def name(self) -> str:
        """Its last line and first column, and what it replaces."""
        old, new = (" ".join(text.split()) for text in (self.source[self.span].decode(), self.replacement))
        column = len(self.source[: self.span.start].decode().rpartition("\n")[2])
        return f"{self.file}:{self.lines[-1]}:{column} {self.function or '(import)'}: {old} -> {new}"

    @property
    def place(self) -> tuple[str, bytes, int, int, str]:
        """What is the same in another revision of the file if the function or the statement is the same there."""
        start, stop = self.span.start - self.unit.start, self.span.stop - self.unit.start
        return self.function, self.source[self.unit], start, stop, self.replacement

    def text(self) -> str:
        """The file with the change."""
        changed = self.source[: self.span.start] + self.replacement.encode() + self.source[self.span.stop :]
        return changed.decode()


def changes(file: str, source: bytes) -> Iterator[Change]:
    """All changes of a file, from its top to its end."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    spans = {
        node: slice(at.start, at.start + at.length) for node, at in wrapper.resolve(ByteSpanPositionProvider).items()
    }
    for ancestors in _nodes((wrapper.module,)):
        node, (function, whole) = ancestors[-1], _function(ancestors)
        if isinstance(node, cst.SimpleString) and not function:
            continue  # the name of a checkpoint, a file, a key or a token; other tests compare these
        statement = next((n for n in reversed(ancestors) if isinstance(n, STATEMENTS)), node)
        for new in _replacements(node):
            start, end = (1 + source.count(b"\n", 0, at) for at in (spans[statement].start, spans[node].stop))
            text = wrapper.module.code_for_node(new).strip()
            unit = spans[whole or statement]
            yield Change(file, source, spans[node], text, range(start, end + 1), function, unit)


def _replacements(node: Any) -> Iterator[Any]:
    """What the operators make of a node; of a string only one change, marks around it, and not other cases."""
    for kind, operator in OPERATORS:
        if isinstance(node, kind):
            yield from islice(operator(node), 1 if operator is operator_string else None)


def _nodes(ancestors: Nodes) -> Iterator[Nodes]:
    """All nodes below and with the last of these, each after its ancestors, without those that are left alone."""
    if not _is_left_alone(ancestors[-1]):
        yield ancestors
        for child in ancestors[-1].children:
            yield from _nodes((*ancestors, child))


def _is_left_alone(node: Any) -> bool:
    """Types, imports, decorators, what only guards (`strict=True`), and whatever only makes a sentence."""
    match node:
        case cst.Annotation() | cst.Import() | cst.ImportFrom() | cst.Decorator() | cst.Raise():
            return True
        case cst.Call(func=cst.Name(value="cast")) | cst.Arg(keyword=cst.Name(value="strict")):
            return True
        case (
            cst.Arg(keyword=cst.Name(value=name))
            | cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])
            | cst.AugAssign(target=cst.Name(value=name))
            | cst.FunctionDef(name=cst.Name(value=name))
        ) if name in WORDS:
            return True
    return _is_sentence(node.value if isinstance(node, cst.Arg | cst.Assign) else node)


def _is_sentence(node: Any) -> bool:
    """Whether an expression is a docstring, a string of several words or a choice between such."""
    match node:
        case cst.SimpleString():
            return node.quote in ('"""', "'''") or " " in node.raw_value.strip()
        case cst.FormattedString():
            return any(isinstance(part, cst.FormattedStringText) and " " in part.value for part in node.parts)
        case cst.IfExp():
            return _is_sentence(node.body) or _is_sentence(node.orelse)
    return isinstance(node, cst.ConcatenatedString)


def _function(ancestors: Nodes) -> tuple[str, Any]:
    """The outermost function whose body holds the last of these nodes: its qualified name, and its node."""
    names = []
    for node, child in pairwise(ancestors):
        if isinstance(node, cst.ClassDef):
            names.append(node.name.value)
        elif isinstance(node, cst.FunctionDef):
            return (".".join((*names, node.name.value)), node) if child is node.body else ("", None)
    return "", None
