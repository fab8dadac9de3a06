"""The portal in Chromium, against an installation: one journey for each view. PORTAL_SHOTS names a folder for pictures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg
import pytest

from automate.client.api import Api
from automate.devserver.ports import free_port
from automate.devserver.upfile import ENVIRON
from tests.support import portal, portal_scene
from tests.support.installations import Installation
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

SHOTS = "PORTAL_SHOTS"
"""A folder for pictures, see `make portal-shots`."""
EMPTY, STRANGER = "globex", "gina@example.com"
"""A tenant with nothing in it, and who sees that."""
FRESH, NEWCOMER = "initech", "nina@example.com"
"""A tenant that nobody has used, and its owner, who is guided to a first run."""
EMAIL, VIEWER, PASSWORD = "grace@example.com", "vera@example.com", "three blue ships at dawn"
LINK = re.compile(r"/account/invitations/([A-Za-z0-9_-]+)")
JOURNEYS = [
    "sign_in", "people", "start", "runs", "lists", "lineage", "failures", "events", "approvals", "workflows", "build", "building", "outside",
    "settings", "limits", "viewer", "habits", "acts", "states", "sizes", "lasting", "hostile", "careful",
]  # fmt: skip
if SHOTS in os.environ:
    JOURNEYS.append("shots")
SHORTER = {"sign_in", "runs", "failures", "events", "approvals"}
"""The journeys of `make test-slow`: a person sees what happened, and repairs it. The others are long."""
SECONDS = 60.0
SHOTS_SECONDS = 900
SAVE = "mutation ($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message } } }"
PUBLISH = "mutation ($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message } } }"
RULE = "mutation ($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message } } }"
INGEST = "mutation ($input: IngestEventInput!) { ingestEvent(input: $input) { errors { code message } } }"
SCHEDULE = "mutation ($input: SaveScheduleInput!) { saveSchedule(input: $input) { errors { code message } } }"
SOURCE = "mutation ($input: SaveSourceInput!) { saveSource(input: $input) { errors { code message } } }"
ENDPOINT = (
    "mutation ($input: SaveWebhookEndpointInput!) { saveWebhookEndpoint(input: $input) { errors { code message } } }"
)
BREAKER = "mutation ($input: SetBreakerInput!) { setBreaker(input: $input) { errors { code message } } }"
TENANT = (
    "mutation ($input: UpsertTenantsInput!) { upsertTenants(input: $input) { tenants { token } errors { message } } }"
)
INVITE = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { errors { code message } } }"
STATES = "{ runs(first: 100) { edges { node { state } } } approvals(first: 5) { edges { node { id } } } }"
LOST = {"code": "INTERNAL", "message": "Out of memory."}
DEAD_JOB = """
UPDATE outbox_job SET state = 'dead', last_error = %s, fingerprint = gen_random_uuid() WHERE state = 'done' AND id = (
    SELECT id FROM outbox_job WHERE topic = 'event.match' ORDER BY created_at DESC LIMIT 1)
