"""A restored release at work again: its open runs are brought to their ends, and its old names are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import httpx2
import psycopg
from standardwebhooks import Webhook

from automate.project.reaching import LOOPBACK
from tests.support.api import MAIN_JOB
from tests.support.processes import TENANT, WEBHOOK_SECRET, Platform
from tests.support.release_receiver import Outside
from tests.support.release_restore import Restored, Rows, enter_tenant, final_rows

END_SECONDS = 60.0
ERRORS = "errors { code message path }"
RESUME = f"mutation($i: ResumeRunsInput!) {{ resumeRuns(input: $i) {{ {ERRORS} }} }}"
APPROVALS = "{ approvals(first: 10, filter: {states: [PENDING]}) { edges { node { id shown } } } }"
DECIDE = f"mutation($i: DecideApprovalInput!) {{ decideApproval(input: $i) {{ {ERRORS} }} }}"
EFFECTS = "{ effects(first: 10, filter: {unresolved: true}) { edges { node { id } } } }"
RESOLVE = f"mutation($i: ResolveEffectInput!) {{ resolveEffect(input: $i) {{ {ERRORS} }} }}"
JOBS = "{ outboxJobs(first: 10, filter: {states: [DEAD]}) { edges { node { id } } } }"
REDRIVE = f"mutation($i: RedriveJobsInput!) {{ redriveJobs(input: $i) {{ {ERRORS} }} }}"
RUNS = """
SELECT (convert_from(p.body, 'UTF8')::jsonb ->> 'n')::int AS n, w.slug, r.id::text, r.state
FROM execution_run r JOIN workflow w ON w.id = r.workflow_id JOIN event_payload p ON p.event_id = r.event_id ORDER BY r.id
"""
BUSY = """
SELECT EXISTS (SELECT 1 FROM public.outbox_job WHERE open AND (state <> 'pending' OR due_at < now() + interval '1 minute'))
"""
PAID, NEW = 10, 27
"""The numbers of the run that waits for an event, and of an event that the release has not seen."""

Answer = Mapping[str, Any]


def nodes_of(answer: Answer, name: str) -> list[Any]:
    return [edge["node"] for edge in ((answer.get("data") or {}).get(name) or {"edges": []})["edges"]]


class Upgraded:
    """platform: runs on the restored database, with the keys of the release.

    before: the rows of the ended runs before the migration. refused: the answers of the API with errors. delivered: status and
    outcome of a webhook that the release had accepted, and of a new one.
    """

    def __init__(self, restored: Restored, platform: Platform, receiver: Outside) -> None:
        self.manifest, self.before = restored.manifest, restored.final
        self.platform, self.receiver = platform, receiver
        self.refused: list[Answer] = []
        self.delivered: list[tuple[int, str]] = []
        self._connection = psycopg.connect(restored.database.superuser_url, autocommit=True)
        enter_tenant(self._connection)

    def close(self) -> None:
        self._connection.close()

    def ask(self, document: str, /, tenant: str = TENANT, **variables: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.manifest['tokens'][tenant]}"}
        body = {"query": document, "variables": variables}
        url = f"http://{LOOPBACK}:{self.platform.port}/graphql"
        answer: Answer = httpx2.post(url, json=body, headers=headers, timeout=15, trust_env=False).json()
        return answer

    def change(self, document: str, /, **given: Any) -> Any:
        """A mutation; its payload."""
        variables: dict[str, Any] = {"input" if "$input" in document else "i": given}
        answer = self.ask(document, **variables)
        payload = next(iter((answer.get("data") or {"": None}).values()))
        if payload is None or payload["errors"]:
            self.refused.append(answer)
        return payload or {}

    def deliver(self, key: str, body: Answer) -> tuple[int, str]:
        """The status and the outcome of a signed webhook."""
        text, now = json.dumps(body), datetime.now(timezone.utc)
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(WEBHOOK_SECRET).sign(key, now, text),
            "content-type": "application/json",
        }
        answer = httpx2.post(self.platform.hooks_url, content=text, headers=headers, timeout=15, trust_env=False)
        return answer.status_code, answer.json().get("outcome", "")

    def go_on(self) -> None:
        """Do what the open runs wait for, and wait until no job is left to do."""
        self.change(RESUME, runs=[run["id"] for run in self.manifest["runs"] if run["state"] == "paused"])
        for approval in nodes_of(self.ask(APPROVALS), "approvals"):
            self.change(DECIDE, approval=approval["id"], shown=approval["shown"], outcome="APPROVE")
        self.change(MAIN_JOB["IngestEvent"], source="api", type="payment.settled", payload={"n": PAID})
        for effect in nodes_of(self.ask(EFFECTS), "effects"):
            self.change(RESOLVE, effect=effect["id"], resolution="HAPPENED", reason="seen there")
        self.change(REDRIVE, jobs=[job["id"] for job in nodes_of(self.ask(JOBS), "outboxJobs")])
        self.delivered = [self.deliver(key, {"type": "order", "n": n}) for key, n in (("delivery-1", 1), ("new", NEW))]
        self.platform.until(self._is_quiet, END_SECONDS, "all jobs to be done")

    def _is_quiet(self) -> bool:
        """Jobs that are due later are those of the next ticks, and of runs that nothing lets go on."""
        return self.rows(BUSY) == [(False,)]

    def states(self) -> dict[str, tuple[int, str, str]]:
        """Number, workflow and state of each run, by its row's id."""
        return {run: (number, slug, state) for number, slug, run, state in self.rows(RUNS)}

    def final_rows(self) -> Rows:
        return final_rows(self._connection, self.manifest)

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()
