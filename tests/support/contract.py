"""The operations of the contract's files, with the example variables that stand in their comments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from graphql import OperationDefinitionNode, TokenKind, parse, print_ast
from graphql.language import NonNullTypeNode

from tests.support.api import CONTRACT


@dataclass(frozen=True)
class Operation:
    """kind: query, mutation or subscription. document: this operation alone. inputs: the types of its variables.
    required: the names of the variables that must not be null. example: the variables of its comment, if it has any.
    """

    file: str
    name: str
    kind: str
    document: str
    inputs: tuple[str, ...]
    required: frozenset[str]
    example: dict[str, Any] | None


def contract_operations() -> list[Operation]:
    """Every operation of every file, in the order of the files."""
    return [
        _operation(path.name, node)
        for path in sorted(CONTRACT.glob("*.graphql"))
        for node in parse(path.read_text()).definitions
        if isinstance(node, OperationDefinitionNode)
    ]


def _operation(file: str, node: OperationDefinitionNode) -> Operation:
    assert node.name is not None, f"{file} has an operation without a name"
    variables = node.variable_definitions or ()
    return Operation(
        file=file,
        name=node.name.value,
        kind=node.operation.value,
        document=print_ast(node),
        inputs=tuple(print_ast(variable.type) for variable in variables),
        required=frozenset(one.variable.name.value for one in variables if isinstance(one.type, NonNullTypeNode)),
        example=_example(node),
    )


def _example(node: OperationDefinitionNode) -> dict[str, Any] | None:
    """The JSON object with which the comment above the operation begins."""
    assert node.loc is not None
    lines: list[str] = []
    token = node.loc.start_token.prev
    while token is not None and token.kind is TokenKind.COMMENT:
        lines.insert(0, (token.value or "").strip())
        token = token.prev
    text = " ".join(lines)
    start = text.find("{")
    if start < 0:
        return None
    example: dict[str, Any] = json.JSONDecoder().raw_decode(text, start)[0]
    return example
