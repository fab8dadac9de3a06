"""The checks after a soak: each one yields its violations, with the promise of docs/guarantees.md.

Pure: evidence in, breaches out. So the tests can forge evidence and require that each forgery is found.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from automate.effects import states as effect_states
from automate.runs import states
from soak import law_of_people
from soak.breaches import Article, Breach
from soak.connectors import UNSAFE
from soak.evidence import Books, Call, Evidence, Log, Run
from soak.load import BY_HAND, CANCEL, Accepted, Order
from soak.workflows import KINDS, PAYMENT
from tests.support.crash_law import Move, illegal

FINISHED, DEAD, OPEN, LOST = "finished", "dead", "open", "lost"
REJECTED = "BUDGET_EXCEEDED"
POISONED = "POISON_JOB"
OWN_SOURCE = "runs"
"""The source of events that runs emit."""


def judge(evidence: Evidence) -> list[Breach]:
    return [breach for article in ARTICLES for breach in article(evidence)]


def fates_of(evidence: Evidence) -> Counter[str]:
    """The outcome of each accepted event and of the runs that it started."""
    dead = {job.subject for job in evidence.jobs if job.state == "dead"}
    left = {job.subject for job in evidence.jobs if job.open}
    fates = Counter[str]()
    for accepted in evidence.accepted:
        books = evidence.tenants[accepted.order.tenant]
        event_id = accepted.event or books.event_of(accepted.run)
        if event_id is None or books.event(event_id) is None:
            fates[LOST] += 1
            continue
        subjects = {event_id, *(run.id for run in books.runs_of(event_id))}
        unended = any(run.state not in states.RUN_FINAL for run in books.runs_of(event_id))
        fates[OPEN if unended or subjects & left else DEAD if subjects & dead else FINISHED] += 1
    return fates


def sum_comes_out(evidence: Evidence) -> Iterator[Breach]:
    """Promise 1: accepted = finished + dead."""
    fates = fates_of(evidence)
    if fates[LOST] or fates[OPEN]:
        yield Breach(
            1, "all", f"{len(evidence.accepted)} accepted", ", ".join(f"{n} {fate}" for fate, n in fates.items())
        )


def said(evidence: Evidence) -> Iterator[Breach]:
    for words in evidence.said:
        yield Breach(0, "-", "seen while it happened", words)


def accepted_is_finished_or_dead(evidence: Evidence) -> Iterator[Breach]:
    """Promises 1 and 2: a confirmed event exists once and was matched. No event exists without a sender."""
    for slug, books in evidence.tenants.items():
        ours = [accepted for accepted in evidence.accepted if accepted.order.tenant == slug]
        confirmed = [(accepted, accepted.event or books.event_of(accepted.run)) for accepted in ours]
        dead = {job.subject for job in evidence.jobs if job.state == "dead"}
        for accepted, event_id in confirmed:
            replays = len(evidence.told.replayed.get(event_id, [])) if event_id else 0
            yield from _lost_or_doubled(books, accepted, event_id, replays, dead=event_id in dead)
        known = {event_id for _, event_id in confirmed}
        for event_id, count in Counter(event_id for _, event_id in confirmed).items():
            if count > 1:
                yield Breach(2, slug, f"event {event_id}", f"was confirmed for {count} orders")
        for event in books.events:
            if event.source != OWN_SOURCE and event.n and event.id not in known:
                yield Breach(
                    2, slug, f"event {event.id} (n {event.n}, {event.type})", "exists, and no sender got a confirmation"
                )


def _lost_or_doubled(
    books: Books, accepted: Accepted, event_id: uuid.UUID | None, replays: int, *, dead: bool
) -> Iterator[Breach]:
    """replays: how often a person replayed the event. dead: its job is dead, so the event was not matched."""
    order, slug = accepted.order, accepted.order.tenant
    subject = f"event {event_id} (n {order.n}, {order.kind} by {order.via})"
    event = books.event(event_id)
    if event is None:
        yield Breach(1, slug, subject, "was accepted, and is lost")
        return
    if event.n != order.n:
        yield Breach(2, slug, subject, f"is the event of n {event.n}")
    if dead:
        return
    started, wanted = books.started_by(event.id), replays + int(order.kind != PAYMENT)
    if len(started) != wanted or any(run.kind != order.kind for run in started):
        yield Breach(1 if len(started) < wanted else 2, slug, subject, f"has the runs {[run.kind for run in started]}")
    decisions = books.decisions_on(event.id)
    if order.via != BY_HAND and decisions != books.rules:
        yield Breach(1, slug, subject, f"has {decisions} decisions by {books.rules} rules")


def runs_have_ended_as_they_may(evidence: Evidence) -> Iterator[Breach]:
    """Promises 1 and 5: no run is open, and each end is explained by its kind, a person or an exhausted budget."""
    told = {accepted.run: accepted.order.told for accepted in evidence.accepted if accepted.run}
    dead = {job.subject for job in evidence.jobs if job.state == "dead"}
    for slug, books in evidence.tenants.items():
        uncertain = {move.run for move in books.log if move.after == states.UNCERTAIN}
        for run in books.runs:
            subject = f"run {run.id} ({run.kind})"
            if run.state not in states.RUN_FINAL:
                yield Breach(1, slug, subject, f"is {run.state} still: {run.reason or 'no reason'}")
                continue
            if books.retry_of(run.id):
                if run.state != states.FAILED:
                    yield Breach(5, slug, subject, f"was retried, and ended {run.state}")
                continue
            may = set(KINDS[run.kind].ends)
            if told.get(run.id) == CANCEL:
                may.add(states.CANCELLED)
            if run.kind == "unsafe" and run.id not in uncertain:
                may.discard(states.CANCELLED)
            rejected = run.state == states.FAILED and run.code == REJECTED and not run.started
            if run.state not in may and run.id not in dead and not rejected and run.code != _child_failed(books, run):
                yield Breach(5, slug, subject, f"ended {run.state}: {run.code or run.reason}")


def _child_failed(books: Books, run: Run) -> str | None:
    """The code of a run whose called run was rejected: that is not its own fault."""
    rejected = any(other.code == REJECTED and other.kind == "child" for other in books.runs)
    return run.code if run.kind == "parent" and run.state == states.FAILED and rejected else "-"


def no_job_is_open(evidence: Evidence) -> Iterator[Breach]:
    for job in evidence.jobs:
        if job.open:
            yield Breach(
                1, job.tenant, f"job {job.id} ({job.topic})", f"is {job.state} still, tried {job.attempts} times"
            )


def effects_are_made_once(evidence: Evidence) -> Iterator[Breach]:
    """Promise 3, by the receiver's record alone: each effect of each event was made once, under one key.

    A refused call counts for the key as well: a retry of its run calls under the same key. Each replay may use a key
    of its own.
    """
    asked = defaultdict[tuple[str, int], dict[str, set[str]]](lambda: defaultdict(set))
    acted = defaultdict[tuple[str, int], dict[str, set[str]]](lambda: defaultdict(set))
    for call in evidence.calls:
        asked[call.tenant, call.n][call.label].add(call.key)
        if call.acted:
            acted[call.tenant, call.n][call.label].add(call.key)
    for slug, books in evidence.tenants.items():
        ends = _ends(books)
        for accepted in (each for each in evidence.accepted if each.order.tenant == slug):
            at, event = (slug, accepted.order.n), accepted.event
            times = 1 + len(evidence.told.replayed.get(event, []) if event else [])
            yield from _effects_of(accepted.order, asked[at], acted[at], ends.get(accepted.order.n, set()), times)


def _ends(books: Books) -> dict[int, set[str]]:
    """The ends of an order's runs and of the runs that they caused: a state, or the reason for no state.

    In a line of retries, the last run counts.
    """
    numbers = {event.id: event.n for event in books.events}
    ends = defaultdict[int, set[str]](set)
    for run in (run for run in books.runs if not books.retry_of(run.id)):
        ends[numbers.get(run.event, 0)].add(run.code if run.code in {REJECTED, POISONED} else run.state)
    return ends


def _effects_of(
    order: Order, asked: Mapping[str, set[str]], acted: Mapping[str, set[str]], ends: set[str], times: int
) -> Iterator[Breach]:
    """times: how often the event was started."""
    wanted = KINDS[order.kind].labels if order.kind in KINDS else frozenset[str]()
    subject = f"n {order.n} ({order.kind})"
    for label, keys in asked.items():
        if len(keys) > times:
            yield Breach(3, order.tenant, subject, f"effect {label} was asked for under {len(keys)} keys")
        if label in acted and label not in wanted:
            yield Breach(3, order.tenant, subject, f"effect {label} was made without a request")
    whole = KINDS[order.kind].whole if order.kind in KINDS else ""
    if ends == {whole} and (missing := [label for label in wanted if len(acted.get(label, ())) < times]):
        yield Breach(3, order.tenant, subject, f"{whole}, and effect {', '.join(sorted(missing))} is in no record")


def ledger_agrees_with_the_record(evidence: Evidence) -> Iterator[Breach]:
    """Promise 3: each confirmed effect of the ledger was received.

    Each received call is in the ledger of that tenant only.
    """
    acted = {call.key: call for call in evidence.calls if call.acted}
    owner = {effect.key: slug for slug, books in evidence.tenants.items() for effect in books.effects}
    for key, call in acted.items():
        if owner.get(key) != call.tenant:
            whose = owner.get(key, "nobody")
            yield Breach(
                7 if key in owner else 3, call.tenant, f"n {call.n} ({call.label})", f"is in the ledger of {whose}"
            )
    for slug, books in evidence.tenants.items():
        states_of = {run.id: run.state for run in books.runs}
        for effect in books.effects:
            subject = f"effect {effect.key[:12]} of step {effect.step} of run {effect.run}"
            if effect.state in {effect_states.EFFECT_INTENT, effect_states.EFFECT_SENT}:
                yield Breach(3, slug, subject, f"is an intent still, and its run {states_of.get(effect.run)}")
            if (
                effect.state == effect_states.EFFECT_CONFIRMED
                and effect.connector != "log.write"
                and effect.key not in acted
            ):
                yield Breach(3, slug, subject, "is confirmed, and in no record")


def repeats_are_allowed_and_flagged(evidence: Evidence) -> Iterator[Breach]:
    """Promise 3: a repeated call was allowed by its step, or a person retried its run. Unsafe effects are made once."""
    calls = defaultdict[str, list[Call]](list)
    for call in evidence.calls:
        calls[call.key].append(call)
    for slug, books in evidence.tenants.items():
        flags = _flags(books)
        line = {run.id: run.origin for run in books.runs}
        for effect in books.effects:
            came = calls[effect.key]
            again = len(came) - 1
            subject = f"effect {effect.key[:12]} of step {effect.step} of run {effect.run}"
            # The ledger also counts requests that were repeated because an idle connection had ended.
            flagged = max(flags[line.get(effect.run, effect.run), effect.step, effect.item], effect.tries - 1)
            if again > flagged:
                yield Breach(3, slug, subject, f"was sent {again} times more, and its step says so {flagged} times")
            acts = sum(call.acted for call in came)
            if effect.connector == UNSAFE and acts > 1:
                yield Breach(3, slug, subject, f"is unsafe to repeat, and was made {acts} times")


def _flags(books: Books) -> Counter[tuple[uuid.UUID, str, int]]:
    """How often each step of a line of retries may have been repeated.

    The step noted that its call had to be repeated or that its outcome was unknown, or a later run of the line
    repeated the step. A call whose worker was lost may have left twice: the worker's note about an ended idle
    connection is lost as well.
    """
    items = {step.id: step.item for step in books.steps}
    line = {run.id: run.origin for run in books.runs}
    said = Counter[tuple[uuid.UUID, str, int]]()
    taken = defaultdict[tuple[uuid.UUID, str, int], set[uuid.UUID]](set)
    for move in (move for move in books.log if move.step):
        step = (line.get(move.run, move.run), move.step_key, items.get(move.step, -1) if move.step else -1)
        taken[step].add(move.run)
        said[step] += move.after in {states.RETRYING, states.UNCERTAIN}
        said[step] += move.reason == states.WORKER_LOST
    return said + Counter({step: len(runs) - 1 for step, runs in taken.items()})


def histories_are_legal(evidence: Evidence) -> Iterator[Breach]:
    """Promise 4: all transitions are legal."""
    for slug, books in evidence.tenants.items():
        by_run = defaultdict[uuid.UUID, list[Log]](list)
        for row in books.log:
            by_run[row.run].append(row)
        for run in books.runs:
            moves = [
                Move(str(row.run), str(row.step or row.run), row.step_key, row.before, row.after, row.reason)
                for row in by_run[run.id]
            ]
            for wrong in illegal(moves):
                yield Breach(4, slug, f"run {run.id} ({run.kind})", wrong)
            own = [row.after for row in by_run[run.id] if row.step is None]
            if not own or own[-1] != run.state:
                yield Breach(4, slug, f"run {run.id} ({run.kind})", f"is {run.state}, and its log ends {own[-1:]}")


def budgets_are_exact(evidence: Evidence) -> Iterator[Breach]:
    """Promise 6: no slot is held when no run is open.

    The budget's use equals the number of started runs, within the limit.
    """
    for slug, books in evidence.tenants.items():
        begun = sum(run.started for run in books.runs)
        if books.held:
            yield Breach(6, slug, "concurrent_runs", f"{books.held} slots are held, and no run is open")
        if books.spent != begun:
            yield Breach(6, slug, "runs", f"{books.spent} are spent, and {begun} were begun")
        if begun > books.limits.most_runs:
            yield Breach(6, slug, "runs", f"{begun} were begun of at most {books.limits.most_runs}")


def tenants_are_apart(evidence: Evidence) -> Iterator[Breach]:
    """Promise 7: the rows of tenants are separate."""
    for slug, books in evidence.tenants.items():
        runs, events = {run.id for run in books.runs}, {event.id for event in books.events}
        bulks = {bulk.id for bulk in books.bulks}
        for event in books.events:
            if event.tenant and event.tenant != slug:
                yield Breach(7, slug, f"event {event.id}", f"belongs to {event.tenant}")
        told = [
            *(step.run for step in books.steps),
            *(effect.run for effect in books.effects),
            *(row.run for row in books.log),
        ]
        strangers = set(told) - runs
        for run in strangers:
            yield Breach(7, slug, f"run {run}", "has rows here, and is none of this tenant's")
        for job in evidence.jobs:
            if job.tenant == slug and job.subject not in runs | events | bulks:
                yield Breach(7, slug, f"job {job.id} ({job.topic})", "is about a row that this tenant does not have")


def feeds_are_complete(evidence: Evidence) -> Iterator[Breach]:
    """Promise 12: a subscriber that resumed at each cut has received each row of the log once and in order."""
    for slug, books in evidence.tenants.items():
        written = [(str(row.run), str(row.step or ""), row.before, row.after) for row in books.log]
        if books.feed == written:
            continue
        missing, double = Counter(written) - Counter(books.feed), Counter(books.feed) - Counter(written)
        words = f"{missing.total()} of {len(written)} transitions are missing, {double.total()} are too many"
        first = next(iter(missing or double), None)
        yield Breach(12, slug, "runFeed", f"{words}; the first is {first}" if first else "its order is not the log's")


ARTICLES: Sequence[Article] = (
    said,
    sum_comes_out,
    accepted_is_finished_or_dead,
    runs_have_ended_as_they_may,
    no_job_is_open,
    effects_are_made_once,
    ledger_agrees_with_the_record,
    repeats_are_allowed_and_flagged,
    histories_are_legal,
    budgets_are_exact,
    tenants_are_apart,
    feeds_are_complete,
    *law_of_people.ARTICLES,
)
