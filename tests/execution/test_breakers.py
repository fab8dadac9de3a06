"""A host that is ill is left alone: its runs wait, one probe at a time asks whether it is well, and then they go on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from automate.effects.breakers import transitions
from automate.effects.breakers.transitions import FIRST_SECONDS, LEAST_FAILURES, MOST_SECONDS
from automate.kernel.tenancy import acting_for
from automate.outbox.claims import RUN_ADVANCE
from automate.runs import breaker_view as view
from automate.runs.breaker_view import view_of
from tests.support.breakers import (
    HOST,
    ILL,
    ONCE,
    Hosted,
    breakers,
    call_it,
    force,
    parked,
    pass_seconds,
    send,
    sentence,
)
from tests.support.facts import naming
from tests.support.lookable import UNKNOWN, Asked
from tests.support.plane import Plane, Scripted, connectors, counting, failing
from tests.support.racing import race

pytestmark = pytest.mark.usefixtures("forgetful")


def fall_ill(plane: Plane, hosted: Hosted) -> None:
    """As many failures as open a breaker, each of a run of its own."""
    call_it(plane, hosted, **ONCE)
    send(plane, LEAST_FAILURES)
    assert breakers(plane)[0][:2] == (hosted.host, "open")


def test_failures_open_a_breaker_and_then_runs_wait_instead_of_failing(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(ILL,))):
        fall_ill(plane, hosted)
        send(plane, 3)
    assert len(hosted.calls) == LEAST_FAILURES
    assert breakers(plane) == [(HOST, "open", LEAST_FAILURES, LEAST_FAILURES)]
    assert plane.run_states() == ["failed"] * LEAST_FAILURES + ["waiting"] * 3
    assert parked(plane) == ["breaker"] * 3
    assert plane.effects() == [("a", "failed", 1)] * LEAST_FAILURES
    cause, words = sentence(plane)
    assert (cause, words) == ("breaker", naming("ill.example", "test.scripted", "CONNECTOR_TIMEOUT", "3"))
    assert re.search(r" \d\d:\d\d:\d\d UTC\b", words), "when it is asked next"


@pytest.mark.parametrize(
    "error",
    [
        failing("CONNECTOR_REFUSED"),
        failing("CONNECTOR_AUTH"),
        failing("CONNECTOR_RATE_LIMITED"),
        failing("CONNECTOR_BLOCKED"),
        RuntimeError("a bug of the connector"),
    ],
    ids=lambda error: getattr(error, "code", "bug"),
)
def test_answers_that_do_not_say_that_the_host_is_ill_open_nothing(plane: Plane, error: Exception) -> None:
    with connectors(hosted := Hosted(acts=(error,))):
        call_it(plane, hosted, **ONCE)
        send(plane, 2 * LEAST_FAILURES)
    assert (breakers(plane), len(hosted.calls)) == ([], 2 * LEAST_FAILURES)


def test_status_408_is_no_illness_and_503_is() -> None:
    def told(status: int) -> dict[str, Any]:
        return {"code": "CONNECTOR_TRANSIENT", "details": {"status": status}}

    assert [view.health(told(status)) for status in (302, 408, 425, 500, 503)] == [True, True, True, False, False]
    assert view.health({"code": "CONNECTOR_TRANSIENT", "details": {}}) is False
    assert view.health({"code": "SECRET_UNAVAILABLE", "details": {}}) is None
    assert (
        view.health({"code": "CONNECTOR_TRANSIENT", "details": {"failure": "token_unavailable", "asked": False}})
        is None
    )
    assert view.health(None) is True


def test_few_failures_among_many_calls_open_nothing(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=({}, {}, ILL) * LEAST_FAILURES * 2)):
        call_it(plane, hosted, **ONCE)
        send(plane, 3 * LEAST_FAILURES)
    assert breakers(plane) == [(HOST, "closed", 3 * LEAST_FAILURES, LEAST_FAILURES)]


def test_failures_of_long_ago_do_not_count(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(ILL,))):
        call_it(plane, hosted, **ONCE)
        send(plane, LEAST_FAILURES - 1)
        pass_seconds(plane, 61)
        send(plane, LEAST_FAILURES - 1)
    assert breakers(plane) == [(HOST, "closed", LEAST_FAILURES - 1, LEAST_FAILURES - 1)]


def test_one_probe_closes_it_and_all_go_on(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(*[ILL] * LEAST_FAILURES, {}))):
        fall_ill(plane, hosted)
        send(plane, 4)
        pass_seconds(plane, FIRST_SECONDS - 1)
        plane.drain()
        assert len(hosted.calls) == LEAST_FAILURES
        pass_seconds(plane, 2)
        plane.drain()
    assert len(hosted.calls) == LEAST_FAILURES + 4
    assert plane.run_states() == ["failed"] * LEAST_FAILURES + ["succeeded"] * 4
    assert breakers(plane)[0][:2] == (HOST, "closed")
    assert parked(plane) == []
    assert plane.root.value("SELECT broken FROM public.outbox_lane WHERE tenant_id = %s", plane.tenant.id) is False


def test_probe_that_fails_is_followed_by_a_later_one(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(ILL,))):
        fall_ill(plane, hosted)
        send(plane, 3)
        waits = []
        for number in range(1, 4):
            pass_seconds(plane, MOST_SECONDS)
            plane.drain()
            assert len(hosted.calls) == LEAST_FAILURES + number, "one probe each time"
            waits.append(plane.rows("SELECT interval_seconds FROM circuit_breaker")[0][0])
    assert waits == [FIRST_SECONDS * 2, FIRST_SECONDS * 4, FIRST_SECONDS * 8]
    assert plane.run_states() == ["failed"] * (LEAST_FAILURES + 3)


def test_step_that_was_tried_waits_for_its_next_try_without_spending_it(plane: Plane) -> None:
    """Its attempts are for calls that are made."""
    soon = failing("CONNECTOR_TIMEOUT", retry_after_seconds=0.05)
    with connectors(hosted := Hosted(acts=(*[soon] * LEAST_FAILURES, {}))):
        call_it(plane, hosted, retry={"max_attempts": 6})
        plane.send({}, kind="one")
        for _ in range(12):
            plane.drain()
            plane.pass_seconds(0.1)
        assert len(hosted.calls) == LEAST_FAILURES
        assert plane.runs() == [("waiting", naming(HOST, "test.scripted"))]
        pass_seconds(plane, FIRST_SECONDS)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert [row[1:3] for row in plane.steps()][-1] == (LEAST_FAILURES + 1, "succeeded")


def test_worker_that_dies_in_its_probe_strands_nobody(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(*[ILL] * LEAST_FAILURES, {}))):
        fall_ill(plane, hosted)
        send(plane, 3)
        pass_seconds(plane, FIRST_SECONDS)
        plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE open")
        with acting_for(plane.tenant):
            view_of(plane.tenant.id).refresh(broken=True)
        calls = plane.start_and_die(RUN_ADVANCE)
        assert [call.probe for call in calls] == [True]
        assert breakers(plane)[0][1] == "half_open"
        pass_seconds(plane, 1)
        plane.drain()
        others = sentence(plane, besides=[call.run.id for call in calls])
        assert others[1] == naming("ill.example", "test.scripted", "probe")
        for _ in range(3):
            pass_seconds(plane, 66)
            plane.drain()
    assert plane.run_states() == ["failed"] * LEAST_FAILURES + ["succeeded"] * 3
    assert breakers(plane)[0][1] == "closed"


def test_other_branches_other_hosts_and_other_tenants_go_on(planes: Callable[[int], list[Plane]]) -> None:
    plane, other = planes(2)
    well = Hosted(name="test.well", host="well.example")
    with connectors(hosted := Hosted(acts=(ILL,)), well):
        fall_ill(plane, hosted)
        steps: list[Any] = [{"key": "a", "uses": hosted.name}, {"key": "b", "uses": well.name, "needs": []}]
        plane.publish("two", steps, when={"==": [{"var": "type"}, "two"]})
        send(plane, slug="two")
        call_it(other, hosted, **ONCE)
        send(other)
    assert plane.steps()[-1] == ("b", 1, "succeeded", "")
    assert (plane.run_states()[-1], parked(plane)) == ("waiting", ["breaker"])
    assert (other.run_states(), breakers(other)) == (["failed"], [(HOST, "closed", 1, 1)])


def test_items_wait_in_their_places(plane: Plane) -> None:
    with connectors(hosted := Hosted(acts=(*[ILL] * LEAST_FAILURES, {}))):
        fall_ill(plane, hosted)
        each = {"items": [1, 2, 3], "parallel": 2, "step": {"uses": hosted.name, "with": {}}}
        plane.publish(
            "each", [{"key": "e", "uses": "flow.for_each", "with": each}], when={"==": [{"var": "type"}, "each"]}
        )
        send(plane, slug="each")
        assert (len(hosted.calls), parked(plane)) == (LEAST_FAILURES, ["breaker"])
        for _ in range(4):
            pass_seconds(plane, FIRST_SECONDS)
            plane.drain()
    assert plane.run_states()[-1] == "succeeded"
    assert len(hosted.calls) == LEAST_FAILURES + 3


def test_compensation_waits_too(plane: Plane) -> None:
    done, broken = Scripted(), Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))
    hosted = Hosted(acts=(*[ILL] * LEAST_FAILURES, {}), name="test.hosted")
    with connectors(hosted, done, broken):
        fall_ill(plane, hosted)
        undone = {"key": "a", "uses": done.name, "compensate": {"uses": hosted.name, "with": {}}}
        plane.publish("undo", [undone, {"key": "b", "uses": broken.name}], when={"==": [{"var": "type"}, "undo"]})
        send(plane, slug="undo")
        assert (plane.run_states()[-1], parked(plane)) == ("waiting", ["breaker"])
        pass_seconds(plane, FIRST_SECONDS)
        plane.drain()
    assert plane.runs()[-1] == ("failed", "CONNECTOR_REFUSED")
    assert len(hosted.calls) == LEAST_FAILURES + 1


def test_lookup_does_not_ask_a_host_that_is_ill(plane: Plane) -> None:
    asked = Asked("unsafe", says=(UNKNOWN,), name="test.asked")
    asked.spec = replace(asked.spec, hosts=(HOST,))
    with connectors(asked):
        call_it(plane, asked)
        plane.send({}, kind="one")
        plane.start_and_die()
        force(plane, asked, "open")
        plane.drain()
    assert asked.asked == []
    assert plane.rows("SELECT lookups FROM effect") == [(0,)]


def test_of_many_who_come_when_it_is_time_one_probes(plane: Plane) -> None:
    key = ("test.scripted", HOST)
    with connectors(hosted := Hosted(acts=(ILL,))):
        fall_ill(plane, hosted)
    for _ in range(10):
        pass_seconds(plane, MOST_SECONDS)

        def act(_: int) -> bool:
            with acting_for(plane.tenant):
                return transitions.take_probe(key, 60)

        assert sorted(race(6, act)) == [False] * 5 + [True]


def test_without_its_lease_a_probe_is_sent_by_everybody(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: whoever comes when it is time probes."""
    monkeypatch.setattr(transitions, "TAKE_PROBE", transitions.TAKE_PROBE.replace("AND probe_at <= now()", ""))
    with connectors(hosted := Hosted(acts=(ILL,))):
        fall_ill(plane, hosted)
    pass_seconds(plane, MOST_SECONDS)

    def act(_: int) -> bool:
        with acting_for(plane.tenant):
            return transitions.take_probe(("test.scripted", HOST), 60)

    assert race(3, act) == [True] * 3


