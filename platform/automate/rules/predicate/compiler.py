"""Compiles a rule to closures. An observer can wrap each node."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import ELEMENT_BYTES, EvaluationAllowance
from automate.rules.predicate.errors import TOO_DEEP, UNKNOWN_OPERATOR, Path, PredicateError, invalid
from automate.rules.predicate.node import BuilderArguments, CompiledNode, Evaluator, Scope
from automate.rules.predicate.operators import TABLE
from automate.rules.predicate.values import brief, kind

DEEPEST = 64
"""The maximum of compiled levels. A deeper level fails when it is reached. The maximum keeps evaluation far from the
stack limit.
"""

Observe = Callable[[Path, JsonValue, CompiledNode], Evaluator]
"""(path, the rule at this path, its node) -> the closure to use instead."""
Report = Callable[[Path, PredicateError], None]
"""Called for each part of the rule that can never work."""


class Predicate:
    """A compiled rule. Call it with data. Thread-safe. Raises PredicateError, TooExpensiveError."""

    __slots__ = ("_cost", "_run", "rule")

    def __init__(self, rule: JsonValue, node: CompiledNode) -> None:
        self.rule = rule
        self._run = node.run
        self._cost = node.cost

    def __call__(self, data: JsonValue, allowance: EvaluationAllowance | None = None) -> JsonValue:
        if allowance is None:
            allowance = EvaluationAllowance()
        allowance.operations -= self._cost
        if allowance.operations < 0:
            allowance.spend(0)
        return self._run(data, (allowance, data, {}, None))


def compile_rule(rule: JsonValue, *, observe: Observe | None = None, report: Report | None = None) -> Predicate:
    """Compile a rule from any JSON value.

    An invalid part does not stop the compilation. The evaluation fails when it reaches the invalid part.
    """
    return Predicate(rule, _Compiler(observe, report).node(rule, (), 0))


class _Compiler:
    def __init__(self, observe: Observe | None, report: Report | None) -> None:
        self._observe = observe
        self._report = report

    def node(self, rule: JsonValue, path: Path, depth: int) -> CompiledNode:
        try:
            node = self._compiled(rule, path, depth)
        except PredicateError as error:
            if self._report:
                self._report(path, error)
            node = CompiledNode(_failing(error), 1)
        if self._observe:
            node = CompiledNode(self._observe(path, rule, node), node.cost, node.constant, node.value)
        return node

    def _compiled(self, rule: JsonValue, path: Path, depth: int) -> CompiledNode:
        if rule is None or isinstance(rule, str | int | float) or rule == {}:
            return _constant(rule)
        if not isinstance(rule, list | dict):
            raise invalid(f"{kind(rule)} ({type(rule).__name__}) cannot stand in a rule")
        if depth >= DEEPEST:
            raise PredicateError({"type": TOO_DEEP}, f"the rule is nested more than {DEEPEST} levels deep; split it")
        if isinstance(rule, list):
            return _list_of(tuple(self.node(item, (*path, index), depth + 1) for index, item in enumerate(rule)))
        return self._operation(rule, path, depth)

    def _operation(self, rule: dict[str, JsonValue], path: Path, depth: int) -> CompiledNode:
        if len(rule) > 1:
            for key, value in rule.items():  # only to report further faults below
                self.node(value, (*path, key), depth + 1)
            names = ", ".join(brief(key) for key in list(rule)[:5])
            message = f"an operation is an object with one key, but this object has {len(rule)} ({names}); combine conditions with and / or"
            raise PredicateError({"type": UNKNOWN_OPERATOR}, message)
        ((name, operand),) = rule.items()
        here = (*path, name)
        spread = None
        if isinstance(operand, list):
            args = tuple(self.node(item, (*here, index), depth + 1) for index, item in enumerate(operand))
        elif isinstance(operand, dict) and operand:
            args, spread = (), self.node(operand, here, depth + 1)
        else:
            args = (self.node(operand, here, depth + 1),)
        operator = TABLE.get(name)
        if operator is None:
            raise PredicateError({"type": UNKNOWN_OPERATOR}, _unknown(name))
        run = operator.build(BuilderArguments(name, here, args, spread))
        below = sum(node.cost for index, node in enumerate(args) if index != operator.body)
        return CompiledNode(run, 1 + below + (spread.cost if spread else 0))


def _constant(value: JsonValue) -> CompiledNode:
    return CompiledNode(lambda _data, _scope: value, 1, constant=True, value=value)


def _list_of(items: tuple[CompiledNode, ...]) -> CompiledNode:
    if all(item.constant for item in items):
        return _constant([item.value for item in items])
    runs = tuple(item.run for item in items)

    def run(data: JsonValue, scope: Scope) -> list[JsonValue]:
        made = []
        for item in runs:
            value = item(data, scope)
            scope[0].produce_value(value)
            made.append(value)
        scope[0].produce(ELEMENT_BYTES)
        return made

    return CompiledNode(run, 1 + sum(item.cost for item in items))


def _failing(error: PredicateError) -> Evaluator:
    def run(_data: JsonValue, _scope: Scope) -> JsonValue:
        raise error.again()

    return run


def _unknown(name: JsonValue) -> str:
    near = difflib.get_close_matches(name[:40], TABLE, n=1) if isinstance(name, str) else []
    hint = f"did you mean {brief(near[0])}?" if near else f"the operators are: {' '.join(TABLE)}"
    return f"there is no operator {brief(name)}; {hint}"
