"""The criterion of the soak can fail: each forgery of its evidence is found, and the promise named that it breaks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from automate.runs import states
from soak.evidence import Books, Evidence, Log
from soak.law import judge
from soak.small_world import people_world, world, write


def _lost_event(evidence: Evidence, books: Books) -> None:
    """With all that followed from it, so that nothing else betrays it."""
    evidence.calls.remove(next(call for call in evidence.calls if call.key == books.effects[0].key))
    gone, run = books.events.pop(0).id, books.runs.pop(0).id
    books.matches.pop(0), books.steps.pop(0), books.effects.pop(0)
    books.log[:] = [row for row in books.log if row.run != run]
    books.feed[:] = [row for row in books.feed if row[0] != str(run)]
    evidence.jobs[:] = [job for job in evidence.jobs if job.subject not in {gone, run}]
    books.spent -= 1


def _never_matched(_evidence: Evidence, books: Books) -> None:
    books.matches.pop()


def _second_event(_evidence: Evidence, books: Books) -> None:
    books.events.append(replace(books.events[0], id=uuid.uuid4()))


def _second_run(evidence: Evidence, books: Books) -> None:
    books.runs.append(replace(books.runs[0], id=uuid.uuid4()))


def _open_run(_evidence: Evidence, books: Books) -> None:
    books.runs[0] = replace(books.runs[0], state="waiting", reason="step a waits")


def _open_job(evidence: Evidence, _books: Books) -> None:
    evidence.jobs[0] = replace(evidence.jobs[0], state="dispatched", open=True)


def _failed_run(_evidence: Evidence, books: Books) -> None:
    books.runs[0] = replace(books.runs[0], state="failed", code="CONNECTOR_TRANSIENT")


def _forgetful_receiver(evidence: Evidence, _books: Books) -> None:
    evidence.calls.pop(0)


def _effect_under_a_second_key(evidence: Evidence, _books: Books) -> None:
    evidence.calls.append(replace(evidence.calls[0], key="another"))


def _silent_repeat(evidence: Evidence, _books: Books) -> None:
    evidence.calls.append(evidence.calls[0])


def _repeat_behind_a_lost_worker(evidence: Evidence, books: Books) -> None:
    """A lost worker explains two calls more, and not three."""
    call = evidence.calls[0]
    effect = next(each for each in books.effects if each.key == call.key)
    step = next(each for each in books.steps if each.run == effect.run)
    books.log.append(Log(step.run, step.id, step.key, "running", "uncertain", states.WORKER_LOST))
    evidence.calls.extend([call, call, call])


def _unsafe_repeat(evidence: Evidence, books: Books) -> None:
    """Flagged, and not allowed all the same."""
    evidence.calls.append(next(call for call in evidence.calls if call.label == "pay"))
    run, step = books.steps[1].run, books.steps[1].id
    write(books, run, step, "pay", [("running", "uncertain")])


def _intent_left(_evidence: Evidence, books: Books) -> None:
    books.effects[0] = replace(books.effects[0], state="intent")


def _left_its_final_state(_evidence: Evidence, books: Books) -> None:
    write(books, books.runs[0].id, None, "", [("succeeded", "running"), ("running", "succeeded")])


def _leaked_slot(_evidence: Evidence, books: Books) -> None:
    books.held = 1


def _overspent(_evidence: Evidence, books: Books) -> None:
    books.limits = replace(books.limits, most_runs=1)


def _miscounted(_evidence: Evidence, books: Books) -> None:
    books.spent += 1


def _rows_of_another(evidence: Evidence, books: Books) -> None:
    books.effects.append(evidence.tenants["bees"].effects.pop())


def _unseen_transition(_evidence: Evidence, books: Books) -> None:
    books.feed.pop(3)


def _seen_twice(_evidence: Evidence, books: Books) -> None:
    books.feed.append(books.feed[-1])


def _out_of_order(_evidence: Evidence, books: Books) -> None:
    books.feed.reverse()


def _decision_nobody_made(_evidence: Evidence, books: Books) -> None:
    books.said.append(replace(books.said[0], by="a stranger"))


def _decision_is_lost(_evidence: Evidence, books: Books) -> None:
    books.said.pop()


def _decision_in_silence(_evidence: Evidence, books: Books) -> None:
    books.approvals[0] = replace(books.approvals[0], audited=1)


def _rejected_and_done(evidence: Evidence, books: Books) -> None:
    """All agree that it was rejected, and the receiver alone says that it was done."""
    asked = books.approvals[0]
    books.approvals[0] = replace(asked, state="rejected")
    books.said[1] = replace(books.said[1], outcome="rejected")
    evidence.told.decided[asked.id] = [(each.by, each.outcome) for each in books.said]
    books.runs[0] = replace(books.runs[0], state="failed", code="APPROVAL_REJECTED")


def _retry_nobody_asked_for(evidence: Evidence, books: Books) -> None:
    evidence.told.retried.clear()


def _retried_twice(evidence: Evidence, books: Books) -> None:
    retry = next(run for run in books.runs if run.retry_of)
    books.runs.append(replace(retry, id=uuid.uuid4()))


def _retry_of_another_line(_evidence: Evidence, books: Books) -> None:
    place = next(place for place, run in enumerate(books.runs) if run.retry_of)
    books.runs[place] = replace(books.runs[place], origin=books.runs[place].id)


def _retry_under_a_key_of_its_own(evidence: Evidence, books: Books) -> None:
    """Where the first one was refused, so that the effect itself was made once."""
    place = next(place for place, call in enumerate(evidence.calls) if not call.acted)
    evidence.calls[place] = replace(evidence.calls[place], key="another")


def _lost_retry(evidence: Evidence, _books: Books) -> None:
    ((former, _),) = evidence.told.retried.items()
    evidence.told.retried[former] = uuid.uuid4()


def _lost_replay(evidence: Evidence, _books: Books) -> None:
    ((event, _),) = evidence.told.replayed.items()
    evidence.told.replayed[event] = [uuid.uuid4()]


def _replayed_in_silence(evidence: Evidence, _books: Books) -> None:
    evidence.told.replayed.clear()


def _lost_operation(_evidence: Evidence, books: Books) -> None:
    books.bulks.clear()


def _operation_is_left(_evidence: Evidence, books: Books) -> None:
    books.bulks[0] = replace(books.bulks[0], state="running")


def _operation_miscounts(_evidence: Evidence, books: Books) -> None:
    books.bulks[0] = replace(books.bulks[0], done=2)


def _item_done_twice(evidence: Evidence, books: Books) -> None:
    second = replace(books.bulks[0], id=uuid.uuid4())
    books.bulks.append(second)
    books.items.append(replace(books.items[0], operation=second.id))
    evidence.told.bulks.add(second.id)


def _cancelled_and_went_on(_evidence: Evidence, books: Books) -> None:
    books.bulks[0] = replace(books.bulks[0], kind="CANCEL")


PEOPLES_FORGERIES: dict[Callable[[Evidence, Books], None], tuple[int, str]] = {
    _decision_nobody_made: (4, "holds the decisions"),
    _decision_is_lost: (4, "is approved by the decisions"),
    _decision_in_silence: (4, "has 1 entries of 2 decisions"),
    _rejected_and_done: (4, "what it was to prevent was done"),
    _retry_nobody_asked_for: (2, "without a request"),
    _retried_twice: (2, "has 2 runs in its place"),
    _retry_of_another_line: (3, "does not inherit its keys"),
    _retry_under_a_key_of_its_own: (3, "effect shared was asked for under 2 keys"),
    _lost_retry: (1, "was confirmed as the retry of run"),
    _lost_replay: (1, "was replayed into the runs"),
    _replayed_in_silence: (2, "has the runs ['again', 'again']"),
    _lost_operation: (15, "was confirmed, and is lost"),
    _operation_is_left: (15, "is running"),
    _operation_miscounts: (15, "counts {'done': 2} of 1, and has {'done': 1}"),
    _item_done_twice: (15, "was done 2 times by operations RETRY"),
    _cancelled_and_went_on: (15, "was cancelled by an operation, and did not end so"),
}
FORGERIES: dict[Callable[[Evidence, Books], None], tuple[int, str]] = {
    _lost_event: (1, "was accepted, and is lost"),
    _never_matched: (1, "has 0 decisions by 1 rules"),
    _second_event: (2, "exists, and no sender got a confirmation"),
    _second_run: (2, "has the runs ['keyed', 'keyed']"),
    _open_run: (1, "is waiting still: step a waits"),
    _open_job: (1, "is dispatched still"),
    _failed_run: (5, "ended failed: CONNECTOR_TRANSIENT"),
    _forgetful_receiver: (3, "effect tell is in no record"),
    _effect_under_a_second_key: (3, "was asked for under 2 keys"),
    _silent_repeat: (3, "was sent 1 times more, and its step says so 0 times"),
    _repeat_behind_a_lost_worker: (3, "was sent 3 times more, and its step says so 2 times"),
    _unsafe_repeat: (3, "is unsafe to repeat, and was made 2 times"),
    _intent_left: (3, "is an intent still"),
    _left_its_final_state: (4, "succeeded -> running"),
    _leaked_slot: (6, "1 slots are held"),
    _overspent: (6, "2 were begun of at most 1"),
    _miscounted: (6, "3 are spent, and 2 were begun"),
    _rows_of_another: (7, "has rows here"),
    _unseen_transition: (12, "1 of 10 transitions are missing"),
    _seen_twice: (12, "1 are too many"),
    _out_of_order: (12, "its order is not the log's"),
}


@pytest.mark.parametrize("make", [world, people_world])
def test_world_in_which_nothing_is_broken_passes(make: Callable[[], Evidence]) -> None:
    assert judge(make()) == []


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_forgery_is_found(forge: Callable[[Evidence, Books], None]) -> None:
    assert_found(world(), forge, *FORGERIES[forge])


@pytest.mark.parametrize("forge", PEOPLES_FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_forgery_of_what_people_did_is_found(forge: Callable[[Evidence, Books], None]) -> None:
    assert_found(people_world(), forge, *PEOPLES_FORGERIES[forge])


def assert_found(evidence: Evidence, forge: Callable[[Evidence, Books], None], promise: int, words: str) -> None:
    forge(evidence, evidence.tenants["ants"])
    found = judge(evidence)
    assert [breach for breach in found if breach.promise == promise and words in breach.words], found
