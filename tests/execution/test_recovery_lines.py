"""A line of retries has at most one run under way and one that did the work, whatever keys they use."""

from __future__ import annotations

import importlib
import re
import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.recovery import queries, transitions
from automate.recovery.once import OperationResult
from automate.recovery.plans import Plans, RetryRequest
from automate.recovery.retrying import plan_retry, retry_runs
from tests.support.bulk import numbers, outcomes, start, to_its_end
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.racing import race

REFUSED = failing("CONNECTOR_REFUSED")
RACERS = 8


def retry(plane: Plane, run: uuid.UUID, *, plan: str | None = None, **request: Any) -> OperationResult:
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
        return retry_runs([run], RetryRequest(**request), plan_id=plan)


def planned(plane: Plane, run: uuid.UUID, **request: Any) -> Plans:
    with acting_for(plane.tenant):
        return plan_retry([run], RetryRequest(**request))


def failed(plane: Plane, scripted: Scripted) -> uuid.UUID:
    """A run of two steps, of which the second one has failed."""
    plane.publish("two", [{"key": key, "uses": scripted.name, "with": {"step": key}} for key in ("a", "b")])
    plane.send({})
    plane.drain()
    ((run,),) = plane.rows("SELECT id FROM execution_run")
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]
    return run


def refused(outcomes: Sequence[OperationResult]) -> list[str]:
    return [error.code for outcome in outcomes for error in outcome.errors]


def test_many_retries_with_repeated_effects_at_once_are_one_run(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}))):
        run = failed(plane, scripted)
        made = race(RACERS, lambda _: retry(plane, run, begin="START", repeat_effects=True))
        assert refused(made) == ["CONFLICT"] * (RACERS - 1)
        plane.drain()
    assert sorted(plane.runs()) == [("failed", "CONNECTOR_REFUSED"), ("succeeded", "")]
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "a", "b"]


def test_lines_known_by_their_keys_alone_are_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    by_keys = re.compile(r"coalesce\((\w)\.line_id, \1\.origin_id\)")
    for name in ("SOURCES", "RIVALS", "LINES"):
        monkeypatch.setattr(queries, name, by_keys.sub(r"\1.origin_id", getattr(queries, name)))
    monkeypatch.setattr(transitions, "REPEAT_RUNS", by_keys.sub("m.origin_id", transitions.REPEAT_RUNS))
    with pytest.raises(AssertionError):
        test_many_retries_with_repeated_effects_at_once_are_one_run(plane)


def test_work_that_was_done_under_other_keys_is_not_done_again_under_the_former(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}))):
        run = failed(plane, scripted)
        shown = planned(plane, run, begin="START").id
        (retried,) = retry(plane, run, repeat_effects=True).run_ids
        plane.drain()
        for begin in ("FAILED_STEP", "START"):
            (error,) = retry(plane, run, begin=begin).errors
            assert (error.code, error.details) == ("CONFLICT", {"run": str(retried)})
        with pytest.raises(NormalizedError, match="has changed"):
            retry(plane, run, plan=shown, begin="START")
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "b"]


def test_failed_retry_under_other_keys_is_what_is_retried_next(plane: Plane) -> None:
    """It has done a part of the work, of which the former keys know nothing."""
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}, REFUSED, {}))):
        run = failed(plane, scripted)
        (retried,) = retry(plane, run, begin="START", repeat_effects=True).run_ids
        plane.drain()
        (error,) = retry(plane, run).errors
        assert (error.code, error.details) == ("CONFLICT", {"run": str(retried)})
        (last,) = retry(plane, retried).run_ids
        (error,) = retry(plane, run, repeat_effects=True).errors
        assert (error.code, error.details) == ("CONFLICT", {"run": str(last)})
        plane.drain()
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "a", "b", "b"]
    assert plane.rows("SELECT DISTINCT line_id FROM execution_run WHERE retry_of_id IS NOT NULL") == [(run,)]


def test_plan_shows_whether_another_run_has_done_the_work_meanwhile(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}))):
        run = failed(plane, scripted)
        shown = planned(plane, run, begin="START", repeat_effects=True)
        assert shown.errors == []
        assert retry(plane, run, repeat_effects=True).errors == []
        plane.drain()
        with pytest.raises(NormalizedError, match="has changed"):
            retry(plane, run, plan=shown.id, begin="START", repeat_effects=True)


def test_bulk_retry_takes_the_newest_of_a_line(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED))):
        run = failed(plane, scripted)
        retry(plane, run)
        plane.drain()
        (newest,) = retry(plane, run, repeat_effects=True).run_ids
        plane.drain()
        operation = start(plane, "RETRY")
        to_its_end(plane, operation)
    assert outcomes(plane, operation) == [(newest, "done")]


def test_two_bulk_retries_with_repeated_effects_take_a_run_once(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}))):
        run = failed(plane, scripted)
        first, second = (
            start(plane, "RETRY", retry=RetryRequest(begin="START", repeat_effects=True)) for _ in range(2)
        )
        to_its_end(plane, first)
        to_its_end(plane, second)
        plane.drain()
    ends = {numbers(plane, operation): outcomes(plane, operation) for operation in (first, second)}
    assert ends == {("finished", 1, 1, 0, 0): [(run, "done")], ("finished", 1, 0, 1, 0): [(run, "skipped")]}
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "a", "b"]


def test_lines_of_the_release_before_are_found_by_their_former_runs(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED))):
        run = failed(plane, scripted)
        (second,) = retry(plane, run, repeat_effects=True).run_ids
        plane.drain()
        (third,) = retry(plane, second).run_ids
        plane.drain()
        (fourth,) = retry(plane, third, repeat_effects=True).run_ids
        plane.drain()
    backfill = importlib.import_module("automate.runs.migrations.0015_lines").BACKFILL
    with acting_for(plane.tenant):
        execute("UPDATE execution_run SET line_id = NULL")
        execute(backfill)
    lines = dict(plane.rows("SELECT id, line_id FROM execution_run"))
    assert lines == {run: None, second: run, third: run, fourth: run}
