"""Webhooks at a steady rate in their own process. Each is timed from its due time.

Reads one Order as JSON from stdin, and sends until its time is over. Prints ``[accepted, [milliseconds …]]`` as
JSON.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus

CONNECTIONS = 16
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Order:
    port: int
    path: str
    rate: float
    seconds: float


class Sender:
    """Threads process the due times in turn, so that a slow answer delays no other webhook."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.began = time.monotonic()
        self.turn = 0
        self.accepted = 0
        self.milliseconds: list[float] = []
        self.lock = threading.Lock()

    def send(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.order.port, timeout=PATIENCE_SECONDS)
        while True:
            with self.lock:
                due = self.turn / self.order.rate
                self.turn += 1
            if due > self.order.seconds:
                return
            time.sleep(max(0.0, self.began + due - time.monotonic()))
            try:
                if time.monotonic() - self.began - due > PATIENCE_SECONDS:
                    raise TimeoutError
                connection.request(
                    "POST", self.order.path, json.dumps({"n": due}), {"content-type": "application/json"}
                )
                answer = connection.getresponse()
                answer.read()
                accepted = answer.status == HTTPStatus.ACCEPTED
            except OSError:
                # No answer in time, or no free connection. The next request opens a new connection.
                accepted = False
                connection.close()
            with self.lock:
                self.accepted += accepted
                self.milliseconds.append(1_000 * (time.monotonic() - self.began - due))


def main() -> None:
    sender = Sender(Order(**json.loads(sys.stdin.readline())))
    threads = [threading.Thread(target=sender.send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps([sender.accepted, sender.milliseconds]), flush=True)


if __name__ == "__main__":
    main()
