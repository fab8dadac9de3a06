"""How much of the product escapes the type checker, and why. The numbers only fall, and each escape has its reason.

``Any`` occurs only in an alias with a docstring that names the library which forces it. All other code uses the alias.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import dropwhile, pairwise
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.support.tree import PACKAGES, name_of, package_files, python_files

ESCAPES = {
    "automate": {"Any": 21, "alias": 76, "cast": 4, "ignore": 19, "row": 0, "dict": 0, "late": 0},
    "tenants": {"Any": 4, "alias": 32, "cast": 1, "ignore": 31, "row": 0, "dict": 0, "late": 0},
    "graphql_schema": {"Any": 3, "alias": 69, "cast": 4, "ignore": 20, "row": 0, "dict": 0, "late": 0},
    "rest_api": {"Any": 2, "alias": 47, "cast": 1, "ignore": 13, "row": 0, "dict": 0, "late": 0},
    "actors": {"Any": 2, "alias": 3, "cast": 4, "ignore": 3, "row": 0, "dict": 0, "late": 0},
}
"""The counts of each package: uses of Any, uses of an alias of Any, calls of cast, comments "type: ignore", rows read by
position, calls of __dict__.update, and state of a class that is declared after a method. Lower a number in the change
that lowers its count."""

LIBRARIES = re.compile(
    r"\b(?:Django|django-stubs|allauth|psycopg|redis-py|graphql-core|strawberry|pydantic|jsonschema-rs|jmespath|dramatiq"
    r"|uvicorn|asgiref|typer|click|structlog|drf-spectacular|orjson|json|pickle|importlib|typeshed|typing)\b"
)
"""The libraries that can force Any. typeshed contains the types of Python's standard library, and typing the language of annotations."""
FEWEST_WORDS = 8
"""A reason is a sentence."""

SUSPECT = re.compile(r"\b(?:Any|cast|ignore|__dict__|class)\b|\[[-:]*\d")
REASONED = re.compile(r"#\s*type:\s*ignore\[[^\]]+\]\s+#\s*(?!noqa)\w[^#]*\w")
ROWS = {"rows", "found", "settled", "ended"}
"""Names that hold several rows."""
IGNORED = re.compile(r"#\s*type:\s*ignore")


@cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def escapes(text: str, aliases: Collection[str] = ()) -> Counter[str]:
    found = Counter({"ignore": len(IGNORED.findall(text))})
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Name) and node.id in aliases and isinstance(node.ctx, ast.Load):
            found["alias"] += 1
        if is_any(node):
            found["Any"] += 1
        elif isinstance(node, ast.Call) and _name(node.func) == "cast":
            found["cast"] += 1
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("__dict__.update"):
            found["dict"] += 1
        elif isinstance(node, ast.Subscript) and _is_position(node.slice) and _is_row(node.value):
            found["row"] += 1
        elif isinstance(node, ast.ClassDef):
            found["late"] += sum(map(_is_state, _after_a_method(node.body)))
    return +found


def is_any(node: ast.AST) -> TypeGuard[ast.expr]:
    if isinstance(node, ast.Attribute) and node.attr == "Any" and isinstance(node.value, ast.Name):
        return node.value.id in {"typing", "t"}
    return isinstance(node, ast.Name) and node.id == "Any" and isinstance(node.ctx, ast.Load)


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


def _aliases(text: str) -> Iterator[tuple[str, ast.expr, str]]:
    """The type aliases of a module, with their value and their docstring."""
    for one, following in pairwise([*_tree(text).body, ast.Pass()]):
        if isinstance(one, ast.AnnAssign) and ast.unparse(one.annotation) == "TypeAlias" and one.value is not None:
            said = following.value if isinstance(following, ast.Expr) else None
            reason = said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else ""
            yield ast.unparse(one.target), one.value, reason


