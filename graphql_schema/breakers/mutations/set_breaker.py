"""The mutation setBreaker: blocks or allows all calls to a host."""

from __future__ import annotations

import strawberry

from automate.effects.breakers.services import set_breaker
from automate.kernel.permissions import FORCE_BREAKERS
from graphql_schema.breakers.types import BreakerMode, CircuitBreaker, breaker_of
from graphql_schema.mutating import Payload, mutation


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
class SetBreakerPayload(Payload):
    breaker: CircuitBreaker | None = None


@strawberry.type
class SetBreaker:
    @mutation(
        FORCE_BREAKERS,
        "Force a circuit breaker, or return it to automatic control. All workers apply the change within two seconds.",
    )
    def set_breaker(self, input: SetBreakerInput) -> SetBreakerPayload:
        row = set_breaker(input.connector, input.host, input.mode.value, input.reason)
        return SetBreakerPayload(breaker=breaker_of(row))
