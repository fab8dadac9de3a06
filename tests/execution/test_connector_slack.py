"""slack.post_message against a receiver that checks as Slack does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import jsonschema_rs
import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS, preview
from actors.connectors.slack.connector import SlackPostMessage
from actors.connectors.slack.errors import REFUSED, WORDS
from automate.kernel.json_values import as_object
from tests.support.certificates import Authority
from tests.support.facts import Naming, naming
from tests.support.outbound import CAUSATION, KEY, TRACEPARENT, Names, call
from tests.support.raw_server import Exchange, RawServer, answer, run
from tests.support.slack import ARCHIVED, CHANNEL, FOREIGN, TOKEN, Slack, said

SPEC = SlackPostMessage.spec
MESSAGE = {"token": TOKEN, "channel": CHANNEL, "text": "Charged 100"}
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Charged* 100"}}, {"type": "divider"}]
POSTED = {"channel": CHANNEL, "ts": "1503435956.000000"}


def _to(slack: Slack, guard: Guard | None = None) -> SlackPostMessage:
    return SlackPostMessage(guard or Guard(), slack.api_url, (slack.hook_url,))


def _at(slack: Slack, work: Callable[[SlackPostMessage], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with slack:
            return await work(_to(slack))

    return run(whole())


def _post(slack: Slack, **given: Any) -> Any:
    whole = {**MESSAGE, **given}
    return _at(slack, lambda connector: connector.call(call({k: v for k, v in whole.items() if v is not None})))


def _fail(slack: Slack, *, seconds: float = 5.0, **given: Any) -> ConnectorError:
    whole = {name: value for name, value in {**MESSAGE, **given}.items() if value is not None}

    async def work(connector: SlackPostMessage) -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            await connector.call(call(whole, timeout_seconds=seconds))
        return caught.value

    error: ConnectorError = _at(slack, work)
    return error


def _told(error: ConnectorError) -> tuple[str, str, bool]:
    row = SPEC.failure(str(error.details["failure"]))
    assert row is not None
    assert error.code == row.code
    assert row.may_have_arrived or not error.arrived
    assert "secret" not in str(error.as_json())
    return row.name, error.code, error.arrived


def _hooked(connector: SlackPostMessage, slack: Slack, **given: Any) -> Awaitable[Any]:
    return connector.call(call({"webhook_url": slack.hook_url, "text": "Charged 100", **given}))


def test_message_is_posted_with_token_trace_and_key() -> None:
    slack = Slack()
    assert _post(slack, blocks=BLOCKS, thread_ts="1.2", unfurl_links=False) == POSTED
    (exchange,) = slack.exchanges
    assert exchange.headers["authorization"] == f"Bearer {TOKEN}"
    assert exchange.headers["content-type"] == "application/json; charset=utf-8"
    assert (exchange.headers["traceparent"], exchange.headers["automate-causation"]) == (TRACEPARENT, CAUSATION)
    assert json.loads(exchange.body) == {
        "channel": CHANNEL,
        "text": "Charged 100",
        "blocks": BLOCKS,
        "thread_ts": "1.2",
        "unfurl_links": False,
        "metadata": {"event_type": "automate_effect", "event_payload": {"key": KEY}},
    }


def test_channel_may_be_a_name_and_the_output_has_its_id() -> None:
    assert _post(Slack(), channel="#orders") == POSTED


def test_blocks_may_stand_without_text() -> None:
    slack = Slack()
    assert _post(slack, text=None, blocks=[{"type": "divider"}] * 50) == POSTED
    assert len(slack.messages[0]["blocks"]) == 50


def test_incoming_webhook_takes_the_message_without_token() -> None:
    slack = Slack()
    assert _at(slack, lambda connector: _hooked(connector, slack, blocks=BLOCKS)) == {"channel": None, "ts": None}
    assert slack.messages == [{"text": "Charged 100", "blocks": BLOCKS}]
    assert "authorization" not in slack.exchanges[0].headers


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/services/T0/very-secret", "https://hooks.slack.com.evil.example/x"]
)
def test_webhook_leads_to_slack_and_nowhere_else(url: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        run(CONNECTORS["slack.post_message"].call(call({"webhook_url": url, "text": "x"})))
    assert _told(caught.value) == ("bad_input", "BAD_USER_INPUT", False)
    assert caught.value.details["field"] == "webhook_url"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": None}, "with"),
        ({"token": None}, "with"),
        ({"channel": None}, "with"),
        ({"webhook_url": "https://hooks.slack.com/x"}, "with"),
        ({"text": "x" * 40_001}, "text"),
        ({"text": ""}, "text"),
        ({"blocks": []}, "blocks"),
        ({"blocks": [{"type": "divider"}] * 51}, "blocks"),
        ({"blocks": [{}]}, "blocks.0"),
        ({"blocks": [{"type": "divider", "n": "\ud800"}]}, "with"),
        ({"text": "\ud800"}, "with"),
        ({"thread_ts": "secret"}, "thread_ts"),
        ({"as_user": True}, "with"),
    ],
)
def test_bad_input_is_told_by_field_without_its_value(given: Mapping[str, Any], field: str) -> None:
    slack = Slack()
    error = _fail(slack, **given)
    assert _told(error) == ("bad_input", "BAD_USER_INPUT", False)
    assert (error.details["field"], slack.connections) == (field, 0)


@pytest.mark.parametrize(
    ("given", "scopes", "word", "row"),
    [
        ({"token": "xoxb-wrong-secret"}, {"chat:write"}, "invalid_auth", "auth"),
        ({}, {"identify"}, "missing_scope", "auth"),
        ({"channel": "#nowhere"}, {"chat:write"}, "channel_not_found", "channel"),
        ({"channel": ARCHIVED}, {"chat:write"}, "is_archived", "channel"),
        ({"channel": FOREIGN}, {"chat:write"}, "not_in_channel", "channel"),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}]},
            {"chat:write"},
            "invalid_blocks",
            "refused",
        ),
    ],
)
def test_what_slack_checks_is_told_in_its_words(given: Any, scopes: set[str], word: str, row: str) -> None:
    error = _fail(Slack(scopes=frozenset(scopes)), **given)
    assert _told(error)[0] == row
    assert (error.details["error"], word in error.message) == (word, True)
    assert error.details.get("needed") == ("chat:write" if word == "missing_scope" else None)


@pytest.mark.parametrize("word", [*sorted(WORDS), "a_word_of_tomorrow"])
def test_each_word_of_slacks_has_its_class(word: str) -> None:
    row = WORDS.get(word, REFUSED)
    error = _fail(Slack(raw=said({"ok": False, "error": word}, "200 OK", "Retry-After: 7")))
    assert _told(error) == (row.name, row.code, row.may_have_arrived)
    assert error.retry_after_seconds == (7.0 if row.name == "rate_limited" else None)


@pytest.mark.parametrize("body", [b'{"ok":false,"error":"ratelimited"}', b"", b"slow down"])
def test_rate_limit_obeys_retry_after(body: bytes) -> None:
    error = _fail(Slack(raw=answer("429 Too Many Requests", body, "Retry-After: 30")))
    assert _told(error) == ("rate_limited", "CONNECTOR_RATE_LIMITED", False)
    assert error.retry_after_seconds == 30.0


@pytest.mark.parametrize(
    ("status", "body", "row", "arrived"),
    [
        ("400 Bad Request", b"invalid_payload", "refused", False),
        ("403 Forbidden", b"action_prohibited", "auth", False),
        ("403 Forbidden", b"invalid_token", "auth", False),
        ("404 Not Found", b"no_service", "auth", False),
        ("404 Not Found", b"channel_not_found", "channel", False),
        ("410 Gone", b"channel_is_archived", "channel", False),
        ("429 Too Many Requests", b"", "rate_limited", False),
        ("500 Server Error", b"rollup_error", "fault", True),
        ("502 Bad Gateway", b"<html>", "fault", True),
        ("200 OK", b"<html>hello", "not_slack", True),
        ("404 Not Found", b"<html>", "not_slack", True),
    ],
)
def test_an_incoming_webhooks_words_have_their_class(status: str, body: bytes, row: str, *, arrived: bool) -> None:
    slack = Slack(raw=answer(status, body))

    async def work(connector: SlackPostMessage) -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            await _hooked(connector, slack)
        return caught.value

    error = _at(slack, work)
    told = _told(error)
    assert (told[0], told[2]) == (row, arrived)


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _say_nothing(_exchange: Exchange) -> None:
    await asyncio.Event().wait()


def _guarded(resolver: Names, context: Any = None) -> ConnectorError:
    async def work() -> ConnectorError:
        async with RawServer(tls=Authority().server_context("slack.example")) as server:
            connector = SlackPostMessage(
                Guard(resolver=resolver, ssl_context=context), f"https://slack.example:{server.port}/"
            )
            with pytest.raises(ConnectorError) as caught:
                await connector.call(call(MESSAGE))
            return caught.value

    return run(work())


def _unreachable() -> ConnectorError:
    slack = Slack()
    _post(slack)

    async def work() -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            await _to(slack).call(call(MESSAGE))
        return caught.value

    return run(work())


WAYS: Mapping[str, Callable[[], ConnectorError]] = {
    "bad_input": lambda: _fail(Slack(), text=None),
    "auth": lambda: _fail(Slack(), token="xoxb-wrong"),
    "rate_limited": lambda: _fail(Slack(raw=answer("429 Slow", b""))),
    "unavailable": lambda: _fail(Slack(raw=said({"ok": False, "error": "service_unavailable"}))),
    "fault": lambda: _fail(Slack(raw=answer("503 Away", b"{}"))),
    "channel": lambda: _fail(Slack(), channel=ARCHIVED),
    "refused": lambda: _fail(Slack(), blocks=[{"type": "hologram"}]),
    "not_slack": lambda: _fail(Slack(raw=answer("200 OK", b"<html>"))),
    "blocked": lambda: _guarded(Names(["10.0.0.1"])),
    "no_address": lambda: _guarded(Names([])),
    "no_connection": _unreachable,
    "certificate": lambda: _guarded(Names(["127.0.0.1"]), Authority().client_context()),
    "timed_out": lambda: _fail(Slack(raw=_say_nothing), seconds=0.3),
    "broken": lambda: _fail(Slack(raw=_reset)),
    "answer_too_large": lambda: _fail(Slack(raw=answer("200 OK", b"x" * (2**20 + 1)))),
    "answer_encoding": lambda: _fail(Slack(raw=answer("200 OK", b"x", "Content-Encoding: br"))),
}


@pytest.mark.parametrize("row", [failure.name for failure in SPEC.failures])
def test_each_row_of_the_error_table_is_met(row: str) -> None:
    assert _told(WAYS[row]())[0] == row


def test_posted_message_is_found_by_its_key() -> None:
    async def work(connector: SlackPostMessage) -> Any:
        for thread in ({}, {"thread_ts": "1503435956.000000"}):
            await connector.call(call({**MESSAGE, **thread}))
            found = await connector.lookup(call({**MESSAGE, **thread}))
            assert (found.verdict, as_object(found.output)["channel"]) == ("happened", CHANNEL)
        return as_object(found.output)["ts"]

    slack = Slack()
    assert _at(slack, work) == "1503435956.000001"
    asked = slack.exchanges[1]
    assert asked.line.startswith(
        "GET /api/conversations.history?channel=C024BE91L&limit=200&include_all_metadata=true "
    )
    assert (asked.body, "content-type" in asked.headers) == (b"", False)


@pytest.mark.parametrize(
    ("given", "scopes", "reason"),
    [
        ({}, {"chat:write", "channels:history"}, naming("200")),
        ({}, {"chat:write"}, naming("missing_scope")),
        ({"channel": "#orders"}, {"chat:write", "channels:history"}, naming("id")),
        (
            {"channel": None, "token": None, "webhook_url": "https://hooks.slack.com/x"},
            set(),
            naming("channel"),
        ),
    ],
)
def test_what_is_not_found_stays_unknown(given: Any, scopes: set[str], reason: Naming) -> None:
    slack = Slack(scopes=frozenset(scopes))
    slack.messages.append(
        {"ts": "1.1", "text": "x", "metadata": {"event_type": "automate_effect", "event_payload": {}}}
    )
    whole = {name: value for name, value in {**MESSAGE, **given}.items() if value is not None}
    found = _at(slack, lambda connector: connector.lookup(call(whole)))
    assert found.verdict == "unknown"
    assert found.reason == reason


def test_lookup_that_is_limited_can_be_tried_again() -> None:
    async def work(connector: SlackPostMessage) -> ConnectorError:
        with pytest.raises(ConnectorError) as caught:
            await connector.lookup(call(MESSAGE))
        return caught.value

    error = _at(Slack(raw=answer("429 Slow", b"", "Retry-After: 9")), work)
    assert (error.code, error.retry_after_seconds) == ("CONNECTOR_RATE_LIMITED", 9.0)


def test_preview_shows_refs_for_token_and_webhook() -> None:
    def rendered(**secret: str) -> Any:
        refs = [{"path": [field], "parts": [{"secret": name, "version": None}]} for field, name in secret.items()]
        given = {"text": "x", **dict.fromkeys(secret, "")}
        return {"input": given if "webhook_url" in secret else {**given, "channel": "#orders"}, "refs": refs}

    shown: Any = preview("slack.post_message", rendered(token="SLACK"))["request"]
    assert (shown["method"], shown["url"]) == ("POST", "https://slack.com/api/chat.postMessage")
    assert shown["headers"]["Authorization"] == "Bearer $secret:SLACK"
    assert shown["body"]["channel"] == "#orders"
    hooked = preview("slack.post_message", rendered(webhook_url="HOOK"))
    assert as_object(hooked["request"])["url"] == "$secret:HOOK"
    assert hooked["hosts"] == ["slack.com", "hooks.slack.com", "hooks.slack-gov.com"]


def test_examples_and_outputs_fit_the_published_schemas() -> None:
    given, made = (jsonschema_rs.Draft202012Validator(dict(one)) for one in (SPEC.input_schema, SPEC.output_schema))
    for example in SPEC.input_schema["examples"]:
        given.validate(example)
    made.validate(_post(Slack()))
    assert (SPEC.effect, SPEC.lookup) == ("unsafe", True)
