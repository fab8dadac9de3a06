"""Connector calls: made concurrently on one event loop per process, their secrets kept in one call frame."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial

import structlog
import uvloop

from actors.connectors.base import Call, Connector, ConnectorError
from automate.kernel import causation
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.redaction import Scrubber
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import Trace, child_of, tracing
from automate.runs.round import StepCall, StepResult
from automate.vault.backends import read_secret
from automate.workflows.refs import rendered_refs, resolve

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.003
"""How long a result waits for others of its lane to be written with it, where others are still under way."""

GRACE_SECONDS = 1.0
"""A connector keeps its own deadline; one that does not is cut off this much later."""


async def make_call(call: StepCall, connector: Connector, allowed_networks: Sequence[str]) -> StepResult:
    """Resolve the SecretRefs, call, and scrub whatever comes back. Never raises: a call without a result would be
    waited for as long as its worker lives.
    """
    with tracing(child_of(call.run.trace_id)) as trace:
        try:
            return await _attempt(call, connector, allowed_networks, trace)
        except Exception as error:  # noqa: BLE001 - what came back cannot even be scrubbed, so its words are not logged
            return _fault(call, type(error).__name__)


async def _attempt(call: StepCall, connector: Connector, allowed_networks: Sequence[str], trace: Trace) -> StepResult:
    scrubber: Scrubber | None = None
    try:
        refs = rendered_refs(call.request)
        values = {(ref.name, ref.version): read_secret(ref.name, ref.version) for ref in refs}
        # Made before the call: what could not be scrubbed afterwards is not sent either.
        scrubber = Scrubber(list(values.values())) if values else None
        request = Call(
            input=resolve(call.request, values),
            idempotency_key=call.key,
            traceparent=trace.traceparent(),
            causation=causation.token(current_tenant().id, call.run.depth, call.run.id),
            timeout_seconds=call.timeout_seconds,
            allowed_networks=allowed_networks,
        )
        made = _without_exit(connector, request)
        output = await (made if connector.inline else asyncio.wait_for(made, request.timeout_seconds + GRACE_SECONDS))
    except ConnectorError as error:
        scrubbed = _scrubbed(error, scrubber)
        return StepResult(call, error=scrubbed, retry_after_seconds=error.retry_after_seconds, arrived=error.arrived)
    except NormalizedError as error:
        return StepResult(call, error=_scrubbed(error, scrubber))
    except asyncio.TimeoutError:
        late = NormalizedError(
            "STEP_TIMED_OUT", f"The step did not end within {call.timeout_seconds:g} s, its timeout_seconds."
        )
        return StepResult(call, error=late, arrived=True)
    except (Exception, asyncio.CancelledError):  # noqa: BLE001 - the edge towards other people's connectors
        told = traceback.format_exc()
        return _fault(call, scrubber.scrub_text(told) if scrubber else told)
    return StepResult(call, output=scrubber.scrub(output) if scrubber else output)


async def _without_exit(connector: Connector, request: Call) -> Json:
    """A connector may end its call, not the loop that makes everybody's calls, which an exit would unwind."""
    try:
        return await connector.call(request)
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError("the connector tried to end the process") from error


def _fault(call: StepCall, told: str) -> StepResult:
    log.error("connector failed", connector=call.uses, trace_id=call.run.trace_id, exception=told)
    fault = NormalizedError(
        "INTERNAL", f"The connector {call.uses} failed in a way that it does not explain; see the worker's log."
    )
    return StepResult(call, error=fault, arrived=True)


def _scrubbed(error: NormalizedError, scrubber: Scrubber | None) -> NormalizedError:
    if scrubber is None:
        return error
    return NormalizedError(
        error.code, scrubber.scrub_text(error.message), details=scrubber.scrub(error.details), path=error.path
    )


def finish_inline(call: StepCall, connector: Connector, allowed_networks: Sequence[str]) -> StepResult:
    """The result of a call that does no input or output, without an event loop. Never raises."""
    made = make_call(call, connector, allowed_networks)
    try:
        made.send(None)
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return]
    with suppress(RuntimeError):  # it waits once more instead of ending
        made.close()
    return _fault(call, "A connector that is inline waits for something: it belongs on the event loop.")


@lru_cache(maxsize=1)
def call_loop() -> asyncio.AbstractEventLoop:
    """The event loop of this process's calls, running in a thread of its own: uvloop's, on which a call costs a sixth less."""
    loop = uvloop.new_event_loop()
    threading.Thread(target=loop.run_forever, name="connector-calls", daemon=True).start()
    return loop


def launch(
    calls: Sequence[tuple[StepCall, Connector]], allowed_networks: Sequence[str], done: Callable[[StepResult], None]
) -> None:
    """Make calls on the event loop, in the caller's context, and hand each result to done, on the loop's thread."""
    loop = call_loop()

    def start() -> None:
        for call, connector in calls:
            task = loop.create_task(make_call(call, connector, allowed_networks))
            under_way.add(task)
            task.add_done_callback(partial(finished, call))

    def finished(call: StepCall, task: asyncio.Task[StepResult]) -> None:
        under_way.discard(task)
        # A connector can still cancel the task that it runs in, and then there is no result.
        lost = task.cancelled() or task.exception() is not None
        done(_fault(call, "The connector ended the task of its call.") if lost else task.result())

    loop.call_soon_threadsafe(start)


def later(seconds: float, act: Callable[[], None]) -> None:
    """Run something short on the event loop's thread after a while. Holds no thread until then."""
    loop = call_loop()
    loop.call_soon_threadsafe(loop.call_later, seconds, act)


under_way: set[asyncio.Task[StepResult]] = set()
"""The loop itself keeps its tasks by weak references only."""
