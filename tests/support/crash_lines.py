"""Stories of runs that wait for one another: for a concurrency key, a budget, a run slot."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.crash_case import Case, Condition


def second_waits_for_the_first(case: Case, cause: str) -> Iterator[Condition]:
    """Two runs, and room for one of them. cause: what the other one waits for."""
    parked = "SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND state = 'pending' AND parked = %(cause)s"
    case.send("order.created", scenario=case.scenario.name)
    yield lambda: case.stage.receiver.held_of(case.number)
    case.send("order.created", scenario=case.scenario.name)
    yield lambda: bool(case.rows(parked, cause=cause))
    case.stage.receiver.let_go(case.number)


def one_run_at_a_time(case: Case) -> Iterator[Condition]:
    with case.stage.budget("concurrent_runs", 1):
        yield from second_waits_for_the_first(case, "concurrent_runs")
        yield case.at_rest


def woken_run_waits_for_a_slot(case: Case) -> Iterator[Condition]:
    """A run parks and releases the only slot. Another run takes it, and holds it when the first is woken."""
    waits = """SELECT 1 FROM step_wait w JOIN execution_run r ON r.id = w.run_id
               WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND w.looked_back"""
    parked = "SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND state = 'pending' AND parked = 'run_slot'"
    with case.stage.budget("concurrent_runs", 1):
        case.send("order.created", scenario="slot")
        yield lambda: bool(case.rows(waits))
        case.send("order.created", scenario="slot_busy")
        yield lambda: case.stage.receiver.held_of(case.number)
        case.send("payment.settled")
        yield lambda: bool(case.rows(parked))
        case.stage.receiver.let_go(case.number)
        yield case.at_rest
