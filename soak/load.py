"""The users of the platform: senders of webhooks, callers of mutations, and people who cancel and pause runs.

An unanswered request is sent again under its key until it is answered. The seed alone decides what is sent, and
when.
"""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2
from standardwebhooks import Webhook

from graphql_schema.ids import global_id, row_id_of
from soak.site import Site
from soak.workflows import ASKED, KINDS, PAYMENT, POISON
from tests.support.processes import WEBHOOK_SECRET

SENDERS = 12
ANSWER_SECONDS, PAUSE_SECONDS, PATIENCE_SECONDS = 10.0, 0.3, 120.0
WEBHOOK, INGEST, BY_HAND = "webhook", "ingestEvent", "runWorkflow"
CANCEL, PAUSE, REDRIVE = "cancel", "pause", "redrive"
POISON_FIRST, POISON_EVERY, POISON_LAST = 3, 30, 25
"""Seconds: from the beginning, between two, and before the end. Each one kills some workers in a row until its job is
dead."""
ERRORS = "errors { code message retryable }"
INGEST_EVENT = (
    f"mutation($input: IngestEventInput!) {{ ingestEvent(input: $input) {{ event {{ id }} outcome {ERRORS} }} }}"
)
RUN_WORKFLOW = f"mutation($input: RunWorkflowInput!) {{ runWorkflow(input: $input) {{ run {{ id }} {ERRORS} }} }}"
CANCEL_RUNS = f"mutation($input: CancelRunsInput!) {{ cancelRuns(input: $input) {{ runs {{ id }} {ERRORS} }} }}"
PAUSE_RUNS = f"mutation($input: PauseRunsInput!) {{ pauseRuns(input: $input) {{ runs {{ id }} {ERRORS} }} }}"
RESUME_RUNS = f"mutation($input: ResumeRunsInput!) {{ resumeRuns(input: $input) {{ runs {{ id }} {ERRORS} }} }}"


Answer = TypeVar("Answer")


class UnansweredError(Exception):
    """No answer arrived within the sender's patience."""


@dataclass(frozen=True)
class Order:
    """One request of the load, chosen beforehand from the seed."""

    at: float
    """Seconds after the beginning."""
    tenant: str
    n: int
    kind: str
    via: str
    order: int = 0
    """For a payment: the number of the order that it pays."""
    told: str = ""
    """The operation on its run while the run is open."""
    told_after: float = 0.0
    """The seconds until that operation."""
    customer: str = ""


@dataclass(frozen=True)
class Accepted:
    """A confirmed request."""

    order: Order
    event: uuid.UUID | None
    """None for a run that was started manually."""
    run: uuid.UUID | None
    """None for all other requests."""


def orders(seed: int, tenants: Sequence[str], seconds: float, per_second: float) -> list[Order]:
    rng = random.Random(f"{seed} load")
    kinds = [kind.name for kind in KINDS.values() for _ in range(kind.weight)]
    made: list[Order] = []
    numbers = iter(range(1, int(4 * seconds * per_second) + 100))
    for turn in range(int(seconds * per_second)):
        at, tenant, kind = turn / per_second, rng.choice(tenants), rng.choice(kinds)
        customer = f"customer-{rng.randrange(3)}"
        if kind == "told":
            told, after = rng.choice([CANCEL, PAUSE, ""]), rng.uniform(0, 0.6)
            made.append(Order(at, tenant, next(numbers), kind, BY_HAND, 0, told, after, customer))
            continue
        # The token that sends an event causes the run, and so may not decide its approval.
        via = WEBHOOK if kind == ASKED else rng.choice([WEBHOOK, WEBHOOK, WEBHOOK, INGEST])
        order = Order(at, tenant, next(numbers), kind, via, customer=customer)
        made.append(order)
        if kind == "waits":
            # At times the payment comes first. It counts if it is younger than the order's event.
            made.append(Order(at + rng.uniform(0.1, 3), tenant, next(numbers), PAYMENT, WEBHOOK, order=order.n))
    for turn, at in enumerate(range(POISON_FIRST, int(seconds) - POISON_LAST, POISON_EVERY)):
        # Only orders of tenants whose budget rejects nothing.
        tenant, told = tenants[turn % 2], "" if turn % 2 else REDRIVE
        made.append(Order(at, tenant, next(numbers), POISON, WEBHOOK, told=told))
    return sorted(made, key=lambda each: each.at)


