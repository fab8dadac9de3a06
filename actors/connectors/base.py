"""The interface of every connector: one call in, one output or one ConnectorError out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.connectors import ConnectorSpec, Failure


@dataclass(frozen=True)
class Call:
    """One attempt of a step's call."""

    input: Mapping[str, Json] = field(repr=False)
    """The rendered ``with`` with resolved SecretRefs. It exists only in this frame."""
    idempotency_key: str
    """The same for every attempt of this effect."""
    traceparent: str
    causation: str
    """A token (``automate.kernel.causation``) to send along. It marks later events that this call causes."""
    timeout_seconds: float
    """For the whole call, with all redirects."""
    allowed_networks: Sequence[str]
    """The tenant's allow-list: CIDRs or ``host:port`` of inside addresses."""


class ConnectorError(NormalizedError):
    """A call that failed. ``of`` creates one from a row of the connector's error table.

    retry_after_seconds: as the server asked. arrived: True if the server may have acted, so that the outcome is
    uncertain: the request was sent, and no complete answer came back.
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

    @classmethod
    def of(
        cls,
        failure: Failure,
        message: str,
        *,
        details: Mapping[str, Json] | None = None,
        retry_after_seconds: float | None = None,
        arrived: bool = False,
    ) -> ConnectorError:
        """An error from a row: its code, and the row's name as ``details.failure``."""
        all_details = {"failure": failure.name, **(details or {})}
        return cls(failure.code, message, details=all_details, retry_after_seconds=retry_after_seconds, arrived=arrived)


@dataclass(frozen=True)
class LookedUp:
    """The outcome of an earlier call under the same key."""

    verdict: Literal["happened", "did_not_happen", "unknown"]
    output: Json = None
    """The output of the call, if it happened."""
    reason: str = ""
    """A sentence for people, if the outcome is unknown."""


class Connector(Protocol):
    """A connector."""

    spec: ConnectorSpec
    """The connector's description for the control plane."""
    inline: bool
    """True if the call does no input or output."""

    async def call(self, call: Call) -> Json:
        """Make the call. Returns JSON of at most 1 MiB. Raises ConnectorError."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A connector that can look up the outcome of a call. Its spec has ``lookup=True``."""

    async def lookup(self, call: Call) -> LookedUp:
        """Look up a call by ``call.idempotency_key``; the input is that of the call. Must not change anything.

        Return "did_not_happen" only if the call cannot happen later either. Raises ConnectorError if the lookup
        failed.
        """
        ...


@runtime_checkable
class Previews(Protocol):
    """A connector that can show its request. For other connectors, the preview shows the input."""

    def preview(self, call: Call) -> Json:
        """The rendered request as a JSON object. Sends nothing and resolves no name.

        ``call.input`` has a placeholder instead of each secret; the placeholder becomes the SecretRef in the result.
        So a schema must accept any text as a secret, and a signature is not computed but marked as set when it is
        sent. The connector need not hide values that look like secrets. Raises ConnectorError BAD_USER_INPUT.
        """
        ...
