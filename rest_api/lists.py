"""Views that read a list or a single object from a root field of the GraphQL schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from graphql import GraphQLArgument, GraphQLNonNull, Undefined, is_input_object_type
from rest_framework.request import Request
from rest_framework.response import Response

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.loaded import AnswerData
from rest_api.fields import AnyField
from rest_api.operations import RestResponse
from rest_api.pagination import PARAMETERS, PLACES, TOTAL, SignedCursorPagination
from rest_api.shapes import SCHEMA, parameters_of
from rest_api.views import FILTER, PlatformView

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@dataclass(frozen=True)
class RestList:
    """A list in the REST API. A connection of the GraphQL schema provides the rows of the list."""

    field: str
    selection: str

    @cached_property
    def parameters(self) -> Mapping[str, AnyField]:
        """All query parameters that a request for the list can have."""
        return {**PARAMETERS, **self._own}

    @cached_property
    def document(self) -> FixedDocument:
        """The GraphQL operation that reads the list."""
        declared = [f"${TOTAL}: Boolean!", *(f"${name}: {_declared(entry)}" for name, entry in self._arguments.items())]
        passed = ", ".join(f"{name}: ${name}" for name in self._arguments)
        node = f"edges {{ node {self.selection} }} {PAGE_INFO} totalCount @include(if: ${TOTAL})"
        return FixedDocument.of("query", ", ".join(declared), f"{{ {self.field}({passed}) {{ {node} }} }}")

    def variables(self, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Convert the checked parameters of the request to GraphQL variables."""
        own = {name: given[name] for name in self._arguments if name in given}
        filters = {name: given[name] for name in self._filters if name in given}
        return {**own, **({FILTER: filters} if filters else {}), TOTAL: given.get(TOTAL, False)}

    @cached_property
    def _own(self) -> Mapping[str, AnyField]:
        # A parameter has one value: REST does not take the sorted lists of configuration.
        sorts = [name for name, one in self._arguments.items() if name == "order" and is_input_object_type(one.type)]
        return parameters_of(self.field, without={*PLACES, *sorts})

    @cached_property
    def _arguments(self) -> Mapping[str, GraphQLArgument]:
        root = SCHEMA.query_type
        return root.fields[self.field].args if root is not None else {}

    @cached_property
    def _filters(self) -> list[str]:
        return [name for name in self._own if name not in self._arguments]


@dataclass(frozen=True)
class Single:
    """A single object in the REST API. A root field of the GraphQL schema provides the object."""

    field: str
    argument: str
    selection: str
    noun: str

    @cached_property
    def document(self) -> FixedDocument:
        kind = "ID" if self.argument == "id" else "String"
        head = f"{self.field}({self.argument}: ${self.argument})"
        return FixedDocument.of("query", f"${self.argument}: {kind}!", f"{{ {head} {self.selection} }}")

    def shape(self, data: AnswerData) -> RestResponse:
        """Convert GraphQL data to a REST answer. Raises NOT_FOUND if the object does not exist."""
        found = data[self.field]
        if found is None:
            raise NormalizedError(
                "NOT_FOUND",
                f"No {self.noun} of this tenant has the identifier in the path. Check the identifier, and the tenant of the token.",
            )
        return RestResponse(found)


class ListView(PlatformView):
    """The view of a list. A GET request returns one page of the list."""

    listed: ClassVar[RestList]

    def get(self, request: Request) -> Response:
        paginator = SignedCursorPagination()
        given = self.query(self.listed.parameters)
        variables = {**self.listed.variables(given), **paginator.variables(request, given)}
        return self.perform(
            self.listed.document, variables, lambda data: RestResponse(paginator.body(data[self.listed.field]))
        )


def _declared(argument: GraphQLArgument) -> str:
    # If the argument has a default, the variable may be omitted.
    optional = argument.default_value is not Undefined
    kind = argument.type.of_type if optional and isinstance(argument.type, GraphQLNonNull) else argument.type
    return str(kind)
