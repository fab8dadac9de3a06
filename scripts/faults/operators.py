"""Changes of Python code. Each operator takes a site and yields edits of the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.faults.sources import Site, Source

SPELT: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
COMPARED = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "is": "is not", "is not": "is", "in": "not in", "not in": "in",
}  # fmt: skip
EMPTY = [
    (re.compile(r"\bNone$|^Optional\b"), "None"),
    (re.compile(r"^str$"), '""'),
    (re.compile(r"^bytes$"), 'b""'),
    (re.compile(r"^(int|float)$"), "0"),
    (re.compile(r"^(list|List|Sequence|Iterable|Collection)\b"), "[]"),
    (re.compile(r"^tuple\[.*\.\.\.\]$"), "()"),
    (re.compile(r"^(dict|Dict|Mapping)\b"), "{}"),
    (re.compile(r"^(set|Set)\b"), "set()"),
    (re.compile(r"^frozenset\b"), "frozenset()"),
]
"""The empty return value by annotation. Other annotations get None."""


@dataclass(frozen=True)
class Edit:
    """Replace ``text[start:end]`` with ``new``."""

    operator: str
    start: int
    end: int
    new: str


def compare(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    if not isinstance(node, ast.Compare):
        return
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        start, end = source.span(left)[1], source.span(right)[0]
        spelt = SPELT[type(operator)]
        found = re.search(
            rf"(?<![<>=!\w]){re.escape(spelt).replace(chr(92) + ' ', chr(92) + 's+')}(?![=\w])", source.text[start:end]
        )
        if found and "#" not in source.text[start:end]:
            yield Edit("compare", start + found.start(), start + found.end(), COMPARED[spelt])


def negate_if(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    if (
        isinstance(node, ast.If | ast.IfExp | ast.While)
        and not _is_not(node.test)
        and not isinstance(node.test, ast.Constant)
    ):
        start, end = source.span(node.test)
        yield Edit("negate-if", start, end, f"not ({source.text[start:end]})")


def swap_and_or(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    if not isinstance(node, ast.BoolOp):
        return
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    start, end = source.span(node)
    parts, place = [], start
    for left, right in zip(node.values, node.values[1:], strict=False):
        gap = source.span(left)[1], source.span(right)[0]
        parts += [source.text[place : gap[0]], re.sub(rf"\b{old}\b", new, source.text[slice(*gap)], count=1)]
        place = gap[1]
    yield Edit("swap-and-or", start, end, "".join([*parts, source.text[place:end]]))


def drop_not(source: Source, site: Site) -> Iterator[Edit]:
    if isinstance(site.node, ast.UnaryOp) and _is_not(site.node):
        start, end = source.span(site.node)
        bare = re.sub(r"^not\s+|^not(?=\()", "", source.text[start:end])
        yield Edit("drop-not", start, end, bare)


def returned_value(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    if not isinstance(node, ast.Return) or node.value is None or site.function is None:
        return
    start, end = source.span(node.value)
    old = source.text[start:end]
    for new in _instead(node.value, site.function):
        if new != old:
            yield Edit("return", start, end, new)


def _instead(value: ast.expr, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return [str(not value.value)]
    annotation = ast.unparse(function.returns).strip("'\"") if function.returns else ""
    if annotation == "bool":
        return ["True", "False"]
    return [next((empty for pattern, empty in EMPTY if pattern.search(annotation)), "None")]


def delete_statement(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)
    if called or isinstance(node, ast.Raise):
        yield Edit("delete-raise" if isinstance(node, ast.Raise) else "delete-call", *source.span(node), "pass")


def off_by_one(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield Edit("off-by-one", *source.span(node), str(node.value + 1))


def swap_min_max(source: Source, site: Site) -> Iterator[Edit]:
    node = site.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"min", "max"}:
        yield Edit("swap-min-max", *source.span(node.func), "max" if node.func.id == "min" else "min")


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


OPERATORS: list[Callable[[Source, Site], Iterator[Edit]]] = [
    compare, negate_if, swap_and_or, drop_not, returned_value, delete_statement, off_by_one, swap_min_max,
]  # fmt: skip
