"""The checks for ``email.send``.

After a failure before the message, the error must state that nothing was sent. After a later failure it must state that
the mail may have been sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from actors.connectors.base import Connector, ConnectorError
from actors.connectors.guard import Guard, LineStream, connect_failures
from actors.connectors.guard.ports import Ports
from actors.connectors.hosts import addressed_hosts
from actors.sdk.contract.base import KEY, UNCERTAIN_CODES, CallingContract, Outcome, Provoke, require, run
from actors.sdk.contract.faults import UNCERTAIN_FAULTS, Fault
from automate.kernel.redaction import Scrubber
from automate.workflows.connectors import Failure
from tests.support.certificates import Authority
from tests.support.mail_peer import GREETING, MESSAGE, TLS_PORT, MailPeer, MailService, Says

SHORT_SECONDS = 1.0
"""The timeout of a call that must end by its deadline: long enough to hand over an encrypted message."""
KEY_CHARACTERS = 32
"""The minimum number of the key's characters in a message."""
MAY_PASS = frozenset({"CONNECTOR_TRANSIENT", "CONNECTOR_RATE_LIMITED"})
FOR_GOOD = frozenset({"CONNECTOR_REFUSED", "CONNECTOR_AUTH"})
FOR_NOW = ("421 4.3.2 Closing for a while", "451 4.7.1 Come back later", Fault.RATE_LIMITED)
NO_SMTP = ("220", "999 what", "25", "", "250-one\r\n251 two", "a" * 20_000, "354 send it", Fault.WRONG_TYPE)
_NO_PLACE = frozenset({"QUIT", "RSET", "NOOP", "STARTTLS"})
_INJECTIONS = (
    "\r\nX-Injected: yes",
    "\r\nRCPT TO:<eve@contract.example>\r\n",
    "\r\n.\r\nMAIL FROM:<eve@contract.example>\r\nRCPT TO:<eve@contract.example>\r\nDATA\r\n",
    "\nBcc: eve@contract.example",
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")


@dataclass(frozen=True)
class MailProvoke(Provoke):
    """How to cause one kind of failure of a mail connector."""

    says: Mapping[str, str | Fault] = field(default_factory=dict)
    """The replies or the behaviour of the mail server, by the verb of the command."""


class ReroutedMail(Guard):
    """The outbound guard with all connections to the test server."""

    def __init__(self, peer: MailPeer) -> None:
        self._authority, self._peer = Authority(), peer
        super().__init__(resolver=_here, ssl_context=self._authority.client_context())
        self.connected: list[tuple[str, int]] = []

    async def connect(self, host: str, port: int, allowed_networks: Sequence[str], ports: Ports) -> LineStream:
        self.connected.append((host, port))
        self._peer.certificate = self._authority.server_context(host)
        self._peer.tls_at_once = port == TLS_PORT
        return await super().connect(host, self._peer.port, allowed_networks, ports)

    async def send(self, _request: object) -> Any:
        raise AssertionError("an HTTP request was sent. Use HttpContract for HTTP.")


async def _here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


class _NoRoute(Guard):
    def __init__(self, row: Failure) -> None:
        super().__init__()
        self._row = row

    async def connect(self, *_: object) -> Any:
        raise ConnectorError.of(self._row, self._row.when)


class SmtpContract(CallingContract):
    """The checks for ``email.send``.

    The test server offers STARTTLS, and expects TLS at once on port 465. Its certificate is for the host that the
    connector calls. It accepts any login.

    service: a substitute for the receiving mail system, created for each check.
    """

    service: ClassVar[type[MailService]] = MailService

    @asynccontextmanager
    async def facing(self, says: Says | None = None) -> AsyncIterator[tuple[MailPeer, Connector, ReroutedMail]]:
        async with MailPeer(self.service(), says) as peer:
            guard = ReroutedMail(peer)
            try:
                yield peer, self.make(guard), guard
            finally:
                await guard.aclose()

    async def meet(self, says: Says, *, seconds: float = SHORT_SECONDS) -> tuple[Outcome, MailPeer]:
        """Make one call with the sample to a mail server that gives these replies."""
        async with self.facing(says) as (peer, connector, _):
            return await self.attempt(connector, self.call_of(seconds=seconds)), peer

    def failed(self, says: Says, *, seconds: float = SHORT_SECONDS) -> tuple[ConnectorError, MailPeer]:
        outcome, peer = run(self.meet(says, seconds=seconds))
        if outcome.error is None:
            raise AssertionError(f"a call that met {_shown(says)} succeeded")
        return outcome.error, peer

    def places(self) -> list[str]:
        """Return the points at which a server may refuse a mail or break the connection."""
        _, peer = run(self.meet({}, seconds=5.0))
        return [GREETING, *(verb for verb in dict.fromkeys(peer.verbs) if verb not in _NO_PLACE), MESSAGE]

    # Checks

    def test_schema_round_trip(self) -> None:
        """Check that the sample matches the input schema, and that the output matches the output schema."""
        run(self._round_trip())

    async def _round_trip(self) -> None:
        async with self.facing() as (peer, connector, _):
            output = await self.succeed(connector, self.call_of())
            self.require_output(connector, output)
            self.require_no_secret(output, "the output")
            require(len(peer.service.done) == 1, f"one call had {len(peer.service.done)} effects on the service")
            (mail,) = peer.service.done
            require(mail.sender and mail.recipients, "the message has no sender or no recipient")

    def test_everything_leaves_through_the_guard(self) -> None:
        """The connector calls only through the outbound guard."""
        run(self._guarded())

    async def _guarded(self) -> None:
        async with self.facing() as (peer, connector, guard):
            outcome = await self.attempt(connector, self.call_of(allowed=()))
            require(peer.connections == 0, "an inside address was reached that is not in the allow-list")
            blocked = outcome.error is not None and outcome.error.code == "CONNECTOR_BLOCKED"
            require(blocked, "the guard's refusal is lost")
            guard.connected.clear()
            await self.succeed(connector, self.call_of())
            require(peer.connections <= len(guard.connected), "a connection did not go through the guard")

    def test_hosts_that_are_called_are_declared(self) -> None:
        """The spec declares each host to which the connector sends requests."""
        run(self._declared())

    async def _declared(self) -> None:
        async with self.facing() as (_, connector, guard):
            call = self.call_of()
            await self.succeed(connector, call)
            declared = set(addressed_hosts(connector.spec, call.input))
            called = {host for host, _ in guard.connected}
            kept = called <= declared or not connector.spec.secrets
            require(kept, f"hosts and host_fields of the spec do not name {', '.join(called - declared)}")

    def test_message_bears_key_and_trace(self) -> None:
        """The message has a stable Message-ID, and the trace id."""
        run(self._stamped())

    async def _stamped(self) -> None:
        async with self.facing() as (peer, connector, _):
            call = self.call_of()
            await self.succeed(connector, call)
            for mail in peer.service.done:
                borne = KEY[:KEY_CHARACTERS] in mail.message_id
                require(borne, f"the Message-ID contains neither the key nor its first {KEY_CHARACTERS} characters")
                traced = call.traceparent in mail.data.decode("latin-1")
                require(traced, "the message does not have its traceparent")

    def test_no_secret_leaves_in_clear(self) -> None:
        """Secrets are never sent unencrypted, even if the server offers no TLS."""
        for says in (
            {},
            {"EHLO": "250-mail.contract.example\r\n250 AUTH PLAIN LOGIN"},
            {"STARTTLS": "454 4.7.0 No TLS now"},
        ):
            _, peer = run(self.meet(says))
            in_clear = peer.in_clear.decode("latin-1")
            for value in self.markers():
                kept = value not in in_clear and not any(value in one for one in _decoded(in_clear))
                require(kept, f"a secret is sent unencrypted if the server replies {_shown(says) or 'what it should'}")

    def test_idempotency_claim_holds(self) -> None:
        """After any failure, a repeated call sends the same message with the same Message-ID."""
        for fault in (*UNCERTAIN_FAULTS, Fault.RATE_LIMITED, Fault.WRONG_TYPE):
            run(self._repeat_after(fault))

    async def _repeat_after(self, fault: Fault) -> None:
        async with self.facing() as (peer, connector, _):
            await self.succeed(connector, self.call_of())
            (mail,) = peer.service.done
            peer.service.done.clear()
            peer.says = {MESSAGE: fault}
            await self.attempt(connector, self.call_of(seconds=SHORT_SECONDS))
            peer.says = {}
            await self.succeed(connector, self.call_of())
            for other in peer.service.done:
                same = (other.message_id, other.sender, other.recipients) == (
                    mail.message_id,
                    mail.sender,
                    mail.recipients,
                )
                require(same, f"after {fault.name} a different message was sent")
            done = len(peer.service.done)
            require(
                done <= 1 or connector.spec.effect == "unsafe",
                f"it claims to be {connector.spec.effect}, and after {fault.name} it acted {done} times",
            )

    def test_half_a_reply_is_uncertain(self) -> None:
        self._require_uncertain(Fault.HALF_A_BODY)

    def _after(self, fault: Fault) -> ConnectorError:
        error, peer = self.failed({MESSAGE: fault})
        require(len(peer.service.done) == 1, f"the message did not arrive within {SHORT_SECONDS:g} s")
        return error

    def test_what_breaks_before_the_message_did_nothing(self) -> None:
        """After a failure before the message, the error states that nothing was sent."""
        *before, _ = self.places()
        for place in before:
            for fault in (Fault.RESET, Fault.HALF_A_BODY):
                self._require_not_sent({place: fault}, UNCERTAIN_CODES)
        for place in (before[0], before[-1]):
            self._require_not_sent({place: Fault.TIME_OUT}, UNCERTAIN_CODES)

    def test_refusal_for_now_may_pass(self) -> None:
        """A reply of 400 to 499 gives a temporary failure."""
        for place in self.places():
            for said in FOR_NOW:
                self._require_not_sent({place: said}, MAY_PASS, seconds=5.0)

    def test_refusal_for_good_does_not(self) -> None:
        for place in self.places():
            self._require_not_sent({place: "554 5.7.1 Not from you"}, FOR_GOOD, seconds=5.0)

    def _require_not_sent(self, says: Says, codes: frozenset[str], *, seconds: float = SHORT_SECONDS) -> None:
        error, peer = self.failed(says, seconds=seconds)
        met = _shown(says)
        require(error.code in codes, f"a call that met {met} gave {error.code}")
        require(not error.arrived, f"a call that met {met} did nothing, and the error allows an effect")
        require(not peer.service.done, f"a call that met {met} had an effect")
        self.require_no_secret(error.as_json(), f"the error after {met}")

    def test_goodbye_takes_nothing_back(self) -> None:
        """If QUIT fails after the server has accepted the message, the call succeeds."""
        for said in (Fault.RESET, Fault.TIME_OUT, Fault.WRONG_TYPE, "421 4.3.2 Closing"):
            outcome, peer = run(self.meet({"QUIT": said}, seconds=5.0))
            require(len(peer.service.done) == 1, "the message was not accepted")
            kept = outcome.error is None
            require(kept, f"the message was accepted, and a QUIT that met {said} makes the call fail")

    def test_unexpected_words_are_told(self) -> None:
        """A server that does not speak SMTP gives a declared failure."""
        for said in NO_SMTP:
            for place in (GREETING, "EHLO", MESSAGE):
                if said == "220" and place in {GREETING, MESSAGE}:
                    continue  # a consent, though a short one
                error, peer = self.failed({place: said}, seconds=SHORT_SECONDS)
                sent = bool(peer.service.done)
                require(
                    error.arrived == sent,
                    f"{_shown({place: said})} states nothing about the message, and the error says that it "
                    f"{'did not arrive' if sent else 'may have arrived'}",
                )

    def test_input_adds_no_command_and_no_header(self) -> None:
        """A text in the input cannot add a command or a header to the message."""
        texts = {name: value for name, value in self.call_of().input.items() if isinstance(value, str)}
        for name, value in texts.items():
            for more in _INJECTIONS:
                run(self._inject(name, value + more))

    async def _inject(self, name: str, value: str) -> None:
        async with self.facing() as (peer, connector, _):
            plain = self.call_of()
            outcome = await self.attempt(connector, replace(plain, input={**plain.input, name: value}))
            attempt = f"a line break in {name}"
            require(len(peer.service.done) <= 1, f"{attempt} made more than one message")
            for mail in peer.service.done:
                all_addresses = f"{mail.sender} {mail.recipients}"
                require("eve@" not in all_addresses, f"{attempt} named a sender or recipient")
                headers = [header.lower() for header in mail.message]
                require("x-injected" not in headers and "bcc" not in headers, f"{attempt} added a header")
            require(outcome.error is not None or peer.service.done, "a call succeeded, and no message arrived")

    def test_no_secret_comes_back(self) -> None:
        """The result contains no secret, even if the mail server sends back the whole message."""
        scrubber = Scrubber(self.markers()) if self.markers() else None
        for place in self.places():
            for fault in (Fault.ECHO, Fault.ECHO_REFUSED):
                outcome, _ = run(self.meet({place: fault}, seconds=5.0))
                returned = outcome.output if outcome.error is None else outcome.error.as_json()
                kept = str(scrubber.scrub(returned) if scrubber else returned)
                for value in self.markers():
                    forms = (value, value[::-1], value.encode().hex(), value.encode().hex()[::-1])
                    hidden = not any(form in kept for form in forms) and not any(value in one for one in _decoded(kept))
                    require(hidden, f"a secret comes back after {fault.name} at {place or 'the greeting'}")

    def known_provocations(self) -> Mapping[str, Provoke]:
        return {
            **super().known_provocations(),
            "auth": MailProvoke(says={"AUTH": "535 5.7.8 Wrong password"}),
            "later": MailProvoke(says={MESSAGE: "451 4.3.0 Full"}),
            "refused": MailProvoke(says={MESSAGE: "554 5.6.0 No"}),
            "rate_limited": Provoke(fault=Fault.RATE_LIMITED),
            "not_smtp": MailProvoke(says={GREETING: Fault.WRONG_TYPE}),
            "broken": Provoke(fault=Fault.RESET),
            "timed_out": Provoke(fault=Fault.TIME_OUT),
            **{name: Provoke() for name in _BEFORE_SENDING},
            "blocked": Provoke(allowed_networks=()),
        }

    async def provoke(self, provoke: Provoke, name: str) -> Outcome:
        row = _BEFORE_SENDING.get(name)
        if row is not None and name != "blocked" and name not in self.provokes:
            return await self.attempt(self.make(_NoRoute(row)), self.call_of())
        says = (provoke.says if isinstance(provoke, MailProvoke) else {}) or (
            {} if provoke.fault is Fault.NONE else {MESSAGE: provoke.fault}
        )
        async with self.facing(says) as (_, connector, _guard):
            call = self.call_of(provoke.input, seconds=SHORT_SECONDS, allowed=provoke.allowed_networks)
            return await self.attempt(connector, call)


_BEFORE_SENDING: Mapping[str, Failure] = {row.name: row for row in connect_failures()}


def _shown(says: Says) -> str:
    return ", ".join(
        f"{said.name if isinstance(said, Fault) else repr(said[:60])} at {place or 'the greeting'}"
        for place, said in says.items()
    )


def _decoded(text: str) -> list[str]:
    found = []
    for one in _BASE64.findall(text):
        try:
            found.append(base64.b64decode(one + "=" * (-len(one) % 4)).decode("latin-1"))
        except binascii.Error:
            continue
    return found
