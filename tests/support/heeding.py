"""Signals that a shell's background job (SIGINT) and ``nohup`` (SIGHUP) ignore. A program inherits that from whoever starts it."""

from __future__ import annotations

import signal


def heed_signals() -> None:
    """Let the programs that the tests start be ended by these signals, however the tests were started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
