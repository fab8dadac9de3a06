"""Creates one object of each kind in a tenant. The texts of the objects contain the tenant's mark."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from automate.isolation.probe_connection import AnswerBody, ProbeConnection, ProbeRequest
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue

SECONDS = 60.0
SECRET = "the-webhook-secret-of-"  # noqa: S105 - the beginning of one
ENDPOINT_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105 - of no receiver
EVERY = 3_600 * 24 * 300
RUNS = "{ runs(first: 50) { edges { node { id state } } } approvals(first: 5) { edges { node { id } } } }"
MOVING = frozenset({"QUEUED", "RUNNING", "CANCELLING"})


@dataclass(frozen=True)
class Seeded:
    """The objects that ``Seeder`` created in one tenant."""

    slug: str
    """The name of all objects."""
    mark: str
    """A text in all objects."""
    link: str
    """The link of an approval."""
    secret: str
    """The secret of the source."""


@dataclass(frozen=True)
class Seeder:
    """Creates one object of each kind in a tenant."""

    connection: ProbeConnection
    token: str
    tenant: str
    mark: str
    """A text that occurs in all objects of this tenant, and in no object of another tenant."""

    @property
    def slug(self) -> str:
        return f"name-{self.mark[::-1]}"

    def seed(self) -> Seeded:
        """Create all objects and wait for their runs. Raises NormalizedError if the installation refuses an object."""
        self._definitions()
        self._work()
        self._deliveries()
        self.settle()
        link = self._approval()
        return Seeded(self.slug, self.mark, link, SECRET + self.mark)

    def busy(self) -> None:
        """Send one event that starts a run."""
        self.act("ingestEvent", {"type": f"type-{self.mark}", "payload": {"text": self.mark}}, "outcome")

    def settle(self) -> None:
        """Wait until no run of the tenant is in progress. Raises UNAVAILABLE after a minute."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            runs = self.connection.graphql(self.token, RUNS).json()["data"]["runs"]["edges"]
            if runs and not {edge["node"]["state"] for edge in runs} & MOVING:
                return
            time.sleep(0.2)
        raise NormalizedError(
            "UNAVAILABLE",
            f"The runs of the tenant {self.tenant} did not end within {SECONDS:.0f} s. Check that workers run.",
        )

    def _definitions(self) -> None:
        mark, slug = self.mark, self.slug
        ask: JsonValue = {
            "key": "ask",
            "uses": "flow.approval",
            "with": {"title": mark, "roles": ["owner"], "data": {"text": mark}},
        }
        note: JsonValue = {"key": "note", "uses": "log.write", "with": {"message": mark}}
        fail: JsonValue = {"key": "fail", "uses": "flow.fail", "with": {"message": mark}}
        hook: JsonObject = {
            "key": "hook",
            "uses": "webhook.send",
            "with": {"endpoint": slug, "type": mark, "data": {"text": mark}},
        }
        self.act(
            "saveWebhookEndpoint",
            {"slug": slug, "url": f"https://{mark}.example.com/hook", "secrets": [ENDPOINT_SECRET]},
        )
        flows: dict[str, JsonValue] = {
            slug: [note, ask],
            f"{slug}-fails": [note, fail],
            f"{slug}-hook": [{**hook, "retry": {"max_attempts": 1}}],
        }
        for name, steps in flows.items():
            self.act("saveWorkflow", {"slug": name, "name": mark, "definition": {"schema": 1, "steps": steps}})
            self.act("publishWorkflow", {"workflow": name})
        when: JsonValue = {"==": [{"var": "type"}, f"type-{mark}"]}
        self.act("saveRule", {"slug": slug, "name": mark, "workflow": slug, "when": when})
        plan: JsonValue = {"interval": {"everySeconds": EVERY}}
        self.act("saveSchedule", {"slug": slug, "name": mark, "eventType": mark, "plan": plan})
        self.act("saveSource", {"slug": slug, "scheme": "BEARER", "secrets": [SECRET + mark]})
        self.act("saveEventType", {"name": f"type-{mark}"})
        self.act("setSecret", {"name": slug.upper().replace("-", "_"), "value": f"value of {mark}"})
        self.act("createToken", {"name": mark, "role": "VIEWER"})

    def _work(self) -> None:
        mark, slug = self.mark, self.slug
        event: JsonObject = {"type": f"type-{mark}", "subject": mark, "payload": {"text": mark}}
        self.act("ingestEvent", {**event, "idempotencyKey": slug}, "outcome")
        for name in (f"{slug}-fails", f"{slug}-hook"):
            self.act("runWorkflow", {"workflow": name, "payload": {"text": mark}})
        self.act(
            "setBreaker", {"connector": "http.request", "host": f"{mark}.example.com", "mode": "OPEN", "reason": mark}
        )
        self.act("backtestRule", {"rule": slug})
        self.act("startBulkOperation", {"kind": "CANCEL", "runs": {"states": ["PAUSED"]}, "reason": mark})

    def _deliveries(self) -> None:
        url = f"{self.connection.url}/t/{self.tenant}/hooks/{self.slug}"
        self.connection.send(ProbeRequest("POST", url, {"text": self.mark}, headers={"Authorization": "Bearer wrong"}))

    def _approval(self) -> str:
        found = self.connection.graphql(self.token, RUNS).json()["data"]["approvals"]["edges"]
        about = {"approval": found[0]["node"]["id"], "recipient": f"{self.mark}@example.com", "role": "OWNER"}
        # Another token: the one that caused the run may not choose who decides.
        other = self.act("createToken", {"name": f"asks {self.mark}", "role": "OWNER"}, "value")["value"]
        return str(replace(self, token=other).act("approvalLink", about, "url")["url"])

    def act(self, name: str, wanted: JsonObject, fields: str = "") -> AnswerBody:
        """Execute a mutation. Raises INTERNAL if the mutation is refused."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} errors {{ code message }} }} }}"
        answer = self.connection.graphql(self.token, document, {"input": wanted}).json()
        payload = (answer.get("data") or {}).get(name)
        errors = payload["errors"] if payload else answer["errors"]
        if errors:
            raise NormalizedError(
                "INTERNAL", f"The report cannot create its objects, because {name} was refused: {errors[0]['message']}"
            )
        return payload
