"""What a secret may be used for, through the API: said, read and changed; its value is in no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import Api
from tests.support.facts import Naming, naming
from tests.support.held_secrets import hold_secret

VALUE = "sk_live_51-s3cret-value"
FIELDS = "name hasValue allowedHosts allowedConnectors allowedWorkflows revision"
SAVE = f"""
mutation Save($input: SaveSecretInput!) {{ saveSecret(input: $input) {{ secret {{ {FIELDS} }} errors {{ code message path }} }} }}"""
SECRETS = f"{{ secrets {{ {FIELDS} }} }}"
PREVIEW = """
query ($input: PreviewStepInput!) { previewStep(input: $input) { request errors { code message path details } } }"""
SAVE_FLOW = "mutation ($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { message } } }"
PUBLISH = """
mutation ($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { warnings { message path } errors { message } } }"""
ANY = {"allowedHosts": None, "allowedConnectors": None, "allowedWorkflows": None}


@pytest.fixture(autouse=True)
def valued(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_secret(monkeypatch, tenant.ref, "STRIPE_KEY", VALUE)
    monkeypatch.setenv("AUTOMATE_SECRET_SOMEBODY_ELSE__THEIR_KEY", VALUE)


def save(api: Api, name: str = "STRIPE_KEY", **given: Any) -> Any:
    return api.data(SAVE, input={"name": name, **given})["saveSecret"]


def refusal(api: Api, name: str = "STRIPE_KEY", **given: Any) -> tuple[str, list[str], str]:
    answer = save(api, name, **given)
    (error,) = answer["errors"]
    assert answer["secret"] is None
    return error["code"], error["path"], error["message"]


def audited(tenant: Any) -> list[tuple[str, Any]]:
    with acting_for(tenant.ref):
        return [
            (action, json.loads(changes))
            for action, changes in fetch("SELECT action, changes::text FROM audit_entry ORDER BY id")
        ]


def test_secret_of_which_nothing_was_saved_may_go_anywhere(api: Api) -> None:
    assert api.data(SECRETS)["secrets"] == [{"name": "STRIPE_KEY", "hasValue": True, **ANY, "revision": 0}]


def test_what_is_saved_is_listed_in_one_spelling(api: Api) -> None:
    given = ["API.Stripe.com.", "*.Stripe.COM:443", "api.stripe.com", "0x7f.1"]
    made = save(api, allowedHosts=given, allowedConnectors=["http.request"], allowedWorkflows=["shop"])["secret"]
    assert made == {
        "name": "STRIPE_KEY",
        "hasValue": True,
        "allowedHosts": ["api.stripe.com", "*.stripe.com:443", "127.0.0.1"],
        "allowedConnectors": ["http.request"],
        "allowedWorkflows": ["shop"],
        "revision": 1,
    }
    later = save(api, "LATER", allowedHosts=[])["secret"]
    assert (later["hasValue"], later["allowedHosts"]) == (False, [])
    assert api.data(SECRETS)["secrets"] == [later, made]
    assert VALUE not in str(api.data(SECRETS))


def test_what_is_left_out_stays_and_null_allows_all(api: Api) -> None:
    save(api, allowedHosts=["api.stripe.com"], allowedConnectors=["http.request"])
    kept = save(api, allowedWorkflows=["shop"])["secret"]
    assert (kept["allowedHosts"], kept["allowedConnectors"]) == (["api.stripe.com"], ["http.request"])
    freed = save(api, allowedHosts=None)["secret"]
    assert (freed["allowedHosts"], freed["allowedConnectors"], freed["revision"]) == (None, ["http.request"], 3)


def test_saving_is_audited_once_and_asks_for_the_revision(api: Api, tenant: Any) -> None:
    save(api, allowedHosts=["api.stripe.com"])
    assert save(api, allowedHosts=["API.stripe.com"])["secret"]["revision"] == 1, "what is so already stays untouched"
    save(api, allowedHosts=["api.stripe.com", "files.stripe.com"], expectedRevision=1)
    assert refusal(api, allowedHosts=None, expectedRevision=1)[:2] == ("CONFLICT", ["expectedRevision"])
    assert audited(tenant) == [
        ("secret.create", {"allowed_hosts": [None, ["api.stripe.com"]]}),
        ("secret.update", {"allowed_hosts": [["api.stripe.com"], ["api.stripe.com", "files.stripe.com"]]}),
    ]


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({"name": "stripe"}, ["name"], naming("capital")),
        ({"name": "A" * 65}, ["name"], naming("1", "64")),
        ({"allowedHosts": ["api.stripe.com", "https://x.example"]}, ["allowedHosts", "1"], naming("schemes")),
        ({"allowedHosts": ["*"]}, ["allowedHosts", "0"], naming("*.example.com")),
        ({"allowedHosts": ["*.com"]}, ["allowedHosts", "0"], naming("domain")),
        ({"allowedHosts": ["api.example:99999"]}, ["allowedHosts", "0"], naming("1", "65535")),
        ({"allowedConnectors": ["http.requests"]}, ["allowedConnectors", "0"], naming("email.send")),
        (
            {"allowedWorkflows": ["shop", "Not A Slug"]},
            ["allowedWorkflows", "1"],
            naming("2", "allowedWorkflows", "1", "64"),
        ),
    ],
)
def test_nonsense_is_refused_with_its_place(api: Api, given: dict[str, Any], path: list[str], words: Naming) -> None:
    code, where, message = refusal(api, **given)
    assert (code, where) == ("BAD_USER_INPUT", path)
    assert message == words


def test_lists_are_bounded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [f"h{n}.example" for n in range(101)]
    assert refusal(api, allowedHosts=hosts)[:2] == ("LIMIT_EXCEEDED", ["allowedHosts"])
    monkeypatch.setattr("automate.vault.services.MOST_SECRETS", 1)
    save(api, allowedHosts=hosts[:100])
    assert refusal(api, "SECOND", allowedHosts=None)[0] == "LIMIT_EXCEEDED"
    assert save(api, allowedHosts=[])["errors"] == []


def test_editors_see_what_admins_say_and_operators_neither(tenant: Any, token_for: Any) -> None:
    editor, operator = (Api(token_for(tenant.ref, role)) for role in ("editor", "operator"))
    assert [one["name"] for one in editor.data(SECRETS)["secrets"]] == ["STRIPE_KEY"]
    assert editor.code(SAVE, input={"name": "STRIPE_KEY", "allowedHosts": None}) == "FORBIDDEN"
    assert operator.code(SECRETS) == "FORBIDDEN"


USAGE = "{ secrets { name usage { workflow version current steps } } }"


def flow_naming(api: Api, slug: str, *steps: Any) -> list[Any]:
    """Saved and published; the warnings."""
    given = {"slug": slug, "name": slug, "definition": {"schema": 1, "steps": list(steps)}}
    assert api.data(SAVE_FLOW, input=given)["saveWorkflow"]["errors"] == []
    made = api.data(PUBLISH, input={"workflow": slug})["publishWorkflow"]
    assert made["errors"] == []
    warnings: list[Any] = made["warnings"]
    return warnings


def asking(key: str, secret: str = "STRIPE_KEY", **more: Any) -> dict[str, Any]:
    return {"key": key, "uses": "http.request", "with": {"url": f"https://x.example/?k=$secret:{secret}"}, **more}


def test_usage_tells_what_would_miss_it(api: Api, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_secret(monkeypatch, tenant.ref, "STRIPE_KEY_2", VALUE)
    plain = {"key": "b", "uses": "log.write", "with": {"message": "no secret"}}
    undone = {**plain, "key": "d", "compensate": {key: asking("d")[key] for key in ("uses", "with")}}
    each = {
        "key": "e",
        "uses": "flow.for_each",
        "with": {"items": [1], "step": {key: asking("e")[key] for key in ("uses", "with")}},
    }
    flow_naming(api, "shop", asking("a"), plain, asking("c"), undone, each)
    flow_naming(api, "tell", asking("a", "STRIPE_KEY_2"))
    flow_naming(api, "plain", plain)
    assert api.data(USAGE)["secrets"] == [
        {"name": "STRIPE_KEY", "usage": [{"workflow": "shop", "version": 1, "current": True, "steps": ["a", "c", "d", "e"]}]},
        {"name": "STRIPE_KEY_2", "usage": [{"workflow": "tell", "version": 1, "current": True, "steps": ["a"]}]},
    ]  # fmt: skip


def test_usage_tells_of_versions_that_runs_still_go_on_with(api: Api, tenant: Any) -> None:
    flow_naming(api, "shop", asking("a"))
    with acting_for(tenant.ref):
        ((workflow, version),) = fetch("SELECT id, current_version_id FROM workflow")
        made = rows.Flow(workflow, version, new_id(), "shop")
        waiting = rows.run(made, rows.event(), state="waiting")
        rows.run(made, rows.event(), state="succeeded")
    flow_naming(api, "shop", {"key": "b", "uses": "log.write", "with": {"message": "no secret"}})
    (one,) = api.data(USAGE)["secrets"]
    assert one["usage"] == [{"workflow": "shop", "version": 1, "current": False, "steps": ["a"]}]
    with acting_for(tenant.ref):
        execute("UPDATE execution_run SET state = 'failed', finished_at = now() WHERE id = %s", [waiting])
    assert api.data(USAGE)["secrets"] == [{"name": "STRIPE_KEY", "usage": []}]


def test_publish_warns_of_a_secret_that_may_go_anywhere(api: Api) -> None:
    plain = {"key": "b", "uses": "log.write", "with": {"message": "no secret"}}
    undo = {"compensate": {name: asking("d")[name] for name in ("uses", "with")}}
    assert flow_naming(api, "shop", plain, {**plain, "key": "d", **undo}, asking("c")) == [
        {
            "message": naming("$secret:STRIPE_KEY", "saveSecret", "allowedHosts", "x.example"),
            "path": ["steps", "1", "compensate", "with", "url"],
        }
    ]
    hidden = {"key": "a", "uses": "http.request", "with": {"url": "$secret:STRIPE_KEY"}}
    (warned,) = flow_naming(api, "hidden", hidden)
    assert warned == {
        "message": naming("$secret:STRIPE_KEY", "saveSecret", "allowedHosts"),
        "path": ["steps", "0", "with", "url"],
    }
    assert warned["message"] != naming("such"), "no host is known to name"
    slack = {
        "key": "a",
        "uses": "slack.post_message",
        "with": {"token": "$secret:STRIPE_KEY", "channel": "C1", "text": "Hi"},
    }
    assert flow_naming(api, "slack", slack)[0]["message"] == naming("$secret:STRIPE_KEY", "slack.com")
    save(api, allowedConnectors=["http.request"])
    assert len(flow_naming(api, "hidden", hidden)) == 1, "who may use it says nothing of where it may go"
    save(api, allowedHosts=["x.example"])
    assert flow_naming(api, "shop", plain, asking("c")) == []


def test_usage_of_many_secrets_is_read_at_once(api: Api, tenant: Any) -> None:
    for name in ("ONE", "TWO", "THREE"):
        save(api, name, allowedHosts=None)
    with CaptureQueriesContext(connection) as context:
        assert len(api.data(USAGE)["secrets"]) == 4
    assert len([query for query in context if "regexp_matches" in query["sql"]]) == 1


def test_tenants_see_their_own(api: Api, tenant_factory: Any) -> None:
    save(api, allowedHosts=["api.stripe.com"])
    assert Api(tenant_factory().token).data(SECRETS)["secrets"] == []


def test_preview_says_why_a_secret_would_not_be_sent(api: Api) -> None:
    save(api, allowedHosts=["api.stripe.com"])
    given = {"url": "https://evil.example/", "headers": {"Authorization": "Bearer $secret:STRIPE_KEY"}}
    made = api.data(PREVIEW, input={"uses": "http.request", "with": given})["previewStep"]
    (error,) = made["errors"]
    assert (error["code"], error["path"]) == ("SECRET_NOT_ALLOWED", ["with", "headers", "Authorization"])
    assert error["details"] == {"secret_name": "STRIPE_KEY", "host": "evil.example"}
    assert made["request"]["headers"]["Authorization"] == "Bearer $secret:STRIPE_KEY"
