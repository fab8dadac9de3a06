"""The checks for connectors that call over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar, NoReturn, cast
from urllib.parse import urlsplit

from actors.connectors.base import Connector, ConnectorError, LookedUp, LooksUp
from actors.connectors.guard import Guard, OutboundRequest, OutboundResponse
from actors.connectors.guard.client import MAX_RESPONSE_BYTES
from actors.connectors.guard.failures import CERTIFICATE, NO_ADDRESS, NO_CONNECTION
from actors.connectors.hosts import addressed_hosts
from actors.sdk.contract.base import KEY, CallingContract, Outcome, Provoke, require, run
from actors.sdk.contract.faults import HANGS, UNCERTAIN_FAULTS, Fault
from actors.sdk.contract.peer import RETRY_AFTER_SECONDS, Answer, Peer, Service, stable
from automate.kernel.json_values import as_object
from automate.kernel.redaction import Scrubber
from automate.workflows.connectors import Failure

SHORT_SECONDS, PATIENT_SECONDS = 0.5, 10.0
MOST_REDIRECTS = 10
_DEEP = b"[" * 100 + b"]" * 100
_FULL = b'"' + b"a" * (MAX_RESPONSE_BYTES - 2) + b'"'
"""A body of the maximum size. It leaves no room for the rest of the output."""
_JSON = {"Content-Type": "application/json"}


class Rerouted(Guard):
    """An outbound guard that sends all requests to the test server."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self._peer = peer
        self.sent: list[OutboundRequest] = []

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        self.sent.append(request)
        url = urlsplit(request.url)
        there = f"{self._peer.origin}{url.path or '/'}" + (f"?{url.query}" if url.query else "")
        return await super().send(replace(request, url=there))

    async def connect(self, *_: object) -> NoReturn:
        raise AssertionError(
            "a connection was made for another protocol than HTTP. HttpContract tests calls over HTTP."
        )


class _NoRoute(Guard):
    def __init__(self, row: Failure) -> None:
        super().__init__()
        self._row = row

    async def send(self, _request: OutboundRequest) -> OutboundResponse:
        raise ConnectorError.of(self._row, self._row.when)


def _seconds(fault: Fault) -> float:
    return SHORT_SECONDS if fault in HANGS else PATIENT_SECONDS


