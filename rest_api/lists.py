"""GET of lists and of single objects, for any root field of the GraphQL schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from graphql import GraphQLNonNull, Undefined, is_input_object_type
from rest_framework.request import Request
from rest_framework.response import Response

from automate.kernel.errors import NormalizedError
from graphql_schema.fixed_documents import FixedDocument
from rest_api.operations import RestResponse
from rest_api.pagination import PARAMETERS, PLACES, TOTAL, SignedCursorPagination
from rest_api.shapes import SCHEMA, parameters_of
from rest_api.views import FILTER, PlatformView

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@dataclass(frozen=True)
class RestList:
    """A root connection of the schema. selection: of each node."""

    field: str
    selection: str

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the query: those of the page, and the arguments and filters of the field."""
        return {**PARAMETERS, **self._own}

    @cached_property
    def document(self) -> FixedDocument:
        """The GraphQL operation of the list, with a variable for each argument of the field."""
        declared = [f"${TOTAL}: Boolean!", *(f"${name}: {_declared(entry)}" for name, entry in self._arguments.items())]
        passed = ", ".join(f"{name}: ${name}" for name in self._arguments)
        node = f"edges {{ node {self.selection} }} {PAGE_INFO} totalCount @include(if: ${TOTAL})"
        return FixedDocument.of("query", ", ".join(declared), f"{{ {self.field}({passed}) {{ {node} }} }}")

    def variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables for the field's arguments, except those of the page. given: the checked parameters."""
        own = {name: given[name] for name in self._arguments if name in given}
        filters = {name: given[name] for name in self._filters if name in given}
        return {**own, **({FILTER: filters} if filters else {}), TOTAL: given.get(TOTAL, False)}

    @cached_property
    def _own(self) -> Mapping[str, Any]:
        # A parameter has one value: REST does not take the sorted lists of configuration.
        sorts = [name for name, one in self._arguments.items() if name == "order" and is_input_object_type(one.type)]
        return parameters_of(self.field, without={*PLACES, *sorts})

    @cached_property
    def _arguments(self) -> Mapping[str, Any]:
        root = SCHEMA.query_type
        return root.fields[self.field].args if root is not None else {}

    @cached_property
    def _filters(self) -> list[str]:
        return [name for name in self._own if name not in self._arguments]


@dataclass(frozen=True)
class Single:
    """A root object of the schema, found by one of the field's arguments. noun: its name in the error for an unknown object."""

    field: str
    argument: str
    selection: str
    noun: str

    @cached_property
    def document(self) -> FixedDocument:
        kind = "ID" if self.argument == "id" else "String"
        head = f"{self.field}({self.argument}: ${self.argument})"
        return FixedDocument.of("query", f"${self.argument}: {kind}!", f"{{ {head} {self.selection} }}")

    def shape(self, data: Mapping[str, Any]) -> RestResponse:
        """Convert the data to the answer. Raises NormalizedError NOT_FOUND, with the same message for an unknown id and for
        another tenant's id.
        """
        found = data[self.field]
        if found is None:
            raise NormalizedError(
                "NOT_FOUND", f"There is no such {self.noun}. Check the id, and the tenant of the token."
            )
        return RestResponse(found)


class ListView(PlatformView):
    """A list, page by page."""

    listed: ClassVar[RestList]

    def get(self, request: Request) -> Response:
        paginator = SignedCursorPagination()
        given = self.query(self.listed.parameters)
        variables = {**self.listed.variables(given), **paginator.variables(request, given)}
        return self.perform(
            self.listed.document, variables, lambda data: RestResponse(paginator.body(data[self.listed.field]))
        )


def _declared(argument: Any) -> str:
    """The declaration of a variable. An optional variable is nullable, so that the argument's own default applies."""
    optional = argument.default_value is not Undefined
    kind = argument.type.of_type if optional and isinstance(argument.type, GraphQLNonNull) else argument.type
    return str(kind)
