"""The checks of people's operations: each decision, retry, replay and bulk operation exists once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from automate.runs import states
from soak.breaches import Article, Breach
from soak.evidence import Books, Evidence, Item
from soak.people import CANCEL, RETRY
from soak.workflows import POISON, QUORUM

REJECTED_BY_PEOPLE = "APPROVAL_REJECTED"
SHIPPED = "shipped"
"""An effect that only follows an approval."""


def approvals_are_decided_once(evidence: Evidence) -> Iterator[Breach]:
    """Promise 4: the confirmed decisions are the effective ones, and are in the audit record."""
    dead = {job.subject for job in evidence.jobs if job.state == "dead"}
    for slug, books in evidence.tenants.items():
        said = defaultdict[object, list[tuple[str, str]]](list)
        for each in books.said:
            said[each.approval].append((each.by, each.outcome))
        runs = {run.id: run for run in books.runs}
        shipped = {call.n for call in evidence.calls if call.tenant == slug and call.label == SHIPPED and call.acted}
        # A run whose job is dead has ended its approval.
        for approval in (each for each in books.approvals if each.run not in dead):
            subject, told = f"approval {approval.id}", evidence.told.decided.get(approval.id, [])
            if sorted(said[approval.id]) != sorted(told):
                yield Breach(4, slug, subject, f"holds the decisions {said[approval.id]}, and people were told {told}")
            outcomes = Counter(outcome for _, outcome in said[approval.id])
            ends = states.REJECTED if outcomes[states.REJECTED] else states.APPROVED
            if approval.state != ends or (ends == states.APPROVED and outcomes[states.APPROVED] != QUORUM):
                yield Breach(4, slug, subject, f"is {approval.state} by the decisions {said[approval.id]}")
            if approval.audited != len(said[approval.id]):
                yield Breach(4, slug, subject, f"has {approval.audited} entries of {len(said[approval.id])} decisions")
            run = runs[approval.run]
            event = books.event(run.event)
            went_on = run.code != REJECTED_BY_PEOPLE
            if went_on != (approval.state == states.APPROVED):
                yield Breach(
                    4, slug, subject, f"is {approval.state}, and its run {run.state}: {run.code or run.reason}"
                )
            if approval.state == states.REJECTED and event is not None and event.n in shipped:
                yield Breach(4, slug, subject, "was rejected, and what it was to prevent was done")


def retries_are_what_was_asked(evidence: Evidence) -> Iterator[Breach]:
    """Promises 1, 2 and 3: each retry replaces one run, was requested, and inherits its keys."""
    retried = evidence.told.retried
    for slug, books in evidence.tenants.items():
        runs = {run.id: run for run in books.runs}
        together = {str(run) for item in _done(books, RETRY) for run in item.runs}
        for run in books.runs:
            if run.retry_of is None:
                continue
            subject = f"run {run.id} ({run.kind})"
            former = runs.get(run.retry_of)
            if former is None or former.origin != run.origin:
                yield Breach(3, slug, subject, f"retries run {run.retry_of}, and does not inherit its keys")
            if retried.get(run.retry_of) != run.id and str(run.id) not in together and run.kind != POISON:
                yield Breach(2, slug, subject, f"retries run {run.retry_of} without a request")
        for run_id, count in Counter(run.retry_of for run in books.runs if run.retry_of).items():
            if count > 1:
                yield Breach(2, slug, f"run {run_id}", f"has {count} runs in its place")
        asked = {new: old for old, new in retried.items() if old in runs}
        for new in asked.keys() - runs.keys():
            yield Breach(1, slug, f"run {new}", f"was confirmed as the retry of run {asked[new]}, and is lost")


def replays_are_what_was_asked(evidence: Evidence) -> Iterator[Breach]:
    """Promises 1 and 2: each run that a replay reported exists, and matches the rules of its event."""
    for slug, books in evidence.tenants.items():
        runs = {run.id: run for run in books.runs}
        for event, started in evidence.told.replayed.items():
            if books.event(event) is None:
                continue
            if len(started) != 1 or any(run not in runs or runs[run].event != event for run in started):
                yield Breach(1, slug, f"event {event}", f"was replayed into the runs {[str(run) for run in started]}")


def bulk_operations_come_to_their_end(evidence: Evidence) -> Iterator[Breach]:
    """Promise 15: each bulk operation has the outcome of each item, and each one was confirmed to its caller."""
    dead = {job.subject for job in evidence.jobs if job.state == "dead"}
    known = {bulk.id for books in evidence.tenants.values() for bulk in books.bulks}
    for lost in evidence.told.bulks - known:
        yield Breach(15, "all", f"bulk operation {lost}", "was confirmed, and is lost")
    for slug, books in evidence.tenants.items():
        items = defaultdict[object, Counter[str]](Counter)
        for item in books.items:
            items[item.operation][item.outcome] += 1
        for bulk in books.bulks:
            subject = f"bulk operation {bulk.id} ({bulk.kind})"
            said = Counter({"done": bulk.done, "skipped": bulk.skipped, "refused": bulk.refused})
            if bulk.id not in evidence.told.bulks:
                yield Breach(15, slug, subject, "began, and no caller got a confirmation")
            if bulk.state != states.BULK_FINISHED and bulk.id not in dead:
                yield Breach(15, slug, subject, f"is {bulk.state}")
            if said != items[bulk.id] or said.total() > bulk.total:
                yield Breach(15, slug, subject, f"counts {dict(+said)} of {bulk.total}, and has {dict(items[bulk.id])}")


def bulk_operations_do_each_item_once(evidence: Evidence) -> Iterator[Breach]:
    """Promise 15: no item is done by two operations, and its stated outcome is true unless the run's job died then."""
    dead = {job.subject for job in evidence.jobs if job.state == "dead"}
    for slug, books in evidence.tenants.items():
        for kind in (RETRY, CANCEL):
            for run, count in Counter(item.item for item in _done(books, kind)).items():
                if count > 1:
                    yield Breach(15, slug, f"run {run}", f"was done {count} times by operations {kind}")
        runs = {run.id: run for run in books.runs}
        for item in _done(books, CANCEL):
            if item.item not in runs or (runs[item.item].state != states.CANCELLED and item.item not in dead):
                yield Breach(15, slug, f"run {item.item}", "was cancelled by an operation, and did not end so")
        for item in _done(books, RETRY):
            again = books.retry_of(item.item)
            if again is None or [str(again.id)] != item.runs:
                yield Breach(15, slug, f"run {item.item}", f"was retried by an operation into {item.runs}, and is not")


def _done(books: Books, kind: str) -> list[Item]:
    of_kind = {bulk.id for bulk in books.bulks if bulk.kind == kind}
    return [item for item in books.items if item.operation in of_kind and item.outcome == "done"]


ARTICLES: Sequence[Article] = (
    approvals_are_decided_once,
    retries_are_what_was_asked,
    replays_are_what_was_asked,
    bulk_operations_come_to_their_end,
    bulk_operations_do_each_item_once,
)
