"""The command ``automate web``."""

from __future__ import annotations

import importlib
import os

from automate.cli.processes import become
from automate.devserver.web_port import port_of


def web() -> None:
    """Serve HTTP and WebSockets on AUTOMATE_HOST:AUTOMATE_PORT."""
    become("web")
    importlib.import_module("automate.web.server").serve(port_of(os.environ))
