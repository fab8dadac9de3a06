"""The query ``connectors``."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import CODES
from automate.kernel.permissions import VIEW_WORKFLOWS
from automate.runs.choices import EffectClass
from automate.workflows.connectors import ConnectorSpec, Failure
from automate.workflows.services import connector_specs
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON


@strawberry.type(description="One kind of error with which a step of a connector can fail.")
class ConnectorFailure:
    name: str = strawberry.field(description="The name of the failure, as in `details.failure` of a step's error.")
    code: str = strawberry.field(description="The code of the error, from the catalogue of codes.")
    retryable: bool = strawberry.field(description="Whether the step is tried again.")
    may_have_arrived: bool = strawberry.field(
        description="Whether the effect may have happened although the step failed."
    )
    when: str = strawberry.field(description="When the step fails in this way.")


@strawberry.type(description="A connector that a step can use.")
class Connector:
    name: str = strawberry.field(description="The name that a step gives in `uses`.")
    title: str = strawberry.field(description="The name that people see.")
    description: str = strawberry.field(description="What the connector does.")
    effect: EffectClass = strawberry.field(description="The connector's declaration about repeated calls.")
    lookup: bool = strawberry.field(
        description="Whether the connector can find out afterwards whether a call happened."
    )
    takes_secrets: bool = strawberry.field(description="Whether the connector's input may name secrets.")
    hosts: list[str] = strawberry.field(description="The hosts that the connector always calls, whatever its input.")
    host_fields: list[str] = strawberry.field(
        description="The fields of the input that name further hosts, written as dotted paths."
    )
    input_schema: JSON = strawberry.field(description="The JSON Schema 2020-12 of the input, with titles and examples.")
    output_schema: JSON = strawberry.field(description="The JSON Schema of the output.")
    failures: list[ConnectorFailure] = strawberry.field(description="The errors with which a step can fail.")


@strawberry.type
class ConnectorQueries:
    @strawberry.field(extensions=[Requires(VIEW_WORKFLOWS)], description="All connectors, by name.")
    def connectors(self) -> list[Connector]:
        return [_connector(spec) for _, spec in sorted(connector_specs().items())]


def _connector(spec: ConnectorSpec) -> Connector:
    return Connector(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        effect=EffectClass(spec.effect),
        lookup=spec.lookup,
        takes_secrets=spec.secrets,
        hosts=list(spec.hosts),
        host_fields=[".".join(field.path) for field in spec.host_fields],
        input_schema=JSON(dict(spec.input_schema)),
        output_schema=JSON(dict(spec.output_schema)),
        failures=[_failure(row) for row in spec.failures],
    )


def _failure(row: Failure) -> ConnectorFailure:
    return ConnectorFailure(
        name=row.name,
        code=row.code,
        retryable=CODES[row.code].retryable,
        may_have_arrived=row.may_have_arrived,
        when=row.when,
    )
