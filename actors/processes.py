"""What relay, worker and scheduler share: an end on SIGTERM or SIGINT, and logs as JSON lines."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType

import structlog


def until_told_to_stop() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return stop


def log_to_stderr(process: str) -> None:
    """Structured lines on standard error; libraries' own logs from warnings up."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format=f'{{"process": "{process}", "log": "%(message)s"}}'
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
