"""What must be true of a restored release whose open runs have gone on. Each check gives what it found, and what it wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from automate.runs.states import RUN_FINAL
from tests.support.api import MAIN_JOB, OPERATE
from tests.support.processes import WEBHOOK_SECRET
from tests.support.release_restore import row_id
from tests.support.release_upgrade import NEW, Upgraded, nodes_of

Check = Callable[[Upgraded], tuple[Any, Any]]
SUCCEEDED, CANCELLED = "succeeded", "cancelled"
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
STATES = "{ runs(first: 10) { edges { node { state } } } }"
TENANTS = "{ tenants(first: 10) { edges { node { slug } } } }"
LONG_WORK = """
query($backtest: ID!, $bulk: ID!) {
  backtest(id: $backtest) { state error { code } }
  bulk: node(id: $bulk) { ... on BulkOperation { state done refused } }
}"""


def runs(upgraded: Upgraded) -> tuple[Any, Any]:
    wanted = {
        row_id(run["id"]): (run["n"], run["workflow"], _end_of(run["state"])) for run in upgraded.manifest["runs"]
    }
    found = upgraded.states()
    return {run: found.get(run) for run in wanted}, wanted


def _end_of(state: str) -> str:
    return state if state in RUN_FINAL else CANCELLED if state == "cancelling" else SUCCEEDED


def new_runs(upgraded: Upgraded) -> tuple[Any, Any]:
    """Of events that the release accepted and did not match, and of a new one."""
    numbers = [*upgraded.manifest["without_a_run"], NEW]
    found = [(number, state) for number, _, state in upgraded.states().values() if number in numbers]
    return sorted(found), [(number, SUCCEEDED) for number in sorted(numbers)]


def schedules(upgraded: Upgraded) -> tuple[Any, Any]:
    return {state for _, slug, state in upgraded.states().values() if slug == "tick"}, {SUCCEEDED}


def long_work(upgraded: Upgraded) -> tuple[Any, Any]:
    ids = {name: upgraded.manifest[name] for name in ("backtest", "bulk")}
    wanted = {"backtest": {"state": "FINISHED", "error": None}, "bulk": {"state": "FINISHED", "done": 3, "refused": 0}}
    return upgraded.ask(LONG_WORK, **ids).get("data"), wanted


def final_runs(upgraded: Upgraded) -> tuple[Any, Any]:
    """A migration may add columns; the others keep their values."""
    found = upgraded.final_rows()
    columns = [row.keys() for _, _, row in upgraded.before]
    kept = [
        (kind, key, {name: row[name] for name in names if name in row})
        for (kind, key, row), names in zip(found, columns, strict=False)
    ]
    return kept if len(found) == len(columns) else found, upgraded.before


def tokens(upgraded: Upgraded) -> tuple[Any, Any]:
    found = {
        "globex": [node["state"] for node in nodes_of(upgraded.ask(STATES, "globex"), "runs")],
        "platform": sorted(node["slug"] for node in nodes_of(upgraded.ask(TENANTS, "platform"), "tenants")),
    }
    return found, {"globex": ["SUCCEEDED"], "platform": ["acme", "globex"]}


def foreign_ids(upgraded: Upgraded) -> tuple[Any, Any]:
    return [upgraded.ask(NODE, "globex", id=node).get("data") for node in upgraded.manifest["nodes"]], [
        {"node": None} for _ in upgraded.manifest["nodes"]
    ]


def cursors(upgraded: Upgraded) -> tuple[Any, Any]:
    """New runs of old events stand among the old ones, for they bear the events' ids."""
    page = upgraded.ask(MAIN_JOB["Runs"], first=100, after=upgraded.manifest["cursor"])
    known = {run["id"] for run in upgraded.manifest["runs"]}
    return [node["id"] for node in nodes_of(page, "runs") if node["id"] in known], upgraded.manifest[
        "behind_the_cursor"
    ]


def ids(upgraded: Upgraded) -> tuple[Any, Any]:
    wanted = [{"node": {"__typename": name, "id": node}} for node, name in upgraded.manifest["nodes"].items()]
    return [upgraded.ask(NODE, id=node).get("data") for node in upgraded.manifest["nodes"]], wanted


def webhooks_received(upgraded: Upgraded) -> tuple[Any, Any]:
    return upgraded.delivered, [(202, "DUPLICATE"), (202, "NEW")]


def idempotency_keys(upgraded: Upgraded) -> tuple[Any, Any]:
    """Requests of the release, sent again, change nothing and are answered as then."""
    by_number = {run["n"]: run["id"] for run in upgraded.manifest["runs"]}
    event = {"source": "api", "type": "order", "payload": {"n": 26}, "idempotencyKey": "order-1"}
    start = {"workflow": "order", "payload": {"n": 0}, "idempotencyKey": "try-1"}
    end = {"runs": [by_number[7], by_number[18]], "reason": "a mistake", "idempotencyKey": "cancel-1"}
    found = {
        "outcome": upgraded.change(MAIN_JOB["IngestEvent"], **event).get("outcome"),
        "run": (upgraded.change(MAIN_JOB["RunWorkflow"], **start).get("run") or {}).get("id"),
        "cancelled": upgraded.change(OPERATE["CancelRuns"], **end).get("runs"),
    }
    cancelled = [{"id": run, "state": "CANCELLED"} for run in end["runs"]]
    return found, {"outcome": "DUPLICATE", "run": by_number[0], "cancelled": cancelled}


def effects(upgraded: Upgraded) -> tuple[Any, Any]:
    """No confirmed effect is called again. One of unknown outcome is called once, under its old key."""
    keys, states = upgraded.receiver.keys(), upgraded.manifest["effects"]
    wanted = Counter({key: 1 for key, state in states.items() if state in ("intent", "sent")})
    told = {
        key: count for key, count in keys.items() if states.get(key) in ("confirmed", "intent", "sent") or count > 1
    }
    return told, dict(wanted)


def secrets(upgraded: Upgraded) -> tuple[Any, Any]:
    found = [call.headers.get("authorization") for call in upgraded.receiver.calls if call.body.get("step") == "told"]
    return found, [f"Bearer {upgraded.manifest['keys']['AUTOMATE_SECRET_ACME__RECEIVER_KEY']}"]


def webhooks_sent(upgraded: Upgraded) -> tuple[Any, Any]:
    hooks = [call for call in upgraded.receiver.calls if "webhook-id" in call.headers]
    return [_is_signed(call.text, call.headers) for call in hooks], [True]


def _is_signed(text: str, headers: Mapping[str, str]) -> bool:
    try:
        Webhook(WEBHOOK_SECRET).verify(text, dict(headers))
    except WebhookVerificationError:
        return False
    return True


def refusals(upgraded: Upgraded) -> tuple[Any, Any]:
    return upgraded.refused, []


CHECKS: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        runs,
        new_runs,
        schedules,
        long_work,
        final_runs,
        tokens,
        foreign_ids,
        cursors,
        ids,
        webhooks_received,
        idempotency_keys,
        effects,
        secrets,
        webhooks_sent,
        refusals,
    )
}


def failed(upgraded: Upgraded) -> dict[str, tuple[Any, Any]]:
    """What was found and wanted, by the names of the checks that fail."""
    results = {name: check(upgraded) for name, check in CHECKS.items()}
    return {name: result for name, result in results.items() if result[0] != result[1]}
