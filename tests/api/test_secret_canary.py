"""A stored secret goes through every connector and every kind of failure, echoed in every form; afterwards it is nowhere."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from prometheus_client import generate_latest

from actors.connectors.email.connector import EmailSend
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS, OURS
from actors.connectors.slack.connector import SlackPostMessage
from automate.kernel.metrics import REGISTRY
from automate.runs.permits import FREE
from tests.api.test_record_cli import automate  # noqa: F401 - a fixture
from tests.execution.test_secrets_logged import logging_to
from tests.support import staff
from tests.support.api import Api
from tests.support.canary import CANARY, CORE, FORMS, KINDS, SLACK_CANARY, echo, forms_of, found_in
from tests.support.command import Command
from tests.support.endpoint_receiver import settle, threaded
from tests.support.listening import listening
from tests.support.mail_contract import ReroutedMail
from tests.support.mail_peer import MailPeer, MailService
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane, Scripted, connectors
from tests.support.raw_server import RawServer

SET = "mutation ($input: SetSecretInput!) { setSecret(input: $input) { secret { id name version } errors { code } } }"
ERROR = "error { code message details path }"
PAGE = f"""
{{ runs(first: 100) {{ edges {{ node {{ id state stateReason {ERROR}
  steps {{ key state reason {ERROR} input output effect {{ target proof code externalId request earlierTries {{ code }} }} }} }} }} }}
  secrets {{ id name version hasValue usage {{ workflow }} versions {{ number }} }}
  secretUses(name: "CANARY") {{ edges {{ node {{ version backend workflow step }} }} }}
  outboxJobs {{ edges {{ node {{ topic state lastError {{ code message }} }} }} }} }}"""
TEST = """
mutation ($input: TestWorkflowInput!) { testWorkflow(input: $input) { test { state error { code message details }
  steps { key state output error { code message details } } } errors { code message } } }"""
BACKTEST = "mutation ($input: BacktestRuleInput!) { backtestRule(input: $input) { backtest { id } errors { code } } }"
BACKTESTS = "{ backtests { edges { node { state when filter samples { reason event { type payload } } } } } }"
FEEDS = {
    "runFeed": """
      subscription { runFeed { kind cursor occurredAt fromState toState reason gap { from to }
        run { id state stateReason error { code message details path } event { type subject payload }
          steps { key state reason error { code message details path } input output
            effect { target proof code externalId request earlierTries { code } } } }
        step { id key state reason error { code message details path } input output } } }""",
    "eventFeed": "subscription { eventFeed { __typename ... on EventReceived { event { type subject payload } } } }",
    "approvalFeed": """
      subscription { approvalFeed { __typename ... on ApprovalRequested { approval { title description data form } } } }""",
}
KIND = "{{ event.payload.kind }}"
BEARER = {"Authorization": "Bearer $secret:CANARY"}
WALKED = {"email.send", "graphql.request", "http.request", "slack.post_message"}
MAIL_SAYS = ("EHLO", "AUTH", "MAIL", "RCPT", "DATA")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    with logging_to(lines := io.StringIO(), monkeypatch):
        yield lines


@pytest.fixture
def keyed(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> Plane:
    """A tenant with stored secrets, whose breakers stay closed."""
    let_reach_this_machine(plane)
    monkeypatch.setattr("automate.runs.starting.Starting._permit", lambda *_call: FREE)
    for name, value in {"CANARY": CANARY, "SLACK": SLACK_CANARY}.items():
        answer = api.data(SET, input={"name": name, "value": value})["setSecret"]
        assert (answer["errors"], answer["secret"]["version"]) == ([], 1)
    return plane


@pytest.fixture
def server() -> Iterator[RawServer]:
    with threaded(RawServer(echo)) as running:
        yield running


def publish(plane: Plane, uses: str, with_: Any, slug: str = "") -> str:
    """A workflow of one call, started by events of its own type, which is returned."""
    slug = slug or uses.replace(".", "-").replace("_", "-")
    step = {"key": "a", "uses": uses, "with": with_, "retry": {"max_attempts": 1}, "timeout_seconds": 2}
    plane.publish(slug, [step], when={"==": [{"var": "type"}, slug]})
    return slug


def send(plane: Plane, slug: str, kinds: Sequence[str]) -> None:
    plane.send(*({"kind": f"kind-{kind}", "text": f"kind-{kind}"} for kind in kinds), kind=slug)
    settle(plane)


def texts_of(plane: Plane, redis_url: str, log: io.StringIO, home: Path) -> Iterator[tuple[str, str]]:
    """Every row of every table, all that Redis holds, the log, the metrics and all files, by name."""
    wanted = "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY (%s)"
    for (table,) in plane.root.rows(wanted, [plane.tenant.schema, "public"]):
        for (row,) in plane.root.rows(f"SELECT t::text FROM {table} t"):
            yield table, row
    broker = redis.Redis.from_url(redis_url)
    for key in broker.scan_iter():
        yield "Redis", f"{key!r} {broker.dump(key)!r}"
    broker.close()
    yield "the log", log.getvalue()
    yield "the metrics", generate_latest(REGISTRY).decode()
    for path in home.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")


def states(plane: Plane, slug: str) -> set[str]:
    """The error codes of a workflow's runs; empty for those that succeeded."""
    rows = plane.rows(
        "SELECT coalesce(s.error ->> 'code', '') FROM step_run s JOIN execution_run r ON r.id = s.run_id"
        " JOIN workflow_version v ON v.id = r.workflow_version_id JOIN workflow w ON w.id = v.workflow_id WHERE w.slug = %s",
        slug,
    )
    return {code for (code,) in rows}


