"""Writes logs as JSON lines to standard error. The minimum level is info for the platform, and warning for libraries."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from automate.kernel.secret_lines import scrubbed_line
from automate.kernel.trace import trace_or_none


def log_to_stderr(process: str) -> None:
    """Configure logging when a process starts. Tracebacks do not show local variables."""
    common = _common(process)
    _configure_structlog(common)
    _configure_logging(common)


def log_unless_configured(process: str) -> None:
    """Configure logging in a process that another program has started. Keeps an existing configuration of structlog."""
    if structlog.is_configured():
        return
    common = _common(process)
    _configure_structlog(common)
    if not logging.getLogger().handlers:
        _configure_logging(common)


def _common(process: str) -> list[Processor]:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        trace = trace_or_none()
        if trace is not None:
            event.setdefault("trace_id", trace.trace_id)
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name,
        structlog.processors.format_exc_info,
        _without_secrets,
    ]


def _configure_structlog(common: Sequence[Processor]) -> None:
    structlog.configure(
        processors=[*common, structlog.processors.JSONRenderer(), _line_without_secrets],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _configure_logging(common: Sequence[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
                _line_without_secrets,
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # One line for each refused request: that of TraceMiddleware, which knows the reason.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # Before the entry becomes JSON, because JSON adds escapes to the text of a traceback.
    return {name: scrubbed_line(value) if isinstance(value, str) else value for name, value in event.items()}


LogLine: TypeAlias = Any
"""The line that the renderer has made. structlog types the argument of each processor as a dict."""


def _line_without_secrets(_logger: WrappedLogger, _method: str, line: LogLine) -> str:
    # The line also contains values that are not text.
    return scrubbed_line(line)
