"""What opens a circuit breaker is the rate of all workers' calls, though each counts its good ones in its own memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from automate.effects.breakers import transitions
from automate.effects.breakers.queries import breaker_of
from automate.effects.breakers.transitions import LEAST_FAILURES, HostOutcomes
from automate.kernel.bounded import BoundedCache
from automate.kernel.tenancy import acting_for
from automate.runs import breaker_view as view
from automate.runs.breaker_view import BreakerView
from tests.support.breakers import HOST, ILL, ONCE, Hosted, breakers, call_it, send
from tests.support.plane import Plane, connectors, failing

WORKERS = 4
WELL: Any = {}
REFUSED = failing("CONNECTOR_REFUSED")
NO_LEDGER = "SELECT 0"


def seen(plane: Plane) -> tuple[str, int, int]:
    """State, calls and failures, as people see them."""
    with acting_for(plane.tenant):
        breaker = breaker_of("test.scripted", HOST)
    assert breaker is not None
    return breaker.state, breaker.calls, breaker.failures


class Workers:
    """What each of several processes knows of the same tenant. at: whose memory is used from now on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self._known: dict[int, BoundedCache[uuid.UUID, BreakerView]] = {}

    def at(self, number: int) -> None:
        self._patch.setattr(view, "_views", self._known.setdefault(number, BoundedCache(8)))

    def die(self, number: int) -> None:
        """What it had counted is lost."""
        del self._known[number]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    monkeypatch.setattr(view, "REMEMBER_SECONDS", 0.0)
    return Workers(monkeypatch)


@contextmanager
def calling(plane: Plane) -> Iterator[Hosted]:
    """A workflow of one call, which comes back as ``acts`` of what is given say."""
    hosted = Hosted()
    with connectors(hosted):
        call_it(plane, hosted, **ONCE)
        yield hosted


def make(plane: Plane, workers: Workers, hosted: Hosted, calls: Sequence[tuple[int, Any]]) -> None:
    """One call after the other, each by a worker, that comes back with something."""
    for number, act in calls:
        workers.at(number)
        hosted.left.clear()
        hosted.left.append(act)
        send(plane)


ONE_IS_CUT_OFF = [
    (number, ILL if number == WORKERS - 1 else WELL) for _ in range(LEAST_FAILURES) for number in range(WORKERS)
]
"""The others' calls all come back well: 5 failures of 20 calls."""


def test_worker_that_alone_does_not_reach_a_host_opens_nothing(plane: Plane, workers: Workers) -> None:
    with calling(plane) as hosted:
        make(plane, workers, hosted, ONE_IS_CUT_OFF)
    assert seen(plane) == ("closed", WORKERS * LEAST_FAILURES, LEAST_FAILURES)