@pytest.mark.long
@pytest.mark.slow
def test_secret_is_nowhere_after_every_connector_and_every_failure(  # noqa: PLR0917 - fixtures
    keyed: Plane,
    api: Api,
    server: RawServer,
    redis_url: str,
    log: io.StringIO,
    tmp_path: Path,
    automate: Command,  # noqa: F811 - the fixture
    web_with_quick_checkpoints: str,
) -> None:
    with listening(web_with_quick_checkpoints, api.token, FEEDS) as heard:
        pages = everything(keyed, api, server, automate)
        heard.await_end(newest_run(api))
    assert {"runFeed", "eventFeed", "approvalFeed"} <= heard.fields()
    texts = [*texts_of(keyed, redis_url, log, tmp_path), *(("a page or report", page) for page in pages)]
    texts += [("a subscription", frame) for frame in heard.frames]
    assert found_in(texts) == []


def everything(keyed: Plane, api: Api, server: RawServer, automate: Command) -> list[str]:  # noqa: F811 - the fixture
    """A secret through every connector and kind of failure. Returns the pages and reports about it."""
    url = f"{server.url}{KIND}"
    slack = SlackPostMessage(Guard(), server.url, (server.url,))
    calls = {
        "http.request": {"url": url, "headers": BEARER, "follow_redirects": True, "query": {"key": "$secret:CANARY"}},
        "graphql.request": {"url": url, "query": "{ a }", "headers": BEARER},
        "slack.post_message": {"token": "$secret:SLACK", "channel": "C024BE91L", "text": KIND},
    }
    registry: Any = CONNECTORS
    before = registry["slack.post_message"]
    registry["slack.post_message"] = slack
    try:
        for uses, with_ in calls.items():
            send(keyed, publish(keyed, uses, with_), KINDS)
        for place, auth in enumerate(
            ({"bearer": "$secret:CANARY"}, {"basic": {"username": "u", "password": "$secret:CANARY"}})
        ):
            with_ = {"method": "POST", "url": url, "auth": auth, "json": {"key": "$secret:CANARY"}}
            send(
                keyed, publish(keyed, "http.request", with_, f"auth-{place}"), ("ok", "status_400", "text_500", "hang")
            )
        with_ = {"url": url, "headers": {"X-Bad": "$secret:CANARY\n{{ event.payload.kind }}"}}
        send(keyed, publish(keyed, "http.request", with_, "bad-input"), ("ok",))
    finally:
        registry["slack.post_message"] = before
    assert len(server.exchanges) > 2 * len(KINDS)
    assert {"", "CONNECTOR_AUTH", "CONNECTOR_REFUSED", "CONNECTOR_TIMEOUT"} <= states(keyed, "http-request")
    scripted_faults(keyed)
    mail(keyed)
    pages = [json.dumps(api.data(PAGE)), json.dumps(api.data(PAGE.replace("first: 100", "last: 100")))]
    pages += reports(keyed, api)
    run = api.data("{ runs(last: 1) { edges { node { id } } } }")["runs"]["edges"][0]["node"]["id"]
    done = automate("record", run)
    of_the_admin = list(staff.pages_about(keyed.tenant))
    assert len(of_the_admin) > 2 * len(KINDS)
    return [*pages, done.out, done.err, *of_the_admin]


