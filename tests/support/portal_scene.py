"""What the pictures of the portal show: a shop whose payments sometimes fail, with a server that plays the outside world."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import Self

from automate.client.api import Api

SECONDS = 60.0
DECLINED, BUSY = 2_000, 700
"""Totals from which the payment service declines a card, and from which its first answer is 503."""
FIELDS = "errors { code message }"
SAVE = f"mutation ($input: SaveWorkflowInput!) {{ saveWorkflow(input: $input) {{ {FIELDS} }} }}"
PUBLISH = f"mutation ($input: PublishWorkflowInput!) {{ publishWorkflow(input: $input) {{ {FIELDS} }} }}"
RULE = f"mutation ($input: SaveRuleInput!) {{ saveRule(input: $input) {{ {FIELDS} }} }}"
INGEST = f"mutation ($input: IngestEventInput!) {{ ingestEvent(input: $input) {{ {FIELDS} }} }}"
BUDGET = f"mutation ($input: SetBudgetInput!) {{ setBudget(input: $input) {{ {FIELDS} }} }}"
SECRET = f"mutation ($input: SetSecretInput!) {{ setSecret(input: $input) {{ {FIELDS} }} }}"
TOKEN = f"mutation ($input: CreateTokenInput!) {{ createToken(input: $input) {{ {FIELDS} }} }}"
STATES = "{ runs(first: 100) { edges { node { state workflow { slug } } } } }"
ORDERS = (
    ("order-4702", "ada@example.com", 120, "standard"),
    ("order-4703", "ben@example.com", 980, "standard"),
    ("order-4704", "cleo@example.com", 2_450, "vip"),
    ("order-4705", "dan@example.com", 310, "standard"),
    ("order-4706", "eve@example.com", 745, "vip"),
    ("order-4707", "finn@example.com", 60, "standard"),
    ("order-4708", "gus@example.com", 3_120, "standard"),
    ("order-4709", "hana@example.com", 205, "vip"),
    ("order-4710", "ivo@example.com", 890, "standard"),
    ("order-4711", "jo@example.com", 2_980, "vip"),
)


class Shop:
    """``with Shop() as shop``: stock, payments and mail of a shop, at ``shop.port``."""

    def __init__(self) -> None:
        seen: Counter[str] = Counter()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.say(200, {"in_stock": True, "warehouse": "Hamburg"})

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                total = sent.get("total", 0)
                seen[self.headers["Idempotency-Key"]] += 1
                time.sleep(0.2)
                if total >= DECLINED:
                    self.say(402, {"error": {"code": "card_declined", "message": "The card was declined."}})
                elif total >= BUSY and seen[self.headers["Idempotency-Key"]] == 1:
                    self.say(503, {"error": {"code": "busy"}})
                else:
                    self.say(200, {"id": f"ch_{total}", "status": "paid"})

            def say(self, status: int, body: dict[str, Any]) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                """The test's output stays readable."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def definition(port: int, mail: str, *, more: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    base = f"http://127.0.0.1:{port}"
    order = {"order": "{{ event.payload.order }}", "total": "{{ event.payload.total }}"}
    retry = {"max_attempts": 3, "initial_seconds": 0.4, "factor": 2, "max_seconds": 2}
    steps = [
        {"key": "stock", "uses": "http.request", "with": {"method": "GET", "url": f"{base}/stock"}},
        {"key": "charge", "uses": "http.request", "with": {"method": "POST", "url": f"{base}/charge", "json": order}, "retry": retry},
        *(more or []),
        {"key": "confirm", "uses": "log.write", "with": {"message": mail}},
    ]  # fmt: skip
    return {"schema": 1, "steps": steps}


def play(api: Api, port: int) -> None:
    """Two versions and a draft of a workflow, its rules, ten orders of which three fail, a budget, a secret and a token."""

    def act(document: str, values: dict[str, Any]) -> None:
        errors = api.attempt(document, values, seconds=SECONDS)["errors"]
        assert errors == [], errors

    flow = {"slug": "order-flow", "name": "Order flow"}
    first, second = "Order {{ event.payload.order }} is paid.", "Thank you for order {{ event.payload.order }}."
    parcel = {"key": "parcel", "uses": "log.write", "with": {"message": "Pack order {{ event.payload.order }}."}}
    act(SAVE, {**flow, "definition": definition(port, first)})
    act(PUBLISH, {"workflow": flow["slug"]})
    act(SAVE, {**flow, "definition": definition(port, second)})
    act(PUBLISH, {"workflow": flow["slug"]})
    act(SAVE, {**flow, "definition": definition(port, second, more=[parcel])})
    placed = {"==": [{"var": "type"}, "order.placed"]}
    vip = {"and": [placed, {"==": [{"var": "payload.tier"}, "vip"]}, {">": [{"var": "payload.total"}, 10_000]}]}
    rules = (("placed-orders", "Placed orders", placed), ("big-vip-orders", "Big orders of VIPs", vip))
    for slug, name, when in rules:
        act(RULE, {"slug": slug, "name": name, "workflow": flow["slug"], "when": when})
    act(BUDGET, {"metric": "EVENTS", "window": "DAY", "limit": "1000", "action": "ALERT"})
    act(BUDGET, {"metric": "RUNS", "window": "HOUR", "limit": "20", "workflow": flow["slug"]})
    act(SECRET, {"name": "PAYMENT_TOKEN", "value": "not a real token"})
    act(TOKEN, {"name": "shop backend", "role": "OPERATOR", "scopes": ["ingest_events"]})
    for key, customer, total, tier in ORDERS:
        payload = {"order": key, "customer": customer, "total": total, "tier": tier}
        act(INGEST, {"type": "order.placed", "payload": payload, "idempotencyKey": key})
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        nodes = [edge["node"] for edge in api.query(STATES, {}, seconds=SECONDS)["runs"]["edges"]]
        ended = [node for node in nodes if node["workflow"]["slug"] == flow["slug"] and node["state"] in ("SUCCEEDED", "FAILED")]  # fmt: skip
        if len(ended) == len(ORDERS):
            return
        time.sleep(0.2)
    raise AssertionError(f"unexpected states: {nodes}")
