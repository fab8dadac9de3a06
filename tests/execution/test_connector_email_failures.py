"""email.send where the mail server fails, refuses, falls silent or lies: every row of its error table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.email.connector import EmailSend
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS
from tests.support.certificates import Authority
from tests.support.mail import TAKEN, Act, MailServer, ScriptedMail, hang_up, reset, say_nothing
from tests.support.outbound import Names, call
from tests.support.raw_server import run

EMAIL = CONNECTORS["email.send"]
MESSAGE = {
    "security": "none",
    "from": "robot@host.example",
    "to": "ada@host.example",
    "subject": "Hi",
    "text": "It is.",
}
LOGIN: Mapping[str, Any] = {"username": "robot", "password": "correct horse"}
GREETING, OK, GO_ON = "220 mail.example ready", "250 OK", "354 go on"
TAKES_ALL = (GREETING, OK, OK, OK, GO_ON)
"""Greeting, EHLO, MAIL, RCPT, DATA."""


async def _fail(host: str, port: int, connector: Any = EMAIL, seconds: float = 5.0, **given: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await connector.call(call({**MESSAGE, "host": host, "port": port, **given}, timeout_seconds=seconds))
    return caught.value


def _scripted(*replies: str | bytes | Act, seconds: float = 5.0, **given: Any) -> tuple[ConnectorError, list[bytes]]:
    async def work() -> tuple[ConnectorError, list[bytes]]:
        async with ScriptedMail(*replies) as server:
            return await _fail("127.0.0.1", server.port, seconds=seconds, **given), server.heard

    return run(work())


def _by(security: str, authority: Authority, host: str = "mail.example") -> dict[str, Any]:
    """Options of a server that shows a certificate."""
    return {security: authority.server_context(host)}


def _told(error: ConnectorError) -> tuple[str, str, bool]:
    """Its row, its class, and whether it may have arrived."""
    row = EMAIL.spec.failure(error.details["failure"])
    assert row is not None
    assert error.code == row.code
    assert row.may_have_arrived or not error.arrived
    return row.name, error.code, error.arrived


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize(
    ("reply", "row", "code"),
    [
        ("421 4.3.2 Closing", "later", "CONNECTOR_TRANSIENT"),
        ("451 4.7.1 Greylisted", "later", "CONNECTOR_TRANSIENT"),
        ("554 5.7.1 Denied", "refused", "CONNECTOR_REFUSED"),
        ("530 5.7.0 Authenticate first", "auth", "CONNECTOR_AUTH"),
    ],
)
def test_a_refusal_means_what_its_number_says_wherever_it_comes(at: int, reply: str, row: str, code: str) -> None:
    error, heard = _scripted(*TAKES_ALL[:at], reply)
    if at == 3:  # of the only recipient
        row = "recipient_later" if row == "later" else "recipient_refused"
        code = "CONNECTOR_TRANSIENT" if row == "recipient_later" else "CONNECTOR_REFUSED"
        assert error.details["refused"] == [{"address": "ada@host.example", "reply": reply}]
    else:
        assert error.details["reply"] == reply
    assert _told(error) == (row, code, False)
    assert len(heard) == at


def test_recipient_who_is_taken_later_is_tried_again_with_all_of_them() -> None:
    refuses = {"bob@host.example": "450 4.2.1 Slow down", "eve@host.example": "550 No"}
    with MailServer(refuses=refuses) as server:
        to = ["ada@host.example", *refuses]
        error = run(_fail("127.0.0.1", server.port, to=to, refused_recipients="skip"))
    assert _told(error) == ("recipient_later", "CONNECTOR_TRANSIENT", False)
    assert server.received == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_wrong_password_is_an_auth_failure(security: str) -> None:
    authority = Authority()
    connector = EmailSend(Guard(resolver=Names(["127.0.0.1"]), ssl_context=authority.client_context()))
    with MailServer(**_by(security, authority), users={"robot": "other"}) as server:
        work = _fail("mail.example", server.port, connector, **LOGIN, security=security)
        error = run(work)
    assert _told(error) == ("auth", "CONNECTOR_AUTH", False)
    assert "correct horse" not in str(error.as_json())


def test_nothing_is_sent_in_clear_where_starttls_is_missing() -> None:
    error, heard = _scripted(GREETING, OK, security="starttls", **LOGIN)
    assert _told(error) == ("no_starttls", "CONNECTOR_REFUSED", False)
    assert [command[:4] for command in heard] == [b"EHLO"]


def test_what_stands_behind_the_consent_to_tls_is_not_believed() -> None:
    injected = b"220 go ahead\r\n250 AUTH PLAIN\r\n"
    error, heard = _scripted(GREETING, "250-mail\r\n250 STARTTLS", injected, security="starttls", **LOGIN)
    assert _told(error) == ("broken", "CONNECTOR_TRANSIENT", False)
    assert heard == [b"EHLO [127.0.0.1]", b"STARTTLS"]


@pytest.mark.parametrize(("host", "trusted"), [("mail.example", False), ("other.example", True)])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificate_has_to_be_trusted_and_for_the_host(security: str, host: str, *, trusted: bool) -> None:
    shown, known = Authority(), Authority()
    client = (shown if trusted else known).client_context()
    connector = EmailSend(Guard(resolver=Names(["127.0.0.1"]), ssl_context=client))
    with MailServer(**_by(security, shown, host)) as server:
        error = run(_fail("mail.example", server.port, connector, security=security, **LOGIN))
    assert _told(error) == ("certificate", "CONNECTOR_REFUSED", False)
    assert server.received == []


@pytest.mark.parametrize("act", [reset, hang_up])
@pytest.mark.parametrize("at", range(1, 6))
def test_broken_connection_leaves_it_open_once_the_message_has_begun(at: int, act: Act) -> None:
    error, _ = _scripted(*TAKES_ALL[:at], act)
    assert _told(error) == ("broken", "CONNECTOR_TRANSIENT", at == 5)


@pytest.mark.parametrize("at", range(6))
def test_silence_ends_with_the_steps_time(at: int) -> None:
    began = time.monotonic()
    error, _ = _scripted(*TAKES_ALL[:at], say_nothing, seconds=0.3)
    assert _told(error) == ("timed_out", "CONNECTOR_TIMEOUT", at == 5)
    assert 0.3 <= time.monotonic() - began < 3


async def _drip(writer: asyncio.StreamWriter) -> None:
    for _ in range(200):
        writer.write(b"2")
        await writer.drain()
        await asyncio.sleep(0.05)


def test_drip_ends_with_the_steps_time() -> None:
    error, _ = _scripted(_drip, seconds=0.4)
    assert _told(error) == ("timed_out", "CONNECTOR_TIMEOUT", False)


@pytest.mark.parametrize(
    "reply",
    [
        "HTTP/1.1 400 Bad Request",
        "220",
        "999 what",
        "200 what",
        "25",
        "",
        b"250-one\r\n251 two\r\n",
        b"250-more\r\n" * 200,
        b"2" * 20_000,
        b"\xff\xfe\r\n",
        "354 go on",
    ],
)
@pytest.mark.parametrize("at", [1, 5])
def test_what_does_not_speak_smtp_is_refused(at: int, reply: str | bytes) -> None:
    if at == 5 and reply in {"220", "200 what"}:
        pytest.skip("a consent to the message, of whatever number")
    error, _ = _scripted(*TAKES_ALL[:at], reply)
    assert _told(error) == ("not_smtp", "CONNECTOR_REFUSED", at == 5)


def test_goodbye_that_fails_takes_nothing_back() -> None:
    async def work(act: Act) -> Any:
        async with ScriptedMail(*TAKES_ALL, TAKEN, act) as server:
            return await EMAIL.call(call({**MESSAGE, "host": "127.0.0.1", "port": server.port}, timeout_seconds=0.5))

    for act in (reset, hang_up, say_nothing):
        assert run(work(act))["reply"] == TAKEN


def test_names_are_resolved_once_and_each_answer_is_judged() -> None:
    names = Names(["127.0.0.1", "127.0.0.2"], ["10.0.0.1"])
    with MailServer() as server:
        connector = EmailSend(Guard(resolver=names))
        run(connector.call(call({**MESSAGE, "host": "mail.example", "port": server.port})))
    assert (len(server.received), names.calls) == (1, 1)
    half_inside = EmailSend(Guard(resolver=Names(["127.0.0.1", "10.0.0.1"])))
    assert _told(run(_fail("mail.example", 25, half_inside))) == ("blocked", "CONNECTOR_BLOCKED", False)


@pytest.mark.parametrize(
    "host",
    ["0x7f000001", "2130706433", "[::ffff:10.0.0.1]", "169.254.169.254", "10.0.0.1", "a/b", "a?b", "u@h", "a:25", "a b", "a\n", "%6c"],
)  # fmt: skip
def test_hostile_hosts_are_blocked(host: str) -> None:
    connector = EmailSend(Guard(resolver=Names(["10.0.0.1"])))
    with pytest.raises(ConnectorError) as caught:
        run(connector.call(call({**MESSAGE, "host": host}, ())))
    assert _told(caught.value) == ("blocked", "CONNECTOR_BLOCKED", False)


@pytest.mark.parametrize("port", [22, 80, 443, 5432, 6379, 11211])
def test_ports_of_others_are_blocked(port: int) -> None:
    error = run(_fail("127.0.0.1", port))
    assert _told(error) == ("blocked", "CONNECTOR_BLOCKED", False)
    assert error.details == {"failure": "blocked", "host": "127.0.0.1", "port": port}


def _unreachable() -> ConnectorError:
    with MailServer() as server:
        port = server.port
    return run(_fail("127.0.0.1", port))


def _mistrusted() -> ConnectorError:
    with MailServer(tls=Authority().server_context("mail.example")) as server:
        connector = EmailSend(Guard(resolver=Names(["127.0.0.1"]), ssl_context=Authority().client_context()))
        return run(_fail("mail.example", server.port, connector, security="tls"))


def _without_login() -> ConnectorError:
    authority = Authority()
    connector = EmailSend(Guard(resolver=Names(["127.0.0.1"]), ssl_context=authority.client_context()))
    context = authority.server_context("mail.example")
    with MailServer(tls=context, users={"robot": "x"}, auth_exclude_mechanism=["PLAIN", "LOGIN"]) as server:
        return run(_fail("mail.example", server.port, connector, **LOGIN, security="tls"))


WAYS: Mapping[str, Callable[[], ConnectorError]] = {
    "bad_input": lambda: run(_fail("127.0.0.1", 25, subject="a\nb")),
    "auth": lambda: _scripted(GREETING, OK, "530 5.7.0 Authenticate first")[0],
    "later": lambda: _scripted(*TAKES_ALL, "451 4.3.0 Full")[0],
    "refused": lambda: _scripted(*TAKES_ALL, "554 5.6.0 Spam")[0],
    "recipient_later": lambda: _scripted(GREETING, OK, OK, "450 4.2.0 Later")[0],
    "recipient_refused": lambda: _scripted(GREETING, OK, OK, "550 5.1.1 Nobody")[0],
    "no_starttls": lambda: _scripted(GREETING, OK, security="starttls")[0],
    "no_login": _without_login,
    "message_too_large": lambda: _scripted(GREETING, "250-mail\r\n250 SIZE 100")[0],
    "not_smtp": lambda: _scripted("HTTP/1.1 400 Bad Request")[0],
    "broken": lambda: _scripted(*TAKES_ALL, hang_up)[0],
    "blocked": lambda: run(_fail("10.0.0.1", 25)),
    "no_address": lambda: run(_fail("mail.example", 25, EmailSend(Guard(resolver=Names([]))))),
    "no_connection": _unreachable,
    "certificate": _mistrusted,
    "timed_out": lambda: _scripted(*TAKES_ALL, say_nothing, seconds=0.3)[0],
}


@pytest.mark.parametrize("row", [failure.name for failure in EMAIL.spec.failures])
def test_each_row_of_the_error_table_is_met(row: str) -> None:
    assert _told(WAYS[row]())[0] == row
