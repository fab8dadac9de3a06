"""GraphQL without most middleware answers as the whole chain does."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler

from automate.serving.middleware import TraceMiddleware
from automate.web import direct
from automate.web.http import ThreadedHandler
from tests.support.api import Api

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
QUERY = b'{"query": "{ viewer { name } }"}'
JSON = {"content-type": "application/json"}
REQUESTS: dict[str, tuple[str, dict[str, str], bytes]] = {
    "query": ("POST", JSON, QUERY),
    "trace": ("POST", {**JSON, "traceparent": TRACE}, QUERY),
    "no query": ("POST", JSON, b"{}"),
    "no json": ("POST", JSON, b"nonsense"),
    "empty": ("POST", JSON, b""),
    "unknown field": ("POST", JSON, b'{"query": "{ nope }"}'),
    "form": ("POST", {"content-type": "text/plain"}, QUERY),
    "encoded": ("POST", {**JSON, "content-encoding": "gzip"}, QUERY),
    "no token": ("POST", {**JSON, "authorization": ""}, QUERY),
    "wrong token": ("POST", {**JSON, "authorization": "Bearer automate_none"}, QUERY),
    "other token": ("POST", {**JSON, "authorization": "Basic YTpi"}, QUERY),
    "wrong host": ("POST", {**JSON, "host": "somebody.example"}, QUERY),
    "put": ("PUT", JSON, QUERY),
    "head": ("HEAD", {}, b""),
    "options": ("OPTIONS", {}, b""),
    "get": ("GET", {}, b""),
    "typed": ("POST", {**JSON, "accept": "application/graphql-response+json"}, b'{"query": "{"}'),
    "cookie": ("POST", {**JSON, "authorization": "", "cookie": "sessionid=abc"}, QUERY),
    "chunked length": ("POST", {**JSON, "content-length": "x"}, QUERY),
}


def scope_of(api: Api, method: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    sent = {"host": "localhost", "authorization": f"Bearer {api.token}", "content-length": str(len(body)), **headers}
    return {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": direct.PATH,
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value],
    }


def request_of(api: Api, method: str, headers: dict[str, str], body: bytes) -> ASGIRequest:
    return ASGIRequest(scope_of(api, method, headers, body), io.BytesIO(body))


def seen(response: Any) -> tuple[int, dict[str, str], Any]:
    """Without what differs between two answers: ids of traces and points that are left."""
    headers = {name: value for name, value in response.items() if name != "X-Trace-Id"}
    text = re.sub(rb'"trace_id": ?"[0-9a-f]{32}"', b'"trace_id":""', response.content)
    answer = json.loads(text) if text else None
    if isinstance(answer, dict):
        answer.pop("extensions", None)
    return response.status_code, headers, answer


@pytest.fixture
def chain(database: Any) -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


@pytest.mark.parametrize("request_", [pytest.param(one, id=name) for name, one in REQUESTS.items()])
def test_answer_is_that_of_the_whole_chain(api: Api, chain: BaseHandler, request_: Any) -> None:
    view = direct.direct_view()
    assert view is not None
    ours, whole = view(request_of(api, *request_)), chain.get_response(request_of(api, *request_))
    assert seen(ours) == seen(whole)
    if "traceparent" in request_[1]:
        assert ours["X-Trace-Id"] == whole["X-Trace-Id"] == TRACE.split("-")[1]
    assert re.fullmatch("[0-9a-f]{32}", ours["X-Trace-Id"])


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "chunked length"])
def test_request_whose_body_has_been_read_is_answered_alike(api: Api, name: str) -> None:
    """Web's parser refuses a length that is no number, so that no view sees one."""
    view = direct.direct_view()
    assert view is not None
    method, headers, body = REQUESTS[name]
    read = direct.request_of(scope_of(api, method, headers, body), body)
    assert seen(view(read)) == seen(view(request_of(api, method, headers, body)))


@pytest.fixture
def threaded() -> ThreadedHandler:
    return ThreadedHandler()


def ask(handler: ThreadedHandler, api: Api) -> int:
    return handler._respond(scope_of(api, "POST", JSON, QUERY), QUERY).status_code


def test_listeners_of_others_hear_of_each_request(api: Api, threaded: ThreadedHandler) -> None:
    heard = list[str]()

    def begun(**_: Any) -> None:
        heard.append("begun")

    def ended(**_: Any) -> None:
        heard.append("ended")

    assert ask(threaded, api) == 200
    signals.request_started.connect(begun)
    signals.request_finished.connect(ended)
    try:
        assert (ask(threaded, api), heard) == (200, ["begun", "ended"])
    finally:
        signals.request_started.disconnect(begun)
        signals.request_finished.disconnect(ended)
    assert (ask(threaded, api), len(heard)) == (200, 2)


def test_connection_goes_back_after_each_request(
    api: Api, threaded: ThreadedHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no signal is sent."""
    assert ask(threaded, api) == 200
    closing = list[bool]()
    monkeypatch.setattr("automate.web.http.close_old_connections", lambda: closing.append(True))
    assert ask(threaded, api) == 200
    assert closing == [True]


def test_fault_of_the_view_is_answered_as_the_chain_does(
    api: Api, chain: BaseHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr("graphql_schema.views.answered", broken)
    view = direct.direct_view()
    assert view is not None
    ours, whole = (answer(request_of(api, "POST", JSON, QUERY)) for answer in (view, chain.get_response))
    assert seen(ours) == seen(whole)
    assert ours.status_code == 500


def test_hostnames_that_decide_need_the_whole_chain(settings_of: Any) -> None:
    with settings_of(TENANT_BY_HOSTNAME=True):
        assert direct.direct_view() is None


def test_view_without_its_errors_is_noticed(api: Api, chain: BaseHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a direct view that checks no host."""
    monkeypatch.setattr(direct, "ErrorMiddleware", lambda view: view)
    view = direct.direct_view()
    assert view is not None
    request = REQUESTS["wrong host"]
    assert isinstance(view, TraceMiddleware)
    assert seen(view(request_of(api, *request))) != seen(chain.get_response(request_of(api, *request)))
