"""What was paused or switched off begins nothing once that has been answered, also where its event was being matched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery import holds
from automate.rules import matching as rules
from automate.rules import standing_queries
from automate.rules.services import save_rule
from automate.runs.matching import match_events
from automate.runs.run_set import RunSet
from automate.workflows.services import archive_workflow
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.processes import ROOT
from tests.support.tenant_schedulers import SECONDS, in_thread

ROUNDS, MANY, TRIES = 2, 25, 60
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
WAITS = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def switch_off() -> None:
    save_rule(slug="note", name="note", workflow="note", when=True, expected_revision=None, enabled=False)


STOPS: dict[str, tuple[Callable[[], object], str]] = {
    "rule": (lambda: holds.pause_rule("note", "now"), "queued"),
    "workflow": (lambda: holds.pause_workflow("note", "now"), "queued"),
    "tenant": (lambda: holds.pause_tenant("now"), "queued"),
    "off": (switch_off, ""),
}
"""Each with the state in which it leaves what an event that is being matched starts; empty where that starts nothing."""

FEW_STOPS = [verb if verb == "rule" else pytest.param(verb, marks=pytest.mark.slow) for verb in STOPS]


SHUTS: dict[str, tuple[Callable[[], object], str]] = {
    "archived": (lambda: archive_workflow(slug="note", reason="now"), ""),
    "skipping": (lambda: holds.pause_workflow("note", "now", skip=True), ""),
}
"""What is matched starts nothing any more, likewise; runs that wait in the queue are another matter."""


@pytest.fixture(params=[*STOPS, *SHUTS])
def stop(request: pytest.FixtureRequest, plane: Plane) -> Any:
    yield request.param
    plane.root.execute("UPDATE public.outbox_lane SET held = false WHERE tenant_id = %s", plane.tenant.id)


def test_stop_between_decision_and_commit_is_seen(plane: Plane, monkeypatch: pytest.MonkeyPatch, stop: str) -> None:
    act, left = {**STOPS, **SHUTS}[stop]
    plane.publish("note", NOTE)
    plane.send({})
    decide = rules.decide

    def decide_and_stop(*given: Any) -> Any:
        made = decide(*given)
        in_thread(lambda: plane.by_ada(act)).join(SECONDS)
        return made

    monkeypatch.setattr(rules, "decide", decide_and_stop)
    jobs = plane.claim()
    with acting_for(plane.tenant):
        assert match_events(plane.run_set(), jobs) == []
    assert plane.run_states() == ([left] if left else [])
    verdict, reason = plane.rows("SELECT verdict, reason FROM decision")[0]
    if stop == "off":
        assert (verdict, reason) == ("disabled", naming("rule", "disabled"))
    else:
        assert verdict == ("suppressed" if stop == "skipping" else "matched")


def test_stop_is_not_answered_before_what_began_has_committed(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    act, _ = {**STOPS, **SHUTS}[stop]
    plane.publish("note", NOTE)
    plane.send({})
    write, seen, came = rules.write_decisions, list[str](), list[Any]()

    def act_and_look() -> None:
        plane.by_ada(act)
        seen.extend(plane.run_states())

    def write_while_somebody_stops(*what: Any) -> None:
        came.append(in_thread(act_and_look))
        plane.until(lambda: bool(plane.root.value(WAITS)))
        write(*what)

    monkeypatch.setattr(rules, "write_decisions", write_while_somebody_stops)
    jobs = plane.claim()
    with acting_for(plane.tenant):
        match_events(plane.run_set(), jobs)
    came[0].join(SECONDS)
    assert seen in (["running"], ["paused"])


@pytest.mark.parametrize("stop", ["rule", "workflow", "tenant"], indirect=True)
def test_queued_run_that_a_worker_holds_does_not_begin(plane: Plane, stop: str) -> None:
    plane.publish("note", NOTE)
    plane.by_ada(lambda: holds.pause_rule("note", "first"))
    plane.send({})
    plane.drain()
    plane.by_ada(lambda: holds.resume_rule("note"))
    jobs = plane.claim()
    assert len(jobs) == 1
    plane.by_ada(STOPS[stop][0])
    with acting_for(plane.tenant):
        assert RunSet.take(plane.run_set(), jobs) == []
    assert plane.run_states() == ["queued"]


def test_pause_of_the_tenant_keeps_what_was_being_matched_until_it_is_resumed(plane: Plane) -> None:
    plane.publish("note", NOTE)
    plane.send({})
    jobs = plane.claim()
    plane.by_ada(lambda: holds.pause_tenant("now"))
    with acting_for(plane.tenant):
        assert match_events(plane.run_set(), jobs) == []
    plane.drain()
    assert plane.run_states() == ["queued"]
    plane.by_ada(holds.resume_tenant)
    plane.drain()
    assert plane.run_states() == ["succeeded"]


def contend(plane: Plane, verb: str, rounds: int, mischief: str = "") -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.stoppers", str(plane.tenant.id), verb, str(rounds), mischief],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    came: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return came


@pytest.mark.parametrize(
    "rounds", [ROUNDS, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(700)])]
)
@pytest.mark.parametrize("verb", FEW_STOPS)
def test_nothing_begins_after_the_answer_however_many_workers_there_are(plane: Plane, verb: str, rounds: int) -> None:
    came = contend(plane, verb, rounds)
    print(verb, came)
    assert came["late"] == 0, came
    assert came["met"] > rounds // 4, came
    left = plane.rows(
        "SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.event_id = e.id)"
    )
    assert verb == "off" or left == [(0,)], "whoever waits for the resumption was forgotten"
    assert set(plane.run_states()) == {"succeeded"}
    assert plane.rows("SELECT count(*) FROM execution_run GROUP BY event_id HAVING count(*) > 1") == []


@pytest.mark.slow
@pytest.mark.parametrize("verb", STOPS)
def test_workers_that_only_look_are_found_out(plane: Plane, verb: str) -> None:
    assert contend(plane, verb, TRIES, "looks_without_locks")["late"] > 0


def test_decision_of_a_rule_that_is_gone_starts_nothing(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing_queries, "read_starts", lambda *_: dict[uuid.UUID, Any]())
    plane.publish("note", NOTE)
    plane.send({})
    plane.drain()
    assert plane.rows("SELECT verdict FROM decision") == [("disabled",)]
    assert plane.run_states() == []
