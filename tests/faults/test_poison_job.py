"""One job that kills whichever process takes it: it dies alone after its attempts, and a person can bring it back."""

from __future__ import annotations

import pytest

from tests.faults.conftest import MakeScene
from tests.support.books import assert_exact

EVENTS = 500
BATCH = 20
POISON = 7
ATTEMPTS = 5
"""Of a run, as ``automate.runs.services`` bounds them."""
WORKERS_LOST = 2
"""After that many in a row a job is a suspect, and its further attempts end a worker's quarantine alone."""


@pytest.mark.long
@pytest.mark.slow
def test_poison_job_dies_alone_and_is_redriven(make_scene: MakeScene) -> None:
    scene = make_scene(
        delay_seconds=0.3,
        AUTOMATE_RELAY_BATCH_JOBS=str(BATCH),
        AUTOMATE_RELAY_WINDOW_JOBS=str(4 * BATCH),
        AUTOMATE_LEASE_SECONDS="2",
    )
    platform, books, receiver = scene.platform, scene.books, scene.receiver
    senders = scene.senders().begin(range(BATCH), lambda number: {"poison": number == POISON}).join()
    platform.start("relay")
    platform.until(lambda: len(books.jobs("dispatched")) == BATCH, 20, "twenty jobs to leave in one message")
    platform.keep("worker", sabotage="worker_dies_of_poison")
    rest = scene.senders().begin(range(BATCH, EVENTS), lambda _number: {"poison": False})
    books.await_settled(EVENTS, 120)
    senders.accepted.extend(rest.join().accepted)
    assert_exact(books, senders, receiver, EVENTS, dead=1)
    assert platform.deaths == {"worker": WORKERS_LOST}
    assert platform.said("worker", "quarantine was ended") == ATTEMPTS - WORKERS_LOST
    ((job, code),) = books.rows("SELECT id, last_error ->> 'code' FROM outbox_job WHERE state = 'dead'")
    assert code == "POISON_JOB"
    failed = "SELECT state_reason, error ->> 'code', event_id FROM execution_run WHERE state = 'failed'"
    event_of = {answer.number: answer.event_id for answer in senders.accepted}
    ((reason, error, event_id),) = books.rows(failed)
    assert (reason, error, str(event_id)) == ("POISON_JOB", "POISON_JOB", event_of[POISON])

    platform.end("worker")
    platform.start_all("worker")
    assert platform.call("tests.support.redrive", str(books.tenant_id), str(job)) == str(job)
    platform.until(lambda: any(call.number == POISON for call in receiver.calls), 10, "the redriven job to tell")
    books.await_settled(EVENTS)
    assert books.run_states() == {"succeeded": EVENTS, "failed": 1}
    assert [call.number for call in receiver.calls].count(POISON) == 1
