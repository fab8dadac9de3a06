"""Templates: JSON values with ``{{ expressions }}`` and references to secrets.

A string that is only an expression becomes the value of the expression. In a longer string, an expression becomes text.
A value that is not text is inserted as compact JSON. Null is an error: give a default, as in ``{{ x || 'none' }}``.

The row of an effect stores the rendered request::

  {"input": {…, "auth": "Bearer $secret:KEY"},
   "refs": [{"path": ["auth"], "parts": ["Bearer ", {"secret": "KEY", "version": null}]}]}

Secrets are inserted only at ``refs``. Data of events never reaches ``refs``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.text import sentence
from automate.workflows.problems import short
from automate.workflows.templates.allowance import TemplateAllowance, TemplateFailure
from automate.workflows.templates.context import Context, LazyContext
from automate.workflows.templates.expressions import Expression, Reference, parse_expression
from automate.workflows.templates.functions import compact_json
from automate.workflows.templates.literals import MARK, SecretRef, split_refs
from automate.workflows.templates.scanner import OPEN, ExpressionPart, scan

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Constant:
    value: JsonValue


@dataclass(frozen=True)
class _List:
    items: tuple[_Node, ...]


@dataclass(frozen=True)
class _Object:
    items: tuple[tuple[str, _Node], ...]


@dataclass(frozen=True)
class _Whole:
    expression: Expression
    path: Path


@dataclass(frozen=True)
class _Mixed:
    parts: tuple[str | Expression | SecretRef, ...]
    path: Path
    has_refs: bool


_Node = _Constant | _List | _Object | _Whole | _Mixed


class Template:
    """A compiled template. Immutable and thread-safe."""

    def __init__(self, root: _Node) -> None:
        self._root = root
        self._strings = tuple(_strings(root))
        self.reads = frozenset(read for _, expression in self.located_expressions() for read in expression.reads)

    def render(self, context: Context, allowance: TemplateAllowance | None = None) -> JsonObject:
        """Render the template to ``{"input", "refs"}``. Raises INVALID_TEMPLATE.

        Do not change the result: it shares parts with the template.
        """
        refs: list[JsonValue] = []
        value = _render(self._root, context, allowance or TemplateAllowance(), refs)
        return {"input": value, "refs": refs}

    def located_references(self) -> Iterator[tuple[Path, Reference]]:
        """Yield each reference, with the path of the string that contains the reference."""
        for string in self._strings:
            parts = (string.expression,) if isinstance(string, _Whole) else string.parts
            found = {ref for part in parts if isinstance(part, Expression) for ref in part.references}
            for reference in sorted(found):
                yield string.path, reference

    def located_expressions(self) -> Iterator[tuple[Path, Expression]]:
        """Yield each expression, with the path of the string that contains the expression."""
        for string in self._strings:
            parts = (string.expression,) if isinstance(string, _Whole) else string.parts
            yield from ((string.path, part) for part in parts if isinstance(part, Expression))

    def secret_refs(self) -> list[SecretRef]:
        return [
            part
            for string in self._strings
            if isinstance(string, _Mixed)
            for part in string.parts
            if isinstance(part, SecretRef)
        ]

    def known_refs(self, place: Path) -> JsonValue:
        """Return the references to secrets in this template, before the template is rendered.

        In a returned reference, null stands for each expression, because expressions have no values yet.
        """
        return {
            "refs": [
                {"path": list(string.path[len(place) :]), "parts": [_known(part) for part in string.parts]}
                for string in self._strings
                if isinstance(string, _Mixed) and string.has_refs
            ]
        }

    def open_paths(self) -> dict[Path, bool]:
        """Return the path of each string in the template that contains an expression.

        A path maps to True if the rendered string can have any type, and to False if the rendered string is always text.
        """
        return {string.path: isinstance(string, _Whole) for string in self._strings}


def compile_template(value: JsonValue, path: Path = ()) -> Template:
    """Compile a value to a template. Paths in errors begin with ``path``.

    Raises INVALID_TEMPLATE for the first problem.
    """
    template, problems = try_compile(value, path)
    for problem in problems:
        raise NormalizedError(problem.code, problem.message, path=problem.path)
    return template


def try_compile(value: JsonValue, path: Path = ()) -> tuple[Template, list[Problem]]:
    """Compile a value. Return the template and all problems of the value."""
    problems: list[Problem] = []
    return Template(_compile(value, path, 0, problems)), problems


def _compile(value: JsonValue, path: Path, depth: int, problems: list[Problem]) -> _Node:
    if depth > LIMITS.json_depth:
        problems.append(
            Problem(
                "INVALID_TEMPLATE",
                f"This value is nested deeper than {LIMITS.json_depth} levels. Use fewer levels.",
                path,
            )
        )
    elif isinstance(value, str):
        try:
            return _compile_string(value, path)
        except TemplateFailure as failure:
            problems.append(Problem("INVALID_TEMPLATE", sentence(str(failure)), path))
    elif isinstance(value, list):
        items = tuple(_compile(item, (*path, index), depth + 1, problems) for index, item in enumerate(value))
        return _Constant(value) if all(type(item) is _Constant for item in items) else _List(items)
    elif isinstance(value, dict):
        pairs = []
        for key, item in value.items():
            if OPEN in key or MARK in key:
                message = "Templates and SecretRefs work in values, not in names. Write the name literally."
                problems.append(Problem("INVALID_TEMPLATE", message, (*path, key)))
            pairs.append((key, _compile(item, (*path, key), depth + 1, problems)))
        return _Constant(value) if all(type(item) is _Constant for _, item in pairs) else _Object(tuple(pairs))
    return _Constant(value)


def _compile_string(text: str, path: Path) -> _Node:
    if OPEN not in text and MARK not in text:
        return _Constant(text)
    parts: list[str | Expression | SecretRef] = []
    segments = scan(text)
    for segment in segments:
        if isinstance(segment, ExpressionPart):
            parts.append(_compile_code(segment))
        else:
            parts.extend(split_refs(segment.text, path))
    if len(segments) == 1 and isinstance(parts[0], Expression):
        return _Whole(parts[0], path)
    return _Mixed(tuple(parts), path, any(isinstance(part, SecretRef) for part in parts))


def _compile_code(code: ExpressionPart) -> Expression:
    try:
        return parse_expression(code.source)
    except TemplateFailure as failure:
        raise TemplateFailure(
            f"{_quoted(code.source)} (at character {code.position + 1}) is refused: {failure}"
        ) from None


def _strings(root: _Node) -> Iterator[_Whole | _Mixed]:
    if isinstance(root, (_Whole, _Mixed)):
        yield root
    elif isinstance(root, _List):
        for item in root.items:
            yield from _strings(item)
    elif isinstance(root, _Object):
        for _, item in root.items:
            yield from _strings(item)


def _render(node: _Node, context: Context, allowance: TemplateAllowance, refs: list[JsonValue]) -> JsonValue:
    kind = type(node)
    if kind is _Constant:
        return node.value  # type: ignore[union-attr] # narrowed by kind, which is faster than isinstance here
    if isinstance(node, _Object):
        return {key: _render(item, context, allowance, refs) for key, item in node.items}
    if isinstance(node, _List):
        return [_render(item, context, allowance, refs) for item in node.items]
    if isinstance(node, _Whole):
        return _evaluate(node.expression, context, allowance, node.path)
    if isinstance(node, _Mixed):
        return _render_mixed(node, context, allowance, refs)
    raise AssertionError(node)


def _known(part: str | Expression | SecretRef) -> JsonValue:
    if isinstance(part, SecretRef):
        return _recorded(part)
    return part if isinstance(part, str) else None


def _recorded(ref: SecretRef) -> JsonValue:
    return {"secret": ref.name, "version": ref.version}


def _render_mixed(node: _Mixed, context: Context, allowance: TemplateAllowance, refs: list[JsonValue]) -> str:
    shown: list[str] = []
    recorded: list[JsonValue] = []
    for part in node.parts:
        if isinstance(part, SecretRef):
            shown.append(MARK + part.name if part.version is None else f"{MARK}{part.name}@{part.version}")
            recorded.append(_recorded(part))
        else:
            text = part if isinstance(part, str) else _insert(part, context, allowance, node.path)
            shown.append(text)
            recorded.append(text)
    if node.has_refs:
        refs.append({"path": list(node.path), "parts": recorded})
    return "".join(shown)


def _insert(expression: Expression, context: Context, allowance: TemplateAllowance, path: Path) -> str:
    value = _evaluate(expression, context, allowance, path)
    if isinstance(value, str):
        return value
    if value is None:
        message = f"{_quoted(expression.source)} is null. Give the expression a default, such as {{{{ … || 'none' }}}}."
        raise NormalizedError("INVALID_TEMPLATE", message, path=path)
    return compact_json(value)


def _evaluate(expression: Expression, context: Context, allowance: TemplateAllowance, path: Path) -> JsonValue:
    seen = context.read(expression.reads) if isinstance(context, LazyContext) else context
    try:
        return expression.evaluate(seen, allowance)
    except TemplateFailure as failure:
        message = f"{_quoted(expression.source)} failed: {failure}."
        raise NormalizedError("INVALID_TEMPLATE", message, path=path) from None


def _quoted(source: str) -> str:
    return f"{{{{ {short(source, 80)} }}}}"
