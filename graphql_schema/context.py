"""What every resolver knows of its caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo

from automate.kernel.principals import Principal
from automate.kernel.tenancy import TenantRef
from automate.runs.rehearsal.bounds import FOR_REQUESTS, Meter
from graphql_schema.payloads import PayloadBytes


@dataclass(frozen=True)
class Caller:
    """tenant is None for the platform's own token. still_welcome: asks the database again, for streams that last;
    raises NormalizedError once the token or the tenant no longer holds. depth: how many runs led to this request.
    payload_bytes: what is left for this answer. tests: what its tests may cost, all together. feed: where the resolver of a
    feed leaves its request; None outside of subscriptions."""

    principal: Principal
    tenant: TenantRef | None
    still_welcome: Callable[[], None]
    depth: int = 0
    payload_bytes: PayloadBytes = field(default_factory=PayloadBytes)
    tests: Meter = field(default_factory=lambda: Meter(FOR_REQUESTS))
    feed: FeedSlot | None = None


if TYPE_CHECKING:
    from graphql_schema.feeds.logs import FeedSlot

    Info = StrawberryInfo[Caller, None]
else:
    Info = StrawberryInfo[Any, Any]
