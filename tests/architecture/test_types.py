"""How much of the product escapes the type checker. These numbers only fall."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, python_files

ESCAPES = {
    "automate": {"Any": 156, "cast": 4, "ignore": 16, "row": 0, "dict": 0, "late": 0},
    "tenants": {"Any": 89, "cast": 1, "ignore": 31, "row": 0, "dict": 0, "late": 0},
    "graphql_schema": {"Any": 170, "cast": 5, "ignore": 21, "row": 0, "dict": 0, "late": 0},
    "rest_api": {"Any": 53, "cast": 1, "ignore": 13, "row": 0, "dict": 0, "late": 0},
    "actors": {"Any": 15, "cast": 4, "ignore": 3, "row": 0, "dict": 0, "late": 0},
}
"""The counts of each package: uses of Any, calls of cast, comments "type: ignore", rows read by position, calls of
__dict__.update, and state of a class that is declared after a method. An alias of Any counts where it is declared, with the reason. Lower a number in the change that lowers
its count."""

SUSPECT = re.compile(r"\b(?:Any|cast|ignore|__dict__|class)\b|\[[-:]*\d")
ROWS = {"rows", "found", "settled", "ended"}
"""Names that hold several rows."""
IGNORED = re.compile(r"#\s*type:\s*ignore")


def escapes(text: str) -> Counter[str]:
    found = Counter({"ignore": len(IGNORED.findall(text))})
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id == "Any" and isinstance(node.ctx, ast.Load):
            found["Any"] += 1
        elif isinstance(node, ast.Attribute) and node.attr == "Any" and isinstance(node.value, ast.Name):
            found["Any"] += node.value.id in {"typing", "t"}
        elif isinstance(node, ast.Call) and _name(node.func) == "cast":
            found["cast"] += 1
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("__dict__.update"):
            found["dict"] += 1
        elif isinstance(node, ast.Subscript) and _is_position(node.slice) and _is_row(node.value):
            found["row"] += 1
        elif isinstance(node, ast.ClassDef):
            found["late"] += sum(map(_is_state, _after_a_method(node.body)))
    return +found


def _after_a_method(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    return dropwhile(lambda one: not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef), body)


def _is_state(statement: ast.stmt) -> bool:
    """Whether a statement declares a field, or an attribute that begins as a plain value or as an empty container."""
    if not isinstance(statement, ast.Assign):
        return isinstance(statement, ast.AnnAssign)
    return isinstance(statement.value, ast.Constant) or ast.unparse(statement.value) in {"[]", "{}", "set()"}


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def _is_position(place: ast.expr) -> bool:
    """Whether an index or slice is written as whole numbers."""
    if isinstance(place, ast.Slice):
        bounds = [bound for bound in (place.lower, place.upper) if bound is not None]
        return bool(bounds) and all(map(_is_position, bounds))
    if isinstance(place, ast.UnaryOp):
        place = place.operand
    return isinstance(place, ast.Constant) and type(place.value) is int


def _is_row(value: ast.expr) -> bool:
    """Whether a value is a row by its name, or one of several rows: ``row[4]``, ``rows[0][4]``."""
    if isinstance(value, ast.Subscript):
        return _is_position(value.slice) and isinstance(value.value, ast.Name) and value.value.id in ROWS
    return isinstance(value, ast.Name) and (value.id == "row" or value.id.endswith("_row"))


def counted(folder: Path) -> Counter[str]:
    texts = [path.read_text(encoding="utf-8") for path in python_files(folder)]
    return sum((escapes(text) for text in texts if SUSPECT.search(text)), Counter[str]())


@pytest.mark.parametrize("package", PACKAGES)
def test_escapes_from_the_type_checker_only_fall(package: str) -> None:
    assert counted(PACKAGES[package]) == +Counter(ESCAPES[package])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from typing import Any\ndef f(a: Any) -> dict[str, Any]: ...", {"Any": 2}),
        ("import typing\na: typing.Any", {"Any": 1}),
        ("v = cast('int', w)", {"cast": 1}),
        ("v = typing.cast(int, w)", {"cast": 1}),
        ("v = w  # type: ignore[attr-defined]", {"ignore": 1}),
        ("a, b = row[0], row[-1]", {"row": 2}),
        ("own = row[:3]", {"row": 1}),
        ("rest = row[3:-1]", {"row": 1}),
        ("one = rows[0][4]", {"row": 1}),
        ("self.__dict__.update(other.__dict__)", {"dict": 1}),
        ("class A:\n  b = 0\n  def f(self): ...\n  c: int = 0\n  d = None\n  e = []\n  g = property(f)", {"late": 3}),
        ("a = row['id']; b = words[0]; c = row[place]; d = rows[0]", {}),
        ("Anything: Jsonable = castle(row)", {}),
    ],
)
def test_escapes_are_recognised(source: str, found: dict[str, int]) -> None:
    assert SUSPECT.search(source) is not None or not found
    assert escapes(source) == Counter(found)
