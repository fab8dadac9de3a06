"""The door that every connector goes through: one call in, one output or one ConnectorError out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.connectors import ConnectorSpec, Failure


@dataclass(frozen=True)
class Call:
    """One attempt at one unit of work.

    input: the rendered ``with``, its SecretRefs resolved; it lives in this frame and nowhere else.
    idempotency_key: the same for every attempt at this effect. timeout_seconds: for the whole call, all redirects in.
    causation: a token (``automate.kernel.causation``) to send along, so that what comes back of the call is known as such.
    allowed_networks: the tenant's allow-list, CIDRs or ``host:port``, of inside addresses that it may reach.
    """

    input: Mapping[str, Json] = field(repr=False)
    idempotency_key: str
    traceparent: str
    causation: str
    timeout_seconds: float
    allowed_networks: Sequence[str]


class ConnectorError(NormalizedError):
    """A call that did not do what it was asked. ``of`` makes one from a row of the connector's error table.

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
        """The error that the row describes: its code, and its name as ``details.failure``."""
        told = {"failure": failure.name, **(details or {})}
        return cls(failure.code, message, details=told, retry_after_seconds=retry_after_seconds, arrived=arrived)


@dataclass(frozen=True)
class LookedUp:
    """What became of an earlier call under the same key. output: what the call would have given, where it happened.
    reason: a sentence for people, where it is unknown.
    """

    verdict: Literal["happened", "did_not_happen", "unknown"]
    output: Json = None
    reason: str = ""


class Connector(Protocol):
    """spec: its face in the control plane. inline: True where the call does no input or output at all."""

    spec: ConnectorSpec
    inline: bool

    async def call(self, call: Call) -> Json:
        """The output, JSON of at most 1 MiB. Raises ConnectorError."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A connector that can ask the other side what became of a call; its spec says ``lookup=True``."""

    async def lookup(self, call: Call) -> LookedUp:
        """By ``call.idempotency_key``; the input is that of the call in question. It causes nothing.

        "did_not_happen" only where the call can no longer happen either. Raises ConnectorError where it could not ask.
        """
        ...


@runtime_checkable
class Previews(Protocol):
    """A connector that shows what it would send. Of one that does not, its input is shown."""

    def preview(self, call: Call) -> Json:
        """The rendered request as a JSON object. Sends nothing and resolves no name.

        In place of each secret ``call.input`` holds a word, which becomes the SecretRef in what is returned; so a schema
        asks nothing of a secret's shape, and a signature is not computed but said to be set when it is sent. Hiding what
        looks like a secret is not the connector's business. Raises ConnectorError BAD_USER_INPUT.
        """
        ...
