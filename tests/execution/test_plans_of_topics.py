"""A worker plans the statements of matches and runs once. Those of other jobs are planned for their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from automate.kernel.sql import fetch
from automate.outbox import claims
from automate.outbox.claims import EVENT_MATCH, RUN_ADVANCE
from automate.outbox.jobs import ClaimedJob
from automate.outbox.registry import registry
from tests.support.plane import Plane, work_off

OTHERS = sorted(set(registry()) - {EVENT_MATCH, RUN_ADVANCE})


@pytest.fixture(autouse=True)
def _worker() -> Iterator[None]:
    """The session of this thread is a worker's."""
    options = connection.settings_dict["OPTIONS"]
    changed = {**options, "options": options["options"] + " -c plan_cache_mode=force_generic_plan"}
    connection.close()
    with mock.patch.dict(connection.settings_dict, {"PLANS_FOR_EACH_SCOPE": True, "OPTIONS": changed}):
        yield
        connection.close()


def modes(plane: Plane, topic: str, *, fails: bool = False) -> list[str]:
    """The planning while a job of the topic begins, and while the next match begins."""
    seen: list[str] = []

    def begin(_run_set: Any, jobs: Sequence[ClaimedJob]) -> list[Any]:
        seen.extend(mode for (mode,) in fetch("SHOW plan_cache_mode"))
        if fails and len(seen) == 1:
            fetch("SELECT 1 / %s::int", [0])
        claims.finish(jobs)
        return []

    for name in (topic, EVENT_MATCH):
        plane.root.empty_queue()
        plane.send({})
        jobs = plane.dispatch()
        plane.root.execute("UPDATE public.outbox_job SET topic = %s WHERE id = %s", name, jobs[0].id)
        work_off(plane.tenant.id, [job.id for job in jobs], begin)
    return seen


@pytest.mark.parametrize("topic", [EVENT_MATCH, RUN_ADVANCE])
def test_matches_and_runs_are_planned_once(plane: Plane, topic: str) -> None:
    assert modes(plane, topic) == ["force_generic_plan"] * 2


@pytest.mark.parametrize("topic", OTHERS)
def test_others_are_planned_for_their_values(plane: Plane, topic: str) -> None:
    assert modes(plane, topic) == ["auto", "force_generic_plan"]


def test_failed_job_leaves_the_session_as_it_was(plane: Plane) -> None:
    assert modes(plane, OTHERS[0], fails=True) == ["auto", "force_generic_plan"]
