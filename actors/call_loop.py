"""The event loop on which calls of connectors are made."""

from __future__ import annotations
import asyncio
import threading
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any
import structlog
import uvloop
from prometheus_client import Histogram
from actors.connectors.base import Call, Connector, ConnectorError, LookedUp, LooksUp
from actors.connectors.guard.large_answers import Holding, current
from actors.connectors.guard.reach import reaching
from actors.connectors.guard.repeats import repeating
from actors.secrets import SecretRules
from automate.kernel import causation
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.large import LARGE_BYTES, opened
from automate.kernel.metrics import CALL_SECONDS, CALLS, CALLS_IN_FLIGHT
from automate.kernel.redaction import Scrubber
from automate.kernel.secret_lines import unlogged
from automate.kernel.sensitive_values import Hider
from automate.kernel.storable import json_bytes
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import Trace, child_of, tracing
from automate.runs.round import StepCall, StepResult
from automate.runs.storable import text_of
from automate.workflows.refs import rendered_refs, resolve

from actors.calls import log


@lru_cache(maxsize=1)
def call_loop() -> asyncio.AbstractEventLoop:
    """The event loop of this process's calls, running in a thread of its own: uvloop's, on which a call costs a sixth less."""
    loop = uvloop.new_event_loop()
    loop.set_exception_handler(_nobody_waited)
    threading.Thread(target=_keep_running, args=(loop,), name="connector-calls", daemon=True).start()
    return loop


def _nobody_waited(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For a task or callback of a connector's own. Its words may hold a secret of a call that is over: they stay out."""
    error = context.get("exception")
    log.error("nobody waited for what failed on the loop of calls", error=type(error).__name__ if error else "")


def _keep_running(loop: asyncio.AbstractEventLoop) -> None:
    """A task that a connector has left behind may stop the loop or exit: that ends nobody else's calls."""
    while True:
        try:
            loop.run_forever()
            log.warning("the loop of connector calls was stopped from within; it goes on")
        except BaseException as error:  # noqa: BLE001 - an exit in a stranger's task
            log.warning("a connector tried to end the process from a task of its own", error=type(error).__name__)


class Turns:
    """Whether the loop of calls takes its turns, which a connector that blocks holds up for everybody."""

    _asked_at: float | None = None

    def silent_seconds(self) -> float:
        """How long it has not answered since it was first asked; ask again and again. 0 where there was no call yet."""
        asked_at = self._asked_at
        if asked_at is not None:
            return time.monotonic() - asked_at
        if call_loop.cache_info().currsize:
            self._asked_at = time.monotonic()
            call_loop().call_soon_threadsafe(self._answer)
        return 0.0

    def _answer(self) -> None:
        self._asked_at = None


turns = Turns()


def later(seconds: float, act: Callable[[], None]) -> None:
    """Run something short on the event loop's thread after a while. Holds no thread until then."""
    loop = call_loop()
    loop.call_soon_threadsafe(loop.call_later, seconds, act)
