"""A receiver that is shaped like Slack and checks what Slack checks: token, content type, channel, text, blocks, metadata."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from tests.support.raw_server import Exchange, RawServer, answer

TOKEN = "xoxb-17-very-secret"
HOOK = "services/T0/B0/very-secret"
CHANNEL, GENERAL, ARCHIVED, FOREIGN = "C024BE91L", "C000000G1", "C000000A1", "C000000F1"
NAMES = {"#orders": CHANNEL, "#general": GENERAL}
SECTION_CHARACTERS, BLOCKS, TEXT_CHARACTERS = 3_000, 50, 40_000
TS = "1503435956.{:06d}"
JSON = "Content-Type: application/json; charset=utf-8"


class Slack(RawServer):
    """messages: what stands in the channel, oldest first. scopes: the app's. raw: what is answered instead of Slack's own."""

    def __init__(
        self, *, scopes: frozenset[str] = frozenset({"chat:write", "channels:history"}), raw: Any = None
    ) -> None:
        super().__init__(self._reply_to)
        self.messages: list[dict[str, Any]] = []
        self._scopes = scopes
        self._raw = raw

    @property
    def api_url(self) -> str:
        return f"{self.url}api/"

    @property
    def hook_url(self) -> str:
        return f"{self.url}{HOOK}"

    async def _reply_to(self, exchange: Exchange) -> None:
        if callable(self._raw):
            await self._raw(exchange)
        elif self._raw is not None:
            await exchange.send(self._raw)
        else:
            await exchange.send(self._answer(exchange))

    def _answer(self, exchange: Exchange) -> bytes:
        method, target, _ = exchange.line.split()
        parts = urlsplit(target)
        if parts.path == f"/{HOOK}" and method == "POST":
            return self._hooked(exchange)
        if parts.path.startswith("/services/"):
            return answer("404 Not Found", b"no_service")
        token = exchange.headers.get("authorization")
        if token != f"Bearer {TOKEN}":
            return said({"ok": False, "error": "invalid_auth" if token else "not_authed"})
        return said(self._called(method, parts, exchange))

    def _called(self, method: str, parts: SplitResult, exchange: Exchange) -> dict[str, Any]:
        if parts.path == "/api/chat.postMessage" and method == "POST":
            return self._posted(exchange)
        if parts.path in {"/api/conversations.history", "/api/conversations.replies"} and method == "GET":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            return self._history(asked, threaded=parts.path.endswith("replies"))
        return {"ok": False, "error": "unknown_method"}

    def _posted(self, exchange: Exchange) -> dict[str, Any]:
        if "chat:write" not in self._scopes:
            return {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "identify"}
        if exchange.headers.get("content-type") != "application/json; charset=utf-8":
            return {"ok": False, "error": "invalid_post_type"}
        try:
            message = json.loads(exchange.body)
        except ValueError:
            return {"ok": False, "error": "invalid_json"}
        channel = NAMES.get(message.get("channel"), message.get("channel"))
        word = (
            {None: "channel_not_found", ARCHIVED: "is_archived", FOREIGN: "not_in_channel"}.get(channel)
            or ("" if channel in {CHANNEL, GENERAL} else "channel_not_found")
            or wrong_content(message)
            or wrong_metadata(message)
        )
        if word:
            return {"ok": False, "error": word}
        message["ts"] = TS.format(len(self.messages))
        self.messages.append(message)
        return {"ok": True, "channel": channel, "ts": message["ts"], "message": {"text": message.get("text", "")}}

    def _history(self, asked: Mapping[str, str], *, threaded: bool) -> dict[str, Any]:
        if "channels:history" not in self._scopes:
            return {"ok": False, "error": "missing_scope", "needed": "channels:history"}
        if asked.get("channel") not in {CHANNEL, GENERAL}:
            return {"ok": False, "error": "channel_not_found"}
        found = [one for one in self.messages if not threaded or asked["ts"] in {one["ts"], one.get("thread_ts")}]
        shown = [dict(one) for one in reversed(found)][: int(asked["limit"])]
        if asked.get("include_all_metadata") != "true":
            for one in shown:
                one["metadata"] = {"event_type": one.get("metadata", {}).get("event_type")}
        return {"ok": True, "messages": shown, "has_more": len(found) > len(shown)}

    def _hooked(self, exchange: Exchange) -> bytes:
        try:
            message = json.loads(exchange.body)
        except ValueError:
            return answer("400 Bad Request", b"invalid_payload")
        word = wrong_content(message)
        if word:
            return answer("400 Bad Request", word.encode())
        self.messages.append(message)
        return answer("200 OK", b"ok", "Content-Type: text/html")


def said(value: Mapping[str, Any], status: str = "200 OK", *headers: str) -> bytes:
    return answer(status, json.dumps(value).encode(), JSON, *headers)


def wrong_content(message: Mapping[str, Any]) -> str:
    text, blocks = message.get("text", ""), message.get("blocks", [])
    if not text and not blocks:
        return "no_text"
    if len(text) > TEXT_CHARACTERS:
        return "msg_too_long"
    if len(blocks) > BLOCKS or any(not _is_block(block) for block in blocks):
        return "invalid_blocks"
    return ""


def _is_block(block: Any) -> bool:
    if block.get("type") == "divider":
        return True
    text = block.get("text", {}).get("text", "")
    return block.get("type") == "section" and 0 < len(text) <= SECTION_CHARACTERS


def wrong_metadata(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata")
    if metadata is None:
        return ""
    named = re.fullmatch(r"[a-z_][a-z0-9_]*", metadata.get("event_type", ""))
    return "" if named and isinstance(metadata.get("event_payload"), dict) else "invalid_metadata_format"
