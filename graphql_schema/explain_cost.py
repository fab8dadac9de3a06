"""The query explainCost: the price of a document, without execution."""

from __future__ import annotations

from typing import Annotated

import strawberry
from graphql import GraphQLSchema

from automate.kernel.errors import NormalizedError
from automate.kernel.problems import refusal_of
from graphql_schema.breakdown import Breakdown
from graphql_schema.context import Info
from graphql_schema.documents import operation_in, prepare
from graphql_schema.errors import QueryPayload
from graphql_schema.json_text import json_of
from graphql_schema.limits import DOCUMENT
from graphql_schema.scalars import JSON
from graphql_schema.variables import check_variables


@strawberry.type(description="The points of one field of an operation, including those of the fields below it.")
class FieldCost:
    path: list[str] = strawberry.field(description="The response keys that lead to the field, from the root.")
    points: int = strawberry.field(description="The points of this field together with everything below it.")


@strawberry.type(description="The price of an operation.")
class ExplainCostPayload(QueryPayload):
    requested: int = strawberry.field(
        description="The points that the caller needs to start the operation. The final charge depends on the "
        "actual work.",
    )
    maximum: int = strawberry.field(default=DOCUMENT.cost, description="The maximum price of one operation.")
    fields: list[FieldCost] = strawberry.field(
        description="The fields that cost points. A parent comes before its children."
    )


@strawberry.type
class CostQueries:
    @strawberry.field(
        description="The price of a document. The document is not executed. An invalid document has no price."
    )
    def explain_cost(
        self,
        info: Info,
        document: Annotated[str, strawberry.argument(description="A GraphQL document.")],
        variables: Annotated[
            JSON | None, strawberry.argument(description="An object with the values of its variables.")
        ] = None,
        operation_name: Annotated[
            str | None, strawberry.argument(description="The name of the operation, if the document has several.")
        ] = None,
    ) -> ExplainCostPayload:
        raw = info._raw_info  # noqa: SLF001 - strawberry offers no other way to the schema
        return _explained(raw.schema, document, json_of(variables), operation_name)


def _explained(schema: GraphQLSchema, document: str, variables: object, name: str | None) -> ExplainCostPayload:
    # Raises NormalizedError if the document is invalid.
    if not isinstance(variables, dict | None):
        raise NormalizedError("BAD_USER_INPUT", "`variables` must be a JSON object or null.", path=["variables"])
    prepared = prepare(schema, document)
    if prepared.document is None:
        raise refusal_of([known for _, known in prepared.problems])
    node = operation_in(prepared.document, name)
    values = variables or {}
    check_variables(schema, node, values)
    priced = prepared.operations[node.name.value if node.name else ""]
    found = Breakdown(schema, prepared.document, node, values)
    return ExplainCostPayload(
        requested=priced.cost.of(values),
        fields=[FieldCost(path=list(path), points=points) for path, points in found],
    )
