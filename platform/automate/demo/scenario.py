"""The demo's scenario. It uses only the public API."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automate.client import answers
from automate.client.api import Api, GraphqlNode
from automate.client.operations import FINAL, PUBLISH, SAVE_RULE, SAVE_SOURCE, SAVE_WORKFLOW
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject

WEBHOOK = Path(__file__).with_name("github_push.json")
SOURCE, WORKFLOW, RULE = "github-demo", "demo-push", "demo-pushes"
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.02

REVISIONS = "query { workflows(first: 100) { edges { node { slug revision } } } }"
OUTCOME = """
query($filter: RunFilter) {
  events(first: 20) { edges { node { id type traceId receivedAt decisions(first: 20) { rule { slug } verdict } } } }
  runs(first: 20, filter: $filter) { edges { node {
    state stateReason traceId createdAt startedAt finishedAt event { id }
    steps(first: 20) { key state attempt startedAt finishedAt error { code message } } } } }
}"""


@dataclass(frozen=True)
class ScenarioResult:
    """The event and the finished run of the demo, as the API shows them."""

    event: answers.Event
    run: answers.ExecutionRun


def install(api: Api, receiver_url: str) -> tuple[str, str]:
    """Create or update the demo's objects. Returns the URL and the signing secret of the demo's webhook source."""
    secret = secrets.token_urlsafe(32)
    source = api.mutate(SAVE_SOURCE, {"slug": SOURCE, "scheme": "GITHUB", "secrets": [secret]})["source"]
    api.mutate(SAVE_WORKFLOW, _workflow(receiver_url, _revision(api)))
    api.mutate(PUBLISH, {"workflow": WORKFLOW})
    api.mutate(SAVE_RULE, {"slug": RULE, "name": "Pushes of the demo", "workflow": WORKFLOW, "when": _pushes()})
    return source["url"], secret


def _revision(api: Api) -> int | None:
    workflows = [edge["node"] for edge in api.query(REVISIONS, {})["workflows"]["edges"]]
    return next((workflow["revision"] for workflow in workflows if workflow["slug"] == WORKFLOW), None)


def _pushes() -> JsonObject:
    return {"and": [{"==": [{"var": "source"}, SOURCE]}, {"==": [{"var": "type"}, "push"]}]}


def _workflow(receiver_url: str, revision: int | None) -> dict[str, object]:
    repository = "{{ event.payload.repository.full_name }}"
    message = f"{{{{ event.payload.pusher.name }}}} pushed to {repository}"
    summary = {"repository": repository, "commits": "{{ length(event.payload.commits) }}"}
    steps = [
        {"key": "note", "uses": "log.write", "with": {"message": message}},
        {"key": "tell", "uses": "http.request", "with": {"method": "POST", "url": receiver_url, "json": summary}},
    ]
    definition = {"schema": 1, "steps": steps}
    return {"slug": WORKFLOW, "name": "Demo push", "expectedRevision": revision, "definition": definition}


def send(api: Api, url: str, secret: str) -> JsonObject:
    """Send a recorded push with a valid GitHub signature. Returns the body of the answer.

    Raises INTERNAL unless the answer is 202.
    """
    body = WEBHOOK.read_bytes()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/demo",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    status, answer = api.post(url, body, headers)
    if status != 202:  # noqa: PLR2004 - Accepted
        raise NormalizedError("INTERNAL", f"The webhook was answered with the status {status}: {answer.get('message')}")
    return answer


def await_run(api: Api, trace_id: str, pause: Callable[[float], None]) -> ScenarioResult:
    """Wait until the run with this trace id has ended. Raises UNAVAILABLE after 30 s."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        seen = api.query(OUTCOME, {"filter": {"workflow": WORKFLOW}})
        event, run = (_of_trace(seen[kind], trace_id) for kind in ("events", "runs"))
        if event and run and run["state"] in FINAL:
            return ScenarioResult(event, run)
        pause(POLL_SECONDS)
    raise NormalizedError(
        "UNAVAILABLE", f"The run did not finish within {PATIENCE_SECONDS:.0f} s. Its trace id is {trace_id}."
    )


def _of_trace(connection: GraphqlNode, trace_id: str) -> GraphqlNode:
    nodes = (edge["node"] for edge in connection["edges"])
    return next((node for node in nodes if node["traceId"] == trace_id), None)
