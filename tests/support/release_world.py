"""Two tenants as a release leaves them: runs, steps, effects and jobs in every state, made by the release's own engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from django.test import Client
from standardwebhooks import Webhook

from automate.effects.states import EFFECT_MOVES
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.outbox.claims import EVENT_MATCH
from automate.outbox.states import STATES as JOB_STATES
from automate.recovery import poison
from automate.rules.backtests import chunks
from automate.runs.states import PENDING, RUN_MOVES, STEP_MOVES
from graphql_schema.ids import global_id
from tenants.directory import tenant_by_slug
from tests.support.api import MAIN_JOB, OPERATE, Api
from tests.support.bulk_api import started
from tests.support.endpoint_receiver import settle
from tests.support.plane import BEGIN, Plane, Root
from tests.support.processes import WEBHOOK_SECRET
from tests.support.release_flows import DEFINITIONS, ENDPOINT, FLOWS, LATER_SECONDS, OPTIONS, SECRET, URL
from tests.support.release_receiver import HOST, PORT

ERRORS = "errors { code message path }"
SAVE_ENDPOINT = f"mutation($i: SaveWebhookEndpointInput!) {{ saveWebhookEndpoint(input: $i) {{ {ERRORS} }} }}"
SAVE_SECRET = f"mutation($i: SaveSecretInput!) {{ saveSecret(input: $i) {{ {ERRORS} }} }}"
SAVE_SCHEDULE = f"mutation($i: SaveScheduleInput!) {{ saveSchedule(input: $i) {{ {ERRORS} }} }}"
SAVE_RULE = f"mutation($i: SaveRuleInput!) {{ saveRule(input: $i) {{ {ERRORS} }} }}"
PAUSE = f"mutation($i: PauseRunsInput!) {{ pauseRuns(input: $i) {{ {ERRORS} }} }}"
BACKTEST = f"mutation($i: BacktestRuleInput!) {{ backtestRule(input: $i) {{ backtest {{ id }} {ERRORS} }} }}"

LEASE_SECONDS = 120.0
"""More than the rest of the making takes, less than a restored database is aged by."""

Run = Mapping[str, Any]
OPEN_RUNS: Mapping[str, tuple[int, ...]] = {
    "late": (5, 6, 7, 8),
    "ask": (9,),
    "paid": (10,),
    "busy": (11,),
    "slow": (12,),
    "each": (13,),
    "parent": (14,),
    "webhook": (15,),
    "keyed": (16, 17, 18),
    "limited": (19,),
    "debounced": (20,),
}
REFUSED = (2, 3, 4)
PAUSED, CANCELLED, CANCELLING, QUEUED_AND_CANCELLED = 6, 7, 8, 18
DEAD, UNCERTAIN, LOST, DISPATCHED, NOT_SENT, INGESTED = 21, 22, 23, 24, 25, 26
WITHOUT_A_RUN = (20, DEAD, DISPATCHED, NOT_SENT)
"""The events of these have no run yet."""
PAGE = 5
LISTS = ("runs", "events", "workflows", "rules", "schedules", "approvals", "effects", "outboxJobs", "bulkOperations")
RUNS = """
SELECT (convert_from(p.body, 'UTF8')::jsonb ->> 'n')::int, w.slug, r.id, r.state
FROM execution_run r JOIN workflow w ON w.id = r.workflow_id JOIN event_payload p ON p.event_id = r.event_id ORDER BY r.id
"""


class World:
    """acme: the tenant that has it all. globex: one with a run that waits."""

    def __init__(self, root: Root, tokens: Mapping[str, str]) -> None:
        self.root, self.tokens = root, tokens
        self.acme = Plane(tenant_by_slug("acme").ref, root)
        self.globex = Plane(tenant_by_slug("globex").ref, root)
        self.api = Api(tokens["acme"])

    def mutate(self, document: str, /, api: Api | None = None, **given: Any) -> Any:
        """The payload of a mutation that must have no errors."""
        variable = "input" if "$input" in document else "i"
        ((payload,),) = [(api or self.api).data(document, **{variable: given}).values()]
        assert payload["errors"] == [], payload
        return payload

    def publish(self, slug: str, api: Api | None = None) -> None:
        definition = {"schema": 1, "steps": FLOWS[slug], **DEFINITIONS.get(slug, {})}
        self.mutate(MAIN_JOB["SaveWorkflow"], api, slug=slug, name=slug.title(), definition=definition)
        self.mutate(MAIN_JOB["PublishWorkflow"], api, workflow=slug)
        when = {"==": [{"var": "type"}, slug]}
        self.mutate(SAVE_RULE, api, slug=slug, name=slug, workflow=slug, when=when, options=OPTIONS.get(slug))

    def run_of(self, number: int) -> str:
        (found,) = [run for n, _, run, _ in self.acme.rows(RUNS) if n == number]
        return global_id("ExecutionRun", found)

    def make(self) -> None:
        self._configure()
        self.deliver("delivery-1", {"type": "order", "n": 1})
        for slug, numbers in {"refused": REFUSED, **OPEN_RUNS}.items():
            self.acme.send(*({"n": number} for number in numbers), kind=slug)
        self.globex.send({"n": 1}, kind="rest")
        settle(self.acme)
        self.mutate(MAIN_JOB["RunWorkflow"], workflow="order", payload={"n": 0}, idempotencyKey="try-1")
        ingested: dict[str, Any] = {
            "source": "api",
            "type": "order",
            "payload": {"n": INGESTED},
            "idempotencyKey": "order-1",
        }
        self.mutate(MAIN_JOB["IngestEvent"], **ingested)
        settle(self.acme)
        self._end_some()
        self._bury_a_job()
        self._lose_workers()
        self._leave_half_done()
        self._check()

    def _configure(self) -> None:
        for slug in FLOWS:
            self.publish(slug)
        self.publish("rest", Api(self.tokens["globex"]))
        self.mutate(MAIN_JOB["SaveSource"], slug="shop", scheme="STANDARD_WEBHOOKS", secrets=[WEBHOOK_SECRET])
        self.mutate(SAVE_ENDPOINT, slug=ENDPOINT, url=f"{URL}/hook", secrets=[WEBHOOK_SECRET])
        self.mutate(SAVE_SECRET, name=SECRET, allowedHosts=[f"{HOST}:{PORT}"], allowedConnectors=["http.request"])
        plan = {"interval": {"everySeconds": LATER_SECONDS}}
        self.mutate(SAVE_SCHEDULE, slug="often", name="Often", plan=plan, eventType="tick")

    def deliver(self, key: str, body: Mapping[str, Any]) -> None:
        text, now = json.dumps(body), datetime.now(timezone.utc)
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(WEBHOOK_SECRET).sign(key, now, text),
        }
        answer = Client().post("/t/acme/hooks/shop", text, content_type="application/json", headers=headers)
        assert answer.status_code == 202, answer.content

    def _end_some(self) -> None:
        self.mutate(PAUSE, runs=[self.run_of(PAUSED)], reason="a pause")
        cancelled = [self.run_of(CANCELLED), self.run_of(QUEUED_AND_CANCELLED)]
        self.mutate(OPERATE["CancelRuns"], runs=cancelled, reason="a mistake", idempotencyKey="cancel-1")
        (limited,) = [run for _, slug, run, _ in self.acme.rows(RUNS) if slug == "limited"]
        table = f'"{self.acme.tenant.schema}".execution_run'
        self.root.execute(f"UPDATE {table} SET deadline_at = now() WHERE id = %s", limited)
        self.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE id = %s", limited)
        settle(self.acme)

    def _bury_a_job(self) -> None:
        self.acme.send({"n": DEAD}, kind="order")
        (job,) = self.acme.claim()
        with acting_for(self.acme.tenant):
            poison.dead_letter([job], NormalizedError("POISON_JOB", "It ended its worker."))

    def _lose_workers(self) -> None:
        """One before a call that is unsafe to repeat, which is then uncertain; one before a call that has a key."""
        self.acme.send({"n": UNCERTAIN}, kind="mail")
        assert len(self.acme.start_and_die(EVENT_MATCH)) == 1
        self.acme.drain()
        self.acme.send({"n": LOST}, kind="lost")
        jobs = self.acme.claim(seconds=LEASE_SECONDS)
        with acting_for(self.acme.tenant):
            assert len(BEGIN[EVENT_MATCH](self.acme.run_set(), jobs)) == 1

    def _leave_half_done(self) -> None:
        with mock.patch.object(chunks, "CHUNK_SECONDS", 0):
            when = {"==": [{"var": "type"}, "order"]}
            self.backtest = self.mutate(BACKTEST, rule="late", when=when)["backtest"]["id"]
            self.acme.work()  # counts the events
            self.bulk = started(self.api, runs={"workflow": "refused"}, rate=1, reason="again")["id"]
            self.acme.work()
        self.acme.send({"n": DISPATCHED}, kind="order")
        assert self.acme.dispatch()
        self.acme.send({"n": NOT_SENT}, kind="order")
        self.mutate(OPERATE["CancelRuns"], runs=[self.run_of(CANCELLING)], reason="too late", idempotencyKey="cancel-2")

    def _check(self) -> None:
        """Each state that the engine writes is there. It writes no step as ``pending``."""
        found = {
            "run": {state for (state,) in self.acme.rows("SELECT state FROM execution_run")},
            "step": {state for (state,) in self.acme.rows("SELECT state FROM step_run")},
            "effect": {state for (state,) in self.acme.rows("SELECT state FROM effect")},
            "job": {state for (state,) in self.root.rows("SELECT state FROM public.outbox_job")},
        }
        wanted = {
            "run": {*RUN_MOVES},
            "step": {*STEP_MOVES} - {PENDING},
            "effect": {*EFFECT_MOVES},
            "job": {*JOB_STATES},
        }
        assert found == wanted, {kind: wanted[kind] ^ found[kind] for kind in wanted}
        half = "SELECT (SELECT done FROM bulk_operation), (SELECT tested > 0 AND state = 'running' FROM backtest)"
        assert self.acme.rows(half) == [(1, True)]
        assert self.acme.rows("SELECT open FROM rule_window") == [(True,)]
        assert self.acme.rows("SELECT state FROM approval") == [("pending",)]

    def manifest(self) -> dict[str, Any]:
        """What a test of a later release must know."""
        page = self.api.data(MAIN_JOB["Runs"], first=PAGE)["runs"]
        rest = self.api.data(MAIN_JOB["Runs"], first=100, after=page["pageInfo"]["endCursor"])["runs"]
        return {
            "runs": [
                {"n": number, "workflow": slug, "id": global_id("ExecutionRun", run), "state": state}
                for number, slug, run, state in self.acme.rows(RUNS)
            ],
            "without_a_run": WITHOUT_A_RUN,
            "effects": dict(self.acme.rows("SELECT key, state FROM effect ORDER BY key")),
            "cursor": page["pageInfo"]["endCursor"],
            "behind_the_cursor": [edge["node"]["id"] for edge in rest["edges"]],
            "nodes": {edge["node"]["id"]: edge["node"]["__typename"] for edge in self._nodes()},
            "backtest": self.backtest,
            "bulk": self.bulk,
        }

    def _nodes(self) -> list[Any]:
        lists = " ".join(f"{name}(first: 1) {{ edges {{ node {{ __typename id }} }} }}" for name in LISTS)
        return [edge for found in self.api.data(f"{{ {lists} }}").values() for edge in found["edges"]]
