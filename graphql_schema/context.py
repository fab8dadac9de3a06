"""Describes the caller of a GraphQL operation. Resolvers use this description."""

from __future__ import annotations

from dataclasses import dataclass, field

from strawberry.types import Info as StrawberryInfo

from automate.kernel.principals import Principal
from automate.kernel.tenancy import TenantRef
from automate.simulation.rehearsal.bounds import FOR_REQUESTS, RehearsalMeter
from graphql_schema.loaded import Selections
from graphql_schema.payloads import PayloadBytes
from graphql_schema.token_watch import Standing


@dataclass
class FeedSlot:
    # graphql-core passes on only the items of a stream, so the resolver cannot return the request.
    request: object = None
    """A FeedRequest, whose module imports this one."""


@dataclass(frozen=True)
class Caller:
    """The caller of one operation."""

    principal: Principal
    tenant: TenantRef | None
    """None for the platform's own token."""
    depth: int = 0
    """The length of the chain of runs that caused this request; 0 if no run caused it."""
    payload_bytes: PayloadBytes = field(default_factory=PayloadBytes)
    """How many bytes of payloads the answer may still contain."""
    tests: RehearsalMeter = field(default_factory=lambda: RehearsalMeter(FOR_REQUESTS))
    """Limits the work of all workflow tests of this operation together."""
    proof: str = field(default="", repr=False)
    """Proves to the database that the token was presented. Operations that write tokens need the proof."""
    standing: Standing | None = None
    """Reports the end of the token during a subscription. None for other operations."""
    feed: FeedSlot | None = None
    """Receives the request of a feed from its resolver. None if the operation is no subscription."""
    selections: Selections = field(default_factory=dict, repr=False, compare=False)
    """Compiled selections of the document, see ``graphql_schema.straight``."""


Info = StrawberryInfo[Caller, None]
