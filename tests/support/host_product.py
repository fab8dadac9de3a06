"""The host's product in a test: it does what a call asks of it, and tells the platform what has happened there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import connection
from typing_extensions import Self

Tell = Callable[[Mapping[str, str]], Any]


class HostProduct:
    """``with HostProduct(tell, passes=…) as product``: each call makes it tell the platform once, before it answers.

    passes: the headers that it hands on from a call to what it tells. most: after so many calls it falls silent.
    calls: the headers of each call, by lower-case names. told: what ``tell`` returned.
    """

    def __init__(self, tell: Tell, *, passes: tuple[str, ...], most: int) -> None:
        self.calls: list[dict[str, str]] = []
        self.told: list[Any] = []
        self._tell, self._passes, self._most = tell, passes, most

    def __enter__(self) -> Self:
        product = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                product.take({name.lower(): value for name, value in self.headers.items()})
                body = json.dumps({"calls": len(product.calls)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: Any) -> None:
                """Not to the test's standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/orders"
        self._thread = threading.Thread(target=self._server.serve_forever, name="host product")
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, headers: dict[str, str]) -> None:
        self.calls.append(headers)
        if len(self.calls) > self._most:
            return
        try:
            self.told.append(self._tell({name: headers[name] for name in self._passes}))
        finally:
            # Of this server's own thread.
            connection.close()
