"""The door that every connector goes through: one call in, one output or one ConnectorError out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.connectors import ConnectorSpec


@dataclass(frozen=True)
class Call:
    """One attempt at one unit of work.

    input: the rendered ``with``, its SecretRefs resolved; it lives in this frame and nowhere else.
    idempotency_key: the same for every attempt at this effect. timeout_seconds: for the whole call, all redirects in.
    causation: a token (``automate.kernel.causation``) to send along, so that what comes back of the call is known as such.
    allowed_networks: the tenant's allow-list, CIDRs or ``host:port``, of inside addresses that it may reach.
    """

    input: Mapping[str, Json]
    idempotency_key: str
    traceparent: str
    causation: str
    timeout_seconds: float
    allowed_networks: Sequence[str]


class ConnectorError(NormalizedError):
    """A call that did not do what it was asked.

    retry_after_seconds: what the other side asked for. arrived: True where the other side may have acted
    (the request was sent, and no answer or a broken one came back), so that the outcome is uncertain.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: Mapping[str, Json] | None = None,
        retry_after_seconds: float | None = None,
        arrived: bool = False,
    ) -> None:
        super().__init__(code, message, details=details)
        self.retry_after_seconds = retry_after_seconds
        self.arrived = arrived


class Connector(Protocol):
    """spec: its face in the control plane. inline: True where the call does no input or output at all."""

    spec: ConnectorSpec
    inline: bool

    async def call(self, call: Call) -> Json:
        """The output, JSON of at most 1 MiB. Raises ConnectorError."""
        ...
