"""Descriptions that recur in the schema: of pages, payloads, inputs, and arguments of lists. Each is written once.

An element's own description has precedence. tests/api/test_descriptions.py finds elements without any description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from automate.kernel.limits import Limits

LIMITS = Limits()

TYPES: Mapping[str, str] = {
    "Query": "Reads. Each field declares the permission that it needs.",
    "Mutation": "Writes. Each field declares the permission that it needs; refusals are in `errors` of the payload.",
    "Subscription": "Streams of items, over WebSockets and server-sent events.",
}
SUFFIXES: Mapping[str, str] = {
    "Connection": "A page of a list.",
    "Edge": "One entry of a page, with its cursor.",
    "Payload": "The result of `{}`.",
    "Input": "The input of `{}`.",
    "Order": "Sorts a list by one of its columns. Objects with the same value are sorted by their ids.",
    "Filter": "Narrows a list. An entry must match all given fields; null matches everything.",
}
FIELDS: Mapping[str, str] = {
    "edges": "The entries of the page, in the order of the list.",
    "pageInfo": "The cursors of the page, and whether there are more entries before or after it.",
    "cursor": "The position of the entry in the list, for `after` or `before`.",
    "node": "The entry.",
    "errors": "Why the operation was refused. Empty if it succeeded.",
    "problems": "The faults. Empty if there is no fault.",
    "traceId": "The trace id that logs, errors and audit entries share: 32 hexadecimal digits.",
    "slug": "The name in URLs and references, unique in the tenant.",
    "createdFrom": "Created at this time or later.",
    "createdBefore": "Created before this time.",
    "receivedFrom": "Received at this time or later.",
    "receivedBefore": "Received before this time.",
    "intendedFrom": "Last tried at this time or later.",
    "intendedBefore": "Last tried before this time.",
    "states": "Any of these states.",
    "idempotencyKey": "The caller's key. A second request with the same key and input returns the first result and does nothing.",
}
ARGUMENTS: Mapping[str, str] = {
    "first": f"How many entries from the beginning, or after `after`: at most {LIMITS.page_size}.",
    "after": "The cursor after which the page begins.",
    "last": f"How many entries from the end, or before `before`: at most {LIMITS.page_size}.",
    "before": "The cursor before which the page ends.",
    "input": "The values of the mutation.",
    "filter": "Narrows the list. Null: all entries.",
    "order": "The column that the list is sorted by, and the direction. Null: newest first.",
    "id": "The global id, or the UUID.",
    "slug": "The slug, instead of the id.",
    "name": "The name.",
    "states": "Only entries in any of these states. Null: all states.",
    "outcome": "Only items with this outcome. Null: all items.",
    "difference": "Only events with this difference. Null: all events.",
    "workflow": "The slug or id of the workflow.",
    "definition": "The definition of the workflow, as for `saveWorkflow`.",
    "event": "The id of the event.",
    "when": "The condition, in JsonLogic.",
    "of": "The kind of the failures.",
    "open": "True: only invitations whose link works.",
    "active": "True: only tokens that are accepted. False: all tokens.",
    "archived": "True: only archived workflows. False: only others. Null: all.",
    "holding": "True: only breakers that hold runs. Null: all breakers.",
    "records": "The records to export.",
    "backtest": "The id of the backtest.",
    "operation": "The id of the bulk operation.",
    "tenant": "The external id of the tenant.",
    "token": "The token from the link of the mail.",
}


def describe_recurring(schema: GraphQLSchema) -> None:
    """Describe elements that have no description of their own."""
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        if kind.description is None:
            kind.description = TYPES.get(name) or _by_suffix(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                if field.description is None:
                    known = None if name.endswith("Order") else FIELDS.get(field_name)
                    field.description = known or _by_place(name, field_name, field.type)
                _describe_arguments(field)


def _describe_arguments(field: Any) -> None:
    for name, argument in getattr(field, "args", {}).items():
        if argument.description is None:
            argument.description = ARGUMENTS.get(name)


def _by_suffix(name: str) -> str | None:
    found = re.fullmatch(rf"(\w+)({'|'.join(SUFFIXES)})", name)
    if found is None:
        return None
    return SUFFIXES[found[2]].format(found[1][:1].lower() + found[1][1:])


def _by_place(type_name: str, field: str, kind: Any) -> str | None:
    """Describe the changed object of a payload, or the id of an input."""
    if type_name.endswith("Payload") and isinstance(get_named_type(kind), GraphQLObjectType):
        return "The object after the change. Null if the operation was refused."
    if type_name.endswith("Input") and get_named_type(kind) is GraphQLID:
        return f"The id of the {field}."
    if type_name.endswith("Order"):
        times = field.endswith("At")
        return (
            f"Sort by `{field}`." if times else f"Sort by the first 40 characters of `{field}`, without regard to case."
        )
    return None
