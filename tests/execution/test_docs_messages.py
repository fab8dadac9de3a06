"""The examples of docs/messages.md may be published, and its receiver verifies what webhook.send sends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from graphql import parse, validate

from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS, specs
from actors.connectors.webhook.connector import RETRY_SECONDS, WebhookSend
from automate.endpoints.receiver import WebhookReceiver
from automate.workflows.validation import check_definition
from tests.support.outbound import call
from tests.support.raw_server import Exchange, RawServer, run

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", [json.loads(block) for block in blocks("json")])
def test_example_may_be_published(example: Any) -> None:
    assert check_definition(example, specs(), None) == []


def test_operations_fit_the_schema(database: Any) -> None:
    from graphql_schema.schema import tenant_schema

    for block in blocks("graphql"):
        for operation in block.split("\n\n"):
            assert validate(tenant_schema._schema, parse(operation.replace("…", "x"))) == []


def test_receiver_of_the_page_verifies() -> None:
    async def sent() -> Exchange:
        async with RawServer() as server:
            await (
                WebhookSend(Guard())
                .to(WebhookReceiver(UUID(int=1), "billing", server.url, [SECRET], 1))
                .call(call({"endpoint": "billing", "type": "order.paid", "data": {"id": 1}}))
            )
            return server.exchanges[0]

    exchange = run(sent())
    (code,) = blocks("python")
    scope: dict[str, Any] = {"secret": SECRET, "body": exchange.body, "headers": exchange.headers}
    exec(code, scope)
    assert scope["message"] == {"type": "order.paid", "data": {"id": 1}}


def test_page_says_the_schedule_and_the_effects() -> None:
    assert RETRY_SECONDS == (5, 300, 1_800, 7_200, 18_000, 36_000)
    assert "after 5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours and 10 hours" in PAGE
    effects = {name: CONNECTORS[name].spec.effect for name in ("webhook.send", "email.send", "slack.post_message")}
    assert effects == {"webhook.send": "keyed", "email.send": "unsafe", "slack.post_message": "unsafe"}
