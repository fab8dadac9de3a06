"""Warns about the parts of a rule that have an effect most authors do not expect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.compiler import DEEPEST, compile_rule
from automate.rules.predicate.errors import Path, PredicateError
from automate.rules.predicate.operators import TABLE
from automate.rules.predicate.reads import reads_of
from automate.rules.predicate.values import brief
from automate.rules.predicate.verdict import verdict
from automate.rules.predicate.walk import RuleOperation, is_operation, operation_at, places, reference

ROOTS = ("type", "source", "subject", "payload", "headers", "occurred_at")
"""The roots of an event that a rule can read."""
ALWAYS_TEXT = frozenset({"type", "source", "subject", "headers", "occurred_at"})
READERS = frozenset({"var", "val", "exists", "missing", "missing_some"})
"""The operators that read data of the event, or of the loop around them."""
WHOLE = "the value"
"""The name in warnings for an empty path, which reads all of the current data, such as one item of a list."""
_PAIR = 2


@dataclass(frozen=True)
class Surprise:
    """A warning about a part of a rule, with the path of this part."""

    message: str
    """The effect, and how to write what was probably meant."""
    path: Path


def surprises(rule: JsonValue) -> Iterator[Surprise]:
    if _is_constant(rule):
        yield Surprise(_constant_rule(rule), ())
        return
    for place in places(rule, DEEPEST):
        operation = operation_at(place)
        if operation is None:
            continue
        for message in (
            *_unknown_root(operation),
            *_missing_matches(operation),
            *_coerces(operation),
            *_negation(operation),
            *_exists_of_value(operation),
            *_constant_comparison(operation, place.value),
        ):
            yield Surprise(message, operation.path)


def _is_constant(part: JsonValue) -> bool:
    operations = map(operation_at, places(part, DEEPEST))
    return not any(operation is not None and operation.name in READERS for operation in operations)


def _constant_rule(rule: JsonValue) -> str:
    comes_to = verdict(compile_rule(rule), {}).verdict
    said = {
        "matched": "it matches every event of every type and source (run.failed and budget.threshold excepted)",
        "unmatched": "it never matches",
    }.get(comes_to, f"it ends in the same {comes_to} for every event")
    return f'this rule reads nothing of the event, so {said}; write {{"var": "type"}} for what stands in the event'


def _constant_comparison(operation: RuleOperation, written: JsonValue) -> Iterator[str]:
    operator = TABLE.get(operation.name)
    if operator is None or operator.says is None or not _is_constant(written):
        return
    comes_to = verdict(compile_rule(written), {}).verdict
    said = {"matched": "always true", "unmatched": "always false"}.get(comes_to, f"always a {comes_to}")
    yield f'this compares constants, so it is {said}; write {{"var": "type"}} for what stands in the event'


def _unknown_root(operation: RuleOperation) -> Iterator[str]:
    for read in reads_of(operation):
        if read.keys and read.keys[0] not in ROOTS:
            root = brief(read.keys[0])
            yield f"an event has no {root}, so nothing is ever found there; its roots are {', '.join(ROOTS)}"


def _sides(operation: RuleOperation) -> tuple[list[str], JsonValue, bool] | None:
    # (path, constant, whether the path is on the left)
    operator = TABLE.get(operation.name)
    if operator is None or operator.says is None or operation.spread or len(operation.args) != _PAIR:
        return None
    left, right = operation.args
    for path, other, first in ((reference(left), right, True), (reference(right), left, False)):
        if path is not None and not isinstance(other, list | dict):
            return path, other, first
    return None


def _missing_matches(operation: RuleOperation) -> Iterator[str]:
    # The comparison is evaluated with null to find out.
    sides = _sides(operation)
    if sides is None or sides[1] is None:
        return
    path, constant, first = sides
    try:
        matches = compile_rule({operation.name: [None, constant] if first else [constant, None]})(None)
    except PredicateError:
        return
    if matches is True:
        sense = f"null {operation.name} {brief(constant)}" if first else f"{brief(constant)} {operation.name} null"
        if name := ".".join(path):
            yield f'this matches when {name} is missing ({sense}); add {{"exists": {brief(name)}}} if it must be there'
        else:
            yield f'this matches when {WHOLE} is null ({sense}); add {{"!==": [{{"var": ""}}, null]}} if it must not be'


def _coerces(operation: RuleOperation) -> Iterator[str]:
    sides = _sides(operation)
    if sides is None or operation.name not in {"==", "!="}:
        return
    path, constant, _ = sides
    if isinstance(constant, bool) or not isinstance(constant, str | int | float):
        return
    text = isinstance(constant, str)
    if text and path and path[0] in ALWAYS_TEXT:
        return
    name, other = ".".join(path) or WHOLE, "a number" if text else "text"
    yield (
        f"{operation.name} converts between text and numbers: if {name} is {other} it is converted, and what cannot be converted "
        f"ends in a type_error; {operation.name}= compares without converting"
    )


def _negation(operation: RuleOperation) -> Iterator[str]:
    if operation.name == "!" and operation.args and not operation.scopes:
        argument = operation.args[0]
        if name := ".".join(reference(argument) or ()):
            yield f'this matches when {name} is missing, null, false, 0, "" or []; write {{"===": [{{"var": {brief(name)}}}, false]}} for false alone'


def _exists_of_value(operation: RuleOperation) -> Iterator[str]:
    if operation.name != "exists" or not any(map(is_operation, operation.args)):
        return
    if name := ".".join(reference(operation.args[0]) or ()):
        yield f'exists takes the path itself, not the value found there; write {{"exists": {brief(name)}}}'
