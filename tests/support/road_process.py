"""Send webhooks through web, relay, worker and feed, all in this process, and print what one of them enters.

``python -m tests.support.road_process TENANT_ID PATH SECRET TOKEN`` prints a JSON list of ``[file, function]``, one for
each call. It is the webhook that enters the fewest files: the first one fills caches, and another may find one outdated.
It runs in a separate process, because the threads of all parts end with the process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import traceback
import uuid
from types import FrameType
from typing import Any
from unittest import mock

from tests.support.tree import PACKAGES, ROOT

FOLDERS = tuple(f"{package}/" for package in PACKAGES.values())
FEED = "subscription { runFeed { kind toState run { id state } step { key state } } }"
WEBHOOKS = 4
UNTIL_SECONDS = 15.0
Message = dict[str, Any]


class Road:
    """Notes calls: in the thread that creates it, and in the threads that start afterwards."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] | None = None
        threading.setprofile(self._note)

    def begin(self) -> None:
        self.found = []
        sys.setprofile(self._note)

    def end(self) -> list[tuple[str, str]]:
        sys.setprofile(None)
        found, self.found = self.found or [], None
        return found

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        found, code = self.found, frame.f_code
        if found is not None and event == "call" and code.co_filename.startswith(FOLDERS):
            found.append((code.co_filename.removeprefix(f"{ROOT}/"), code.co_name))


class Web:
    """The ASGI application on an event loop in a thread."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def _request(self, path: str, body: bytes, bearer: str, send: Any) -> None:
        headers = {"host": "testserver", "content-type": "application/json", "authorization": f"Bearer {bearer}"}
        headers["accept"] = "application/json, text/event-stream"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
            "state": {},
        }
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if not parts:
                await asyncio.Event().wait()
            return parts.pop()

        await self.application(scope, receive, send)

    def post(self, path: str, body: bytes, bearer: str) -> int:
        answers: list[Message] = []

        async def send(message: Message) -> None:
            answers.append(message)

        asyncio.run_coroutine_threadsafe(self._request(path, body, bearer, send), self.loop).result(UNTIL_SECONDS)
        status: int = answers[0]["status"]
        return status


class Subscriber:
    """A subscriber of runFeed."""

    def __init__(self, web: Web, token: str) -> None:
        self.text = ""
        self._came = threading.Condition()
        body = json.dumps({"query": FEED}).encode()
        asyncio.run_coroutine_threadsafe(web._request("/graphql/stream", body, token, self._receive), web.loop)

    async def _receive(self, message: Message) -> None:
        with self._came:
            self.text += message.get("body", b"").decode()
            self._came.notify_all()

    def await_text(self, text: str, times: int) -> None:
        with self._came:
            came = self._came.wait_for(lambda: self.text.count(text) >= times, UNTIL_SECONDS)
        assert came, self.text


def main(tenant_id: str, path: str, secret: str, token: str) -> None:
    road = Road()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    from automate.web.asgi import application  # noqa: I001 - prepares Django

    import dramatiq

    from actors.pools import run_scheduler
    from actors.relay.main import Relay
    from automate.kernel.roles import QUEUE_ROLE
    from automate.kernel.tenancy import acting_for_platform
    from tenants.directory import tenant_by_id

    tenant_by_id(uuid.UUID(tenant_id))
    web, relay = Web(application), Relay(threading.Event())
    subscriber = Subscriber(web, token)
    subscriber.await_text("CHECKPOINT", 1)
    roads = []
    for times in range(1, WEBHOOKS + 1):
        road.begin()
        assert web.post(path, json.dumps({"type": "order.created", "n": times}).encode(), secret) == 202
        messages: list[tuple[Any, Any]] = []
        with (
            mock.patch.object(dramatiq.Actor, "send", lambda actor, *sent, to=messages: to.append((actor, sent))),
            acting_for_platform("dispatch due jobs of all tenants", QUEUE_ROLE),
        ):
            relay.dispatch()
        for actor, arguments in messages:
            actor.fn(*arguments)
        subscriber.await_text('"toState":"SUCCEEDED","run":', 2 * times)
        with run_scheduler._changed:
            assert run_scheduler._changed.wait_for(run_scheduler._at_rest, UNTIL_SECONDS)
        roads.append(road.end())
    print(json.dumps(min(roads, key=lambda found: len({file for file, _ in found}))), flush=True)


if __name__ == "__main__":
    status = 1
    try:
        main(*sys.argv[1:])
        status = 0
    except Exception:  # noqa: BLE001 - the boundary of the process
        traceback.print_exc()
    finally:
        # Its threads serve on, and would keep the process.
        os._exit(status)
