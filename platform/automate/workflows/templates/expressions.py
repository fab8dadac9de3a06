"""A JMESPath expression. It is parsed once, and its cost is limited."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jmespath.exceptions import JMESPathError, LexerError
from jmespath.parser import Parser

from automate.kernel.json_values import JsonObject, JsonValue
from automate.workflows.templates.allowance import TemplateAllowance, TemplateFailure
from automate.workflows.templates.functions import FUNCTIONS, MOST_ARGUMENTS
from automate.workflows.templates.interpreter import ExpressionNode, evaluate

ROOTS = ("event", "steps", "run", "workflow", "item")

MAX_EXPRESSION_CHARACTERS = 2_000
MAX_NODES = 250
MAX_DEPTH = 40
MAX_CACHED = 512

Reference = tuple[str, ...]
"""The root and, if known, the first key: ``("steps", "charge")``; ``()`` for ``@``, the whole context."""

REFERENCE_LENGTH = 2
READ_LENGTH = 3
"""Number of keys of a read. A read is a reference and one more key, for example ``steps``, ``charge`` and
``output``."""

_IN_PLACE = frozenset({"current", "identity", "index", "slice"})
_CHAINS = frozenset({"subexpression", "index_expression", "pipe"})
_PROJECTIONS = frozenset({"projection", "value_projection", "filter_projection"})
"""Nodes whose later parts are evaluated on elements, never on the context. The same is true of an expref (&…)."""

_LITERAL = re.compile(
    r"""'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?P<json>(?:[^`\\]|\\.)*)`""", re.VERBOSE | re.DOTALL
)


@dataclass(frozen=True)
class Expression:
    source: str
    node: ExpressionNode
    references: frozenset[Reference]
    reads: frozenset[Reference]

    def evaluate(self, context: JsonObject, allowance: TemplateAllowance) -> JsonValue:
        """Evaluate the expression. Raises TemplateFailure if the expression fails or uses more than the allowance."""
        return evaluate(self.node, context, allowance)


@lru_cache(maxsize=MAX_CACHED)
def parse_expression(source: str) -> Expression:
    """Parse an expression. Raises TemplateFailure with the position of the fault."""
    if not source:
        raise TemplateFailure("it is empty; name what to insert, such as event.payload.id")
    if len(source) > MAX_EXPRESSION_CHARACTERS:
        raise TemplateFailure(
            f"it is longer than {MAX_EXPRESSION_CHARACTERS:,} characters; split it over several steps"
        )
    _check_literals(source)
    try:
        node = Parser().parse(source).parsed
    except LexerError as error:
        raise TemplateFailure(f"{error.message} at character {error.lex_position + 1}") from None
    except JMESPathError as error:
        raise TemplateFailure(_syntax_message(error)) from None
    except RecursionError:
        raise TemplateFailure("it is nested too deeply") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise TemplateFailure("it is not JMESPath") from None
    _check_tree(node)
    reads = frozenset(_references(node, ()))
    return Expression(source, node, frozenset(read[:REFERENCE_LENGTH] for read in reads), reads)


def _syntax_message(error: JMESPathError) -> str:
    position = getattr(error, "lex_position", None)
    token = getattr(error, "token_value", None)
    if not token:
        return "it ends too early"
    return f'"{token}" at character {(position or 0) + 1} is not expected there'


def _check_literals(source: str) -> None:
    # JMESPath would read such a literal as text.
    for match in _LITERAL.finditer(source):
        literal = match["json"]
        if literal is None:
            continue
        try:
            json.loads(literal.replace("\\`", "`"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise TemplateFailure(
                f"the literal at character {match.start() + 1} is not JSON; write text in single quotes: 'text'"
            ) from None


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(name)


def _check_tree(root: ExpressionNode) -> None:
    pending: list[tuple[ExpressionNode, int]] = [(root, 1)]
    nodes = 0
    names = TemplateAllowance()
    while pending:
        node, depth = pending.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise TemplateFailure(f"it is nested deeper than {MAX_DEPTH} levels")
        if nodes > MAX_NODES:
            raise TemplateFailure(f"it has more than {MAX_NODES} parts; split it over several steps")
        if node["type"] == "function_expression":
            _check_function(node)
        if node["type"] == "slice":
            step: object = node["children"][2]
            if step == 0:
                raise TemplateFailure("the step of a slice cannot be 0")
            continue
        if node["type"] in ("literal", "field", "key_val_pair"):
            names.charge(node["value"])  # refuses NUL and lone surrogates written as escapes
        pending.extend((child, depth + 1) for child in node["children"])


def _check_function(node: ExpressionNode) -> None:
    name = node["value"]
    function = FUNCTIONS.FUNCTION_TABLE.get(name)
    if function is None:
        known = ", ".join(sorted(FUNCTIONS.FUNCTION_TABLE))
        raise TemplateFailure(f"there is no function {name}(); templates have {known}")
    given, wanted = len(node["children"]), len(function["signature"])
    variadic = bool(function["signature"][-1].get("variadic"))
    if given < wanted or (given > wanted and not variadic):
        raise TemplateFailure(f"{name}() takes {'at least ' if variadic else ''}{wanted} arguments, not {given}")
    if given > MOST_ARGUMENTS.get(name, given):
        raise TemplateFailure(f"{name}() takes at most {MOST_ARGUMENTS[name]} arguments, not {given}")


def _references(node: ExpressionNode, at: Reference | None) -> Iterator[Reference]:
    # `at` is the path of the input. None means that the input is computed.
    collected: list[Reference] = []
    result = _follow(node, at, collected)
    yield from collected
    if result is not None:
        yield result


def _follow(node: ExpressionNode, at: Reference | None, collected: list[Reference]) -> Reference | None:
    kind = node["type"]
    if kind == "field":
        return at if at is None or len(at) == READ_LENGTH else (*at, node["value"])
    if kind in _IN_PLACE:
        return at
    if kind in _CHAINS:
        for child in node["children"]:
            at = _follow(child, at, collected)
        return at
    if kind in _PROJECTIONS:
        collected.extend(_references(node["children"][0], at))
    elif kind != "expref":
        for child in node["children"]:
            collected.extend(_references(child, at))
    return None
