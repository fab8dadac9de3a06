"""Makes the calls of connectors concurrently on one event loop.

The secrets of a call exist only in the stack frame of this call.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar

import structlog
from prometheus_client import Histogram

from actors.call_loop import call_loop
from actors.connectors.base import Call, Connector, ConnectorError, LookedUp, LooksUp
from actors.connectors.guard.call_state import Departure, noting_departure, reaching, repeating
from actors.connectors.guard.large_answers import LargeAnswerPlace, current
from actors.secrets import SecretRules
from automate.kernel import causation
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded, json_bytes
from automate.kernel.json_values import as_object
from automate.kernel.large import LARGE_BYTES, opened
from automate.kernel.metrics import CALL_SECONDS, CALLS, CALLS_IN_FLIGHT
from automate.kernel.redaction import Scrubber
from automate.kernel.secret_lines import redact_logs
from automate.kernel.sensitive_values import Hider
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import Trace, child_of, tracing
from automate.runs.step_call import StepCall, StepResult
from automate.runs.storable import text_of
from automate.workflows.refs import rendered_refs, resolve

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.003
"""While calls are in flight, a result waits this long for other results of its tenant queue. They are written
together."""

GRACE_SECONDS = 1.0
"""A connector enforces its own deadline. A call that does not end is cancelled this much later."""


async def make_call(
    call: StepCall, connector: Connector, allowed_networks: Sequence[str], rules: SecretRules
) -> StepResult:
    # Never raises, because the tenant queue waits for a result of each call.
    with tracing(child_of(call.run.trace_id)) as trace:
        if connector.inline:
            return await _safe_attempt(call, connector, allowed_networks, rules, trace)
        with CALLS_IN_FLIGHT.track_inprogress(), _call_seconds(call.uses).time():
            return await _placed_attempt(call, connector, allowed_networks, rules, trace)


@cache
def _call_seconds(connector: str) -> Histogram:
    return CALL_SECONDS.labels(connector)


def count(results: Iterable[StepResult]) -> None:
    counts = Counter((result.call.uses, result.error.code if result.error else "ok") for result in results)
    for (connector, outcome), number in counts.items():
        _calls(connector, outcome).inc(number)


_calls = cache(CALLS.labels)


async def _placed_attempt(
    call: StepCall, connector: Connector, allowed_networks: Sequence[str], rules: SecretRules, trace: Trace
) -> StepResult:
    # The call may reserve memory for a large answer, until the result is recorded.
    holding = LargeAnswerPlace(current_tenant().id)
    token = current.set(holding)
    result = None
    try:
        result = await _safe_attempt(call, connector, allowed_networks, rules, trace)
    finally:
        current.reset(token)
        if result is None:
            holding.give_back()
    return replace(_packed(result), recorded=holding.give_back)


async def _safe_attempt(
    call: StepCall, connector: Connector, allowed_networks: Sequence[str], rules: SecretRules, trace: Trace
) -> StepResult:
    try:
        if connector.inline:
            return await _attempt(call, connector, allowed_networks, rules, trace)
        # A lookup changes nothing, and a repeat under the key changes nothing new, unless the effect is unsafe.
        with repeating(allowed=call.asks or connector.spec.effect != "unsafe") as repeats:
            made = await _attempt(call, connector, allowed_networks, rules, trace)
        return replace(made, resent=repeats.made) if repeats.made else made
    except Exception as error:  # noqa: BLE001 - what came back cannot even be scrubbed, so its words are not logged
        return _fault(call, type(error).__name__)


Answer = TypeVar("Answer")


def _packed(result: StepResult) -> StepResult:
    # Text needs a fraction of the memory of parsed JSON.
    if result.output is None:
        return result
    try:
        if len(json_bytes(result.output)) <= LARGE_BYTES:
            return result
        return replace(result, output=Encoded(text_of(result.output)))
    except (TypeError, ValueError, RecursionError, NormalizedError):
        return result  # the result is refused with a reason when it is recorded


async def _attempt(
    call: StepCall, connector: Connector, allowed_networks: Sequence[str], rules: SecretRules, trace: Trace
) -> StepResult:
    scrubber: Scrubber | None = None
    departure: Departure | None = None
    try:
        rendered = opened(call.request)
        refs = rendered_refs(rendered)
        # Before any value is read. The guard checks again for each redirect, page and token request.
        reach = rules.allow(call, connector.spec, refs)
        values = {(ref.name, ref.version): rules.read(ref.name, ref.version) for ref in refs}
        # Created before the call: a secret that could not be removed from the result must not be sent.
        scrubber = Scrubber(list(values.values())) if values else None
        request = Call(
            input=as_object(resolve(rendered, values)),
            idempotency_key=call.key,
            traceparent=trace.traceparent(),
            causation=causation.token(current_tenant().id, call.run.depth, call.run.id),
            timeout_seconds=call.timeout_seconds,
            allowed_networks=allowed_networks,
        )
        with redact_logs(scrubber, call.run.hider), reaching(reach), noting_departure() as departure:
            made = _without_exit(_looked_up(connector, request) if call.asks else connector.call(request))
            output = await (made if connector.inline else _in_time(made, request.timeout_seconds + GRACE_SECONDS))
    except ConnectorError as error:
        scrubbed = _scrubbed(error, scrubber, call.run.hider)
        unsent = departure is None or (error.unsent and not departure.sent)
        wait = error.retry_after_seconds
        return StepResult(call, error=scrubbed, retry_after_seconds=wait, arrived=error.arrived, unsent=unsent)
    except NormalizedError as error:
        return StepResult(call, error=_scrubbed(error, scrubber, call.run.hider), unsent=departure is None)
    except asyncio.TimeoutError:
        late = NormalizedError(
            "STEP_TIMED_OUT",
            f"The step did not end within {call.timeout_seconds:g} s, which is its `timeout_seconds`. "
            "If the other system needs more time, raise `timeout_seconds`.",
        )
        return StepResult(call, error=late, arrived=True)
    except (Exception, asyncio.CancelledError):  # noqa: BLE001 - the edge towards other people's connectors
        stack_trace = traceback.format_exc()
        for one in (scrubber, call.run.hider):
            stack_trace = one.scrub_text(stack_trace) if one is not None else stack_trace
        return _fault(call, stack_trace)
    verdict = ""
    if isinstance(output, LookedUp):
        verdict, output = output.verdict, output.output
    return StepResult(call, output=scrubber.scrub(output) if scrubber else output, verdict=verdict)


async def _looked_up(connector: Connector, request: Call) -> LookedUp:
    if not isinstance(connector, LooksUp):
        raise TypeError("the spec says lookup=True, but the connector has no method lookup")
    return await connector.lookup(request)


async def _in_time(made: Coroutine[object, object, Answer], seconds: float) -> Answer:
    # After a timeout the connector is cancelled. Its end is not awaited, because it may never end.
    task = asyncio.ensure_future(made)
    under_way.add(task)
    task.add_done_callback(_let_go)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()


def _let_go(task: asyncio.Future[Answer]) -> None:
    under_way.discard(task)
    if not task.cancelled():
        task.exception()  # the caller has seen the exception; a late one needs no report


async def _without_exit(made: Awaitable[Answer]) -> Answer:
    # Otherwise the loop that makes all calls would stop.
    try:
        return await made
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError("the connector tried to end the process") from error


def _fault(call: StepCall, stack_trace: str) -> StepResult:
    log.error("connector failed", connector=call.uses, trace_id=call.run.trace_id, exception=stack_trace)
    fault = NormalizedError(
        "INTERNAL",
        f"The connector {call.uses} raised an unexpected exception. "
        "Search the worker's log for the run's trace id to see the exception.",
    )
    return StepResult(call, error=fault, arrived=True)


def _scrubbed(error: NormalizedError, scrubber: Scrubber | None, hider: Hider | None) -> NormalizedError:
    # People read errors.
    for one in (scrubber, hider):
        if one is not None:
            details = one.scrub(error.details)
            details = details if isinstance(details, dict) else {}
            error = NormalizedError(error.code, one.scrub_text(error.message), details=details, path=error.path)
    return error


def finish_inline(
    call: StepCall, connector: Connector, allowed_networks: Sequence[str], rules: SecretRules
) -> StepResult:
    # Without the event loop. Never raises.
    made = make_call(call, connector, allowed_networks, rules)
    try:
        made.send(None)
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return] # typeshed types StopIteration.value as Any
    with suppress(RuntimeError):  # the connector waits again and does not end
        made.close()
    return _fault(call, "The connector is declared as inline, but waits for something. Set `inline` to False.")


def let_go_of(results: Iterable[StepResult]) -> None:
    # Call it after the results are written or given up.
    for result in results:
        if result.recorded is not None:
            result.recorded()


def launch(
    calls: Sequence[tuple[StepCall, Connector]],
    allowed_networks: Sequence[str],
    rules: SecretRules,
    done: Callable[[StepResult], None],
) -> None:
    """Start calls on the event loop. The event loop's thread calls ``done`` with each result."""
    loop = call_loop()

    def start() -> None:
        for call, connector in calls:
            task = loop.create_task(make_call(call, connector, allowed_networks, rules))
            under_way.add(task)
            task.add_done_callback(partial(finished, call))

    def finished(call: StepCall, task: asyncio.Task[StepResult]) -> None:
        under_way.discard(task)
        # A connector can cancel the task that it runs in; then no result exists.
        lost = task.cancelled() or task.exception() is not None
        done(_fault(call, "The connector ended the task of its call.") if lost else task.result())

    loop.call_soon_threadsafe(start)


CallTask: TypeAlias = asyncio.Future[Any]
"""A task that makes a call. typeshed's Future is invariant, so that no other type fits tasks with different results."""
under_way: set[CallTask] = set()
"""References to tasks in flight: the loop itself has only weak references."""
