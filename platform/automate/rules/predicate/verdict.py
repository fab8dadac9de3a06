"""Evaluates a rule in production. The result is always an EvaluationResult. No exception is raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.compiler import Predicate, compile_rule
from automate.rules.predicate.errors import Path, PredicateError, TooExpensiveError
from automate.rules.predicate.node import CompiledNode, Evaluator, Scope
from automate.rules.predicate.values import truthy

VerdictName = Literal["matched", "unmatched", "type_error", "too_expensive", "disabled", "suppressed"]


@dataclass(frozen=True)
class EvaluationResult:
    """The result of an evaluation."""

    verdict: VerdictName
    reason: str
    """A sentence. It is stored and shown, so it contains no value of the data."""
    path: Path = ()
    """The path in the rule to the node that failed. Empty if no node failed."""

    @property
    def matched(self) -> bool:
        return self.verdict == "matched"


MATCHED = EvaluationResult("matched", "The predicate is true for this event.")
UNMATCHED = EvaluationResult("unmatched", "The predicate is false for this event.")


def verdict(predicate: Predicate, data: JsonValue, allowance: EvaluationAllowance | None = None) -> EvaluationResult:
    """Evaluate a rule. Never raises."""
    allowance = allowance or EvaluationAllowance()
    operations, size = allowance.operations, allowance.bytes
    try:
        return MATCHED if truthy(predicate(data, allowance)) else UNMATCHED
    except PredicateError as error:
        return _failed(error, _locate(predicate.rule, data, EvaluationAllowance(operations, size)))


def _failed(error: PredicateError, path: Path) -> EvaluationResult:
    name: VerdictName = "too_expensive" if isinstance(error, TooExpensiveError) else "type_error"
    return EvaluationResult(name, error.bare[:1].upper() + error.bare[1:] + ".", path)


def _locate(rule: JsonValue, data: JsonValue, allowance: EvaluationAllowance) -> Path:
    # Evaluates a second time, with observers. Evaluations that succeed need no observers.
    try:
        compile_rule(rule, observe=_marking)(data, allowance)
    except PredicateError as error:
        return error.path or ()
    return ()


def _marking(path: Path, _rule: JsonValue, node: CompiledNode) -> Evaluator:
    inner = node.run

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        try:
            return inner(data, scope)
        except PredicateError as error:
            if error.path is None:
                error.path = path
            raise

    return run
