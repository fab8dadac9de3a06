"""A platform of real processes with recipes installed, senders that sign as vendors do, and a world that answers on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import httpx2
from standardwebhooks import Webhook

from automate.project.reaching import LOOPBACK
from automate.recipes.services import recipe_of
from tests.support.processes import TENANT, Platform
from tests.support.raw_server import Exchange, RawServer, answer

INSTALL = """
mutation($input: InstallRecipeInput!) { installRecipe(input: $input) {
  changes { kind slug outcome version } errors { code message path } } }"""
RUNS = """
query($slug: String!) { runs(first: 20, filter: {workflow: $slug}) { edges { node {
  id state stateReason error { message } steps(first: 20) { key state compensation { state } } } } } }"""
DECISIONS = """
query($source: String!) { events(first: 100, filter: {source: $source}) { edges { node { decisions { verdict rule { slug } } } } } }"""
WINDOWS = "{ rules(first: 10) { edges { node { slug windows(first: 10) { edges { node { closesAt } } } } } } }"
APPROVALS = "{ approvals(first: 5, filter: {states: [PENDING]}) { edges { node { id shown title } } } }"
DECIDE = "mutation($input: DecideApprovalInput!) { decideApproval(input: $input) { approval { state } errors { code message } } }"
TICK = "mutation($input: RunScheduleNowInput!) { runScheduleNow(input: $input) { errors { code message } } }"
OPEN = {"QUEUED", "RUNNING", "WAITING", "PAUSED", "CANCELLING"}
PATIENCE_SECONDS = 40.0


class Erp(RawServer):
    """Takes reservations and orders. log: method and path of each call, with what it said. refuses: paths that are answered 409."""

    def __init__(self, *, refuses: frozenset[str] = frozenset()) -> None:
        super().__init__(self._reply_to)
        self.log: list[tuple[str, str, Any]] = []
        self._refuses = refuses

    async def _reply_to(self, exchange: Exchange) -> None:
        method, path, _ = exchange.line.split()
        assert exchange.headers["authorization"] == "Bearer erp-token-very-secret"
        self.log.append((method, path, json.loads(exchange.body) if exchange.body else None))
        if path in self._refuses:
            await exchange.send(answer("409 Conflict", b"{}", "Content-Type: application/json"))
        else:
            body = json.dumps({"id": f"r{len(self.log)}"}).encode()
            await exchange.send(answer("200 OK", body, "Content-Type: application/json"))


class Installed:
    """The tenant of a running platform, as its owner and as the vendors that send to it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._token = platform.database.tokens[TENANT]

    def query(self, document: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        body = {"query": document, "variables": variables}
        url = f"http://{LOOPBACK}:{self.platform.port}/graphql"
        told = httpx2.post(url, json=body, headers=headers, timeout=15, trust_env=False).json()
        assert "errors" not in told, told
        return told["data"]

    def install(self, recipe: str, **parameters: Any) -> list[str]:
        """What became of each object."""
        told = self.query(INSTALL, input={"recipe": recipe, "parameters": parameters})["installRecipe"]
        assert told["errors"] == [], told
        return [change["outcome"].lower() for change in told["changes"]]

    def runs(self, slug: str) -> list[dict[str, Any]]:
        return [edge["node"] for edge in self.query(RUNS, slug=slug)["runs"]["edges"]]

    def ended(self, slug: str, count: int = 1) -> list[dict[str, Any]]:
        """The runs of a workflow, once there are so many and all have ended."""

        def all_ended() -> bool:
            found = self.runs(slug)
            return len(found) >= count and all(run["state"] not in OPEN for run in found)

        self.platform.until(all_ended, PATIENCE_SECONDS, f"{count} runs of {slug} to end")
        return self.runs(slug)

    def until_waiting(self, slug: str, step: str) -> None:
        def waits() -> bool:
            return any(
                {"key": step, "state": "WAITING", "compensation": None} in run["steps"] for run in self.runs(slug)
            )

        self.platform.until(waits, PATIENCE_SECONDS, f"{slug} to wait at {step}")

    def verdicts(self, slug: str, count: int) -> Counter[str]:
        """Of a rule about the source of the same slug, once so many of its events are decided."""

        def decided() -> list[str]:
            edges = self.query(DECISIONS, source=slug)["events"]["edges"]
            decisions = [one for edge in edges for one in edge["node"]["decisions"]]
            return [one["verdict"] for one in decisions if one["rule"]["slug"] == slug]

        self.platform.until(
            lambda: len(decided()) >= count, PATIENCE_SECONDS, f"{count} events of {slug} to be decided"
        )
        return Counter(decided())

    def until_windows_have_passed(self, rule: str) -> None:
        (node,) = [edge["node"] for edge in self.query(WINDOWS)["rules"]["edges"] if edge["node"]["slug"] == rule]
        last = max(datetime.fromisoformat(edge["node"]["closesAt"]) for edge in node["windows"]["edges"])
        self.platform.until(
            lambda: datetime.now(timezone.utc) >= last, PATIENCE_SECONDS, f"the windows of {rule} to pass"
        )

    def decide(self, outcome: str) -> None:
        (edge,) = self.query(APPROVALS)["approvals"]["edges"]
        asked = edge["node"]
        given = {"approval": asked["id"], "shown": asked["shown"], "outcome": outcome}
        assert self.query(DECIDE, input=given)["decideApproval"]["errors"] == []

    def tick(self, schedule: str) -> None:
        assert self.query(TICK, input={"schedule": schedule})["runScheduleNow"]["errors"] == []

    def deliver(self, source: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        url = f"http://{LOOPBACK}:{self.platform.port}/t/{TENANT}/hooks/{source}"
        told = httpx2.post(
            url, content=body, headers={"Content-Type": "application/json", **headers}, timeout=15, trust_env=False
        )
        assert told.status_code == 202, told.text
        found: dict[str, Any] = told.json()
        return found

    def from_github(self, source: str, secret: str, event: str, payload: Any) -> None:
        body = json.dumps(payload).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        self.deliver(
            source,
            body,
            {
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": str(uuid.uuid4()),
                "X-Hub-Signature-256": f"sha256={signature}",
            },
        )

    def from_stripe(self, source: str, secret: str, payload: Any) -> None:
        body, now = json.dumps({**payload, "id": f"evt_{uuid.uuid4().hex}"}).encode(), int(time.time())
        signature = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        self.deliver(source, body, {"Stripe-Signature": f"t={now},v1={signature}"})

    def from_shopify(self, source: str, secret: str, topic: str, payload: Any) -> None:
        body = json.dumps(payload).encode()
        signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Event-Id": str(uuid.uuid4()),
            "X-Shopify-Hmac-Sha256": signature,
        }
        self.deliver(source, body, headers)

    def from_product(self, source: str, secret: str, payload: Any) -> None:
        body, message, now = json.dumps(payload), f"msg_{uuid.uuid4().hex}", datetime.now(timezone.utc)
        signature = Webhook(secret).sign(message, now, body)
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        self.deliver(source, body.encode(), headers)


def sample(recipe: str) -> Any:
    """The payload of its first sample."""
    return json.loads(json.dumps(recipe_of(recipe).samples[0].payload))
