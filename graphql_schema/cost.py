"""What an operation may cost, from its document and its variables, before anything is read: the rows it can ask for.

A list counts as many rows as its page may have, whatever it will find, and multiplies what is selected below it. The
document is compiled once to a sum of products; a request only puts its variables in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import Limits
from graphql_schema.limits import DOCUMENT

LIMITS = Limits()
COUNT_ROWS = 20
"""What ``totalCount`` costs: it reads up to 10,000 entries of an index."""
EVALUATION = 2_000
"""An evaluation or a rendering of up to 100,000 operations, or up to 300 signatures of a body: some 0.2 s."""
DEFINITION = 4_000
"""A definition of up to 256 KiB that is checked, compared or rehearsed: up to 0.6 s, with up to 20,000 problems."""
CONFIGURATION = 15_000
"""All objects of a tenant, in one transaction: one for a request."""
WEIGHTS: Mapping[tuple[str, str], int] = {
    ("Query", "explainRule"): EVALUATION,
    ("Query", "previewStep"): EVALUATION,
    ("Query", "verifyDelivery"): EVALUATION,
    ("Mutation", "installRecipe"): EVALUATION,
    ("Query", "validateWorkflow"): DEFINITION,
    ("Query", "publishChecklist"): DEFINITION,
    ("Query", "workflowDiff"): DEFINITION,
    ("Mutation", "saveWorkflow"): DEFINITION,
    ("Mutation", "publishWorkflow"): DEFINITION,
    ("Mutation", "rollBackWorkflow"): DEFINITION,
    ("Mutation", "testWorkflow"): DEFINITION,
    ("Mutation", "testStep"): DEFINITION,
    ("Query", "exportConfiguration"): CONFIGURATION,
    ("Query", "planConfiguration"): CONFIGURATION,
    ("Mutation", "applyConfiguration"): CONFIGURATION,
    ("RuleSpec", "when"): 8,
    ("Decision", "when"): 8,
    ("Backtest", "when"): 8,
    ("Backtest", "liveWhen"): 8,
    ("Query", "planRetry"): 500,
    ("Query", "connectors"): 500,
    ("Query", "secrets"): 500,
    ("Query", "previewSchedule"): 20,
    ("Schedule", "nextTicks"): 2,
    ("Mutation", "retryRuns"): 500,
    ("Mutation", "replayEvent"): 500,
    ("Query", "previewBulkOperation"): 500,
    ("Mutation", "startBulkOperation"): 500,
    ("Mutation", "resendWebhookDeliveries"): 100,
    ("Mutation", "redeliver"): 100,
    ("Mutation", "saveRule"): 100,
    ("Mutation", "backtestRule"): 100,
    ("FailureGroup", "count"): COUNT_ROWS,
    ("ExecutionRun", "waitingFor"): COUNT_ROWS,
    ("StepRun", "items"): COUNT_ROWS,
}
"""Fields that cost more than a row. Besides those above: a condition of up to 8 KiB, shown or compiled; the steps and effects of
up to 100 runs; some ten schemas of up to 16 KiB; up to 1,000 rows in a list without pages; ticks that are found day by day, for up
to ten years; all rules asked of an event; a count of up to 100,000; up to 20 runs, each in a transaction of its own, or up to 20
bodies; a place in a line of up to 10,000; the items in some states, among up to 10,000.
"""
_FREE = frozenset({"NormalizedError", "PageInfo"})
_MOST_DIGITS = 9

Variables = Mapping[str, Json]
Size = Callable[[Variables], int]
Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class Cost:
    """rows: what is there once. lists: how many times what is below each list comes."""

    rows: int = 0
    lists: tuple[tuple[Size, Cost], ...] = ()

    def of(self, variables: Variables) -> int:
        return self.rows + sum(size(variables) * below.of(variables) for size, below in self.lists)


def costs_of(schema: GraphQLSchema, document: DocumentNode) -> dict[str, Cost]:
    """The cost of each operation of a valid document, by its name; an unnamed one stands under the empty name."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    found = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            defaults = {
                entry.variable.name.value: _literal(entry.default_value) for entry in node.variable_definitions or ()
            }
            root = schema.get_root_type(node.operation)
            if root is not None:
                counter = _Counter(schema, fragments, defaults)
                found[node.name.value if node.name else ""] = counter.below(root, [node.selection_set], None)
    return found


