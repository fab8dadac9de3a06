"""Senders of signed webhooks as the world has them: many at once, and trying again with the same id where they may."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

CONNECTIONS = 12
ANSWER_SECONDS = 15.0
PAUSE_SECONDS = 0.05
WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Accepted:
    """An answer 202. seconds: what it took."""

    number: int
    outcome: str
    event_id: str
    seconds: float


class Senders:
    """url, secret: of a STANDARD_WEBHOOKS source.

    patience_seconds: for how long a webhook that was not accepted is sent again; zero fails the test at ``join``.
    accepted: every 202, refused: what became of the other tries, by number.
    """

    def __init__(self, url: str, secret: str, *, patience_seconds: float = 0.0) -> None:
        self._url = urlsplit(url)
        self._signer = Webhook(secret)
        self._patience = patience_seconds
        self.accepted: list[Accepted] = []
        self.refused: list[tuple[int, str]] = []
        self._changed = threading.Condition()
        self._work: queue.SimpleQueue[tuple[int, dict[str, Any]]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def begin(self, numbers: Iterable[int], extra: Callable[[int], dict[str, Any]] = lambda _number: {}) -> Senders:
        """Send one webhook for each number, on all connections at once; returns at once. extra: more of its body."""
        for number in numbers:
            self._work.put((number, extra(number)))
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()
        return self

    def join(self, seconds: float = WAIT_SECONDS) -> Senders:
        """Until all have been sent."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), f"still sending after {seconds} s; {len(self.accepted)} accepted"
        if not self._patience:
            assert self.refused == []
        return self

    def wait_accepted(self, count: int, seconds: float = WAIT_SECONDS) -> None:
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.accepted) >= count, seconds)
        assert arrived, f"{len(self.accepted)} of {count} were accepted within {seconds} s"

    def slowest_seconds(self) -> float:
        return max(answer.seconds for answer in self.accepted)

    def _send_all(self) -> None:
        connection = self._connect()
        while True:
            try:
                number, extra = self._work.get_nowait()
            except queue.Empty:
                connection.close()
                return
            deadline = time.monotonic() + self._patience
            while not self._send(connection, number, extra):
                connection.close()
                connection = self._connect()
                if time.monotonic() > deadline:
                    break
                time.sleep(PAUSE_SECONDS)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._url.hostname or "", self._url.port, timeout=ANSWER_SECONDS)

    def _send(self, connection: http.client.HTTPConnection, number: int, extra: dict[str, Any]) -> bool:
        body = json.dumps({"type": "order.created", "n": number, **extra})
        sent_at, now = time.monotonic(), datetime.now(timezone.utc)
        headers = {
            "webhook-id": f"delivery-{number}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(f"delivery-{number}", now, body),
            "content-type": "application/json",
        }
        try:
            connection.request("POST", self._url.path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            return self._note(refused=(number, repr(error)))
        if response.status != 202:
            return self._note(refused=(number, f"{response.status} {text[:200]!r}"))
        answer = json.loads(text)
        seconds = time.monotonic() - sent_at
        return self._note(accepted=Accepted(number, answer["outcome"], answer["event_id"], seconds))

    def _note(self, *, accepted: Accepted | None = None, refused: tuple[int, str] | None = None) -> bool:
        with self._changed:
            if accepted:
                self.accepted.append(accepted)
            if refused:
                self.refused.append(refused)
            self._changed.notify_all()
        return accepted is not None
