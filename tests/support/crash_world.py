"""Who gets the crash matrix's mail, Slack messages, webhooks and GraphQL: a real server of each kind, which keeps what came.

Each knows an effect by what its own protocol carries of the Idempotency-Key, and a case by the number in what it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType

from standardwebhooks import Webhook, WebhookVerificationError
from typing_extensions import Self

from tests.support.endpoint_receiver import threaded
from tests.support.graphql_server import GraphQLServer, graphql_server
from tests.support.mail import MailServer
from tests.support.raw_server import Exchange, RawServer, answer
from tests.support.slack import Slack

HOOK_SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ENDPOINT = "receiver"
CASE = "case {}"
"""What a message says of the case that it is of."""
CASE_HEADER = "X-Case"

Arrived = tuple[str, str]
"""An effect's key, and the case that it is of."""


class Hooks(RawServer):
    """taken: the id and the body of each message whose signature holds."""

    def __init__(self) -> None:
        super().__init__(self._reply_to)
        self.taken: list[tuple[str, str]] = []

    async def _reply_to(self, exchange: Exchange) -> None:
        try:
            Webhook(HOOK_SECRET).verify(exchange.body, exchange.headers)
        except WebhookVerificationError:
            await exchange.send(answer("401 Unauthorized"))
            return
        self.taken.append((exchange.headers["webhook-id"], json.loads(exchange.body)["data"]["n"]))
        await exchange.send(answer("204 No Content"))


class World:
    """``with World() as world``. urls: by the kind of server."""

    def __enter__(self) -> Self:
        self._running = ExitStack()
        self.mail = self._running.enter_context(MailServer())
        self.slack = self._running.enter_context(threaded(Slack()))
        self.hooks = self._running.enter_context(threaded(Hooks()))
        self.graphql: GraphQLServer = self._running.enter_context(threaded(graphql_server()))
        self.urls: Mapping[str, str] = {
            "mail": f"smtp://127.0.0.1:{self.mail.port}",
            "slack": self.slack.api_url,
            "webhook": f"{self.hooks.url}in",
            "graphql": self.graphql.url,
        }
        self._kept: Mapping[str, Callable[[], Sequence[Arrived]]] = {
            "mail": self._mailed,
            "slack": self._posted,
            "webhook": self._hooked,
            "graphql": self._asked,
        }
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._running.close()

    def keys(self, kind: str, case: int) -> list[str]:
        """Of the effects of a case, in the order in which they came, the repeated ones again."""
        return [key for key, of in self._kept[kind]() if of == CASE.format(case)]

    def _mailed(self) -> list[Arrived]:
        messages = [one.message for one in list(self.mail.received)]
        return [(str(one["Message-ID"]).strip("<>").partition("@")[0], str(one["Subject"])) for one in messages]

    def _posted(self) -> list[Arrived]:
        return [(one["metadata"]["event_payload"]["key"], one["text"]) for one in list(self.slack.messages)]

    def _hooked(self) -> list[Arrived]:
        return list(self.hooks.taken)

    def _asked(self) -> list[Arrived]:
        return [(one["idempotency-key"], one[CASE_HEADER.lower()]) for one in list(self.graphql.requests)]
