"""What a set costs: statements, commits and messages, pinned. A number that rises here is paid for by every event."""

from __future__ import annotations

import pytest
import redis

from tests.support.plane import Plane, counting, work_off

MATCH_AND_START = [
    ("WITH mine AS", False),  # claim
    ("SELECT (SELECT version", False),  # rule set's version and the events
    ("SELECT DISTINCT event_type,", False),  # whether anything waits for such events
    ("UPDATE outbox_job j", True),  # finish the match jobs
    ("WITH matched AS", True),  # what the matches start, kept from being paused and switched off
    ("WITH seen AS", True),  # the decisions, and which events were matched
    ("SELECT id, metric,", True),  # lock the budgets
    ("WITH free AS", True),  # count, and take run slots
    ("INSERT INTO execution_run", True),
    ("INSERT INTO outbox_job", True),
    ("INSERT INTO step_run", True),
    ("INSERT INTO effect", True),
    ("INSERT INTO public.usage_entry", True),
    ("INSERT INTO run_log", True),
]
RECORD_AND_START = [
    ("UPDATE outbox_job j", True),  # the fence
    ("UPDATE step_run t", True),
    ("UPDATE effect t", True),
    ("INSERT INTO step_run", True),
    ("INSERT INTO effect", True),
    ("INSERT INTO public.usage_entry", True),
    ("INSERT INTO run_log", True),
]
RECORD_AND_END = [
    ("UPDATE outbox_job j", True),  # finish, which is the fence
    ("UPDATE execution_run t", True),
    ("UPDATE step_run t", True),
    ("UPDATE effect t", True),
    ("INSERT INTO run_log", True),
    ("WITH gone AS", True),  # give the slots back
    ("SELECT cause FROM", True),  # whether runs wait for them
]


@pytest.fixture
def warm(plane: Plane) -> Plane:
    """A plane whose process knows rules and versions already."""
    for slug, count in (("one", 1), ("three", 3)):
        steps = [{"key": f"s{n}", "uses": "log.write", "with": {"message": "x"}} for n in range(count)]
        plane.publish(slug, steps, when={"==": [{"var": "type"}, slug]})
        plane.send({}, kind=slug)
        plane.drain()
    return plane


def statements(plane: Plane, kind: str, count: int) -> tuple[list[tuple[str, bool]], dict[str, int]]:
    """The statements of a worker that takes so many events to their ends, and what went through Redis."""
    from django.conf import settings

    from actors.relay.main import batches
    from automate.runs.matching import match_events

    plane.send(*[{}] * count, kind=kind)
    made = list(batches(plane.dispatch(), 8))
    assert len(made) == 1, "one message for the set"
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.config_resetstat()
    with counting() as seen:
        work_off(plane.tenant.id, [job.id for job in made[0]], match_events)
    used = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in broker.info("commandstats").items()}
    broker.close()
    assert plane.jobs()[-1][0] == "done"
    return [(words, inside) for words, inside in seen if not words.startswith("SELECT t.id")], used


@pytest.mark.parametrize("count", [1, 8])
def test_set_of_one_step_runs_costs_two_commits(warm: Plane, count: int) -> None:
    seen, used = statements(warm, "one", count)
    assert seen == [*MATCH_AND_START, *RECORD_AND_END]
    assert commits(seen) == 2
    assert (used["publish"], used["lpush"]) == (2, 1)


@pytest.mark.parametrize("count", [1, 8])
def test_each_further_step_costs_one_commit(warm: Plane, count: int) -> None:
    seen, used = statements(warm, "three", count)
    assert seen == [*MATCH_AND_START, *RECORD_AND_START, *RECORD_AND_START, *RECORD_AND_END]
    assert commits(seen) == 4
    assert (used["publish"], used["lpush"]) == (4, 1)


def commits(seen: list[tuple[str, bool]]) -> int:
    """Transactions of several statements; the claim and the reads before commit by themselves."""
    starts = {("UPDATE outbox_job j", True)}
    return sum(1 for entry in seen if entry in starts)