@pytest.mark.slow
def test_subscriber_hears_a_secret_that_is_not_scrubbed(
    keyed: Plane, api: Api, server: RawServer, web_with_quick_checkpoints: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin of the search in subscriptions."""
    with listening(web_with_quick_checkpoints, api.token, FEEDS) as heard, monkeypatch.context() as sabotage:
        sabotage.setattr("actors.calls.Scrubber", lambda _values: None)
        send(keyed, publish(keyed, "http.request", {"url": f"{server.url}{KIND}", "headers": BEARER}), ("status_400",))
        heard.await_end(newest_run(api))
    assert found_in(("a subscription", frame) for frame in heard.frames)


def newest_run(api: Api) -> str:
    return str(api.data("{ runs(first: 1) { edges { node { id } } } }")["runs"]["edges"][0]["node"]["id"])


def scripted_faults(plane: Plane) -> None:
    """A stranger's connector that fails in ways of its own, in each form of the secret."""
    for inline in (True, False):
        forms = forms_of(CANARY)
        acts: list[Any] = [RuntimeError(form) for form in forms.values()]
        acts += [
            dict.fromkeys(forms.values(), 1),
            {1: CANARY},
            [forms],
            OSError(CANARY),
            SystemExit(CANARY),
            KeyError(CANARY),
        ]
        scripted = Scripted(acts=acts, inline=inline)
        with connectors(scripted):
            send(
                plane,
                publish(plane, scripted.name, {"auth": "$secret:CANARY"}, f"scripted-{inline}".lower()),
                KINDS[:1] * len(acts),
            )
        assert len(scripted.calls) == len(acts)


def mail(plane: Plane) -> None:
    """A mail server that refuses each command with the password."""
    registry: Any = CONNECTORS
    before = registry["email.send"]
    with_ = {
        "host": "smtp.example.com",
        "username": "robot",
        "password": "$secret:CANARY",
        "from": "robot@example.com",
        "to": "ada@example.com",
        "subject": KIND,
        "text": "Paid.",
    }
    slug = publish(plane, "email.send", with_)
    try:
        for verb in MAIL_SAYS:
            for code in ("421", "535", "550"):
                with threaded(
                    MailPeer(MailService(), {verb: f"{code} 5.7.8 {CANARY} {FORMS['base64 of canary 0']}"})
                ) as peer:
                    registry["email.send"] = EmailSend(ReroutedMail(peer))
                    send(plane, slug, ("ok",))
    finally:
        registry["email.send"] = before
    assert {"CONNECTOR_AUTH", "CONNECTOR_REFUSED", "CONNECTOR_TRANSIENT"} & states(plane, slug)


def reports(plane: Plane, api: Api) -> list[str]:
    test = {"workflow": "http-request", "sample": {"type": "http-request", "payload": {"kind": "kind-ok"}}}
    backtest = {"when": {"==": [{"var": "type"}, "http-request"]}}
    tested, started = api.data(TEST, input=test), api.data(BACKTEST, input=backtest)
    settle(plane)
    (found,) = (edge["node"] for edge in api.data(BACKTESTS)["backtests"]["edges"])
    assert (found["state"], bool(found["samples"])) == ("FINISHED", True)
    return [json.dumps(tested), json.dumps(started), json.dumps(found)]


def test_every_connector_that_takes_secrets_is_walked() -> None:
    assert {connector.spec.name for connector in OURS if connector.spec.secrets} == WALKED


def test_search_finds_every_form_in_rows_and_texts() -> None:
    """The twin: a search that finds nothing anywhere would prove nothing."""
    for name, form in FORMS.items():
        assert found_in([("row", f"(1,{form},2)")]), name
        assert found_in([("row", json.dumps({"a": form}))]), name
    assert found_in([("bytes", f"\\x{CANARY.encode().hex()}")])
    assert found_in([("row", f"a {CORE} b")])
    assert found_in([("row", "nothing [redacted] here")]) == []


def test_worker_that_does_not_scrub_is_found(  # noqa: PLR0917 - fixtures
    keyed: Plane, server: RawServer, redis_url: str, log: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    with monkeypatch.context() as sabotage:
        sabotage.setattr("actors.calls.Scrubber", lambda _values: None)
        slug = publish(keyed, "http.request", {"url": f"{server.url}{KIND}", "headers": BEARER})
        send(keyed, slug, ("ok", "status_400"))
    places = {hit.partition(":")[0] for hit in found_in(texts_of(keyed, redis_url, log, tmp_path))}
    assert f"{keyed.tenant.schema}.step_run" in places
