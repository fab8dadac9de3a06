"""The caller of an operation, as resolvers see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo

from automate.kernel.principals import Principal
from automate.kernel.tenancy import TenantRef
from automate.simulation.rehearsal.bounds import FOR_REQUESTS, RehearsalMeter
from graphql_schema.payloads import PayloadBytes
from graphql_schema.token_watch import Standing


@dataclass
class FeedSlot:
    """Holds the request of a feed. Its resolver stores the request here, because graphql-core passes on only the items of a
    stream.
    """

    request: Any = None
    """A FeedRequest."""


@dataclass(frozen=True)
class Caller:
    """The caller of one operation."""

    principal: Principal
    tenant: TenantRef | None
    """None for the platform's own token."""
    depth: int = 0
    """The number of runs in the chain that led to this request."""
    payload_bytes: PayloadBytes = field(default_factory=PayloadBytes)
    """The bytes of payloads that this answer may still have."""
    tests: RehearsalMeter = field(default_factory=lambda: RehearsalMeter(FOR_REQUESTS))
    """The limit of all its tests together."""
    proof: str = field(default="", repr=False)
    """Proves the token to the database, for operations that write tokens."""
    standing: Standing | None = None
    """Watches the token during a subscription; None for other operations."""
    feed: FeedSlot | None = None
    """The slot for a feed's request; None outside of subscriptions."""
    selections: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Compiled selections of the document, for straight reads."""


if TYPE_CHECKING:
    Info = StrawberryInfo[Caller, None]
else:
    Info = StrawberryInfo[Any, Any]
