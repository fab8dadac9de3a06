"""Explains an evaluation: the value of every node, and the reason as one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.compiler import compile_rule
from automate.rules.predicate.errors import PredicateError, TooExpensiveError
from automate.rules.predicate.operators import TABLE
from automate.rules.predicate.sentence import because
from automate.rules.predicate.trace import EvaluationTrace, Record
from automate.rules.predicate.values import brief, truthy
from automate.rules.predicate.verdict import VerdictName

SHOWN_ITEMS = 20
SHOWN_CHARACTERS = 200
SHOWN_LEVELS = 3


@dataclass(frozen=True)
class Explanation:
    """The explanation of one evaluation."""

    matched: bool
    verdict: VerdictName
    """The verdict, with the values of the module `verdict`."""
    value: JsonValue
    """The rule's value; None after a failure."""
    sentence: str
    """The reason in plain English."""
    tree: dict[str, JsonValue]
    """One `{op, path, value, matched, evaluated, turns, error, children}` for each node.

    value is cut to a preview. matched is null for a node that failed or was not evaluated. turns counts the evaluations in a
    loop, of which the last is shown.
    """


def explain(rule: JsonValue, data: JsonValue, allowance: EvaluationAllowance | None = None) -> Explanation:
    """Evaluate a rule and explain the result. Never raises."""
    trace = EvaluationTrace()
    predicate = compile_rule(rule, observe=trace.watch)
    value: JsonValue = None
    verdict: VerdictName
    failure = ""
    try:
        value = predicate(data, allowance)
        verdict = "matched" if truthy(value) else "unmatched"
    except TooExpensiveError as error:
        verdict, failure = "too_expensive", error.message
    except PredicateError as error:
        verdict, failure = "type_error", _located(error)
    root = trace.root()
    sentence = {
        "matched": "It matched, because {}.",
        "unmatched": "It did not match, because {}.",
        "too_expensive": "It was stopped, because {}.",
        "type_error": "It ended in an error, because {}.",
    }[verdict].format(failure or because(root))
    return Explanation(verdict == "matched", verdict, value, sentence, _tree(root))


def _located(error: PredicateError) -> str:
    where = ".".join(map(str, error.path or ()))
    return f"{error.message} (at {where})" if where else error.message


def _tree(record: Record) -> dict[str, JsonValue]:
    operator = TABLE.get(record.op)
    hidden = operator is not None and operator.reads  # a constant path is shown by the operator's own name and path
    known = record.evaluated and record.error is None
    return {
        "op": record.op,
        "path": list(record.path),
        "value": preview(record.value) if known else None,
        "matched": truthy(record.value) if known else None,
        "evaluated": record.evaluated,
        "turns": record.turns,
        "error": record.error.message if record.error else None,
        "children": [_tree(child) for child in record.children if not (hidden and child.constant)],
    }


def preview(value: JsonValue, levels: int = SHOWN_LEVELS) -> JsonValue:
    """Shorten a value, so that a person can read it."""
    if isinstance(value, list | dict):
        return _cut(value, levels) if levels else brief(value)
    if isinstance(value, str):
        return value if len(value) <= SHOWN_CHARACTERS else value[: SHOWN_CHARACTERS - 1] + "…"
    if value is None or isinstance(value, bool):
        return value
    return value if isinstance(value, int | float) and brief(value) == str(value) else brief(value)


def _cut(value: list[JsonValue] | dict[str, JsonValue], levels: int) -> JsonValue:
    more = len(value) - SHOWN_ITEMS
    if isinstance(value, list):
        items = [preview(item, levels - 1) for item in value[:SHOWN_ITEMS]]
        return [*items, f"… {more} more"] if more > 0 else items
    pairs = {str(preview(str(key))): preview(item, levels - 1) for key, item in islice(value.items(), SHOWN_ITEMS)}
    return {**pairs, "…": f"{more} more"} if more > 0 else pairs
