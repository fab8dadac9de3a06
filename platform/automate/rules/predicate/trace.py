"""Records the value of each node during an evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import Path, PredicateError
from automate.rules.predicate.node import CompiledNode, Evaluator, Scope
from automate.rules.predicate.operators import TABLE
from automate.rules.predicate.walk import is_operation


@dataclass
class Record:
    """The record of one node in an evaluation."""

    path: Path
    rule: JsonValue
    constant: bool
    turns: int = 0
    """The number of evaluations. In the body of a loop, there is one for each element."""
    value: JsonValue = None
    """The value of the last evaluation; None after an error."""
    error: PredicateError | None = None
    children: list[Record] = field(default_factory=list)

    @property
    def op(self) -> str:
        if isinstance(self.rule, dict) and is_operation(self.rule):
            return str(next(iter(self.rule)))
        return "list" if isinstance(self.rule, list) and not self.constant else "literal"

    @property
    def evaluated(self) -> bool:
        return self.turns > 0


class EvaluationTrace:
    """Records the evaluation of a rule. Pass `watch` to `compile_rule`, evaluate the rule, and then call `root`."""

    def __init__(self) -> None:
        self._records: dict[Path, Record] = {}

    def watch(self, path: Path, rule: JsonValue, node: CompiledNode) -> Evaluator:
        record = self._records[path] = Record(path, rule, node.constant, value=node.value)
        inner = node.run

        def run(data: JsonValue, scope: Scope) -> JsonValue:
            record.turns += 1
            record.error = None
            try:
                record.value = inner(data, scope)
            except PredicateError as error:
                if error.path is None:
                    error.path = path
                record.value, record.error = None, error
                raise
            return record.value

        return run

    def root(self) -> Record:
        # Nodes were compiled from the leaves up. So in reverse order, each parent comes before its children.
        for path, record in self._records.items():
            if path:
                self._parent(path).children.append(record)
        for record in reversed(self._records.values()):
            operator = TABLE.get(record.op)
            if record.evaluated and not (operator and operator.lazy):
                for child in record.children:
                    if child.constant:  # operators read constants without evaluating the node
                        child.turns = child.turns or 1
        return self._records[()]

    def _parent(self, path: Path) -> Record:
        above = path[:-1]
        while above not in self._records:
            above = above[:-1]
        return self._records[above]
