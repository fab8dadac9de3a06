"""Checks a rule before it is saved. Finds all problems, each with its fix."""

from __future__ import annotations

import json
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.storable import StorageFault, scalar_fault, text_fault
from automate.rules.predicate.compiler import DEEPEST, compile_rule
from automate.rules.predicate.errors import TOO_DEEP, Path, PredicateError
from automate.rules.predicate.operators import TABLE
from automate.rules.predicate.reads import DataRead, reads
from automate.rules.predicate.surprises import Surprise, surprises
from automate.rules.predicate.values import EXACT_INTEGER, kind
from automate.rules.predicate.walk import NodePlace, operation_at, places

INEXACT = "an integer has more than 64 bits; write it as text"
"""JSON can contain such an integer. After conversion to a double, it could not be distinguished from its
neighbours."""

HOPELESS = 10
"""A rule this many times above its maximum size is refused without further checks."""


@dataclass(frozen=True)
class RuleLimits:
    """The limits of a rule."""

    depth: int = LIMITS.rule_depth
    """Levels of operations and lists."""
    nodes: int = LIMITS.rule_nodes
    """Operations."""
    bytes: int = LIMITS.rule_bytes
    """The size as canonical JSON."""


@dataclass(frozen=True)
class CheckedRule:
    problems: tuple[Problem, ...]
    """A rule with problems cannot be saved."""
    warnings: tuple[Surprise, ...]
    """Parts of a valid rule that possibly do not mean what the author thinks."""
    reads: tuple[DataRead, ...]
    """The paths that the rule reads, for callers whose data can lack some."""

    @property
    def ok(self) -> bool:
        return not self.problems


DEFAULT_LIMITS = RuleLimits()


def check_rule(rule: JsonValue, limits: RuleLimits = DEFAULT_LIMITS) -> CheckedRule:
    """Return the problems and warnings of a rule, and the data that the rule reads. Never raises."""
    found, too_deep = _shape(rule, limits)
    size = 0 if too_deep else _canonical_size(rule)
    if size <= limits.bytes * HOPELESS:
        compile_rule(rule, report=lambda path, error: _add(found, path, error))
    problems = [Problem("INVALID_RULE", _sentence(message), path) for path, message in found.items()]
    if size > limits.bytes:
        message = f"The rule takes {size} bytes as JSON, the limit is {limits.bytes}; split it or shorten its lists."
        problems.insert(0, Problem("INVALID_RULE", message, ()))
    if too_deep:
        return CheckedRule(tuple(problems), (), ())
    return CheckedRule(tuple(problems), tuple(surprises(rule)), tuple(reads(rule, DEEPEST)))


def _add(found: dict[Path, str], path: Path, error: PredicateError) -> None:
    if error.type != TOO_DEEP:  # reported already, for the lower limit
        found.setdefault(path, error.message)


def _sentence(message: str) -> str:
    first = message.split(" ", 1)[0]
    start = message[:1] if first in TABLE else message[:1].upper()
    return start + message[1:] + ("" if message.endswith("?") else ".")


def _canonical_size(rule: JsonValue) -> int:
    # 0 for a value that JSON cannot express. Another check refuses this value.
    try:
        return len(json.dumps(rule, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode())
    except (TypeError, ValueError):
        return 0


def _shape(rule: JsonValue, limits: RuleLimits) -> tuple[dict[Path, str], bool]:
    found: dict[Path, str] = {}
    nodes, too_deep = 0, False
    deepest = min(limits.depth, DEEPEST)
    for place in places(rule, deepest):
        nested = isinstance(place.value, list | dict) and bool(place.value)
        if nested and place.level > deepest:
            if not too_deep:
                found[place.path] = f"the rule is nested more than {deepest} levels deep; split it into several rules"
            too_deep = True
            continue
        wrong = _not_json(place.value)
        if isinstance(place.value, dict) and place.value:
            nodes += 1
            wrong = wrong or _arity(place)
        if nodes > limits.nodes:
            found.setdefault((), f"the rule has more than {limits.nodes} operations; split it into several rules")
        if wrong:
            found.setdefault(place.path, wrong)
    return found, too_deep


def _arity(place: NodePlace) -> str | None:
    operation = operation_at(place)
    operator = TABLE.get(operation.name) if operation else None
    if operation is None or operator is None or operation.spread:
        return None
    count, least, most = len(operation.args), operator.least, operator.most
    if count < least or (most is not None and count > most):
        wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        return (
            f"{operator.name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {count}; write {operator.form}"
        )
    return None


_FAULTS = {
    StorageFault.NUL: "text may not hold the character NUL; leave it out",
    StorageFault.SURROGATE: "text holds half of a surrogate pair and is not Unicode; write the whole character",
    StorageFault.NOT_FINITE: "NaN and Infinity are not JSON; write a number",
    StorageFault.TOO_MANY_DIGITS: INEXACT,
}


def _not_json(value: JsonValue) -> str | None:
    if isinstance(value, dict):
        return next(filter(None, map(_bad_key, value)), None)
    if isinstance(value, list):
        return None
    fault = scalar_fault(value)
    if fault is StorageFault.NO_JSON:
        return f"{kind(value)} ({type(value).__name__}) cannot stand in a rule; use text, numbers, booleans, null, lists and operations"
    if fault is not None:
        return _FAULTS[fault]
    return INEXACT if type(value) is int and abs(value) > EXACT_INTEGER else None


def _bad_key(key: JsonValue) -> str | None:
    if not isinstance(key, str):
        return "an object's key is not text; write it in quotes"
    fault = text_fault(key)
    return _FAULTS[fault] if fault else None
