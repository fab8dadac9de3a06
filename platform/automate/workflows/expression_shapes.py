"""Checks expressions and conditions. An expression or condition must not read a value that can never exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.workflows.problems import did_you_mean, short
from automate.workflows.shapes import ANYTHING, KINDS, NO_PLACE, Shape, Shapes, either, known, record
from automate.workflows.templates.interpreter import ExpressionNode

MOST_NAMED = 12
"""Number of names that a message lists."""


@dataclass(frozen=True)
class Located:
    """A part of an expression."""

    shape: Shape
    """Describes the values that the part can have."""
    path: tuple[str, ...] = ()
    """The path of the part from the context; empty for a computed value."""


_COMPUTED = Located(ANYTHING)


class ShapeReader:
    """Finds the JSON Schema of each value that an expression reads. ``messages`` names values that cannot exist."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self.messages: list[str] = []

    def follow(self, node: ExpressionNode, at: Located) -> Located:
        handle = _HANDLERS.get(node["type"])
        if handle is not None:
            return handle(self, node, at)
        for child in node["children"]:
            self.follow(child, at)
        return _COMPUTED

    def keys(self, keys: Sequence[str], at: Located) -> None:
        for key in keys:
            at = self._member(at, key, lists=True)

    def _member(self, at: Located, name: str, *, lists: bool = False) -> Located:
        found = self._shapes.member(at.shape, name, lists=lists)
        path = (*at.path, name) if at.path or at.shape is not ANYTHING else ()
        if found is NO_PLACE:
            self.messages.append(_missing(at, name))
            return _COMPUTED
        return Located(found, path)

    def _item(self, at: Located) -> Located:
        found = self._shapes.item(at.shape)
        if found is NO_PLACE:
            self.messages.append(_no_list(at))
            return _COMPUTED
        return Located(found, (*at.path[:-1], f"{at.path[-1]}[]") if at.path else ())

    def field(self, node: ExpressionNode, at: Located) -> Located:
        return self._member(at, node["value"])

    def same(self, _node: ExpressionNode, at: Located) -> Located:
        return at

    def chain(self, node: ExpressionNode, at: Located) -> Located:
        for child in node["children"]:
            at = self.follow(child, at)
        return at

    def index(self, _node: ExpressionNode, at: Located) -> Located:
        return self._item(at)

    def slice(self, _node: ExpressionNode, at: Located) -> Located:
        self._item(at)
        return at

    def flatten(self, node: ExpressionNode, at: Located) -> Located:
        inner = self.follow(node["children"][0], at)
        item = self._item(inner)
        merged = self._shapes.may_be(item.shape, "array")
        return Located({"type": ["array", "null"], "items": ANYTHING if merged else item.shape}, inner.path)

    def projection(self, node: ExpressionNode, at: Located) -> Located:
        left = self.follow(node["children"][0], at)
        item = self._item(left)
        if node["type"] == "filter_projection":
            self.follow(node["children"][2], item)
        right = self.follow(node["children"][1], item)
        return Located({"type": ["array", "null"], "items": right.shape}, right.path)

    def value_projection(self, node: ExpressionNode, at: Located) -> Located:
        self.follow(node["children"][0], at)
        self.follow(node["children"][1], _COMPUTED)
        return _COMPUTED

    def either(self, node: ExpressionNode, at: Located) -> Located:
        return Located(either([self.follow(child, at).shape for child in node["children"]]))

    def function(self, node: ExpressionNode, at: Located) -> Located:
        for child in node["children"]:
            if child["type"] != "expref":  # runs on elements, not here
                self.follow(child, at)
        return _COMPUTED

    def select(self, node: ExpressionNode, at: Located) -> Located:
        members = {pair["value"]: self.follow(pair["children"][0], at).shape for pair in node["children"]}
        return Located({**record(members), "type": ["object", "null"]})

    def nothing(self, _node: ExpressionNode, _at: Located) -> Located:
        return _COMPUTED


_HANDLERS: dict[str, Callable[[ShapeReader, ExpressionNode, Located], Located]] = {
    "field": ShapeReader.field,
    "current": ShapeReader.same,
    "identity": ShapeReader.same,
    "subexpression": ShapeReader.chain,
    "index_expression": ShapeReader.chain,
    "pipe": ShapeReader.chain,
    "index": ShapeReader.index,
    "slice": ShapeReader.slice,
    "flatten": ShapeReader.flatten,
    "projection": ShapeReader.projection,
    "filter_projection": ShapeReader.projection,
    "value_projection": ShapeReader.value_projection,
    "or_expression": ShapeReader.either,
    "and_expression": ShapeReader.either,
    "function_expression": ShapeReader.function,
    "multi_select_dict": ShapeReader.select,
    "literal": ShapeReader.nothing,
    "expref": ShapeReader.nothing,
}


def _missing(at: Located, name: str) -> str:
    here = ".".join(at.path) or "the result of the expression"
    there = f"{here}.{name}" if at.path else name
    found = known(at.shape)
    if found.why:
        has = found.why
    elif found.names:
        listed = ", ".join(found.names[:MOST_NAMED]) + (", …" if len(found.names) > MOST_NAMED else "")
        has = f"{short(here, 120)} has {listed}.{did_you_mean(name, found.names)}"
    else:
        has = f"{short(here, 120)} is {_kinds(found.kinds)}."
    return f"Nothing can stand at {short(there, 160)}: {has}"


def _no_list(at: Located) -> str:
    here = short(".".join(at.path) or "the result of the expression", 160)
    found = known(at.shape)
    return f"{here} is not a list: {found.why or f'it is {_kinds(found.kinds)}.'}"


def _kinds(found: Sequence[str]) -> str:
    shown = [kind for kind in found if not (kind == "integer" and "number" in found)]
    return " or ".join(KINDS.get(kind, kind) for kind in shown) or "nothing"


def problems_of(read: Callable[[ShapeReader], JsonValue], shapes: Shapes) -> Iterator[str]:
    reader = ShapeReader(shapes)
    read(reader)
    yield from dict.fromkeys(reader.messages)
