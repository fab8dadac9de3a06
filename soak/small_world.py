"""Evidence of a soak without any violation, for tests that forge evidence."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace

from soak.connectors import HTTP, UNSAFE
from soak.evidence import (
    Approval,
    Books,
    Bulk,
    Call,
    Effect,
    Event,
    Evidence,
    Item,
    Job,
    Log,
    Match,
    Run,
    Said,
    Step,
)
from soak.load import WEBHOOK, Accepted, Order
from soak.people import BY_LINK, BY_TOKEN, RETRY, Told
from soak.site import Limits

RUNNING = (("", "queued"), ("queued", "running"))
CALLED = (("", "running"), ("running", "succeeded"))


def world() -> Evidence:
    """Two tenants. Each has one keyed and one unsafe effect, each made once."""
    evidence = Evidence(accepted=[], calls=[], jobs=[], tenants={}, told=Told())
    for place, slug in enumerate(("ants", "bees")):
        books = _books(slug, spent=2)
        evidence.tenants[slug] = books
        _play(evidence, books, Order(0.0, slug, 10 * place + 1, "keyed", WEBHOOK), "tell")
        _play(evidence, books, Order(0.0, slug, 10 * place + 2, "unsafe", WEBHOOK), "pay", UNSAFE)
    return evidence


def people_world() -> Evidence:
    """One tenant with one of each: an approval, a single retry, a bulk retry, and a replay."""
    books = _books("ants", spent=7)
    evidence = Evidence(accepted=[], calls=[], jobs=[], tenants={"ants": books}, told=Told())
    asked, step = _play(evidence, books, Order(0.0, "ants", 1, "asked", WEBHOOK), "shipped"), uuid.uuid4()
    books.approvals.append(Approval(step, asked, "approved", audited=2))
    books.said.extend(Said(step, by, "approved") for by in (BY_TOKEN, BY_LINK))
    evidence.told.decided[step] = [(BY_TOKEN, "approved"), (BY_LINK, "approved")]
    former, again = _refused_and_retried(evidence, books, Order(0.0, "ants", 2, "many", WEBHOOK))
    evidence.told.retried[former] = again
    former, again = _refused_and_retried(evidence, books, Order(0.0, "ants", 3, "many", WEBHOOK))
    bulk = Bulk(uuid.uuid4(), RETRY, "finished", total=1, done=1, skipped=0, refused=0)
    books.bulks.append(bulk)
    books.items.append(Item(bulk.id, former, "done", [str(again)]))
    evidence.told.bulks.add(bulk.id)
    order = Order(0.0, "ants", 4, "again", WEBHOOK)
    _play(evidence, books, order, "again")
    event = books.events[-1].id
    evidence.told.replayed[event] = [_run(evidence, books, order, "again")]
    return evidence


def _books(slug: str, *, spent: int) -> Books:
    return Books(
        Limits(slug, 10, 100),
        rules=1,
        events=[],
        runs=[],
        matches=[],
        steps=[],
        effects=[],
        log=[],
        approvals=[],
        said=[],
        bulks=[],
        items=[],
        held=0,
        spent=spent,
    )


def _play(evidence: Evidence, books: Books, order: Order, label: str, connector: str = HTTP) -> uuid.UUID:
    """Add an event that starts a run with one effect. Returns the run."""
    slug, event = order.tenant, uuid.uuid4()
    body = json.dumps({"n": order.n, "tenant": slug}).encode()
    books.events.append(Event(event, f"soak.{order.kind}", "shop", body))
    evidence.accepted.append(Accepted(order, event, None))
    evidence.jobs.append(Job(uuid.uuid4(), slug, "event.match", event, "done", open=False, attempts=1))
    run = _run(evidence, books, order, label, connector)
    books.matches.append(Match(event, 1))
    return run


def _run(evidence: Evidence, books: Books, order: Order, label: str, connector: str = HTTP) -> uuid.UUID:
    """Add a run of the newest event."""
    event = books.events[-1].id
    run, step, key = uuid.uuid4(), uuid.uuid4(), uuid.uuid4().hex
    books.runs.append(Run(run, order.kind, event, uuid.uuid4(), "succeeded", "", None, started=True, origin=run))
    books.steps.append(Step(step, run, label, -1, "succeeded"))
    books.effects.append(Effect(key, run, label, -1, connector, "confirmed"))
    write(books, run, None, "", RUNNING)
    write(books, run, step, label, CALLED)
    write(books, run, None, "", (("running", "succeeded"),))
    evidence.calls.append(Call(key, order.tenant, order.n, label, connector, acted=True))
    evidence.jobs.append(Job(uuid.uuid4(), order.tenant, "run.advance", run, "done", open=False, attempts=1))
    return run


def _refused_and_retried(evidence: Evidence, books: Books, order: Order) -> tuple[uuid.UUID, uuid.UUID]:
    """Add a run that the receiver refused, and the successful run that replaces it. Returns both."""
    first = _play(evidence, books, order, "shared")
    effect = books.effects.pop()
    # Remove what was recorded about the end of the step and of the run.
    for rows in (books.log, books.feed):
        del rows[-2:]
    write(books, first, books.steps[-1].id, "shared", (("running", "failed"),))
    write(books, first, None, "", (("running", "failed"),))
    books.steps[-1] = replace(books.steps[-1], state="failed")
    books.runs[-1] = replace(books.runs[-1], state="failed", code="CONNECTOR_REFUSED")
    evidence.calls[-1] = replace(evidence.calls[-1], acted=False)
    again = _run(evidence, books, order, "shared")
    books.runs[-1] = replace(books.runs[-1], origin=first, retry_of=first)
    books.effects[-1] = replace(books.effects[-1], key=effect.key)
    evidence.calls[-1] = replace(evidence.calls[-1], key=effect.key)
    return first, again


def write(
    books: Books,
    run: uuid.UUID,
    step: uuid.UUID | None,
    key: str,
    moves: Sequence[tuple[str, str]],
    *,
    seen: bool = True,
) -> None:
    """Add transitions to the log, and to the items that the feed's subscriber has received."""
    for before, after in moves:
        books.log.append(Log(run, step, key, before, after, ""))
        if seen:
            books.feed.append((str(run), str(step or ""), before, after))
