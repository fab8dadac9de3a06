"""Make ``docs/reference/state_machines.md`` from the tables of moves: ``make reference`` writes it."""

from __future__ import annotations

from collections.abc import Mapping

from automate.effects import states as effect_states
from automate.outbox import states as outbox
from automate.rules.backtests import states as backtests
from automate.runs import states as runs

HEAD = """# State machines

Each state machine is a table of legal moves from state to state. `make reference` builds this page from the tables of moves. Two checks
refuse every move that is missing from the state machine's table. First, the engine checks each move before it writes, and raises an error for an illegal move.
Second, each SQL statement updates only rows in the expected state. So if two processes race, only one of them updates the row.
CHECK constraints in the database refuse unknown states.
To change a state machine, change its table.
"""

OUTBOX = """## OutboxJob

An OutboxJob is a unit of work that is due. The legal moves of an OutboxJob are in `platform/automate/outbox/states.py`. The statements in `outbox/claims.py`, `outbox/dispatching/claims.py` and `outbox/transitions.py` change the states.

| move | who | when |
|---|---|---|
| pending to dispatched | relay | due, and within its tenant's window |
| dispatched to claimed | worker | the message arrived; raises fence and attempts, sets the lease |
| claimed to done | worker | its work is committed in the same transaction |
| claimed to pending | worker | it waits for a time or a budget, or a fault is tried again later |
| claimed to dispatched | relay | the lease ended: sent again, alone |
| dispatched to pending | relay | the broker was unavailable |
| claimed to dead | worker | attempts used up; its run, bulk operation or backtest fails in the same transaction |
| dead to pending | operator | redrive |
"""

RUN = """## ExecutionRun

An ExecutionRun is the execution of one WorkflowVersion for one Event. The legal moves of an ExecutionRun are in `platform/automate/runs/states.py`.
The code in `runs/engine.py` changes the states. A run never leaves a final state. A retry or a redrive starts a new run. The new run has the same
origin as the retried run, so its calls have the same Idempotency-Keys.
"""

APPROVAL = """## Approval

An Approval is the question that a `flow.approval` step asks people. The legal moves of an Approval are in `platform/automate/runs/states.py`.
The code in `runs/approvals/transitions.py` changes the states. An approval ends only once. The same transaction also ends the wait of the approval's step, and writes the AuditEntry.

| move | who | when | AuditEntry |
|---|---|---|---|
| pending to approved | the last deciding person | as many approvals as its quorum | `approval.decide` |
| pending to rejected | the rejecting person | the first rejection | `approval.decide` |
| pending to expired | worker, as the system | its time is over; `on_expiry` decides the outcome of the step | `approval.expire` |
| pending to cancelled | worker | its run has ended | the entry of the cancellation, if the run was cancelled |
"""

STEP = """## StepRun

A StepRun is one attempt at one step. In the state `uncertain` the call was sent, and its outcome is unknown. If possible, the connector first looks up the outcome.
If the connector cannot look up the outcome, the call of an `idempotent` or `keyed` connector is repeated under the same key. The call of an `unsafe` connector waits for an operator's decision.
The state `retrying` means that this attempt has ended, and another attempt follows. The next attempt has a separate row. A `retrying` attempt becomes `failed` or `cancelled` only if no next attempt starts, for example because the run has ended.
"""


EFFECT = """## Effect

An Effect is a row of the ledger about one effect on another system. The legal moves of an Effect are in `platform/automate/effects/states.py`.
The code in `runs/engine.py` and `effects` changes the states. See [effects](../effects.md).

| move | who | when |
|---|---|---|
| any to intent | worker | before each try, in the transaction that starts it; the earlier try is stored in `former` |
| intent to sent | worker | the call may have arrived; its connector looks up the outcome, or the call is sent again under the same key |
| sent, intent to uncertain | worker | no further lookup or repeat is made |
| to confirmed, to failed | worker | the call was answered, or a lookup found its outcome |
| uncertain to confirmed, failed | operator | `resolveEffect`; a call to repeat stays uncertain until a worker sends it |
"""

BREAKER = """## CircuitBreaker

A CircuitBreaker protects one host that one connector calls. The legal moves of a CircuitBreaker are in `platform/automate/effects/states.py`.
The code in `effects/breakers/transitions.py` changes the states.
See [effects](../effects.md#an-unhealthy-host).

| move | who | when |
|---|---|---|
| closed to open | worker | 5 failures within a minute that show an unhealthy host, at least half of the calls |
| open to half_open | worker | the next probe is due, and the call of one run becomes the probe |
| half_open to half_open | worker | the probe got no result in time, for example because its worker died; another probe follows |
| half_open to closed | worker | the probe was answered; parked runs resume |
| half_open to open | worker | the probe failed; the next probe is due after twice the time, at most five minutes |
| to closed | operator | `setBreaker` to `CLOSED` |
"""

BACKTEST = """## Backtest

A Backtest tests a condition on stored events. The legal moves of a Backtest are in `platform/automate/rules/backtests/states.py`.
The code in `rules/backtests/transitions.py` changes the states. A Backtest leaves the state `failed` only if its job is redriven.
"""

BULK = """## BulkOperation

A BulkOperation is one recovery operation on all objects that match a filter. The legal moves of a BulkOperation are in `platform/automate/runs/states.py`.
The code in `recovery/bulk/transitions.py` changes the states. A BulkOperation leaves the state `failed` only if its job is redriven.
"""


def diagram(moves: Mapping[str, frozenset[str]], start: str) -> str:
    """A table of moves as a mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {start}"]
    for state, nexts in moves.items():
        lines += [f"    {state} --> {following}" for following in sorted(nexts)]
    lines += [f"    {state} --> [*]" for state, nexts in moves.items() if not nexts]
    return "\n".join([*lines, "```", ""])


def page() -> str:
    return "\n".join(
        [
            HEAD,
            OUTBOX,
            diagram(outbox.MOVES, outbox.PENDING),
            RUN,
            diagram(runs.RUN_MOVES, runs.QUEUED),
            STEP,
            diagram(runs.STEP_MOVES, runs.PENDING),
            APPROVAL,
            diagram(runs.APPROVAL_MOVES, runs.PENDING),
            EFFECT,
            diagram(effect_states.EFFECT_MOVES, effect_states.EFFECT_INTENT),
            BREAKER,
            diagram(effect_states.BREAKER_MOVES, effect_states.BREAKER_CLOSED),
            BULK,
            diagram(runs.BULK_MOVES, runs.BULK_RUNNING),
            BACKTEST,
            diagram(backtests.MOVES, backtests.RUNNING),
        ]
    )