def unexplained(text: str) -> list[int]:
    """The lines with a use of Any, cast or "type: ignore" that has no reason."""
    lines, tree = text.splitlines(), _tree(text)
    known = {
        id(node)
        for _, value, reason in _aliases(text)
        if LIBRARIES.search(reason) and len(reason.split()) >= FEWEST_WORDS
        for node in ast.walk(value)
    }
    found = [number for number, line in enumerate(lines, 1) if IGNORED.search(line) and not REASONED.search(line)]
    for node in ast.walk(tree):
        if is_any(node) and id(node) not in known:
            found.append(node.lineno)
        elif isinstance(node, ast.Call) and _name(node.func) == "cast":
            beside = "#" in lines[node.lineno - 1]
            found += [] if beside or lines[node.lineno - 2].lstrip().startswith("#") else [node.lineno]
    return sorted(found)


def _module(path: Path) -> str:
    return name_of(path).removeprefix("platform/").removesuffix(".py").replace("/", ".")


@cache
def aliases_of_any() -> Mapping[str, frozenset[str]]:
    """The names of each module, its own or imported, that stand for Any or for a type with such a name."""
    texts = {_module(path): path.read_text(encoding="utf-8") for path in package_files()}
    values = {module: {name: value for name, value, _ in _aliases(text)} for module, text in texts.items()}
    imported = {module: list(_imported(text)) for module, text in texts.items()}
    found: dict[str, set[str]] = {module: {"Any"} for module in texts}
    grown = True
    while grown:
        before = sum(map(len, found.values()))
        for module, names in found.items():
            names |= {name for source, name in imported[module] if name in found.get(source, ())}
            names |= {name for name, value in values[module].items() if names & _names(value)}
        grown = sum(map(len, found.values())) > before
    return {module: frozenset(names - {"Any"}) for module, names in found.items()}


def _imported(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, one.name) for one in node.names if one.asname is None)


def _names(value: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}


def counted(folder: Path) -> Counter[str]:
    aliases = aliases_of_any()
    return sum(
        (escapes(path.read_text(encoding="utf-8"), aliases[_module(path)]) for path in python_files(folder)),
        Counter[str](),
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_escapes_from_the_type_checker_only_fall(package: str) -> None:
    assert counted(PACKAGES[package]) == +Counter(ESCAPES[package])


def test_each_escape_has_its_reason() -> None:
    assert [
        f"{name_of(path)}:{line}"
        for path in package_files()
        if SUSPECT.search(text := path.read_text(encoding="utf-8"))
        for line in unexplained(text)
    ] == []


REASON = '"""The value of a JSONField. django-stubs types such a value as Any."""'


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (f"Value: TypeAlias = Any\n{REASON}", []),
        (f"Value: TypeAlias = dict[str, Any]\n{REASON}", []),
        ('Value: TypeAlias = Any\n"""The value of a JSONField, which may have any type whatever."""', [1]),
        ('Value: TypeAlias = Any\n"""As in Django."""', [1]),
        ("Value: TypeAlias = Any", [1]),
        (f"Value = Any\n{REASON}", [1]),
        (f"Value: TypeAlias = Any\n{REASON}\ndef read(one: Value) -> Any: ...", [3]),
        ("import typing\none: typing.Any", [2]),
        ("one = other  # type: ignore[misc]", [1]),
        ("one = other  # type: ignore # the library has no types", [1]),
        ("one = other  # type: ignore[misc] # noqa: E501 - long", [1]),
        ("one = other  # type: ignore[misc] # the library has no types", []),
        ("\none = cast(int, other)", [2]),
        ("\none = cast(int, other)  # the library has no types", []),
        ("# The library has no types.\none = cast(int, other)", []),
    ],
)
def test_escape_without_a_reason_is_found(source: str, lines: list[int]) -> None:
    assert unexplained(source) == lines


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


def test_uses_of_an_alias_are_counted() -> None:
    known = aliases_of_any()
    assert {"FieldOption", "AnyField"} <= known["rest_api.fields"]
    assert "AnyField" in known["rest_api.shapes"] - known["graphql_schema.feeds.sharing"]
    assert escapes("def f(a: Value) -> list[Value]: ...", {"Value"}) == Counter(alias=2)
