"""One declaration makes a topic: jobs of it are dispatched, begun, given up, listed and redriven."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import pytest
from django.core.exceptions import ImproperlyConfigured

from actors.relay.main import arguments, batches
from actors.tasks import begin_jobs
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.registry import Topic, registry
from automate.recovery import poison, topics
from tests.support.plane import Plane

TRACE = "0" * 32


class Worked:
    """What was done with the subjects of jobs."""

    def __init__(self) -> None:
        self.begun: list[uuid.UUID] = []
        self.failed: list[tuple[uuid.UUID, str]] = []
        self.reopened: list[uuid.UUID] = []

    def begin(self, _run_set: object, jobs: Sequence[ClaimedJob]) -> list[object]:
        self.begun += [job.subject_id for job in jobs]
        claims.finish(jobs)
        return []

    def fail(self, subject_ids: Sequence[uuid.UUID], error: NormalizedError) -> None:
        self.failed += [(subject_id, error.code) for subject_id in subject_ids]

    def reopen(self, subject_ids: Sequence[uuid.UUID]) -> None:
        self.reopened += subject_ids


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worked]:
    made = Worked()
    topic = Topic(
        "test.count", "Event", "Count.", made.begin, fail=made.fail, reopen=made.reopen, waits_after_restore=True
    )
    monkeypatch.setattr(topics, "TOPICS", (*topics.TOPICS, topic))
    registry.cache_clear()
    yield made
    registry.cache_clear()


def test_a_declared_topic_is_worked_off(plane: Plane, worked: Worked) -> None:
    job, subject = uuid.uuid4(), uuid.uuid4()
    with acting_for(plane.tenant):
        claims.enqueue(plane.tenant.id, "test.count", [(job, subject, TRACE)], max_attempts=5)
    (batch,) = batches(plane.dispatch(), 8)
    begin_jobs.fn(*arguments(batch))
    plane.until(lambda: worked.begun == [subject])
    plane.until(lambda: [state for state, _, _ in plane.jobs()] == ["done"])


def test_the_subject_of_a_declared_topic_ends_and_reopens_with_its_job(plane: Plane, worked: Worked) -> None:
    job, subject = uuid.uuid4(), uuid.uuid4()
    with acting_for(plane.tenant):
        claims.enqueue(plane.tenant.id, "test.count", [(job, subject, TRACE)], max_attempts=1, held_seconds=30)
        dead = ClaimedJob(job, subject, 1, 1, 1, TRACE)
        assert poison.dead_letter([dead], poison.poisoned(dead)) == {job}
    assert worked.failed == [(subject, "POISON_JOB")]
    plane.by_ada(lambda: poison.redrive([job]))
    assert worked.reopened == [subject]


def test_two_topics_of_one_name_are_refused(worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TOPICS", (*topics.TOPICS, topics.TOPICS[-1]))
    registry.cache_clear()
    with pytest.raises(ImproperlyConfigured, match=r"test\.count"):
        registry()


def test_a_restore_holds_what_has_effects() -> None:
    held = {topic.name for topic in registry().values() if topic.waits_after_restore}
    assert held == {"run.advance", "event.match", "rule.window", "bulk.advance", "schedule.tick"}
