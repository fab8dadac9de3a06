"""(h) The cost of matching an event with 10,000 rules of a tenant compared with 10, and the delay of a changed rule."""

from __future__ import annotations

import time
import tracemalloc
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from actors.pools import heartbeat
from actors.solo import work_off_message
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.outbox.dispatching import claims as dispatching
from automate.rules.matching import read_rules
from automate.rules.models import RuleSpec
from automate.runs.matching import match_events
from automate.workflows.services import save_workflow
from bench.tenant import accept, log_step, make_tenant
from bench.tenant_payload import PAYLOAD

FEW, MANY = 10, 10_000
NAME = "matched"
FIRST_TENANT = uuid.UUID(int=0)

DIFFER: Mapping[str, Callable[[int], JsonValue]] = {
    "type": lambda n: {"==": [{"var": "type"}, f"bench.other_{n}" if n else f"bench.{NAME}"]},
    "source": lambda n: {"==": [{"var": "source"}, f"other-{n}" if n else "api"]},
    "payload": lambda n: {
        "and": [
            {"==": [{"var": "type"}, f"bench.{NAME}"]},
            {"==": [{"var": "payload.order.id"}, 10**6 + n if n else PAYLOAD["order"]["id"]]},
        ]
    },
}
"""The property in which the rules differ. Exactly one of them matches the bench's event."""


@dataclass(frozen=True)
class RuleTenant:
    ref: TenantRef
    rules: int

    @classmethod
    def made(cls, slug: str, rules: int, when: Callable[[int], JsonValue]) -> RuleTenant:
        """Create the tenant.

        Its workflow is not published, so that matching is measured without the run that a match starts.
        """
        made = cls(make_tenant(slug), rules)
        with acting_for(made.ref):
            definition: JsonObject = {"schema": 1, "steps": [log_step("s0")]}
            workflow = save_workflow(slug=NAME, name=NAME, definition=definition, expected_revision=None)
            now = timezone.now()
            RuleSpec.objects.bulk_create(
                [
                    RuleSpec(
                        id=new_id(),
                        slug=f"r{n}",
                        name=NAME,
                        when=when(n),
                        workflow_id=workflow,
                        created_at=now,
                        updated_at=now,
                    )
                    for n in range(rules)
                ],
                batch_size=1_000,
            )
        return made

    def microseconds(self, events: int, batch: int) -> float:
        """The time for each of some events, from the claim of their jobs to the commit of the decisions.

        Raises AssertionError if an event was not decided by all rules or not matched by exactly one.
        """
        accepted = accept(self.ref, NAME, events)
        spent = 0.0
        while True:
            with acting_for_platform("dispatch for the bench", QUEUE_ROLE):
                jobs = dispatching.dispatch(window=batch, room=batch, resend_seconds=15, after=FIRST_TENANT).jobs
            if not jobs:
                break
            started = time.perf_counter()
            work_off_message(self.ref.id, [job.id for job in jobs], match_events, heartbeat)
            spent += time.perf_counter() - started
        with acting_for(self.ref):
            seen = fetch(
                "SELECT count(*), min(rules), max(rules) FROM rule_match WHERE event_id = ANY (%s)", [accepted]
            )
            said = fetch(
                "SELECT count(*), count(*) FILTER (WHERE verdict = 'matched') FROM decision WHERE event_id = ANY (%s)",
                [accepted],
            )
        assert seen == [(events, self.rules, self.rules)], seen
        assert said == [(events, events)], said
        return 1e6 * spent / events

    def milliseconds_after_a_change(self) -> float:
        """From the commit of a rule's change to the commit of the first event that it matches."""
        with acting_for(self.ref):
            RuleSpec.objects.filter(slug="r1").update(priority=new_id().int % 1_000)
        return self.microseconds(1, 1) / 1_000

    def milliseconds_of_a_new_process(self) -> float:
        """The time to read and index all rules, as a process does for a new tenant."""
        with acting_for(self.ref):
            fetch("SELECT 1")
            started = time.perf_counter()
            read_rules(None)
            return 1_000 * (time.perf_counter() - started)

    def megabytes(self) -> float:
        """The memory of the rules in a process, without compiled ones."""
        with acting_for(self.ref):
            tracemalloc.start()
            kept = read_rules(None)
            taken, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert len(kept.rules) == self.rules
        return taken / 1e6