class HttpContract(CallingContract):
    """The checks for connectors that call over HTTP. ``service`` simulates the system that the connector calls."""

    service: ClassVar[type[Service]] = Service

    @asynccontextmanager
    async def facing(self, fault: Fault = Fault.NONE) -> AsyncIterator[tuple[Peer, Connector, Rerouted]]:
        async with Peer(self.service(), fault) as peer:
            guard = Rerouted(peer)
            try:
                yield peer, self.make(guard), guard
            finally:
                await guard.aclose()

    async def meet(self, fault: Fault, *, seconds: float = SHORT_SECONDS) -> tuple[Outcome, Peer]:
        """Call the connector once, while the test server simulates ``fault``."""
        async with self.facing(fault) as (peer, connector, _):
            return await self.attempt(connector, self.call_of(seconds=seconds)), peer

    def failed(self, fault: Fault) -> ConnectorError:
        error = run(self.meet(fault, seconds=_seconds(fault)))[0].error
        if error is None:
            raise AssertionError(f"a call that met {fault.name} succeeded")
        return error

    def test_schema_round_trip(self) -> None:
        """Check that the sample matches the input schema, and that the output matches the output schema."""
        run(self._round_trip())

    async def _round_trip(self) -> None:
        async with self.facing() as (peer, connector, _):
            output = await self.succeed(connector, self.call_of())
            self.require_output(connector, output)
            self.require_no_secret(output, "the output")
            require(len(peer.service.done) == 1, f"one call had {len(peer.service.done)} effects on the service")

    def test_everything_leaves_through_the_guard(self) -> None:
        """The connector sends all of its requests through the outbound guard."""
        run(self._guarded())

    async def _guarded(self) -> None:
        async with self.facing() as (peer, connector, guard):
            outcome = await self.attempt(connector, self.call_of(allowed=()))
            require(peer.connections == 0, "the connector reached an inside address that is not in the allow-list")
            require(
                outcome.error is not None and outcome.error.code == "CONNECTOR_BLOCKED",
                "the connector did not report the guard's refusal",
            )
            guard.sent.clear()
            await self.succeed(connector, self.call_of())
            require(len(peer.requests) <= len(guard.sent), "a request did not go through the guard")

    def test_hosts_that_are_called_are_declared(self) -> None:
        """The spec declares each host to which the connector sends requests."""
        run(self._declared())

    async def _declared(self) -> None:
        async with self.facing() as (_, connector, guard):
            call = self.call_of()
            await self.succeed(connector, call)
            declared = set(addressed_hosts(connector.spec, call.input))
            called = {urlsplit(request.url).hostname or "" for request in guard.sent}
            # A connector without secrets cannot reveal one.
            kept = called <= declared or not connector.spec.secrets
            require(kept, f"hosts and host_fields of the spec do not name {', '.join(called - declared)}")

    def test_request_bears_key_and_trace(self) -> None:
        run(self._stamped())

    async def _stamped(self) -> None:
        async with self.facing() as (peer, connector, _):
            call = self.call_of()
            await self.succeed(connector, call)
            for request in peer.requests:
                require(
                    request.headers.get("traceparent") == call.traceparent, "a request does not have its traceparent"
                )
                require(
                    call.causation in request.headers.get("baggage", ""),
                    "a request does not have its causation in baggage",
                )
            keys = [request for request in peer.requests if KEY in request.text()]
            require(keys, "no request has the idempotency key")

    def test_idempotency_claim_holds(self) -> None:
        """After any failure, a repeated call sends the same request with the same idempotency key."""
        for fault in (*UNCERTAIN_FAULTS, Fault.RATE_LIMITED, Fault.REDIRECT_LOOP, Fault.WRONG_TYPE):
            run(self._repeat_after(fault))

    async def _repeat_after(self, fault: Fault) -> None:
        async with self.facing(fault) as (peer, connector, _):
            await self.attempt(connector, self.call_of(seconds=_seconds(fault)))
            (before, *_), peer.fault = stable(peer.requests), Fault.NONE
            peer.requests.clear()
            await self.succeed(connector, self.call_of())
            again = stable(peer.requests)
            require(again[0] == before, f"after {fault.name} a different request was sent")
            if connector.spec.effect != "unsafe":
                done = len(peer.service.done)
                require(
                    done == 1,
                    f"it claims to be {connector.spec.effect}, and after {fault.name} it acted {done} times",
                )

    def test_half_a_body_is_uncertain(self) -> None:
        self._require_uncertain(Fault.HALF_A_BODY)

    def _after(self, fault: Fault) -> ConnectorError:
        return self.failed(fault)

    def test_rate_limit_is_obeyed(self) -> None:
        error = self.failed(Fault.RATE_LIMITED)
        require(error.code == "CONNECTOR_RATE_LIMITED", f"429 gave {error.code}")
        asked = error.retry_after_seconds
        require(asked == RETRY_AFTER_SECONDS, f"Retry-After was {RETRY_AFTER_SECONDS}, but the error states {asked}")
        require(
            not error.arrived,
            "the service answered 429 and did nothing, but the error states that an effect is possible",
        )

    def test_redirect_loop_ends(self) -> None:
        outcome, peer = run(self.meet(Fault.REDIRECT_LOOP, seconds=SHORT_SECONDS * 4))
        require(outcome.error is not None, "an endless redirect must not succeed")
        require(
            len(peer.requests) <= MOST_REDIRECTS,
            f"the connector followed an endless redirect {len(peer.requests)} times",
        )

    def test_redirect_takes_no_secret_elsewhere(self) -> None:
        run(self._redirected_away())

    async def _redirected_away(self) -> None:
        async with Peer(Service()) as elsewhere, self.facing(Fault.REDIRECT_AWAY) as (peer, connector, _):
            peer.away = elsewhere.origin
            await self.attempt(connector, self.call_of())
            for request in elsewhere.requests:
                self.require_no_secret(request.text(), "a request that a redirect led to another origin")

    def test_wrong_content_type_is_told(self) -> None:
        """If an answer has a wrong content type, the call ends with a declared error or with a valid output."""
        outcome, _ = run(self.meet(Fault.WRONG_TYPE, seconds=PATIENT_SECONDS))
        if outcome.error is None:
            self.require_output(self.make(), outcome.output)

    def test_no_secret_comes_back(self) -> None:
        """The result contains no secret, even if the other system sends back the whole request."""
        scrubber = Scrubber(self.markers()) if self.markers() else None
        for fault in (Fault.ECHO, Fault.ECHO_REFUSED):
            outcome, _ = run(self.meet(fault, seconds=PATIENT_SECONDS))
            returned = outcome.output if outcome.error is None else outcome.error.as_json()
            kept = scrubber.scrub(returned) if scrubber else returned
            for value in self.markers():
                forms = (value, value[::-1], value.encode().hex()[::-1])
                require(not any(form in str(kept) for form in forms), f"a secret comes back after {fault.name}")

    def test_lookup_tells_the_truth(self) -> None:
        """A lookup reports what really happened."""
        if self.make().spec.lookup:
            run(self._look_up())

    async def _look_up(self) -> None:
        async with self.facing() as (peer, connector, _):
            plain = await self.succeed(connector, self.call_of(key=KEY[::-1]))
            before = len(peer.service.done)
            never = await self._looked_up(connector, "f" * 64)
            require(never.verdict != "happened", "lookup reports a call that was never made")
            peer.fault = Fault.TIME_OUT
            await self.attempt(connector, self.call_of(seconds=SHORT_SECONDS))
            done = len(peer.service.done)
            require(done == before + 1, "the service did nothing; it must act before it fails to answer")
            peer.fault = Fault.NONE
            found = await self._looked_up(connector, KEY)
            require(found.verdict == "happened", f"lookup reports {found.verdict} for a call that happened")
            self.require_output(connector, found.output)
            require(
                as_object(found.output).keys() == as_object(plain).keys(),
                "the output of lookup has other fields than the output of the call",
            )
            self.require_no_secret(found.output, "the output of lookup")
            require(len(peer.service.done) == done, "lookup caused an effect")
            for fault in UNCERTAIN_FAULTS:
                peer.fault = fault
                await self._require_unknown(connector, fault)

    async def _require_unknown(self, connector: Connector, fault: Fault) -> None:
        try:
            looked_up = await self._looked_up(connector, KEY, seconds=SHORT_SECONDS)
        except ConnectorError as error:
            self.require_of_table(connector, error)
        else:
            require(
                looked_up.verdict == "unknown",
                f"lookup got no answer ({fault.name}), and reports {looked_up.verdict}",
            )

    async def _looked_up(self, connector: Connector, key: str, *, seconds: float = 5.0) -> LookedUp:
        require(isinstance(connector, LooksUp), "the spec declares a lookup, which the connector does not have")
        # `require` narrows no type for mypy.
        return await cast("LooksUp", connector).lookup(self.call_of(key=key, seconds=seconds))

    def known_provocations(self) -> Mapping[str, Provoke]:
        return {
            **super().known_provocations(),
            "unauthorized": Provoke(answer=Answer(401)),
            "rate_limited": Provoke(fault=Fault.RATE_LIMITED),
            "unavailable": Provoke(answer=Answer(503)),
            "refused": Provoke(answer=Answer(422, json={"error": "no"})),
            "blocked": Provoke(allowed_networks=()),
            "timed_out": Provoke(fault=Fault.TIME_OUT),
            "broken": Provoke(fault=Fault.RESET),
            "redirects": Provoke(fault=Fault.REDIRECT_LOOP),
            "answer_too_large": Provoke(answer=Answer(body=b" " * (MAX_RESPONSE_BYTES + 1), headers=_JSON)),
            "answer_encoding": Provoke(answer=Answer(body=b"x", headers={**_JSON, "Content-Encoding": "br"})),
            "answer_too_deep": Provoke(answer=Answer(body=_DEEP, headers=_JSON)),
            "output_too_large": Provoke(answer=Answer(body=_FULL, headers=_JSON)),
            **{name: Provoke() for name in _BEFORE_SENDING},
        }

    async def provoke(self, provoke: Provoke, name: str) -> Outcome:
        if name in _BEFORE_SENDING and name not in self.provokes:
            return await self.attempt(self.make(_NoRoute(_BEFORE_SENDING[name])), self.call_of())
        async with self.facing(provoke.fault) as (peer, connector, _):
            peer.answer = provoke.answer
            call = self.call_of(provoke.input, seconds=SHORT_SECONDS * 2, allowed=provoke.allowed_networks)
            return await self.attempt(connector, call)


_BEFORE_SENDING: Mapping[str, Failure] = {row.name: row for row in (NO_ADDRESS, NO_CONNECTION, CERTIFICATE)}
