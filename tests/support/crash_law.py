"""What must be true of a case, whatever its workers died of: promises 1, 3, 4, 6 and 12 of docs/guarantees.md."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.effects import states as effect_states
from automate.runs import states
from automate.runs.advance import IllegalMoveError, require_legal
from tests.support.crash_case import REQUESTS, Case

LOG = """
SELECT l.epoch, l.xid, l.id, l.run_id::text, l.step_id::text, l.step_key, l.from_state, l.to_state, l.reason
FROM run_log l JOIN execution_run r ON r.id = l.run_id WHERE r.trace_id = %(trace)s ORDER BY l.epoch, l.xid, l.id
"""
RUNS = "SELECT id::text, state FROM execution_run WHERE trace_id = %(trace)s ORDER BY id"
# What a retry has kept of the run in whose place it is ended before there was a retry, and has no log there.
STEPS = """
SELECT s.id::text, s.state FROM step_run s JOIN execution_run r ON r.id = s.run_id
WHERE r.trace_id = %(trace)s AND NOT (r.retry_of_id IS NOT NULL AND coalesce(s.finished_at < r.created_at, false))
"""
EFFECTS = """
SELECT e.key, e.state FROM effect e JOIN execution_run r ON r.id = e.run_id WHERE r.trace_id = %(trace)s
"""
JOBS = "SELECT state, count(*) FROM public.outbox_job WHERE trace_id = %(trace)s GROUP BY state"
SLOTS = """
SELECT count(*) FROM public.budget_slot WHERE holder_id IN (SELECT id FROM execution_run WHERE trace_id = %(trace)s)
"""
KEYS = """
SELECT count(*) FROM run_slot WHERE run_id IN (SELECT id FROM execution_run WHERE trace_id = %(trace)s)
"""
DECISIONS = """
SELECT coalesce(sum(m.rules), 0), count(m.id), count(DISTINCT e.id)
FROM event e LEFT JOIN rule_match m ON m.event_id = e.id WHERE e.trace_id = %(trace)s AND e.type <> 'run.called'
"""

# Of each approval: its state; decisions by people and the entries that tell of them; entries of its expiry.
APPROVALS = """
SELECT a.state, (SELECT count(*) FROM approval_decision d WHERE d.approval_id = a.step_id),
       (SELECT count(*) FROM audit_entry e WHERE e.object_id = a.step_id::text AND e.action = 'approval.decide'),
       (SELECT count(*) FROM audit_entry e WHERE e.object_id = a.step_id::text AND e.action = 'approval.expire')
FROM approval a JOIN execution_run r ON r.id = a.run_id WHERE r.trace_id = %(trace)s
"""

ENTRIES = """
SELECT e.action, count(*) FROM audit_entry e
WHERE e.action = ANY (%(actions)s) AND e.object_id IN (
    SELECT id::text FROM execution_run WHERE trace_id = %(trace)s UNION SELECT id::text FROM event WHERE trace_id = %(trace)s)
GROUP BY e.action
"""

# Of each window of a rule that started a run: whether it is open, what it counted, and what was decided to be taken in by it.
WINDOWS = """
SELECT w.open, w.matches, (SELECT count(*) FROM decision d WHERE d.window_id = w.id)
FROM rule_window w JOIN execution_run r ON r.id = w.run_id WHERE r.trace_id = %(trace)s
"""
TICKS = """
SELECT count(DISTINCT e.id), count(t.id) FROM event e LEFT JOIN schedule_tick t ON t.event_id = e.id
WHERE e.trace_id = %(trace)s AND e.type = 'schedule.tick'
"""
# What people have said of effects, and the entries that tell of it.
RESOLVED = """
SELECT count(*) FILTER (WHERE e.resolution IS NOT NULL) + coalesce(sum((
           SELECT count(*) FROM jsonb_array_elements(e.former) f WHERE f -> 'resolution' <> 'null'::jsonb)), 0),
       coalesce(sum((SELECT count(*) FROM audit_entry a WHERE a.object_id = left(e.key, 32)::uuid::text AND a.action = 'effect.resolve')), 0)
