"""What one worker holds in memory, whatever its tenants' workflows do: real processes, and the peak that the kernel saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from actors.connectors.registry import specs
from automate.events.services import NewEvent, record_events
from automate.kernel.limits import MIB
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.workflows.validation import check_definition
from tests.support.examples import examples
from tests.support.heavy_cases import KINDS, SHAPES, HeavyCase
from tests.support.heavy_workers import HeavyWorker, heavy_worker, mebibytes
from tests.support.large_answers import large_answers
from tests.support.near import let_reach_this_machine
from tests.support.plane import TRACE, Plane

MOST = 600 * MIB
ANSWER = orjson.dumps([{}] * 300_000)
WORST = [
    HeavyCase(("payload",), 60, "text"),
    HeavyCase(("previous",), 12, "objects"),
    HeavyCase(("multiplied",), 12, "members"),
    HeavyCase(("payload", "whole"), 12, "texts"),
    HeavyCase(("failing",), 12, "objects"),
    HeavyCase(("emitting", "waiting"), 12, "objects", at_once=True),
    HeavyCase(("calling",), 6, "objects", runs=3, at_once=True),
    HeavyCase(("listing",), 3, "text", runs=4, at_once=True),
    HeavyCase(("listing",), 2, "small", runs=20, at_once=True),
    HeavyCase(("long_list",), 12, "few", runs=4, at_once=True),
    HeavyCase(("payload",), 3, "objects", runs=12),
]


def send(plane: Plane, payloads: Sequence[Any], kind: str) -> None:
    """Events whose JSON has no spaces, so that it is as much as an event may have."""
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
        for payload in payloads:
            event = NewEvent(source_id=source, type=kind, body=orjson.dumps(payload), trace_id=TRACE)
            record_events([event], audited=False)


Attack = Callable[[HeavyCase], int]
"""Runs a case to its end, and returns the most memory that the worker had meanwhile."""


@pytest.fixture
def attack(plane: Plane, tmp_path: Path) -> Iterator[Attack]:
    let_reach_this_machine(plane)
    with heavy_worker(tmp_path, plane) as worker, large_answers(ANSWER) as url:
        yield lambda case: _peak_of(case, plane, worker, url)


def problems_of(steps: list[Any]) -> list[Any]:
    return check_definition({"schema": 1, "steps": steps}, specs(), None)


def _peak_of(case: HeavyCase, plane: Plane, worker: HeavyWorker, url: str) -> int:
    steps = case.workflow(url)
    assert problems_of(steps) == []
    ((number,),) = plane.rows("SELECT count(*) FROM workflow")
    slug = f"case-{number}"
    plane.publish(slug, steps, when={"==": [{"var": "type"}, slug]})
    worker.forget_peak()
    send(plane, case.payloads(), slug)
    worker.settle(plane)
    assert worker.platform.said("worker", "Traceback") == 0, worker.platform.tail("worker")
    print(f"{case}: {mebibytes(worker.peak)} MiB", flush=True)
    return worker.peak


@pytest.mark.slow
def test_many_transforms_of_a_large_payload(attack: Attack) -> None:
    assert attack(HeavyCase(("payload",), 40, "text")) < MOST


@pytest.mark.slow
def test_worker_that_keeps_its_outputs_is_found_out(plane: Plane, tmp_path: Path) -> None:
    with heavy_worker(tmp_path, plane, sabotage="worker_keeps_its_outputs") as worker:
        assert _peak_of(HeavyCase(("payload",), 200, "text"), plane, worker, "") > MOST


@pytest.mark.slow
@pytest.mark.parametrize("case", WORST, ids=lambda case: f"{'-'.join(case.kinds)}-{case.shape}-{case.runs}")
@pytest.mark.long
def test_worst_cases_that_were_found(attack: Attack, case: HeavyCase) -> None:
    assert attack(case) < MOST


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(
    max_examples=examples(6),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    case=st.builds(
        HeavyCase,
        kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3).map(tuple),
        count=st.integers(1, 10),
        shape=st.sampled_from(sorted(SHAPES)),
        runs=st.integers(1, 8),
        at_once=st.booleans(),
    )
)
def test_no_workflow_that_validation_admits_takes_more(attack: Attack, case: HeavyCase) -> None:
    assume(problems_of(case.workflow("http://192.0.2.1/")) == [])
    assert attack(case) < MOST
