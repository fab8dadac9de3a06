"""Logs as JSON lines on standard error: the platform's own from info up, libraries' from warnings up."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from automate.kernel.secret_lines import scrubbed_line
from automate.kernel.trace import trace_or_none


def log_to_stderr(process: str) -> None:
    """Call once, as the process starts. Tracebacks hold no local variables: those may be secrets."""
    common = _common(process)
    _configure_structlog(common)
    _configure_logging(common)


def log_unless_configured(process: str) -> None:
    """The same in a process that another program has started, such as a server of its own. Where that has configured
    structlog it has taken charge; handlers that it has given to ``logging`` stay in any case.
    """
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
    # One line for each refused request: TraceMiddleware's, which knows why.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Texts before they are written as JSON, whose escapes stand over those that a traceback has."""
    return {name: scrubbed_line(value) if isinstance(value, str) else value for name, value in event.items()}


def _line_without_secrets(_logger: WrappedLogger, _method: str, line: Any) -> str:
    """The whole of it, with whatever else than texts a caller has put into it."""
    return scrubbed_line(line)
