"""The mutation setBreaker: blocks or allows all calls to a host."""

from __future__ import annotations

import strawberry

from automate.effects.breakers.services import set_breaker
from automate.kernel.permissions import FORCE_BREAKERS
from graphql_schema.breakers.types import BreakerMode, CircuitBreaker, breaker_of
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class SetBreakerInput:
    connector: str = strawberry.field(description="The connector, as in a step's `uses`.")
    host: str = strawberry.field(
        description="The host, with its port unless that is the default of HTTP or HTTPS. If an effect's `target` "
        "is a $secret: reference, give that reference."
    )
    mode: BreakerMode = strawberry.field(
        description="Whether the breaker blocks calls, allows calls, or decides automatically."
    )
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type
class SetBreakerPayload:
    breaker: CircuitBreaker | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SetBreaker:
    @strawberry.mutation(
        extensions=[Requires(FORCE_BREAKERS)],
        description="Force a circuit breaker, or return it to automatic control. Other workers follow within two seconds.",
    )
    @refusals_in(SetBreakerPayload)
    def set_breaker(self, info: Info, input: SetBreakerInput) -> SetBreakerPayload:  # noqa: A002 - Relay's word
        row = set_breaker(input.connector, input.host, input.mode.value, input.reason)
        return planned(info, SetBreakerPayload(breaker=breaker_of(row)))
