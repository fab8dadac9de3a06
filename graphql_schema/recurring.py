"""Descriptions that many elements of the schema share."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphql import (
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    get_named_type,
)

from automate.kernel.limits import Limits

LIMITS = Limits()

TYPES: Mapping[str, str] = {
    "Query": "Reads data. Each field requires a permission.",
    "Mutation": "Changes data. Each field requires a permission. If an operation is refused, the reasons are in "
    "`errors` of the payload.",
    "Subscription": "Streams of items over WebSockets or server-sent events.",
}
SUFFIXES: Mapping[str, str] = {
    "Connection": "A page of a list.",
    "Edge": "One entry of a page, with its cursor.",
    "Payload": "The result of `{}`.",
    "Input": "The input of `{}`.",
    "Order": "Sorts a list by one of its columns. Objects with the same value are sorted by their ids.",
    "Filter": "Selects entries of a list. An entry must match all given fields. A field that is null matches "
    "every entry.",
}
FIELDS: Mapping[str, str] = {
    "edges": "The entries of the page, in the order of the list.",
    "pageInfo": "The cursors of the page, and whether there are more entries before or after it.",
    "cursor": "The position of the entry in the list. Pass it as `after` or `before`.",
    "node": "The entry.",
    "errors": "Why the operation was refused. Empty if it succeeded.",
    "problems": "What is wrong. Empty if nothing is wrong.",
    "traceId": "The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    "slug": "The name in URLs and references. It is unique in the tenant.",
    "createdFrom": "Created at this time or later.",
    "createdBefore": "Created before this time.",
    "finishedFrom": "Ended at this time or later. Runs that have not ended do not match.",
    "finishedBefore": "Ended before this time. Runs that have not ended do not match.",
    "receivedFrom": "Received at this time or later.",
    "receivedBefore": "Received before this time.",
    "intendedFrom": "Last tried at this time or later.",
    "intendedBefore": "Last tried before this time.",
    "states": "Entries in any of these states.",
    "AND": "Only entries that match this filter too.",
    "OR": "Also entries that match this filter, even if they do not match the fields beside `OR`.",
    "NOT": "Only entries that do not match this filter.",
    "idempotencyKey": "A key that the caller chooses. A second request with the same key and input does nothing, and "
    "returns the first result.",
}
ARGUMENTS: Mapping[str, str] = {
    "first": f"How many entries from the beginning, or after `after`: at most {LIMITS.page_size}.",
    "after": "The cursor after which the page begins.",
    "last": f"How many entries from the end, or before `before`: at most {LIMITS.page_size}.",
    "before": "The cursor before which the page ends.",
    "input": "The values of the mutation.",
    "filter": "Selects entries of the list. Null selects all.",
    "order": "The column by which the list is sorted, and the direction. Null: newest first.",
    "id": "The global id of the object, or its UUID.",
    "slug": "The slug of the object. Give it instead of the id.",
    "name": "The name.",
    "states": "Only entries in any of these states. Null: all states.",
    "outcome": "Only items with this outcome. Null: all items.",
    "difference": "Only events with this difference. Null: all events.",
    "workflow": "The slug or id of the workflow.",
    "definition": "The definition of the workflow, as for `saveWorkflow`.",
    "event": "The id of the event.",
    "when": "The condition, in JsonLogic.",
    "of": "Whether to group failures of runs or of dead jobs.",
    "open": "True: only invitations whose link still works.",
    "active": "True: only tokens that are still accepted. False: all tokens.",
    "archived": "True: only archived workflows. False: only workflows that are not archived. Null: all.",
    "holding": "True: only circuit breakers that hold runs back. Null: all.",
    "records": "The records to export.",
    "backtest": "The id of the backtest.",
    "operation": "The id of the bulk operation.",
    "tenant": "The tenant's slug.",
    "token": "The token in the link of the invitation mail.",
}


def describe_recurring(schema: GraphQLSchema) -> None:
    # To elements without a description of their own.
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


def _describe_arguments(field: object) -> None:
    for name, argument in getattr(field, "args", {}).items():
        if argument.description is None:
            argument.description = ARGUMENTS.get(name)


def _by_suffix(name: str) -> str | None:
    found = re.fullmatch(rf"(\w+)({'|'.join(SUFFIXES)})", name)
    if found is None:
        return None
    subject, suffix = found.groups()
    return SUFFIXES[suffix].format(subject[:1].lower() + subject[1:])


def _by_place(type_name: str, field: str, kind: GraphQLType) -> str | None:
    # The changed object of a payload, the id in an input, or a column to sort by.
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
