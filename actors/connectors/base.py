"""The interface of connectors. A call returns an output or raises a ConnectorError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec, Failure


@dataclass(frozen=True)
class Call:
    """One attempt to make the call of a step."""

    input: Mapping[str, JsonValue] = field(repr=False)
    """The rendered ``with`` with resolved SecretRefs. It exists only in this frame."""
    idempotency_key: str
    """The same for every attempt of this effect."""
    traceparent: str
    causation: str
    """A token (``automate.kernel.causation``) to send along. It marks later events that this call causes."""
    timeout_seconds: float
    """The time limit of the whole call, including redirects."""
    allowed_networks: Sequence[str]
    """The tenant's allow-list: CIDRs or ``host:port`` of internal addresses."""


class ConnectorError(NormalizedError):
    """A failed call of a connector.

    - retry_after_seconds: the delay that the server asked for.
    - arrived: whether the receiver may have acted on the call despite the error.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: Mapping[str, JsonValue] | None = None,
        retry_after_seconds: float | None = None,
        arrived: bool = False,
    ) -> None:
        super().__init__(code, message, details=details)
        self.retry_after_seconds = retry_after_seconds
        self.arrived = arrived
        # Set by the guard: it is certain that nothing of the request was sent.
        self.unsent = False

    @classmethod
    def of(
        cls,
        failure: Failure,
        message: str,
        *,
        details: Mapping[str, JsonValue] | None = None,
        retry_after_seconds: float | None = None,
        arrived: bool = False,
    ) -> ConnectorError:
        """Create the error that ``failure`` describes. ``failure`` is a row of the error table."""
        all_details = {"failure": failure.name, **(details or {})}
        return cls(failure.code, message, details=all_details, retry_after_seconds=retry_after_seconds, arrived=arrived)


@dataclass(frozen=True)
class LookedUp:
    """The result of a lookup: whether an earlier call took effect."""

    verdict: Literal["happened", "did_not_happen", "unknown"]
    output: JsonValue = None
    """The output of the call, if it happened."""
    reason: str = ""
    """A sentence for people, if the outcome is unknown."""


class Connector(Protocol):
    """A connector."""

    spec: ConnectorSpec
    """The connector's description for the control plane."""
    inline: bool
    """True if the call does no input or output."""

    async def call(self, call: Call) -> JsonValue:
        """Make the call. Returns JSON of at most 1 MiB. Raises ConnectorError if the call failed."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A connector that can find out whether an earlier call took effect. Its spec must set ``lookup=True``."""

    async def lookup(self, call: Call) -> LookedUp:
        """Find out whether an earlier call with ``call.idempotency_key`` took effect. Changes nothing.

        Return "did_not_happen" if the earlier call has had no effect and can have none later. If the earlier call can
        still take effect, return "unknown".

        Raises ConnectorError if the lookup failed.
        """
        ...


@runtime_checkable
class Previews(Protocol):
    """A connector that can show the request that a call would send."""

    def preview(self, call: Call) -> JsonValue:
        """Return the request that ``call`` would send, as a JSON object. Sends nothing. Raises BAD_USER_INPUT.

        ``call.input`` contains a placeholder for each secret. The returned request also has a placeholder for a signature.
        """
        ...
