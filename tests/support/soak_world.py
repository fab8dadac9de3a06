"""A small world in which nothing is broken, as the evidence of a soak: for forgeries that its law has to find."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from soak.connectors import HTTP, UNSAFE
from soak.evidence import Books, Call, Decision, Effect, Event, Evidence, Job, Log, Run, Step
from soak.load import WEBHOOK, Accepted, Order
from soak.site import Limits

RUNNING = (("", "queued"), ("queued", "running"))
CALLED = (("", "running"), ("running", "succeeded"))


def world() -> Evidence:
    """Two tenants; each has a keyed and an unsafe effect, each made once."""
    evidence = Evidence(accepted=[], calls=[], jobs=[], tenants={})
    for place, slug in enumerate(("ants", "bees")):
        books = Books(Limits(slug, 10, 100), 1, [], [], [], [], [], [], held=0, spent=2)
        evidence.tenants[slug] = books
        _play(evidence, books, Order(0.0, slug, 10 * place + 1, "keyed", WEBHOOK), "tell", HTTP)
        _play(evidence, books, Order(0.0, slug, 10 * place + 2, "unsafe", WEBHOOK), "pay", UNSAFE)
    return evidence


def _play(evidence: Evidence, books: Books, order: Order, label: str, connector: str) -> None:
    slug, event, run, step, key = order.tenant, uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), uuid.uuid4().hex
    body = json.dumps({"n": order.n, "tenant": slug}).encode()
    books.events.append(Event(event, f"soak.{order.kind}", "shop", body))
    books.decisions.append(Decision(event, "matched", run))
    books.runs.append(Run(run, order.kind, event, uuid.uuid4(), "succeeded", "", None, started=True))
    books.steps.append(Step(step, run, label, -1, "succeeded"))
    books.effects.append(Effect(key, run, label, -1, connector, "confirmed"))
    write(books, run, None, "", RUNNING)
    write(books, run, step, label, CALLED)
    write(books, run, None, "", (("running", "succeeded"),))
    evidence.accepted.append(Accepted(order, event, None))
    evidence.calls.append(Call(key, slug, order.n, label, connector, acted=True))
    for topic, subject in (("event.match", event), ("run.advance", run)):
        evidence.jobs.append(Job(uuid.uuid4(), slug, topic, subject, "done", open=False, attempts=1))


def write(
    books: Books,
    run: uuid.UUID,
    step: uuid.UUID | None,
    key: str,
    moves: Sequence[tuple[str, str]],
    *,
    seen: bool = True,
) -> None:
    """Into the log, and into the eyes of whoever follows the feed."""
    for before, after in moves:
        books.log.append(Log(run, step, key, before, after, ""))
        if seen:
            books.feed.append((str(run), str(step or ""), before, after))