"""
ORDERS = [
    {"key": "note", "uses": "log.write", "with": {"message": "order {{ event.payload.n }}"}},
    {"key": "charge", "uses": "http.request", "with": {"method": "POST", "url": "http://127.0.0.1:9/charge"}},
    {"key": "tell", "uses": "log.write", "with": {"message": "charged"}},
]
REFUNDS = [
    {
        "key": "ask",
        "uses": "flow.approval",
        "with": {
            "title": "Refund order {{ event.payload.n }}?",
            "description": "All of it.",
            "data": {"amount": "{{ event.payload.n }}"},
            "roles": ["owner"],
            "form": {
                "type": "object",
                "required": ["reason"],
                "properties": {
                    "reason": {"type": "string", "title": "Reason"},
                    "amount": {"type": "number", "title": "Amount"},
                    "ok": {"type": "boolean", "title": "Refund the postage"},
                },
            },
        },
    },
    {"key": "pay", "uses": "log.write", "with": {"message": "paid"}},
]
MESSAGES = [
    {
        "key": "tell",
        "uses": "webhook.send",
        "with": {"endpoint": "billing", "type": "order.paid", "data": {"n": "{{ event.payload.n }}"}},
        "retry": {"max_attempts": 1},
    },
]
INVOICES = [
    {
        "key": "pay",
        "uses": "http.request",
        "with": {"method": "POST", "url": "http://127.0.0.1:{port}/pay"},
        "retry": {"max_attempts": 1},
    },
]
"""Its receiver is down, until a journey starts it."""
LONG = [{"key": f"s{n:04}", "uses": "flow.transform", "needs": [], "with": {"output": n}} for n in range(1_000)]
"""As many steps as a workflow may have. The API gives a hundred at a time."""
NOBODY = "http://127.0.0.1:9999/hooks"
"""Where nothing listens."""


@dataclass(frozen=True)
class Stack:
    base: str
    tenant: str
    chromium: Path
    running: Installation
    receiver: int


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    portal.demand_tools()
    portal.demand_build()
    chromium = portal.demand_chromium()
    with ExitStack() as held:
        running = held.enter_context(Installation(tmp_path_factory.mktemp("portal") / ".automate"))
        up = running.await_ready()
        base = f"http://127.0.0.1:{running.port}"
        with Api(up["graphql"], up["token"]) as api:
            receiver = free_port()
            fill(api, receiver)
            refused(base, up["tenant"])
            join(base, invited(running.home), "Grace Hopper")
            act(api, INVITE, {"email": VIEWER, "role": "VIEWER"})
            join(base, invited(running.home), "Vera Rubin")
            kill_a_job(api, running.home)
        with Api(up["graphql"], up["tenants"][EMPTY]["token"]) as api:
            act(api, INVITE, {"email": STRANGER, "role": "OWNER"})
        join(base, invited(running.home), "Gina Torres")
        with Api(up["graphql"], up["platform"]["token"]) as api:
            tenant = {"externalId": FRESH, "slug": FRESH, "name": "Initech"}
            made = api.attempt(TENANT, {"tenants": [tenant]}, seconds=SECONDS)["tenants"]
        with Api(up["graphql"], made[0]["token"]) as api:
            act(api, INVITE, {"email": NEWCOMER, "role": "OWNER"})
        join(base, invited(running.home), "Nina Simone")
        if SHOTS in os.environ:
            shop = held.enter_context(portal_scene.Shop())
            with Api(up["graphql"], up["token"]) as api:
                portal_scene.play(api, shop.port)
        yield Stack(base, up["tenant"], chromium, running, receiver)


def act(api: Api, document: str, values: dict[str, Any]) -> None:
    """A mutation that must succeed, on a machine that may be busy with other tests."""
    assert api.attempt(document, values, seconds=SECONDS)["errors"] == []


def fill(api: Api, receiver: int) -> None:
    """Workflows, runs that failed, one that waits for people, an event that no rule matches, and a message that failed."""
    # Many runs fail there on purpose. None of them may wait for the host.
    act(api, BREAKER, {"connector": "http.request", "host": "127.0.0.1:9", "mode": "CLOSED", "reason": "journeys"})
    invoices = json.loads(json.dumps(INVOICES).replace("{port}", str(receiver)))
    act(api, ENDPOINT, {"slug": "billing", "url": NOBODY, "secrets": ["whsec_" + "c2VjcmV0" * 5]})
    plan = {"cron": {"expression": "30 2 * * *", "timezone": "Europe/Berlin"}}
    act(api, SCHEDULE, {"slug": "nightly", "name": "Every night", "plan": plan})
    act(api, SOURCE, {"slug": "shop", "scheme": "GITHUB", "secrets": ["a-long-random-text"]})
    for slug, name, steps, kind in (
        ("orders", "Orders", ORDERS, "order.created"),
        ("refunds", "Refunds", REFUNDS, "refund.asked"),
        ("messages", "Messages", MESSAGES, "order.paid"),
        ("long", "Long", LONG, "order.long"),
        ("invoices", "Invoices", invoices, "invoice.due"),
    ):
        act(api, SAVE, {"slug": slug, "name": name, "definition": {"schema": 1, "steps": steps}})
        act(api, PUBLISH, {"workflow": slug})
        when = {"and": [{"==": [{"var": "type"}, kind]}, {">": [{"var": "payload.n"}, 0]}]}
        act(api, RULE, {"slug": f"{slug}-rule", "name": f"All {slug}", "workflow": slug, "when": when})
    for n in range(1, 6):
        act(api, INGEST, {"type": "order.created", "payload": {"n": n}, "idempotencyKey": f"order-{n}"})
    act(api, INGEST, {"type": "order.created", "payload": {"n": 0}, "idempotencyKey": "order-small"})
    act(api, INGEST, {"type": "order.created", "payload": {"n": 99}, "idempotencyKey": "order-big"})
    act(api, INGEST, {"type": "refund.asked", "payload": {"n": 7}, "idempotencyKey": "refund-7"})
    act(api, INGEST, {"type": "order.paid", "payload": {"n": 8}, "idempotencyKey": "paid-8"})
    act(api, INGEST, {"type": "order.long", "payload": {"n": 9}, "idempotencyKey": "long-9"})
    act(api, INGEST, {"type": "invoice.due", "payload": {"n": 10}, "idempotencyKey": "invoice-10"})
    act(api, INVITE, {"email": EMAIL, "role": "OWNER"})
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = api.query(STATES, {}, seconds=SECONDS)
        states = [edge["node"]["state"] for edge in found["runs"]["edges"]]
        if states.count("FAILED") >= 8 and found["approvals"]["edges"]:
            return
        time.sleep(0.2)
    raise AssertionError(f"unexpected states: {found}")


def refused(base: str, tenant: str) -> None:
    """A webhook with a wrong signature, which is stored as a rejected delivery."""
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-Hub-Signature-256": "sha256=" + "0" * 64,
    }
    headers["X-GitHub-Delivery"] = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    request = urllib.request.Request(f"{base}/t/{tenant}/hooks/shop", b'{"ref": "main"}', headers)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=30)


def kill_a_job(api: Api, home: Path) -> None:
    """A job that is dead, as after workers that ended while they processed it."""
    act(api, INGEST, {"type": "note.stray", "payload": {}, "idempotencyKey": "stray"})
    url = json.loads((home / ENVIRON).read_text())["AUTOMATE_ADMIN_DATABASE_URL"]
    deadline = time.monotonic() + SECONDS
    with psycopg.connect(url, autocommit=True) as admin:
        while time.monotonic() < deadline:
            if admin.execute(DEAD_JOB, [json.dumps(LOST)]).rowcount:
                return
            time.sleep(0.2)
    raise AssertionError("the last event's job does not end")


used: set[str] = set()
"""Tokens of invitations that are accepted."""


def invited(home: Path) -> str:
    """The token of a new invitation's link, from the mail that a worker prints."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        logs = [log.read_text(errors="replace") for log in (home / "log").glob("worker*.log")]
        fresh = [token for text in logs for token in LINK.findall(text) if token not in used]
        if fresh:
            used.add(fresh[0])
            return str(fresh[0])
        time.sleep(0.2)
    raise AssertionError("no worker printed the invitation's mail")


