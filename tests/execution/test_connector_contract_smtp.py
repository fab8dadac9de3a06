"""The contract suite for mail: somebody else's connector passes it, and each check fails where one breaks what it checks."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import structlog

from actors.connectors.email.connector import EmailSend
from actors.sdk import Call, ConnectorError, ConnectorSpec
from actors.sdk.contract import Mail, MailService, Provoke, SmtpContract, smtp
from actors.sdk.contract.base import run
from tests.execution.test_connector_contract_mail import MAIL
from tests.execution.test_connector_contract_mail import TestEmail as OfEmail
from tests.support.facts import Naming, naming
from tests.support.mail_connector import NO_TLS, AcmeMail

STUCK_SECONDS = 2.5


@pytest.mark.slow
class TestAcmeMail(SmtpContract):
    connector: ClassVar[Any] = AcmeMail
    sample = {
        "host": "smtp.example.com",
        "user": "robot",
        "password": "$secret:SMTP_PASSWORD",
        "from": "robot@example.com",
        "to": "ada@example.com",
        "subject": "Order 17",
        "text": "It is paid.\n.\nSo it goes.",
    }
    provokes = {"no_tls": Provoke(says={"EHLO": "250 mail.contract.example"})}


def test_a_text_with_a_dot_arrives_whole() -> None:
    """What the peer reads is what was meant."""

    class Kept(MailService):
        kept: ClassVar[list[Mail]] = []

        def take(self, mail: Mail) -> str:
            self.kept.append(mail)
            return super().take(mail)

    suite: Any = type("TestKept", (TestAcmeMail,), {"service": Kept})()
    suite.test_schema_round_trip()
    (mail,) = Kept.kept
    assert (mail.sender, mail.recipients, mail.encrypted, mail.login) == (
        "robot@example.com",
        ("ada@example.com",),
        True,
        "robot",
    )
    assert mail.message.get_content().splitlines() == ["It is paid.", ".", "So it goes."]


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_login_is_taken_in_either_way(way: str) -> None:
    offers = f"250-mail.contract.example\r\n250-STARTTLS\r\n250 AUTH {way}"
    outcome, peer = run(OfEmail().meet({"EHLO": offers}, seconds=5.0))
    assert outcome.error is None
    assert [(mail.login, mail.encrypted) for mail in peer.service.done] == [("robot", True)]


def spec(**changes: Any) -> type:
    changed: ConnectorSpec = replace(AcmeMail.spec, **changes)
    return type("Spoilt", (AcmeMail,), {"spec": changed})


def remade(error: ConnectorError, **changes: Any) -> ConnectorError:
    known = {
        "code": error.code,
        "message": error.message,
        "details": error.details,
        "arrived": error.arrived,
        **changes,
    }
    return ConnectorError(known.pop("code"), known.pop("message"), **known)


def calling(change: Callable[[Any, Call, Callable[[Call], Any]], Any]) -> type:
    class Spoilt(AcmeMail):
        async def call(self, call: Call) -> Any:
            return await change(self, call, super().call)

    return Spoilt


def on_error(change: Callable[[ConnectorError, Call], ConnectorError]) -> type:
    async def call(_: Any, call: Call, proper: Any) -> Any:
        try:
            return await proper(call)
        except ConnectorError as error:
            raise change(error, call) from None

    return calling(call)


def swallowing(*codes: str) -> type:
    async def call(_: Any, call: Call, proper: Any) -> Any:
        try:
            return await proper(call)
        except ConnectorError as error:
            if error.code in codes:
                return {"id": "made up"}
            raise

    return calling(call)


async def has_no_deadline(_: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, timeout_seconds=STUCK_SECONDS))


async def sends_twice(_: Any, call: Call, proper: Any) -> Any:
    await proper(call)
    return await proper(call)


async def keys_each_try(_: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, idempotency_key=uuid.uuid4().hex))


async def opens_the_inside(_: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, allowed_networks=("127.0.0.0/8",)))


async def goes_past_the_guard(self: Any, call: Call, proper: Any) -> Any:
    made = await proper(call)
    _, writer = await asyncio.open_connection("127.0.0.1", self._guard._peer.port)
    await asyncio.sleep(0.1)
    writer.close()
    return made


async def logs_its_password(_: Any, call: Call, proper: Any) -> Any:
    structlog.get_logger().info("calling", password=call.input["password"])
    return await proper(call)


async def has_no_trace(_: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, traceparent="none"))


class BeginsTooSoon(AcmeMail):
    """Takes a message for begun once it is connected."""

    async def hand_over(self, stream: Any, call: Call, told: dict[str, bool]) -> None:
        told["begun"] = True
        await super().hand_over(stream, call, told)


class NeverEnds(AcmeMail):
    """Still takes a refused message for one that may have been taken."""

    async def settle(self, stream: Any, told: dict[str, bool]) -> None:
        try:
            await self.expect(stream, "", 250)
        except ConnectorError as error:
            error.arrived = True
            raise


class Hasty(AcmeMail):
    """Does not wait for what the server says to the message."""

    async def settle(self, stream: Any, told: dict[str, bool]) -> None:
        await asyncio.sleep(0.1)


class WaitsForGoodbye(AcmeMail):
    """Takes the goodbye's failure for the message's."""

    async def settle(self, stream: Any, told: dict[str, bool]) -> None:
        await super().settle(stream, told)
        await self.expect(stream, "QUIT", 221)


class InClear(AcmeMail):
    """Logs in all the same where there is no TLS."""

    async def hand_over(self, stream: Any, call: Call, told: dict[str, bool]) -> None:
        try:
            await super().hand_over(stream, call, told)
        except ConnectorError as error:
            if error.details["failure"] == NO_TLS.name:
                proof = base64.b64encode(f"\0robot\0{call.input['password']}".encode()).decode()
                await self.expect(stream, f"AUTH PLAIN {proof}", 235)
            raise


class Unchecked(AcmeMail):
    """Writes into a header whatever it is given."""

    def checked(self, call: Call) -> Any:
        return call.input


class Undotted(AcmeMail):
    """Leaves dots in the text as they are."""

    def message(self, call: Call) -> str:
        head, _, _ = super().message(call).partition("\r\n\r\n")
        return f"{head}\r\n\r\n{call.input['text']}\r\n.\r\n"


SABOTAGE: dict[str, list[tuple[type, Naming]]] = {
    "test_it_says_what_it_is": [(type("Spoilt", (AcmeMail,), {"api": "1.9"}), naming("1.9", "django-automate"))],
    "test_input_outside_the_schema_is_refused": [
        (calling(lambda self, call, proper: self._guard.connect("", 25, (), None)), naming("nothing", "sent"))
    ],
    "test_schema_round_trip": [
        (calling(sends_twice), naming("2 effects")),
        (calling(logs_its_password), naming("secret", "log")),
    ],
    "test_each_row_of_the_error_table_comes_about": [(swallowing("CONNECTOR_REFUSED"), naming("refused", "None"))],
    "test_everything_leaves_through_the_guard": [
        (calling(opens_the_inside), naming("inside", "allow-list")),
        (calling(goes_past_the_guard), naming("through", "guard")),
    ],
    "test_hosts_that_are_called_are_declared": [(spec(host_fields=()), naming("hosts", "smtp.example.com"))],
    "test_message_bears_key_and_trace": [
        (calling(keys_each_try), naming("Message-ID", "key")),
        (calling(has_no_trace), naming("traceparent")),
    ],
    "test_no_secret_leaves_in_clear": [(InClear, naming("secret", "250-mail"))],
    "test_idempotency_claim_holds": [
        (spec(effect="keyed"), naming("keyed", "TIME_OUT", "2")),
        (calling(keys_each_try), naming("different", "message")),
    ],
    "test_time_out_after_sending_is_uncertain": [
        (on_error(lambda error, _: remade(error, arrived=False)), naming("effect", "error")),
        (calling(has_no_deadline), naming("ended", "timeout_seconds")),
        (Hasty, naming("TIME_OUT", "succeeded")),
        (
            on_error(lambda error, call: remade(error, message=f"It failed with {call.input['password']}.")),
            naming("secret", "TIME_OUT"),
        ),
    ],
    "test_reset_is_uncertain": [
        (on_error(lambda error, _: remade(error, arrived=False)), naming("effect", "error")),
        (swallowing("CONNECTOR_TRANSIENT"), naming("RESET", "succeeded")),
    ],
    "test_half_a_reply_is_uncertain": [
        (on_error(lambda error, _: remade(error, arrived=False)), naming("effect", "error")),
        (Hasty, naming("HALF_A_BODY", "succeeded")),
    ],
    "test_slow_drip_ends_with_the_deadline": [(calling(has_no_deadline), naming("ended", "timeout_seconds"))],
    "test_what_breaks_before_the_message_did_nothing": [(BeginsTooSoon, naming("nothing", "error"))],
    "test_refusal_for_now_may_pass": [
        (
            on_error(
                lambda error, _: (
                    remade(error, code="CONNECTOR_REFUSED", details={"failure": "refused"})
                    if error.code == "CONNECTOR_TRANSIENT"
                    else error
                )
            ),
            naming("gave", "CONNECTOR_REFUSED"),
        ),
        (NeverEnds, naming("row later", "arrived")),
    ],
    "test_refusal_for_good_does_not": [
        (
            on_error(
                lambda error, _: (
                    remade(error, code="CONNECTOR_TRANSIENT", details={"failure": "later"})
                    if error.code == "CONNECTOR_REFUSED"
                    else error
                )
            ),
            naming("gave", "CONNECTOR_TRANSIENT"),
        ),
        (Hasty, naming("succeeded")),
    ],
    "test_goodbye_takes_nothing_back": [(WaitsForGoodbye, naming("accepted", "QUIT"))],
    "test_unexpected_words_are_told": [
        (Hasty, naming("succeeded")),
        (BeginsTooSoon, naming("error", "may have arrived")),
        (on_error(lambda error, _: remade(error, arrived=False)), naming("error", "did not arrive")),
    ],
    "test_input_adds_no_command_and_no_header": [
        (Unchecked, naming("subject", "header")),
        (Undotted, naming("text", "more than one")),
    ],
    "test_no_secret_comes_back": [
        (
            on_error(lambda error, call: remade(error, message=call.input["password"][::-1])),
            naming("secret", "ECHO_REFUSED", "greeting"),
        )
    ],
}
OF_ALL = {"test_schemas_make_forms", "test_dry_run_shows_refs_and_sends_nothing"}
"""Of every connector, whoever it calls: test_connector_contract_sabotage.py."""


def test_each_check_has_its_sabotage() -> None:
    assert {name for name in dir(SmtpContract) if name.startswith("test_")} - OF_ALL == set(SABOTAGE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "spoilt", "told"),
    [
        pytest.param(check, spoilt, told, id=f"{check}-{' '.join(told.facts)}")
        for check, ways in SABOTAGE.items()
        for spoilt, told in ways
    ],
)
def test_spoilt_connector_fails(check: str, spoilt: type, told: Naming) -> None:
    suite = type("TestSpoilt", (TestAcmeMail,), {"connector": spoilt})
    with pytest.raises(AssertionError) as caught:
        getattr(suite(), check)()
    assert str(caught.value) == told


def test_secret_that_comes_back_encoded_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin of the platform: it hides the password alone, and not the login that holds it."""

    class Plain:
        def __init__(self, values: list[str]) -> None:
            self._values = values

        def scrub(self, told: Any) -> str:
            return str(told).replace(self._values[0], "***")

    monkeypatch.setattr(smtp, "Scrubber", Plain)
    with pytest.raises(AssertionError, match=r"secret.* ECHO_REFUSED .*AUTH"):
        OfEmail().test_no_secret_comes_back()


def test_email_send_that_says_it_is_keyed_fails() -> None:
    """The sabotaged twin of our own: a mail server that is sent a message twice delivers it twice."""

    class Keyed(EmailSend):
        spec = replace(EmailSend.spec, effect="keyed")

    suite: Any = type("TestKeyed", (SmtpContract,), {"sample": MAIL, "make": lambda _, guard=None: Keyed(guard)})
    with pytest.raises(AssertionError, match=r"keyed.* TIME_OUT .*2 times"):
        suite().test_idempotency_claim_holds()
