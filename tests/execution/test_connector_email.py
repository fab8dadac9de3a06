"""email.send against a real mail server: what arrives, for whom, and what the step gets for it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs
import pytest
import uvloop

from actors.connectors.base import ConnectorError
from actors.connectors.email.connector import EmailSend
from actors.connectors.guard import Guard
from actors.connectors.previews import SET_WHEN_SENT
from actors.connectors.registry import CONNECTORS, preview
from tests.support.certificates import Authority
from tests.support.facts import naming
from tests.support.mail import MESSAGE, TAKEN, MailServer, Received
from tests.support.outbound import KEY, TRACEPARENT, Names, call
from tests.support.raw_server import run

EMAIL = CONNECTORS["email.send"]
REFUSED = "550 5.1.1 No such user"


def _send(server: MailServer, /, **given: Any) -> Any:
    whole = {**MESSAGE, "host": "127.0.0.1", "port": server.port, **given}
    return run(EMAIL.call(call({name: value for name, value in whole.items() if value is not None})))


def _arrived(**given: Any) -> Received:
    with MailServer() as server:
        _send(server, **given)
    (received,) = server.received
    return received


def test_message_arrives_whole() -> None:
    with MailServer() as server:
        output = _send(
            server,
            **{"from": "Der Robot, Esq. <robot@host.example>", "subject": "Größe ✓", "text": "Sehr groß.\nJa."},
            to=["Ada Ünal <ada@host.example>", "bob@Münster.example"],
            cc="carl@host.example",
            reply_to="help@host.example",
            headers={"List-Unsubscribe": "<https://host.example/u>"},
        )
    (received,) = server.received
    message_id = f"<{KEY[:32]}@host.example>"
    assert output == {
        "message_id": message_id,
        "accepted": ["ada@host.example", "bob@xn--mnster-3ya.example", "carl@host.example"],
        "refused": [],
        "reply": TAKEN,
    }
    assert (received.sender, received.recipients) == ("robot@host.example", output["accepted"])
    sent = received.message
    assert sent.get_content() == "Sehr groß.\nJa.\n"
    assert {name: str(sent[name]) for name in ("From", "To", "Cc", "Reply-To", "Subject", "Message-ID")} == {
        "From": '"Der Robot, Esq." <robot@host.example>',
        "To": "Ada Ünal <ada@host.example>, bob@xn--mnster-3ya.example",
        "Cc": "carl@host.example",
        "Reply-To": "help@host.example",
        "Subject": "Größe ✓",
        "Message-ID": message_id,
    }
    assert (sent["List-Unsubscribe"], sent["Traceparent"]) == ("<https://host.example/u>", TRACEPARENT)
    assert sent["Date"].datetime.tzinfo is not None


def test_message_id_is_the_same_for_each_attempt() -> None:
    with MailServer() as server:
        first, second = _send(server), _send(server)
    assert first["message_id"] == second["message_id"]
    assert [one.message["Message-ID"] for one in server.received] == [first["message_id"]] * 2


def test_message_id_of_a_long_domain_stays_in_one_piece() -> None:
    domain = ".".join(["a" * 60] * 3) + ".example"
    received = _arrived(**{"from": f"robot@{domain}"})
    assert f"<{KEY[:32]}@{domain}>".encode() in received.data


def test_text_html_and_attachments_arrive_as_parts() -> None:
    content = bytes(range(256)) * 300
    received = _arrived(
        html="<p>It is.</p>",
        attachments=[
            {"filename": "größe.csv", "content_type": "text/csv", "text": "id\r\n1\n"},
            {"filename": "a.bin", "base64": base64.b64encode(content).decode()},
        ],
    )
    sent = received.message
    assert [part.get_content_type() for part in sent.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/csv",
        "application/octet-stream",
    ]
    table, binary = sent.iter_attachments()
    assert (table.get_filename(), table.get_payload(decode=True)) == ("größe.csv", b"id\r\n1\n")
    assert (binary.get_filename(), binary.get_payload(decode=True)) == ("a.bin", content)
    html = sent.get_body(("html",))
    assert html is not None
    assert html.get_content() == "<p>It is.</p>\n"


@pytest.mark.parametrize("size", [100, 100_000])
def test_html_may_stand_alone(size: int) -> None:
    received = _arrived(text=None, html="<p>ö</p>" * size)
    assert received.message.get_content_type() == "text/html"
    assert received.message.get_content().strip() == "<p>ö</p>" * size
    assert max(map(len, received.data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("text", [".", "..\n.", "a\n.\nMAIL FROM:<x@y.example>\n", "a\r.\rb", "a\r\n.\r\nb", "\n.a"])
def test_text_never_ends_the_message(text: str) -> None:
    received = _arrived(text=text)
    assert received.message.get_content().splitlines() == text.splitlines()
    assert received.data.count(b"\n") == received.data.count(b"\r\n") == received.data.count(b"\r")


def test_nobody_sees_who_is_in_bcc() -> None:
    received = _arrived(bcc=["eve@host.example", "ada@host.example"])
    assert received.recipients == ["ada@host.example", "eve@host.example"]
    assert b"eve" not in received.data


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(("excluded", "on"), [("LOGIN", uvloop.run), ("PLAIN", asyncio.run)])
def test_login_goes_encrypted_to_the_server_that_the_certificate_is_for(
    security: str, excluded: str, on: Callable[..., Any]
) -> None:
    authority = Authority()
    names = Names(["127.0.0.1"])
    connector = EmailSend(Guard(resolver=names, ssl_context=authority.client_context()))
    shows: dict[str, Any] = {security: authority.server_context("mail.example")}
    with MailServer(**shows, users={"robot": "correct horse"}, auth_exclude_mechanism=[excluded]) as server:
        given = {"host": "mail.example", "port": server.port, "username": "robot", "password": "correct horse"}
        work = connector.call(call({**MESSAGE, **given, "security": security}, (f"mail.example:{server.port}",)))
        run(work, on)
    (received,) = server.received
    assert (received.encrypted, received.login, names.calls) == (True, "robot", 1)


def test_others_get_it_where_a_recipient_may_be_skipped() -> None:
    with MailServer(refuses={"bob@host.example": REFUSED}) as server:
        output = _send(server, to=["ada@host.example", "bob@host.example"], refused_recipients="skip")
    assert (output["accepted"], output["refused"]) == (
        ["ada@host.example"],
        [{"address": "bob@host.example", "reply": REFUSED}],
    )
    assert server.received[0].recipients == ["ada@host.example"]


@pytest.mark.parametrize("skip", ["skip", "fail"])
def test_nobody_gets_it_where_nobody_would_or_all_must(skip: str) -> None:
    recipients = {"to": ["ada@host.example", *(["bob@host.example"] if skip == "fail" else [])]}
    with MailServer(refuses={"ada@host.example": REFUSED}) as server, pytest.raises(ConnectorError) as caught:
        _send(server, **recipients, refused_recipients=skip)
    assert (caught.value.details["failure"], caught.value.arrived) == ("recipient_refused", False)
    assert caught.value.message == (naming("1", "refused_recipients", '"skip"') if skip == "fail" else naming("all"))
    assert caught.value.details["refused"] == [{"address": "ada@host.example", "reply": REFUSED}]
    assert server.received == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": "s3cret\nBcc: eve@x.example"}, "subject"),
        ({"subject": "s3cret\r"}, "subject"),
        ({"subject": "s3cret\u2028"}, "subject"),
        ({"subject": "\ud800"}, "subject"),
        ({"from": "robot@x.example\r\nRCPT TO:<eve@x.example>"}, "from"),
        ({"from": "s3cret <robot@x.example> <eve@x.example>"}, "from"),
        ({"from": "s3cret"}, "from"),
        ({"to": "a@x.example, b@x.example"}, "to"),
        ({"to": "<a@x.example> SIZE=1"}, "to"),
        ({"to": ["a@x.example", "s3cret @x.example"]}, "to"),
        ({"to": "ü@x.example"}, "to"),
        ({"to": "a@-x.example"}, "to"),
        ({"to": "a@[127.0.0.1]"}, "to"),
        ({"to": []}, "to"),
        ({"to": [f"a{n}@x.example" for n in range(60)], "cc": [f"c{n}@x.example" for n in range(60)]}, "to"),
        ({"bcc": "a\n@x.example"}, "bcc"),
        ({"reply_to": "s3cret"}, "reply_to"),
        ({"text": None}, "with"),
        ({"text": "\ud800"}, "text"),
        ({"headers": {"X-A": "s3cret\nBcc: eve@x.example"}}, "headers.X-A"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "headers.x-a"),
        ({"headers": {"Bcc": "s3cret"}}, "headers.Bcc"),
        ({"headers": {"content-TYPE": "s3cret"}}, "headers.content-TYPE"),
        ({"headers": {"A: b": "s3cret"}}, "headers"),
        ({"username": "robot"}, "with"),
        ({"username": "robot", "password": "s3cret"}, "security"),
        ({"attachments": [{"filename": "a\nb", "text": ""}]}, "attachments.0.filename"),
        ({"attachments": [{"filename": "=?utf-8?q?s3cret=0D=0ABcc:_eve@x.example?=", "text": ""}]}, "attachments.0.filename"),
        ({"attachments": [{"filename": " =?utf-8?q?=0D]", "text": ""}]}, "attachments.0.filename"),
        ({"attachments": [{"filename": "a", "base64": "s3cret!"}]}, "attachments.0.base64"),
        ({"attachments": [{"filename": "a", "base64": "", "text": ""}]}, "attachments.0"),
        ({"attachments": [{"filename": "a", "text": "", "content_type": "text"}]}, "attachments.0.content_type"),
        ({"attachments": [{"filename": "a", "text": "", "content_type": "message/rfc822"}]}, "attachments.0.content_type"),
        ({"attachments": [{"filename": "a", "text": "\ud800"}]}, "attachments.0.text"),
        ({"attachments": [{"filename": "a", "text": "x" * 8_000_000}]}, "attachments"),
        ({"port": 0}, "port"),
        ({"security": "ssl"}, "security"),
    ],
)  # fmt: skip
def test_bad_input_is_told_by_field_without_its_value(given: Mapping[str, Any], field: str) -> None:
    whole = {**MESSAGE, "host": "127.0.0.1", **given}
    with pytest.raises(ConnectorError) as caught:
        run(EMAIL.call(call({name: value for name, value in whole.items() if value is not None})))
    error = caught.value
    assert (error.code, error.details["field"], error.arrived) == ("BAD_USER_INPUT", field, False)
    assert error.details["failure"] == "bad_input"
    assert "s3cret" not in str(error.as_json())


@pytest.mark.parametrize(
    "value",
    [
        "<https://shop.example/unsubscribe?" + "x" * 900 + ">",
        f"<https://shop.example/unsubscribe?{'x' * 90}>, <mailto:leave@shop.example?subject={'y' * 60}>",
        " ".join(["word"] * 150),
        '\\"@"?=@,\'<"',
        ":=?utf-8?q? ,SGk ;aa(<",
        "=?utf-8?q?=0D=0ABcc:_eve@x.example?=",
        "(" * 900,
    ],
)
@pytest.mark.parametrize("name", ["List-Unsubscribe", "Resent-To", "Resent-Date", "References"])
def test_further_header_arrives_as_it_was_written(name: str, value: str) -> None:
    """Python would parse some, and encode what is long: a List-Unsubscribe without a URL."""
    head = _arrived(headers={name: value}).data.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = head.replace("\r\n ", " ").split("\r\n")
    assert [line for line in lines if line.startswith(f"{name}:")] == [f"{name}: {value}"]
    assert not any(line.startswith("Bcc") for line in head.split("\r\n"))


@pytest.mark.parametrize("value", ["Ü (<", "a" * 998])
def test_further_header_that_cannot_go_as_it_is_arrives_encoded(value: str) -> None:
    sent = _arrived(headers={"Resent-To": value, "X-A": value})
    assert sent.message["X-A"] == value
    assert b"\r\nResent-To: =?utf-8?q?" in sent.data


def test_preview_shows_the_message_and_not_the_password() -> None:
    given: dict[str, Any] = {
        **MESSAGE,
        "security": "tls",
        "host": "smtp.host.example",
        "username": "robot",
        "password": "",
    }
    given["attachments"] = [{"filename": "a.txt", "text": "four"}]
    rendered: dict[str, Any] = {
        "input": given,
        "refs": [{"path": ["password"], "parts": [{"secret": "SMTP", "version": None}]}],
    }
    dry_run = preview("email.send", rendered)
    shown: Any = dry_run["request"]
    assert dry_run["hosts"] == ["smtp.host.example"]
    assert shown["headers"].pop("Date")
    assert shown == {
        "host": "smtp.host.example",
        "port": 465,
        "security": "tls",
        "username": "robot",
        "password": "$secret:SMTP",
        "from": "robot@host.example",
        "recipients": ["ada@host.example"],
        "headers": {
            "From": "robot@host.example",
            "To": "ada@host.example",
            "Subject": "Hi",
            "Message-ID": "<-set-when-it-is-sent-@host.example>",
            "Traceparent": SET_WHEN_SENT,
        },
        "text": "It is.",
        "html": None,
        "attachments": [{"filename": "a.txt", "content_type": "text/plain", "bytes": 4}],
    }


def test_examples_and_outputs_fit_the_published_schemas() -> None:
    given, made = (
        jsonschema_rs.Draft202012Validator(dict(schema))
        for schema in (EMAIL.spec.input_schema, EMAIL.spec.output_schema)
    )
    for example in EMAIL.spec.input_schema["examples"]:
        given.validate(example)
    with MailServer() as server:
        made.validate(_send(server))