FROM effect e JOIN execution_run r ON r.id = e.run_id WHERE r.trace_id = %(trace)s
"""


@dataclass(frozen=True)
class Outcome:
    """lost: effects that were not made. repeated: calls beyond those of a case in which nobody dies; under the same key.
    uncertain: how many steps said that nobody knows. ends: the runs' final states. broken: what law was broken.
    """

    lost: int
    doubled: int
    repeated: int
    uncertain: int
    ends: tuple[str, ...]
    broken: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """A row of the run log. who: the run, or the attempt at a step."""

    run: str
    who: str
    step: str
    before: str
    after: str
    reason: str


def moves_of(case: Case) -> list[Move]:
    return [Move(row[3], row[4] or row[3], *row[5:]) for row in case.rows(LOG)]


def illegal(moves: Sequence[Move]) -> list[str]:
    """What is wrong with a history: each move legal, each from where the one before led, nothing after a final state."""
    wrong = []
    stands: dict[str, str] = {}
    for move in moves:
        table = states.STEP_MOVES if move.step else states.RUN_MOVES
        said = f"{move.step or 'run'}: {move.before or 'nothing'} -> {move.after}"
        if stands.get(move.who, "") != move.before:
            wrong.append(f"{said} follows {stands.get(move.who, 'nothing')}")
        elif not move.before:
            if move.after not in table:
                wrong.append(f"{said} begins as no state")
        else:
            try:
                require_legal(table, move.before, move.after)
            except (IllegalMoveError, KeyError):
                wrong.append(f"{said} is not a legal move")
        stands[move.who] = move.after
    return wrong


def judge(case: Case, alone: Case | None) -> Outcome:
    """alone: the same scenario when nobody dies; None where this is it."""
    moves, scenario = moves_of(case), case.scenario
    calls = calls_of(case)
    acted = acted_by(case)
    uncertain = sum(move.after == states.UNCERTAIN for move in moves)
    usual = calls_of(alone) if alone else calls
    repeated = max(0, sum(calls.values()) - sum(usual.values()))
    ends = tuple(sorted(state for _, state in case.rows(RUNS)))
    lost = max(0, scenario.effects - len(acted))
    broken = [
        *illegal(moves),
        *_astray(case, moves),
        *_unfinished(case),
        *_over_time(case),
        *_undecided(case),
        *_unheard(case),
        *_feed(case),
    ]
    doubled = max(0, len(acted) - scenario.effects)
    if doubled:
        broken.append(f"{doubled} effects were made under a second key")
    if lost and not (scenario.unsafe and uncertain and not (scenario.looked_up or scenario.seen)):
        broken.append(f"{lost} effects were lost")
    most = max(calls.values(), default=0) - max(usual.values(), default=0)
    if most > (0 if scenario.unsafe else case.died):
        broken.append(f"an effect was repeated {most} times by {case.died} deaths")
    if repeated > uncertain:
        broken.append(f"{repeated} calls were repeated, and {uncertain} steps say so")
    if uncertain > scenario.unsure + case.died * len(usual):
        broken.append(f"{uncertain} steps are uncertain after {case.died} deaths")
    if alone is None or scenario.all_end:
        if ends != (scenario.all_end or (scenario.ends[0],) * max(1, len(ends))):
            broken.append(f"runs end {ends}")
    elif len(ends) != len(alone.rows(RUNS)) or not set(ends) <= set(scenario.ends):
        broken.append(f"runs end {ends}")
    elif (
        scenario.unsafe
        and not (scenario.unsure or scenario.looked_up or scenario.seen)
        and (uncertain > 0) != (ends != (scenario.ends[0],))
    ):
        broken.append(f"{uncertain} unsafe steps are uncertain, and the run ends {ends}")
    return Outcome(lost, doubled, repeated, uncertain, ends, tuple(broken))


def calls_of(case: Case) -> Mapping[str, int]:
    """How often each key came to whoever acts on it."""
    noted = Counter(words.split()[0] for words in case.noted)
    return Counter(call.key for call in case.stage.receiver.of(case.number)) + noted + Counter(_elsewhere(case))


def _elsewhere(case: Case) -> list[str]:
    return case.stage.world.keys(case.scenario.server, case.number) if case.scenario.server else []


def acted_by(case: Case) -> set[str]:
    elsewhere = set(_elsewhere(case))
    return elsewhere | case.stage.receiver.acted.get(case.number, set()) | {words.split()[0] for words in case.noted}


def _astray(case: Case, moves: Sequence[Move]) -> list[str]:
    """Rows that do not stand where their log led, or have not ended, or more than once."""
    broken = []
    ends = defaultdict[str, list[str]](list)
    for move in moves:
        if not move.step and move.after in states.RUN_FINAL:
            ends[move.run].append(move.after)
    stand = {move.who: move.after for move in moves}
    for run, state in case.rows(RUNS):
        if ends[run] != [state]:
            broken.append(f"a run is {state}, and its log ends it {len(ends[run])} times")
    for step, state in case.rows(STEPS):
        if stand.get(step) != state:
            broken.append(f"a step is {state}, and its log says {stand.get(step)}")
        if state not in states.STEP_FINAL and state != states.RETRYING:
            broken.append(f"a step of an ended run is {state}")
    return broken


def _unfinished(case: Case) -> list[str]:
    """Jobs, slots, intents and decisions that are left over."""
    broken = []
    jobs = dict(case.rows(JOBS))
    if jobs.keys() - {"done", "cancelled"}:
        broken.append(f"jobs are left {jobs}")
    if case.rows(SLOTS) != [(0,)]:
        broken.append("a budget's slot is still held")
    runs = len(case.rows(RUNS))
    if case.spent not in {None, runs}:
        broken.append(f"{runs} runs have spent {case.spent} of the budget of runs")
    if case.rows(KEYS) != [(0,)]:
        broken.append("a concurrency key is still held")
    ((resolved, told),) = case.rows(RESOLVED)
    if resolved != told:
        broken.append(f"{resolved} effects were resolved by people, and {told} entries say so")
    if any(state in {effect_states.EFFECT_INTENT, effect_states.EFFECT_SENT} for _, state in case.rows(EFFECTS)):
        broken.append("the ledger holds an intent that nothing became of")
    ((decided, matches, events),) = case.rows(DECISIONS)
    if decided != events * case.stage.rules or matches != events:
        broken.append(
            f"{events} events were matched {matches} times, and {decided} times decided by {case.stage.rules} rules"
        )
    return broken


def _over_time(case: Case) -> list[str]:
    """Windows that are not closed, or have counted an event other than once, and ticks that are not recorded once."""
    broken = []
    for still, counted, decided in case.rows(WINDOWS):
        if still or counted != decided:
            broken.append(f"a window that is {'open' if still else 'closed'} counted {counted} of {decided} matches")
    ((events, ticks),) = case.rows(TICKS)
    if events > 1 or events != ticks:
        broken.append(f"a tick made {events} events, and {ticks} records tell of it")
    return broken


def _undecided(case: Case) -> list[str]:
    """Approvals that have not ended, or other than those who were asked have said, or than the audit record tells."""
    broken = []
    for state, decided, told, expired in case.rows(APPROVALS):
        if (state == states.EXPIRED) != (case.asked == 0) or state == states.PENDING:
            broken.append(f"{case.asked} people were asked, and the approval is {state}")
        if not decided == told == case.asked:
            broken.append(f"{case.asked} people decided, and there are {decided} decisions and {told} entries of them")
        if expired != (state == states.EXPIRED):
            broken.append(f"the approval is {state}, and {expired} entries say that it expired")
    return broken


def _unheard(case: Case) -> list[str]:
    """Requests of people that were done more than once, or not at all, as the audit tells."""
    told = dict(case.rows(ENTRIES, actions=list(REQUESTS.values())))
    asked = {REQUESTS[verb]: count for verb, count in case.requests.items()}
    return [] if told == asked else [f"people asked for {asked}, and the audit tells of {told}"]


def _feed(case: Case) -> list[str]:
    """A reader that resumed at each death has seen each row of the log once, in the order of the log."""
    written = [tuple(row[:3]) for row in case.rows(LOG)]
    runs = {row[3] for row in case.rows(LOG)}
    read = [tuple(row[:3]) for row in case.feed if str(row[3]) in runs]
    return [] if read == written else [f"the feed has {len(read)} rows, the log {len(written)}, or another order"]
