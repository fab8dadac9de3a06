"""What is wrong with a worker of a sabotaged matrix. Each replaces one function of its process. For tests alone."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from actors import call_loop, calls, tenant_queue
from actors.connectors.base import Call
from actors.connectors.registry import CONNECTORS
from actors.secrets import SecretRules
from automate.budgets import claims as budgets
from automate.kernel.large import opened
from automate.kernel.sql import execute
from automate.outbox import claims
from automate.recovery import transitions as recovery
from automate.runs import states, transitions
from automate.runs.advance import Advance
from automate.runs.approvals import endings
from automate.runs.asks import FREE
from automate.runs.changes import RunChanges
from automate.runs.engine import RunEngine
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall, StepResult
from automate.runs.step_state import LatestAttempt
from tests.support.crash_points import LOOKABLE, UNSAFE

HERE = ["127.0.0.0/8"]


def calls_before_intent() -> None:
    """Calls first, and writes the intent afterwards."""
    write, make_call = RunSet._write, calls.make_call
    early: dict[uuid.UUID, StepResult] = {}

    def call_and_write(run_set: RunSet, made: Sequence[Advance], *, kept: Collection[uuid.UUID], **more: Any) -> Any:
        for call in (call for this in made for call in this.calls):
            made_call = make_call(call, CONNECTORS[call.uses], HERE, SecretRules({}))
            early[call.step.id] = asyncio.run_coroutine_threadsafe(made_call, call_loop.call_loop()).result()
        return write(run_set, made, kept=set(kept), **more)

    async def already_made(call: StepCall, *_: Any) -> StepResult:
        return early.pop(call.step.id)

    setattr(RunSet, "_write", call_and_write)  # noqa: B010 - mischief
    setattr(calls, "make_call", already_made)  # noqa: B010 - mischief


def trusts_the_lost_call() -> None:
    """Takes a call whose worker was lost for one that was made."""

    def resume(rounds: RunEngine, made: Advance, step: LatestAttempt) -> None:
        made.move_step(step, states.SUCCEEDED)

    setattr(RunEngine, "resume", resume)  # noqa: B010 - mischief


FENCE = "j.fence = m.fence AND j.state = 'claimed'"


def ignores_the_fence() -> None:
    """Writes whatever it brings, though another worker has taken its jobs over."""
    fenced = {name: words for name, words in vars(claims).items() if isinstance(words, str) and FENCE in words}
    assert fenced.keys() >= {"KEEP", "FINISH", "RELEASE"}, "the fence is spelled some other way; mend this sabotage"
    for name, words in fenced.items():
        setattr(claims, name, words.replace(FENCE, "j.id = m.id"))


def repeats_in_silence() -> None:
    """Makes a lost call once more, and does not say that nobody knew whether it had arrived."""

    def resume(rounds: RunEngine, made: Advance, step: LatestAttempt) -> None:
        rounds._intend(made, step, opened(step.request), FREE, probe=False)

    setattr(RunEngine, "resume", resume)  # noqa: B010 - mischief


def repeats_the_unsafe() -> None:
    """Takes every connector for one whose calls may be repeated."""
    for unsafe in (CONNECTORS[UNSAFE], CONNECTORS["email.send"]):
        unsafe.spec = replace(unsafe.spec, effect="keyed")


def repeats_before_it_asks() -> None:
    """Takes a connector that could look it up for one whose calls may be repeated."""
    for lookable in (CONNECTORS[LOOKABLE], CONNECTORS["slack.post_message"]):
        lookable.spec = replace(lookable.spec, effect="keyed", lookup=False)


def keys_each_call_anew() -> None:
    """Gives no two calls the same key, though they are of one effect."""

    def call_of(**given: Any) -> Call:
        return Call(**{**given, "idempotency_key": uuid.uuid4().hex})

    setattr(calls, "Call", call_of)  # noqa: B010 - mischief


def keeps_the_slot() -> None:
    """Gives no place back that a run held."""
    setattr(budgets, "release", lambda *_, **__: 0)  # noqa: B010 - mischief


def spends_twice() -> None:
    """Counts a run that it goes on with as another one."""
    take = RunSet._take

    def spend_and_take(run_set: RunSet, jobs: Sequence[Any]) -> Any:
        execute(
            "UPDATE public.budget SET used = used + 1 WHERE tenant_id = %s AND metric = 'runs'", [run_set.tenant.id]
        )
        return take(run_set, jobs)

    setattr(RunSet, "_take", spend_and_take)  # noqa: B010 - mischief


def logs_out_of_order() -> None:
    """Writes the log as if each row were older than all others."""
    setattr(transitions, "INSERT_LOG", transitions.INSERT_LOG.replace(transitions.XID_IN_ORDER, "1"))  # noqa: B010 - mischief


def logs_half() -> None:
    """Moves a step, and says nothing of it."""
    write = transitions.write

    def forgetful(changes: Iterable[RunChanges], *others: Any) -> int | None:
        gathered = list(changes)
        for each in gathered:
            del each.log[1:]
        return write(gathered, *others)

    setattr(transitions, "write", forgetful)  # noqa: B010 - mischief


def ends_in_silence() -> None:
    """Leaves approvals as they are when their time is over."""
    setattr(endings, "write", lambda _rounds: None)  # noqa: B010 - mischief


def forgets_the_key() -> None:
    """Takes a request that comes again under its key for another one."""
    setattr(recovery, "take_key", lambda *_: True)  # noqa: B010 - mischief


MISCHIEF: dict[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        calls_before_intent,
        trusts_the_lost_call,
        ignores_the_fence,
        repeats_in_silence,
        repeats_the_unsafe,
        repeats_before_it_asks,
        keys_each_call_anew,
        keeps_the_slot,
        spends_twice,
        logs_out_of_order,
        logs_half,
        ends_in_silence,
        forgets_the_key,
    )
}
assert tenant_queue.launch is calls.launch, "a pass makes its calls some other way; mend this sabotage"
