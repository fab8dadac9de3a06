"""What people and services do during a crash scenario."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.crash_case import Case, Condition
from tests.support.crash_points import HELD

SIGNALLED = "SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND signals <> 0"


def left_comes_first(case: Case) -> Iterator[Condition]:
    left = """SELECT 1 FROM step_run s JOIN execution_run r ON r.id = s.run_id
              WHERE r.trace_id = %(trace)s AND s.key = 'left' AND s.state = 'succeeded'"""
    case.send("order.created", scenario="branches")
    yield lambda: bool(case.rows(left))
    case.stage.receiver.let_go(case.number)


def event_comes_after(case: Case) -> Iterator[Condition]:
    looked_back = """SELECT 1 FROM step_wait w JOIN execution_run r ON r.id = w.run_id
                     WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND w.looked_back"""
    case.send("order.created", scenario="event_after")
    yield lambda: bool(case.rows(looked_back))
    case.send("payment.settled")


def event_comes_before(case: Case) -> Iterator[Condition]:
    """Before the wait, in the time of the run: the step above is not answered until the event is matched."""
    case.send("order.created", scenario="event_before")
    yield lambda: case.stage.receiver.held_of(case.number)
    case.send("payment.settled")
    yield lambda: len(case.rows("SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND state = 'done'")) == 2
    case.stage.receiver.let_go(case.number)


def people_decide(case: Case, *outcomes: str) -> Iterator[Condition]:
    """Each once the one before has, and the run waits."""
    pending = """SELECT 1 FROM approval a JOIN execution_run r ON r.id = a.run_id
                 WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND a.state = 'pending'"""
    case.send("order.created", scenario=case.scenario.name)
    for outcome in outcomes:
        yield lambda: bool(case.rows(pending))
        case.decide(outcome)


def cancelled_in_a_call(case: Case) -> Iterator[Condition]:
    case.send("order.created", scenario="cancel")
    yield lambda: case.stage.receiver.held_of(case.number)
    case.ask("cancels")
    yield lambda: not case.rows(SIGNALLED)
    case.stage.receiver.let_go(case.number)


def an_operator_says(case: Case) -> Iterator[Condition]:
    """The answer comes too late, and whoever has seen the call there says so; one that died before it left is repeated."""
    held = """SELECT 1 FROM effect e JOIN execution_run r ON r.id = e.run_id
              WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND e.state = 'uncertain' AND e.resolution IS NULL"""
    receiver = case.stage.receiver
    case.send("order.created", scenario=case.scenario.name)
    while True:
        yield lambda: bool(case.rows(held))
        if receiver.of(case.number):
            break
        case.resolve("repeat")
    yield lambda: bool(receiver.acted.get(case.number))
    case.resolve("happened")


def a_person_sees(case: Case) -> Iterator[Condition]:
    """Where nobody else knows, a person who sees what arrived says so, or has it sent. What is looked up is looked up first."""
    held = """SELECT 1 FROM effect e JOIN execution_run r ON r.id = e.run_id
              WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND e.state = 'uncertain' AND e.resolution IS NULL"""

    def rests_or_is_held() -> bool:
        case.hurry()
        return case.at_rest() or bool(case.rows(held))

    case.send("order.created", scenario=case.scenario.name)
    while True:
        yield rests_or_is_held
        if case.at_rest():
            return
        arrived = case.stage.world.keys(case.scenario.server, case.number)
        case.resolve("happened" if arrived else "repeat")


def host_is_let_go(case: Case) -> Iterator[Condition]:
    """Its calls are held by hand, and let go once the run is parked."""
    parked = (
        "SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND state = 'pending' AND parked LIKE 'breaker:%%'"
    )
    case.hold(HELD)
    case.send("order.created", scenario="held")
    yield lambda: bool(case.rows(parked))
    case.let_go(HELD)


def paused_in_a_call(case: Case) -> Iterator[Condition]:
    case.send("order.created", scenario="paused")
    yield lambda: case.stage.receiver.held_of(case.number)
    case.ask("pauses")
    yield lambda: not case.rows(SIGNALLED)
    case.stage.receiver.let_go(case.number)
    yield lambda: case.in_states("paused")
    case.ask("resumes")


def retried(case: Case) -> Iterator[Condition]:
    """The receiver refuses a step's call until somebody has mended that."""
    case.send("order.created", scenario="retried")
    yield lambda: case.in_states("failed") and case.at_rest()
    case.stage.receiver.let_go(case.number)
    case.ask("retries")


def replayed(case: Case) -> Iterator[Condition]:
    case.send("order.created", scenario="replayed")
    yield lambda: case.in_states("succeeded") and case.at_rest()
    case.ask("replays")


def a_person_decides(case: Case) -> Iterator[Condition]:
    """Where the outcome is uncertain, the person gives the run up."""
    uncertain = """SELECT 1 FROM step_run s JOIN execution_run r ON r.id = s.run_id
                   WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND s.state = 'uncertain'"""
    case.send("order.created", scenario="unsafe")
    yield lambda: case.at_rest() or bool(case.rows(uncertain))
    if not case.at_rest():
        case.ask("cancels")


def a_schedule_ticks(case: Case) -> Iterator[Condition]:
    case.schedule()
    yield lambda: case.in_states("succeeded")


def it_becomes_quiet(case: Case) -> Iterator[Condition]:
    """Two events, one after the other, and then none."""
    for _ in range(2):
        case.send("order.created", scenario="debounce")
        yield case.at_rest
    case.pass_window()
    yield lambda: case.in_states("succeeded")
