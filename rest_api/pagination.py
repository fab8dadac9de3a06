"""Pages of lists in REST. GraphQL and REST have the same cursors."""

from __future__ import annotations

from collections.abc import Mapping

from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import Limits
from graphql_schema.loaded import AnswerData
from rest_api.errors import InvalidInput
from rest_api.fields import AnyField, Switch, Text, WholeNumber

LIMITS = Limits()
CURSOR, BEFORE, LIMIT, TOTAL = "cursor", "before", "limit", "total"
PLACES = {"first": LIMIT, "last": LIMIT, "after": CURSOR, "before": BEFORE}
"""GraphQL's arguments, each with the parameter that sets it."""

PARAMETERS: Mapping[str, AnyField] = {
    CURSOR: Text(
        required=False, help_text="Results after this cursor: the `cursor` of an earlier page of the same list."
    ),
    BEFORE: Text(required=False, help_text="Results before this cursor. It cannot be combined with `cursor`."),
    LIMIT: WholeNumber(
        required=False,
        from_text=True,
        min_value=1,
        max_value=LIMITS.page_size,
        help_text=f"The maximum of results in a page. Default: {LIMITS.default_page_size}.",
    ),
    TOTAL: Switch(
        required=False,
        from_text=True,
        help_text="Whether to count all results of the list, in `total`. The count is exact to 10,000; 10,001 means more.",
    ),
}


class SignedCursorPagination(CursorPagination):
    """Reads the parameters ``cursor`` and ``limit`` of a list.

    For the previous page, clients send ``before`` instead of ``cursor``.
    """

    page_size = LIMITS.default_page_size
    max_page_size = LIMITS.page_size
    cursor_query_param = CURSOR
    page_size_query_param = LIMIT
    path = ""
    """The path of the request, with its query."""

    def variables(self, request: Request, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the GraphQL arguments that select the page. Raises InvalidInput if the request has two cursors."""
        # Relative, because a proxy in front of the server may have another scheme, host and port.
        self.path = request.get_full_path()
        limit = given.get(LIMIT, self.page_size)
        if CURSOR in given and BEFORE in given:
            problem = "`before` cannot be combined with `cursor`. Send only one of the two parameters."
            raise InvalidInput([{"message": problem, "source": {"parameter": BEFORE}}])
        if BEFORE in given:
            return {"last": limit, "before": given[BEFORE]}
        return {"first": limit, "after": given.get(CURSOR)}

    def body(self, connection: AnswerData) -> dict[str, JsonValue]:
        """Return the body for a page of a list."""
        info = connection["pageInfo"]
        return {
            "results": [edge["node"] for edge in connection["edges"]],
            "next": self._link(CURSOR, info["endCursor"]) if info["hasNextPage"] else None,
            "previous": self._link(BEFORE, info["startCursor"]) if info["hasPreviousPage"] else None,
            "cursor": info["endCursor"],
            **({"total": connection["totalCount"]} if "totalCount" in connection else {}),
        }

    def _link(self, name: str, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        other = BEFORE if name == CURSOR else CURSOR
        return replace_query_param(remove_query_param(self.path, other), name, cursor)


def page_of(name: str, result: type[serializers.Serializer[object]]) -> type[serializers.Serializer[object]]:
    """Create the serializer of a page of results."""
    link = {"allow_null": True, "required": True}
    return type(
        name,
        (serializers.Serializer,),
        {
            "__doc__": "A page of a list.",
            "results": serializers.ListField(child=result()),
            "next": Text(help_text="The next page, as a path with its query. Null on the last page.", **link),
            "previous": Text(help_text="The page before. Null on the first page.", **link),
            "cursor": Text(help_text="The position after the last result. Null for an empty page.", **link),
            "total": WholeNumber(required=False, help_text="Present if the request has `total=true`."),
        },
    )
