"""The connector ``slack.post_message``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import orjson

from actors.connectors.base import Call, LookedUp
from actors.connectors.guard import Guard, OutboundRequest, OutboundResponse, guard_failures
from actors.connectors.inputs import BAD_INPUT, InputCheck, input_problem
from actors.connectors.json_bytes import json_bytes
from actors.connectors.previews import shown_request
from actors.connectors.slack.errors import FAILURES, RATE_LIMITED, WORDS, fault, not_slack, refusal
from actors.connectors.slack.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from actors.connectors.stamps import stamped
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_objects, as_text
from automate.workflows.connectors import ConnectorSpec, HostField

API_URL = "https://slack.com/api/"
WEBHOOK_URLS = ("https://hooks.slack.com/", "https://hooks.slack-gov.com/")

EFFECT_TYPE = "automate_effect"
"""The type of the metadata in our messages. Its payload has the effect's key."""
LOOKUP_MESSAGES = 200
"""The number of messages that a lookup reads: Slack's maximum for one request."""

_CHECK = InputCheck(INPUT_SCHEMA)
_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{8,}")
_OF_MESSAGE = ("text", "blocks", "thread_ts", "reply_broadcast", "unfurl_links")
_SERVER_FAULT, _OK, _TOO_MANY = 500, 200, 429


class SlackPostMessage:
    """Posts messages to Slack. The effect is ``unsafe``: Slack has no idempotency keys, so a repeat posts again."""

    api = "1.0"
    spec = ConnectorSpec(
        name="slack.post_message",
        title="Post to Slack",
        description="Posts one message into a channel.",
        effect="unsafe",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        external_id=("ts",),
        failures=(BAD_INPUT, *FAILURES, *guard_failures(redirects=False)),
        hosts=("slack.com", "hooks.slack.com", "hooks.slack-gov.com"),
        host_fields=(HostField(("webhook_url",), starts=WEBHOOK_URLS),),
        lookup=True,
    )
    inline = False

    def __init__(self, guard: Guard, api_url: str = API_URL, webhook_urls: Sequence[str] = WEBHOOK_URLS) -> None:
        self._guard = guard
        self._api_url = api_url
        self._webhook_urls = tuple(webhook_urls)

    async def call(self, call: Call) -> JsonValue:
        """Post the message. Raises BAD_USER_INPUT if ``webhook_url`` is not a URL of Slack's webhooks."""
        request = self._request(call)
        if "webhook_url" in call.input and not request.url.startswith(self._webhook_urls):
            raise input_problem("webhook_url", f"The webhook's URL must begin with {' or '.join(self._webhook_urls)}.")
        response = await self._guard.send(request)
        return _of_webhook(response) if "webhook_url" in call.input else _posted(_answer(response))

    def preview(self, call: Call) -> JsonValue:
        return shown_request(self._request(call))

    async def lookup(self, call: Call) -> LookedUp:
        """Look for the message in the channel. If the message is not found, the result is ``unknown``.

        Raises CONNECTOR_RATE_LIMITED if Slack limits the rate of requests.
        """
        given = call.input
        if "webhook_url" in given:
            return LookedUp("unknown", reason="An incoming webhook does not show its messages. Look into the channel.")
        if not _CHANNEL_ID.fullmatch(as_text(given["channel"])):
            return LookedUp("unknown", reason="A lookup needs the channel's id, and the step has a name.")
        response = await self._guard.send(self._history(call))
        word, answer = _read(response)
        if WORDS.get(word) is RATE_LIMITED:
            raise refusal(word, response)
        if word:
            return LookedUp("unknown", reason=f"Slack answered {word} to the request for the channel's messages.")
        for message in as_objects(answer.get("messages", [])):
            metadata = as_object(message.get("metadata") or {})
            if metadata.get("event_type") == EFFECT_TYPE and _key_of(metadata) == call.idempotency_key:
                return LookedUp("happened", output={"channel": given["channel"], "ts": message.get("ts")})
        return LookedUp(
            "unknown", reason=f"The message is not among the last {LOOKUP_MESSAGES} messages of the channel."
        )

    def _request(self, call: Call) -> OutboundRequest:
        given = call.input
        _CHECK(given)
        message: dict[str, JsonValue] = {name: given[name] for name in _OF_MESSAGE if name in given}
        headers = [("Content-Type", "application/json; charset=utf-8")]
        url = given.get("webhook_url")
        if url is None:
            url = f"{self._api_url}chat.postMessage"
            headers.append(("Authorization", f"Bearer {given['token']}"))
            metadata: JsonObject = {"event_type": EFFECT_TYPE, "event_payload": {"key": call.idempotency_key}}
            message = {"channel": given["channel"], **message, "metadata": metadata}
        return OutboundRequest(
            method="POST",
            url=as_text(url),
            headers=stamped(call, headers),
            body=json_bytes(message, "with"),
            timeout_seconds=call.timeout_seconds,
            allowed_networks=call.allowed_networks,
        )

    def _history(self, call: Call) -> OutboundRequest:
        # The latest messages of the channel or of the thread.
        given = call.input
        asked = {"channel": given["channel"], "limit": LOOKUP_MESSAGES, "include_all_metadata": "true"}
        method = "conversations.history"
        if "thread_ts" in given:
            asked["ts"], method = given["thread_ts"], "conversations.replies"
        request = self._request(call)
        headers = [header for header in request.headers if header[0] != "Content-Type"]
        return replace(
            request, method="GET", url=f"{self._api_url}{method}?{urlencode(asked)}", headers=headers, body=b""
        )


def _key_of(metadata: Mapping[str, JsonValue]) -> JsonValue:
    payload = metadata.get("event_payload")
    return payload.get("key") if isinstance(payload, dict) else None


def _read(response: OutboundResponse) -> tuple[str, Mapping[str, JsonValue]]:
    # The code is empty for a success. Raises ConnectorError if the answer does not come from Slack.
    if response.status >= _SERVER_FAULT:
        raise fault(response)
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        answer = None
    if isinstance(answer, dict) and answer.get("ok") is True:
        return "", answer
    if isinstance(answer, dict) and isinstance(answer.get("error"), str):
        return answer["error"], answer
    if response.status == _TOO_MANY:
        return "ratelimited", {}
    raise not_slack(response)


def _answer(response: OutboundResponse) -> Mapping[str, JsonValue]:
    word, answer = _read(response)
    if word:
        raise refusal(word, response, answer.get("needed"))
    return answer


def _posted(answer: Mapping[str, JsonValue]) -> JsonValue:
    return {"channel": answer.get("channel"), "ts": answer.get("ts")}


def _of_webhook(response: OutboundResponse) -> JsonValue:
    # Slack answers `ok` or an error code. An error code raises ConnectorError.
    word = response.body.decode(errors="replace").strip()
    if response.status == _OK and word == "ok":
        return {"channel": None, "ts": None}
    if response.status == _TOO_MANY:
        raise refusal("rate_limited", response)
    if word in WORDS or (response.status < _SERVER_FAULT and re.fullmatch(r"[a-z][a-z_]+", word) and word != "ok"):
        raise refusal(word, response)
    raise fault(response) if response.status >= _SERVER_FAULT else not_slack(response)