def check_cost(cost: int) -> None:
    """Raises NormalizedError GRAPHQL_TOO_COMPLEX."""
    if cost > DOCUMENT.cost:
        raise NormalizedError(
            "GRAPHQL_TOO_COMPLEX",
            f"The document may ask for {cost} rows, and {DOCUMENT.cost} are the most: lists within lists multiply. "
            "Ask for smaller pages with first, or for less at once.",
            details={"limit": "cost", "requested": cost, "maximum": DOCUMENT.cost},
        )


class _Counter:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], defaults: Mapping[str, Json]
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.defaults = defaults

    def below(self, kind: Composite, selections: Sequence[SelectionSetNode], page: Size | None) -> Cost:
        """What is selected below an object. page: how many edges it has, for a connection."""
        rows, lists = 0, []
        for parent, nodes in self._fields(kind, selections):
            name = nodes[0].name.value
            if name.startswith("__"):
                continue
            field = parent.fields[name]
            rows += COUNT_ROWS if name == "totalCount" else WEIGHTS.get((parent.name, name), 0)
            named = get_named_type(field.type)
            if not isinstance(named, Composite):
                continue
            size = self._size(nodes[0], field.args)
            below = self.below(named, [node.selection_set for node in nodes if node.selection_set], size)
            if page is not None and name == "edges":
                lists.append((page, below))
            elif _is_wrapper(named):
                rows, lists = rows + below.rows, [*lists, *below.lists]
            elif size is not None:
                lists.append((size, Cost(below.rows + 1, below.lists)))
            else:
                rows, lists = rows + below.rows + 1, [*lists, *below.lists]
        return Cost(rows, tuple(lists))

    def _fields(
        self, kind: Composite, selections: Sequence[SelectionSetNode]
    ) -> list[tuple[Composite, list[FieldNode]]]:
        """By parent type and response key: what is written twice is read once."""
        found: dict[tuple[str, str], tuple[Composite, list[FieldNode]]] = {}
        seen: set[str] = set()

        def collect(parent: Composite, selection: SelectionSetNode) -> None:
            for node in selection.selections:
                if isinstance(node, FieldNode):
                    key = (node.alias or node.name).value
                    found.setdefault((parent.name, key), (parent, []))[1].append(node)
                    continue
                if isinstance(node, FragmentSpreadNode):
                    if node.name.value in seen:
                        continue
                    seen.add(node.name.value)
                fragment: Any = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
                condition = fragment.type_condition
                narrowed = self.schema.get_type(condition.name.value) if condition is not None else parent
                if isinstance(narrowed, Composite):
                    collect(narrowed, fragment.selection_set)

        for selection in selections:
            collect(kind, selection)
        return list(found.values())

    def _size(self, node: FieldNode, known: Mapping[str, GraphQLArgument]) -> Size | None:
        """How many rows a list's page has at most; None for what has no page."""
        if "first" not in known:
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        values = [given[name] for name in ("first", "last") if name in given]
        names = [value.name.value for value in values if isinstance(value, VariableNode)]
        fixed = [_literal(value) for value in values if not isinstance(value, VariableNode)]
        if not names:
            size = _most(fixed)
            return lambda _variables: size
        return lambda variables: _most([*fixed, *(variables.get(name, self.defaults.get(name)) for name in names)])


def _is_wrapper(kind: GraphQLNamedType) -> bool:
    """Connections, edges, pageInfo and the errors of a row are no rows of their own."""
    if not isinstance(kind, Composite):
        return False
    return kind.name in _FREE or "edges" in kind.fields or {"node", "cursor"} <= kind.fields.keys()


def _literal(node: Any) -> Json:
    if not isinstance(node, IntValueNode):
        return None
    return int(node.value) if len(node.value) <= _MOST_DIGITS else LIMITS.page_size


def _most(values: Sequence[Json]) -> int:
    """A page's rows by ``first`` and ``last``. What is out of bounds is refused later, and costs no more until then."""
    sizes = [value for value in values if isinstance(value, int)]
    return min(max(0, *sizes), LIMITS.page_size) if sizes else LIMITS.default_page_size
