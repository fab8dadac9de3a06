"""Decides which subscribers receive the same bytes: those whose items cannot differ.

An item is executed for a *viewer* that is built from the shared key alone. So the code that makes the item cannot read a value
that the key lacks, such as the name of the token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, VariableNode
from graphql.language import DocumentNode, Node

from automate.kernel.principals import Principal
from graphql_schema.execution import ApiOperation

AFTER = "after"
"""The argument of each feed with the subscriber's start. No item depends on it."""


@dataclass(frozen=True)
class SharingKey:
    """Subscribers with equal keys receive the same items, byte for byte."""

    query: str
    operation_name: str | None
    variables: str
    """JSON, without variables that are used only as ``after``."""
    rights: frozenset[str]
    """The subscriber's permissions. Redaction depends on nothing else."""


def key_of(operation: ApiOperation, principal: Principal) -> SharingKey:
    request = operation.request
    used = _used(operation.document, operation.node)
    variables = {name: value for name, value in request.variables.items() if name in used}
    return SharingKey(
        request.query, request.operation_name, json.dumps(variables, sort_keys=True), rights_of(principal)
    )


def rights_of(principal: Principal) -> frozenset[str]:
    return principal.permissions


def viewer_of(key: SharingKey) -> Principal:
    """The principal for which the items are executed: no real caller, but one with the rights of the key."""
    return Principal(kind="system", name="feed", permissions=key.rights)


def _used(document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    """The variables that can change an item."""
    found: set[str] = set()
    for definition in document.definitions:
        selection = getattr(definition, "selection_set", None)
        if selection is None:
            continue
        starts = _starts(operation) if definition is operation else set()
        found.update(node.name.value for node in _variables(selection) if id(node) not in starts)
        for directive in getattr(definition, "directives", None) or ():
            found.update(node.name.value for node in _variables(directive))
    return found


def _starts(operation: OperationDefinitionNode) -> set[int]:
    """The syntax nodes of variables that are the ``after`` argument of a root field."""
    return {
        id(argument.value)
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
        for argument in field.arguments or ()
        if argument.name.value == AFTER
    }


def _variables(node: Node) -> Iterator[VariableNode]:
    waiting: list[Any] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, VariableNode):
            yield current
        elif isinstance(current, Node):
            waiting.extend(getattr(current, name) for name in current.keys)
        elif isinstance(current, list | tuple):
            waiting.extend(current)
