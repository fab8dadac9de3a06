"""An HTTP server that stores the requests that it receives from the demo's workflow."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import final

from automate.project.reaching import LOOPBACK


@final
class DemoReceiver:
    """Answers every POST with 200. ``received`` has the JSON bodies."""

    def __init__(self) -> None:
        received: list[object] = []

        class ReceiverHandler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                body = b'{"ok": true}'
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Log nothing, because the demo itself prints the received request."""

        self.received = received
        self._server = ThreadingHTTPServer((LOOPBACK, 0), ReceiverHandler)
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}/pushes"

    def __enter__(self) -> DemoReceiver:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
