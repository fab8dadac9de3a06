"""JsonLogic predicates, without Django. Evaluation, checks and explanations use the same table of operators."""

from __future__ import annotations

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.check import CheckedRule, RuleLimits, check_rule
from automate.rules.predicate.compiler import DEEPEST, Predicate, compile_rule
from automate.rules.predicate.errors import PredicateError, TooExpensiveError
from automate.rules.predicate.explain import Explanation, explain
from automate.rules.predicate.index import RuleIndex, chooser
from automate.rules.predicate.necessary import Necessary, necessary_conditions
from automate.rules.predicate.reads import WHOLE, DataRead, reads, references
from automate.rules.predicate.surprises import ROOTS, Surprise
from automate.rules.predicate.verdict import EvaluationResult, verdict

__all__ = [
    "DEEPEST",
    "ROOTS",
    "WHOLE",
    "CheckedRule",
    "DataRead",
    "EvaluationAllowance",
    "EvaluationResult",
    "Explanation",
    "Necessary",
    "Predicate",
    "PredicateError",
    "RuleIndex",
    "RuleLimits",
    "Surprise",
    "TooExpensiveError",
    "check_rule",
    "chooser",
    "compile_rule",
    "evaluate",
    "explain",
    "necessary_conditions",
    "reads",
    "references",
    "verdict",
]


def evaluate(rule: JsonValue, data: JsonValue) -> JsonValue:
    """Evaluate a rule over data. Raises PredicateError if the evaluation fails."""
    return compile_rule(rule)(data)