def join(base: str, token: str, name: str) -> None:
    """Become a member as a new person does in a browser."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.addheaders = [("Accept", "application/json")]
    try:
        opener.open(f"{base}/account/browser/v1/auth/session", timeout=30)
    except urllib.error.HTTPError as error:
        assert error.code == 401  # noqa: PT017 - the answer without a session, which brings the cookie
    csrf = next(cookie.value for cookie in jar if cookie.name == "automate_csrf")
    query = "mutation ($i: AcceptInvitationInput!) { acceptInvitation(input: $i) { errors { code message } } }"
    values = {"i": {"token": token, "name": name, "password": PASSWORD}}
    body = json.dumps({"query": query, "variables": values}).encode()
    headers = {"Content-Type": "application/json", "X-CSRFToken": csrf or ""}
    with opener.open(urllib.request.Request(f"{base}/graphql/account", body, headers), timeout=30) as answer:
        said: Any = json.load(answer)
    assert said["data"]["acceptInvitation"]["errors"] == []


@pytest.mark.parametrize(
    "name", [name if name in SHORTER else pytest.param(name, marks=pytest.mark.long) for name in JOURNEYS]
)
def test_journey(stack: Stack, name: str) -> None:
    environ = portal.environ(
        PORTAL_BASE=stack.base,
        PORTAL_TENANT=stack.tenant,
        PORTAL_EMAIL=EMAIL,
        PORTAL_VIEWER=VIEWER,
        PORTAL_EMPTY_TENANT=EMPTY,
        PORTAL_EMPTY_EMAIL=STRANGER,
        PORTAL_NEW_TENANT=FRESH,
        PORTAL_NEW_EMAIL=NEWCOMER,
        PORTAL_PASSWORD=PASSWORD,
        PORTAL_CHROMIUM=str(stack.chromium),
        PORTAL_RECEIVER=str(stack.receiver),
        PORTAL_HOME=str(stack.running.home),
        PORTAL_WEB_PID=str(stack.running.up()["pids"]["web"]),
    )
    command = [str(portal.node()), f"portal/journeys/{name}.mjs"]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environ,
        timeout=SHOTS_SECONDS if name == "shots" else 240,
    )
    print(done.stdout)  # the seconds of each part
    assert done.returncode == 0, done.stdout + done.stderr
