"""HTTP servers of tests end at once: Python's own look only twice a second whether they should."""

from __future__ import annotations

from socketserver import BaseServer

from werkzeug.serving import BaseWSGIServer

POLL_SECONDS = 0.02

for serve in (BaseServer.serve_forever, BaseWSGIServer.serve_forever):
    serve.__defaults__ = (POLL_SECONDS,)