def test_without_the_ledger_it_opens_for_all(plane: Plane, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: only what is counted beside failures decides."""
    assert transitions.HEALTHY in transitions.COUNT
    monkeypatch.setattr(transitions, "COUNT", transitions.COUNT.replace(transitions.HEALTHY, NO_LEDGER))
    with calling(plane) as hosted:
        make(plane, workers, hosted, ONE_IS_CUT_OFF)
    assert breakers(plane) == [(HOST, "open", LEAST_FAILURES, LEAST_FAILURES)]


def test_answers_that_refuse_are_good_calls_of_others_too(plane: Plane, workers: Workers) -> None:
    with calling(plane) as hosted:
        make(plane, workers, hosted, [(number, ILL if act is ILL else REFUSED) for number, act in ONE_IS_CUT_OFF])
    assert seen(plane) == ("closed", WORKERS * LEAST_FAILURES, LEAST_FAILURES)


def test_few_failures_at_each_worker_open_it_together(plane: Plane, workers: Workers) -> None:
    """No worker has seen more than two."""
    with calling(plane) as hosted:
        make(plane, workers, hosted, [(number % WORKERS, ILL) for number in range(LEAST_FAILURES)])
    assert breakers(plane) == [(HOST, "open", LEAST_FAILURES, LEAST_FAILURES)]


@pytest.mark.parametrize(("well", "state"), [(LEAST_FAILURES, "open"), (LEAST_FAILURES + 1, "closed")])
def test_half_of_all_workers_calls_is_the_bound(plane: Plane, workers: Workers, well: int, state: str) -> None:
    calls = [(number % WORKERS, WELL) for number in range(well)] + [(0, ILL)] * LEAST_FAILURES
    with calling(plane) as hosted:
        make(plane, workers, hosted, calls)
        assert seen(plane) == (state, well + LEAST_FAILURES, LEAST_FAILURES)
        if state == "closed":
            make(plane, workers, hosted, [(1, ILL)])
            assert seen(plane) == ("open", well + LEAST_FAILURES + 1, LEAST_FAILURES + 1)


def test_good_calls_of_the_dead_count(plane: Plane, workers: Workers) -> None:
    with calling(plane) as hosted:
        make(plane, workers, hosted, [(0, WELL)] * (LEAST_FAILURES + 1))
        workers.die(0)
        make(plane, workers, hosted, [(0, ILL)] * LEAST_FAILURES)
    assert breakers(plane)[0][1] == "closed"


def test_good_calls_of_long_ago_do_not_count(plane: Plane, workers: Workers) -> None:
    with calling(plane) as hosted:
        make(plane, workers, hosted, [(1, WELL)] * (2 * LEAST_FAILURES))
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".effect SET settled_at = settled_at - interval '61 seconds'"
        )
        make(plane, workers, hosted, [(0, ILL)] * LEAST_FAILURES)
    assert breakers(plane) == [(HOST, "open", LEAST_FAILURES, LEAST_FAILURES)]


def test_good_calls_to_another_host_do_not_count(plane: Plane, workers: Workers) -> None:
    other = Hosted(name="test.other", host="well.example")
    with calling(plane) as hosted, connectors(other):
        call_it(plane, other, slug="other", **ONCE)
        send(plane, 2 * LEAST_FAILURES, slug="other")
        make(plane, workers, hosted, [(0, ILL)] * LEAST_FAILURES)
    assert breakers(plane) == [(HOST, "open", LEAST_FAILURES, LEAST_FAILURES)]


@pytest.mark.parametrize(
    ("looked_through", "state"), [(2 * LEAST_FAILURES, "closed"), (2 * LEAST_FAILURES - 1, "open")]
)
def test_good_calls_are_seen_among_the_newest(
    plane: Plane, workers: Workers, monkeypatch: pytest.MonkeyPatch, looked_through: int, state: str
) -> None:
    """The bound that docs/decisions/unhealthy-hosts.md tells: six good calls, and the five failures after them."""
    assert transitions.LEDGER_CALLS == 5_000
    fewer = transitions.COUNT.replace("LIMIT 5000", f"LIMIT {looked_through + 1}")
    assert fewer != transitions.COUNT
    monkeypatch.setattr(transitions, "COUNT", fewer)
    with calling(plane) as hosted:
        make(plane, workers, hosted, [(1, WELL)] * (LEAST_FAILURES + 1) + [(0, ILL)] * LEAST_FAILURES)
    assert breakers(plane)[0][1] == state


def test_good_calls_beside_a_failure_count(plane: Plane, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are taken in together: those that are good are written with the failure, and not once more with the next."""
    counted: list[HostOutcomes] = []
    count = transitions.count

    def noting(tenant_id: uuid.UUID, seen: Sequence[HostOutcomes]) -> Any:
        counted.extend(seen)
        return count(tenant_id, seen)

    monkeypatch.setattr(transitions, "count", noting)
    workers.at(0)
    with calling(plane) as hosted:
        hosted.left.clear()
        hosted.left.extend([WELL, ILL, WELL])
        for _ in range(3):
            plane.send({}, kind="one")
        plane.drain()
        make(plane, workers, hosted, [(0, WELL), (0, ILL)])
    assert [(one.calls, one.failures) for one in counted] == [(3, 1), (2, 1)]


def test_the_ledger_is_asked_only_where_a_breaker_would_open(plane: Plane, workers: Workers) -> None:
    """What makes it cheap: the row says already that there are more good calls than failures."""
    with calling(plane) as hosted:
        make(plane, workers, hosted, ONE_IS_CUT_OFF)
        plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".effect SET state = 'failed'")
        make(plane, workers, hosted, [(WORKERS - 1, ILL)] * LEAST_FAILURES)
        assert seen(plane) == ("closed", (WORKERS + 1) * LEAST_FAILURES, 2 * LEAST_FAILURES)


ITEMS = """
INSERT INTO "{schema}".effect (key, run_id, step_key, item, connector, effect, state, request, target, tries, response_sha256, intended_at, settled_at)
SELECT md5(n::text), run.id, 'each', n, 'http.request', 'unsafe', 'confirmed', '{{}}', 'well.example', 1, '', now(), now()
FROM generate_series(1, %s) AS n, (SELECT gen_random_uuid() AS id) AS run
"""


def rows_read(plan: dict[str, Any]) -> int:
    """Of the ledger, those that were left out among them."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    mine = own if plan.get("Relation Name") == "effect" else 0
    return int(mine) + sum(rows_read(child) for child in plan.get("Plans", ()))


def test_a_run_of_many_items_makes_the_question_no_dearer(plane: Plane) -> None:
    """Each of the newest attempts was held against all effects of its run: 5,000 x 10,000 rows, behind a lock."""
    schema = plane.tenant.schema
    plane.root.execute(ITEMS.format(schema=schema), 2 * transitions.LEDGER_CALLS)
    plane.root.execute(f'ANALYZE "{schema}".effect')
    asked = f"SELECT ({transitions.HEALTHY}) FROM (VALUES ('http.request', 'well.example')) AS c (connector, target)"
    assert plane.rows(asked) == [(transitions.LEDGER_CALLS,)]
    ((plans,),) = plane.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked}")
    assert rows_read(plans[0]["Plan"]) == transitions.LEDGER_CALLS