class Load:
    """Sends the load.

    accepted: the confirmed requests. refused: counts of other answers. broken: answers that a sender must not get.
    """

    def __init__(self, site: Site, receiver_url: str, planned: Sequence[Order]) -> None:
        self._site, self._receiver_url = site, receiver_url
        self._signer = Webhook(WEBHOOK_SECRET)
        self._left = iter(planned)
        self._lock = threading.Lock()
        self.accepted: list[Accepted] = []
        self.refused: Counter[str] = Counter()
        self.broken: list[str] = []
        self._cut = threading.Event()
        self._fates = {order.n: threading.Event() for order in planned if order.kind == "waits"}
        self._placed: set[int] = set()
        self._threads = [
            threading.Thread(target=self._send_all, name=f"sender-{n}", daemon=True) for n in range(SENDERS)
        ]

    def begin(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def cut(self) -> None:
        """Send nothing new, and finish the started requests."""
        self._cut.set()

    def join(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _send_all(self) -> None:
        with httpx2.Client(timeout=ANSWER_SECONDS, trust_env=False) as client:
            while True:
                with self._lock:
                    order = next(self._left, None)
                if order is None:
                    return
                cut = self._cut.wait(max(0.0, self._began + order.at - time.monotonic()))
                # A payment is sent even after the load was cut, if its order was placed.
                if self._was_placed(order.order) if order.kind == PAYMENT else not cut:
                    try:
                        self._send(client, order)
                    except UnansweredError as error:
                        self._break(f"{order.tenant} n {order.n} ({order.kind} by {order.via}): {error}")
                if order.n in self._fates:
                    self._fates[order.n].set()

    def _was_placed(self, number: int) -> bool:
        self._fates[number].wait()
        return number in self._placed

    def _send(self, client: httpx2.Client, order: Order) -> None:
        payload = {"tenant": order.tenant, "n": order.n, "url": self._receiver_url, "customer": order.customer}
        if order.kind == PAYMENT:
            payload["order"] = order.order
        key, event, run = f"order-{order.n}", None, None
        if order.via == WEBHOOK:
            event = self._webhook(client, order, {"type": f"soak.{order.kind}", **payload})
        elif order.via == INGEST:
            wanted = {"type": f"soak.{order.kind}", "payload": payload, "idempotencyKey": key}
            event = row_id_of(self.ask(client, order.tenant, INGEST_EVENT, wanted)["event"]["id"], "Event")
        else:
            wanted = {"workflow": order.kind, "payload": payload, "idempotencyKey": key}
            run = row_id_of(self.ask(client, order.tenant, RUN_WORKFLOW, wanted)["run"]["id"], "ExecutionRun")
        assert event or run
        with self._lock:
            self.accepted.append(Accepted(order, event, run))
        self._placed.add(order.n)
        if run and order.told:
            self._tell(client, order, run)

    def _tell(self, client: httpx2.Client, order: Order, run: uuid.UUID) -> None:
        time.sleep(order.told_after)
        if order.told == CANCEL:
            self.cancel(client, order.tenant, [run], f"cancel-{order.n}")
            return
        wanted = {"runs": [global_id("ExecutionRun", run)], "reason": "soak"}
        self.ask(client, order.tenant, PAUSE_RUNS, {**wanted, "idempotencyKey": f"pause-{order.n}"})
        time.sleep(order.told_after)
        self.ask(client, order.tenant, RESUME_RUNS, {**wanted, "idempotencyKey": f"resume-{order.n}"})

    def cancel(self, client: httpx2.Client, tenant: str, runs: Sequence[uuid.UUID], key: str) -> None:
        wanted = {"runs": [global_id("ExecutionRun", run) for run in runs], "reason": "soak", "idempotencyKey": key}
        self.ask(client, tenant, CANCEL_RUNS, wanted)

    def _webhook(self, client: httpx2.Client, order: Order, body: Mapping[str, Any]) -> uuid.UUID:
        text, delivery = json.dumps(body), f"order-{order.n}"

        def attempt() -> uuid.UUID | None:
            now = datetime.now(timezone.utc)
            headers = {
                "webhook-id": delivery,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": self._signer.sign(delivery, now, text),
                "content-type": "application/json",
            }
            response = client.post(self._site.hooks_of(order.tenant), content=text, headers=headers)
            if response.status_code == HTTPStatus.ACCEPTED:
                return uuid.UUID(response.json()["event_id"])
            self.refuse(f"webhook {response.status_code} {_code(response)}")
            return None

        return self.patiently(attempt)

    def ask(self, client: httpx2.Client, tenant: str, document: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a query, or of a mutation as soon as it has no retryable error. Raises UnansweredError."""
        body = {"query": document, "variables": {"input": dict(wanted)}}
        headers = {"Authorization": f"Bearer {self._site.tokens[tenant]}"}

        def attempt() -> dict[str, Any] | None:
            response = client.post(f"{self._site.base_url}/graphql", json=body, headers=headers)
            if response.status_code != HTTPStatus.OK:
                self.refuse(f"graphql {response.status_code} {_code(response)}")
                return None
            answer = response.json()
            if "errors" in answer:
                self.refuse("graphql " + answer["errors"][0]["extensions"]["code"])
                return None
            ((field, payload),) = answer["data"].items()
            errors = payload.get("errors", [])
            retryable = [error for error in errors if error["retryable"]]
            for error in errors:
                self.refuse(f"{field} {error['code']}")
            return None if retryable else payload

        return self.patiently(attempt)

    def patiently(self, attempt: Callable[[], Answer | None]) -> Answer:
        """Repeat an attempt until it has a result. Raises UnansweredError."""
        deadline, said = time.monotonic() + PATIENCE_SECONDS, "no answer"
        while time.monotonic() < deadline:
            try:
                if (answer := attempt()) is not None:
                    return answer
            except (httpx2.HTTPError, OSError) as error:
                said = type(error).__name__
                self.refuse(said)
            time.sleep(PAUSE_SECONDS)
        raise UnansweredError(f"not accepted within {PATIENCE_SECONDS:g} s; last: {said}")

    def refuse(self, what: str) -> None:
        with self._lock:
            self.refused[what] += 1

    def _break(self, what: str) -> None:
        with self._lock:
            self.broken.append(what)


def _code(response: httpx2.Response) -> str:
    try:
        body = response.json()
        error = (body.get("errors") or [body])[0]
        return str(error.get("extensions", error).get("code", ""))
    except ValueError:
        return "without a code"
