"""What every resolver knows of its caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo

from automate.kernel.principals import Principal
from automate.kernel.tenancy import TenantRef
from automate.simulation.rehearsal.bounds import FOR_REQUESTS, Meter
from graphql_schema.payloads import PayloadBytes
from graphql_schema.token_watch import Standing


@dataclass
class FeedSlot:
    """Where the resolver of a feed leaves its request. graphql-core takes only the items of a stream from a resolver."""

    request: Any = None
    """A FeedRequest."""


@dataclass(frozen=True)
class Caller:
    """tenant is None for the platform's own token. standing: of the token while a subscription lasts; None for other operations.
    depth: how many runs led to this request. payload_bytes: what is left for this answer. tests: what its tests may cost, all together. proof: of the token, for verbs that
    write tokens. feed: where the resolver of a feed leaves its request; None outside of subscriptions. selections: what
    straight reads have compiled of the document."""

    principal: Principal
    tenant: TenantRef | None
    depth: int = 0
    payload_bytes: PayloadBytes = field(default_factory=PayloadBytes)
    tests: Meter = field(default_factory=lambda: Meter(FOR_REQUESTS))
    proof: str = field(default="", repr=False)
    standing: Standing | None = None
    feed: FeedSlot | None = None
    selections: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)


if TYPE_CHECKING:
    Info = StrawberryInfo[Caller, None]
else:
    Info = StrawberryInfo[Any, Any]
