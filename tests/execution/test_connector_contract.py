"""Our own connectors pass the suite that we ship to those who write others."""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar

import pytest

from actors.connectors.graphql.connector import GraphQLRequest
from actors.connectors.http.connector import HttpRequest
from actors.connectors.log.connector import LogWrite
from actors.connectors.registry import OURS
from actors.connectors.tokens import Tokens
from actors.sdk import Call, Connector, Guard
from actors.sdk.contract import Answer, Contract, Fault, HttpContract, Provoke, Request, Service
from actors.sdk.contract.http import SHORT_SECONDS
from actors.sdk.versions import refusal
from automate.kernel.json_values import JsonObject

OAUTH: JsonObject = {
    "oauth2": {"token_url": "https://auth.example.com/token", "client_id": "a", "client_secret": "$secret:CLIENT"}
}
POST: dict[str, Any] = {
    "method": "POST",
    "url": "https://api.example.com/v1/charges?expand=1",
    "headers": {"Authorization": "Bearer $secret:API_TOKEN", "X-Key": "$secret:SECOND"},
    "json": {"amount": 100, "note": "$secret:THIRD"},
}
PAGES: dict[str, Any] = {
    "url": "https://api.example.com/v1/orders",
    "paginate": {"by": {"link": {}}, "items": "orders"},
}
TOKENS = {
    "token_refused": Provoke({**PAGES, "auth": OAUTH}, answer=Answer(401, json={"error": "invalid_client"})),
    "token_unavailable": Provoke({**PAGES, "auth": OAUTH}, answer=Answer(503)),
}


class TestHttpRequest(HttpContract):
    connector: ClassVar[Any] = HttpRequest
    sample = POST
    provokes = {
        **TOKENS,
        "redirects": Provoke({**POST, "follow_redirects": True}, fault=Fault.REDIRECT_LOOP),
        "page_shape": Provoke(PAGES, answer=Answer(json={"things": []})),
        "page_elsewhere": Provoke(
            PAGES, answer=Answer(json={"orders": [1]}, headers={"Link": '<https://elsewhere.example.com/>; rel="next"'})
        ),
        "page_loop": Provoke(
            PAGES, answer=Answer(json={"orders": [1]}, headers={"Link": f'<{PAGES["url"]}>; rel="next"'})
        ),
    }

    def make(self, guard: Guard | None = None) -> Connector:
        guard = guard or Guard()
        return HttpRequest(guard, Tokens(guard))


@pytest.mark.slow
class TestHttpRequestThatFollows(TestHttpRequest):
    """The same where it follows redirects."""

    sample = {**POST, "follow_redirects": True}


class Starved(HttpRequest):
    """On a machine that has no time for it just when it calls."""

    async def call(self, call: Call) -> Any:
        asyncio.get_running_loop().call_soon(time.sleep, 2 * SHORT_SECONDS)
        return await super().call(call)


class OfStarved(TestHttpRequest):
    __test__ = False

    def make(self, guard: Guard | None = None) -> Connector:
        guard = guard or Guard()
        return Starved(guard, Tokens(guard))


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", ["test_half_a_body_is_uncertain", "test_reset_is_uncertain", "test_rate_limit_is_obeyed"]
)
def test_busy_machine_is_not_held_against_a_connector(check: str) -> None:
    getattr(OfStarved(), check)()


class GraphQL(Service):
    """Makes one order for each key."""

    def answer(self, request: Request) -> Answer:
        super().answer(request)
        return Answer(json={"data": {"order": {"id": 1}}})


FULL = b'{"data":{"a":"%s"}}' % (b"a" * (1024 * 1024 - 18))
"""As much as may be read."""


def errors(code: str, data: Any = None) -> Answer:
    return Answer(json={"data": data, "errors": [{"message": "No.", "extensions": {"code": code}}]})


QUERY: dict[str, Any] = {
    "url": "https://api.example.com/graphql",
    "query": "mutation ($note: String!) { order(note: $note) { id } }",
    "variables": {"note": "$secret:NOTE"},
    "auth": {"bearer": "$secret:API_TOKEN"},
}


@pytest.mark.slow
class TestGraphQLRequest(HttpContract):
    connector: ClassVar[Any] = GraphQLRequest
    sample = QUERY
    service = GraphQL
    provokes = {
        "token_refused": Provoke({**QUERY, "auth": OAUTH}, answer=Answer(401, json={"error": "invalid_client"})),
        "token_unavailable": Provoke({**QUERY, "auth": OAUTH}, answer=Answer(503)),
        "not_graphql": Provoke(answer=Answer(json=[1])),
        "partial": Provoke(answer=errors("X", data={"order": None, "other": 1})),
        "output_too_large": Provoke(answer=Answer(body=FULL, headers={"Content-Type": "application/json"})),
        "errors_auth": Provoke(answer=errors("UNAUTHENTICATED")),
        "errors_refused": Provoke(answer=errors("BAD_USER_INPUT")),
        "errors_rate_limited": Provoke(answer=errors("RATE_LIMITED")),
        "errors_transient": Provoke(answer=errors("INTERNAL_SERVER_ERROR")),
    }

    def make(self, guard: Guard | None = None) -> Connector:
        guard = guard or Guard()
        return GraphQLRequest(guard, Tokens(guard))


class TestLogWrite(Contract):
    connector: ClassVar[Any] = LogWrite
    sample = {"message": "Charged ch_1", "level": "warning", "data": {"n": [1, None]}}

    def make(self, guard: Guard | None = None) -> Connector:
        return LogWrite()


SUITES = (TestHttpRequest, TestGraphQLRequest, TestLogWrite)
ELSEWHERE = {"email.send", "slack.post_message", "webhook.send"}
"""In test_connector_contract_mail.py."""


def test_each_of_ours_is_held_to_it() -> None:
    held = {suite().make().spec.name for suite in SUITES}
    assert held | ELSEWHERE == {connector.spec.name for connector in OURS}
    assert {refusal(getattr(connector, "api", None)) for connector in OURS} == {""}
