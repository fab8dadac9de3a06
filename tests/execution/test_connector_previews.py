"""The dry run of a connector: what it would send, with SecretRefs as text, and nothing sent."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from actors.connectors.base import Call, ConnectorError
from actors.connectors.previews import SET_WHEN_SENT
from actors.connectors.registry import CONNECTORS
from actors.connectors.registry import preview as whole_preview
from automate.kernel.json_values import as_object
from tests.support.plane import Scripted, connectors

STAMPS = {
    "Idempotency-Key": SET_WHEN_SENT,
    "traceparent": SET_WHEN_SENT,
    "Automate-Causation": SET_WHEN_SENT,
    "baggage": f"automate.causation={SET_WHEN_SENT}",
    "User-Agent": "DjangoAutomate/0.1.0",
}


def rendered(given: dict[str, Any], **refs: list[Any]) -> dict[str, Any]:
    """As the ledger keeps it: each ref by its path, keys joined by __, and the pieces that it is made of."""
    entries = [{"path": path.split("__"), "parts": parts} for path, parts in refs.items()]
    return {"input": given, "refs": entries}


def preview(uses: str, rendered_json: Any) -> Any:
    return whole_preview(uses, rendered_json)["request"]


def secret(name: str, version: int | None = None) -> dict[str, Any]:
    return {"secret": name, "version": version}


def test_preview_shows_the_request_with_refs_for_secrets() -> None:
    given = {
        "method": "POST",
        "url": "https://api.example.com/v1?a=1",
        "query": {"key": ""},
        "headers": {"Authorization": "", "X-Plain": "x"},
        "json": {"n": 1, "note": ""},
    }
    refs: dict[str, list[Any]] = {
        "query__key": [secret("KEY", 2)],
        "headers__Authorization": ["Bearer ", secret("TOKEN")],
        "json__note": ["is ", secret("TOKEN"), "!"],
    }
    assert preview("http.request", rendered(given, **refs)) == {
        "method": "POST",
        "url": "https://api.example.com/v1",
        "query": {"a": "1", "key": "$secret:KEY@2"},
        "headers": {
            **STAMPS,
            "Authorization": "Bearer $secret:TOKEN",
            "X-Plain": "x",
            "Content-Type": "application/json",
        },
        "body": {"n": 1, "note": "is $secret:TOKEN!"},
    }


def test_what_looks_like_a_secret_is_hidden() -> None:
    given = {
        "url": "https://x.example/",
        "headers": {"Authorization": "Bearer hunter2hunter2"},
        "form": {"password": "hunter2"},
    }
    shown = preview("http.request", rendered(given))
    assert shown["headers"]["Authorization"] == "[redacted]"
    assert shown["body"] == {"password": "[redacted]"}


def test_a_ref_beside_other_text_under_a_sensitive_name_is_hidden_whole() -> None:
    given = {"url": "https://x.example/", "headers": {"Cookie": ""}}
    shown = preview("http.request", rendered(given, headers__Cookie=["a=hunter2; b=", secret("B")]))
    assert shown["headers"]["Cookie"] == "[redacted]"


def test_encoded_stand_ins_are_no_riddle() -> None:
    class Encodes(Scripted):
        def preview(self, call: Call) -> Any:
            return {"basic": base64.b64encode(f"u:{call.input['word']}".encode()).decode()}

    with connectors(Encodes(name="test.encodes")):
        shown = preview("test.encodes", rendered({"word": ""}, word=[secret("WORD")]))
    assert "[redacted]" in shown["basic"]
    assert len(shown["basic"]) < len("[redacted]") + 8


def test_bad_input_is_told() -> None:
    with pytest.raises(ConnectorError) as caught:
        preview("http.request", rendered({"url": 5}))
    assert caught.value.details == {"failure": "bad_input", "field": "url"}


def test_connector_without_a_preview_shows_its_input() -> None:
    with connectors(Scripted(name="test.plain")):
        assert preview("test.plain", rendered({"a": 1, "token": "hunter2"})) == {"a": 1, "token": "[redacted]"}


def test_line_that_is_written_is_shown_with_its_level() -> None:
    assert preview("log.write", rendered({"message": "m", "data": {"token": "hunter2"}})) == {
        "message": "m",
        "level": "info",
        "data": {"token": "[redacted]"},
    }
    with pytest.raises(ConnectorError):
        preview("log.write", rendered({"message": 5}))


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_error_tables_are_told(name: str) -> None:
    assert CONNECTORS[name].spec.failures
    assert CONNECTORS[name].spec.description


@pytest.mark.parametrize(
    ("given", "hosts"),
    [
        ({"url": "HTTPS://API.Example.com:8443/a"}, ["api.example.com"]),
        ({"url": "http://0x7f.1/"}, ["127.0.0.1"]),
        ({"url": "not a url"}, []),
        (
            {
                "url": "https://api.example.com/",
                "auth": {"oauth2": {"token_url": "https://auth.example.com/t", "client_id": "a", "client_secret": "b"}},
            },
            ["api.example.com", "auth.example.com"],
        ),
    ],
)
def test_preview_names_the_hosts_that_are_called(given: dict[str, Any], hosts: list[str]) -> None:
    assert whole_preview("http.request", rendered(given))["hosts"] == hosts


def test_secret_within_a_host_is_shown_as_its_ref() -> None:
    parts = ["https://", secret("SUB"), ".example.com/"]
    shown = whole_preview("http.request", rendered({"url": ""}, url=parts))
    assert shown["hosts"] == ["$secret:SUB.example.com"]
    assert as_object(shown["request"])["url"] == "https://$secret:SUB.example.com/"


@pytest.mark.parametrize("kind", ["basic", "bearer", "header", "query", "oauth2"])
def test_no_credential_is_shown(kind: str) -> None:
    literal = {
        "basic": {"username": "ada", "password": "hunter2hunter2"},
        "bearer": "hunter2hunter2",
        "header": {"name": "X-API-Key", "value": "hunter2hunter2"},
        "query": {"name": "api_key", "value": "hunter2hunter2"},
        "oauth2": {"token_url": "https://auth.example.com/t", "client_id": "a", "client_secret": "hunter2hunter2"},
    }[kind]
    shown = whole_preview("http.request", rendered({"url": "https://api.example.com/", "auth": {kind: literal}}))
    assert "hunter2" not in json.dumps(shown)
    assert base64.b64encode(b"ada:hunter2hunter2").decode() not in json.dumps(shown)