def test_run_is_not_parked_for_a_breaker_that_was_closed_meanwhile(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connectors(hosted := Hosted(acts=(*[ILL] * LEAST_FAILURES, {}))):
        fall_ill(plane, hosted)
        force(plane, hosted, "closed")  # behind the back of this process
        monkeypatch.setattr(view.BreakerView, "refresh", lambda *_, **__: None)
        plane.send({}, kind="one")
        plane.work()
        assert parked(plane) == []
        monkeypatch.undo()
        plane.drain()
    assert plane.run_states()[-1] == "succeeded"


def test_without_that_look_a_run_waits_for_nobody(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    from automate.runs.run_set import RunSet

    monkeypatch.setattr(RunSet, "_check_permits", lambda *_: None)
    with connectors(hosted := Hosted(acts=(*[ILL] * LEAST_FAILURES, {}))):
        fall_ill(plane, hosted)
        force(plane, hosted, "closed")
        monkeypatch.setattr(view.BreakerView, "refresh", lambda *_, **__: None)
        plane.send({}, kind="one")
        plane.drain()
    assert (plane.run_states()[-1], parked(plane)) == ("waiting", ["breaker"])


def test_while_all_is_well_nothing_is_asked_or_written(plane: Plane) -> None:
    with connectors(hosted := Hosted()):
        call_it(plane, hosted)
        send(plane, 2)
        plane.send({}, kind="one")
        with counting() as seen:
            plane.drain()
    assert len(hosted.calls) == 3
    plain = Scripted(name="test.plain")
    with connectors(plain):
        call_it(plane, plain, slug="plain")
        send(plane, 2, slug="plain")
        plane.send({}, kind="plain")
        with counting() as without:
            plane.drain()

    def words(statements: list[tuple[str, bool]]) -> list[str]:
        return [said for said, _ in statements if not said.startswith("SELECT t.id")]

    assert words(seen) == words(without)
