"""The documents and the YAML of the pages on restores, notices and usage are good, and say what the tenant has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.usage.transitions import INSERT
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.plane import Plane
from tests.support.tree import ROOT

RELEASE = "mutation($input: ReleaseRestoredInput!) { releaseRestored(input: $input) { count remaining jobs { id } errors { code path } } }"
FIRST = (
    "UPDATE public.database_epoch SET epoch = 1, system_identifier = '', timeline = NULL, database_oid = NULL,"
    " table_oid = NULL, raised_at = NULL, reason = ''"
)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def restored(plane: Plane) -> Iterator[Plane]:
    """A run and an event that wait since a restore."""
    plane.root.execute(FIRST)
    plane.publish("wait", [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 600}}])
    plane.send({})
    plane.drain()
    plane.send({})
    plane.root.execute("UPDATE public.outbox_job SET restored = true WHERE open")
    plane.root.execute("UPDATE public.database_epoch SET epoch = 2, raised_at = now(), reason = 'another timeline'")
    yield plane
    plane.root.execute(FIRST)


def test_page_on_restores_lists_what_waits(restored: Plane, tenant: NewTenant) -> None:
    api = Api(tenant.token)
    (document,) = blocks("restore.md", "graphql")
    found = api.data(document)
    assert (found["lastRestore"]["epoch"], found["lastRestore"]["held"]) == (2, 2)
    nodes = [edge["node"] for edge in found["outboxJobs"]["edges"]]
    assert [node["topic"] for node in nodes] == ["EVENT_MATCH", "RUN_ADVANCE"]
    assert [node["run"] and node["run"]["effects"] for node in nodes] == [None, []]
    one = {"jobs": [nodes[1]["id"], "nothing"], "reason": "looked at"}
    first = api.data(RELEASE, input=one)["releaseRestored"]
    assert (first["count"], first["remaining"], [error["path"] for error in first["errors"]]) == (1, 1, [["jobs", "1"]])
    both = api.data(RELEASE, input={**one, "all": True})["releaseRestored"]
    assert [error["code"] for error in both["errors"]] == ["BAD_USER_INPUT"]
    rest = api.data(RELEASE, input={"all": True, "reason": "looked at"})["releaseRestored"]
    assert (rest["count"], rest["remaining"], rest["errors"]) == (1, 0, [])
    assert api.data(document)["outboxJobs"]["edges"] == []
    assert restored.tenant.id == tenant.ref.id


def test_viewer_releases_nothing(restored: Plane, tenant: NewTenant) -> None:
    from tests.support.people import CREATE_TOKEN

    answer = Api(tenant.token).data(CREATE_TOKEN, input={"name": "looks", "role": "VIEWER"})["createToken"]
    refused = Api(answer["value"]).answer(RELEASE, input={"all": True, "reason": "x"})
    assert "FORBIDDEN" in json.dumps(refused)
    assert restored.root.value("SELECT count(*) FROM public.outbox_job WHERE restored") == 2


def test_page_on_notices_changes_the_policy(tenant: NewTenant) -> None:
    api = Api(tenant.token)
    document, channels = blocks("notices.md", "graphql")
    (missing,) = api.data(channels)["saveNoticePolicy"]["errors"]
    assert (missing["code"], missing["path"]) == ("BAD_USER_INPUT", ["webhookEndpoint"])
    endpoint = (
        'mutation { saveWebhookEndpoint(input: {slug: "ops", url: "https://ops.example.com/in", secrets: ["whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="]}) '
        "{ errors { code message path } } }"
    )
    secret = 'mutation { setSecret(input: {name: "SLACK_WEBHOOK", value: "https://hooks.slack.com/services/x"}) { errors { code message } } }'
    assert api.data(secret)["setSecret"]["errors"] == []
    assert api.data(endpoint)["saveWebhookEndpoint"]["errors"] == []
    chosen = api.data(channels)["saveNoticePolicy"]
    assert chosen == {
        "noticePolicy": {"slackWebhook": "$secret:SLACK_WEBHOOK", "webhookEndpoint": "ops"}, "errors": [],
    }  # fmt: skip
    payload = api.data(document)["saveNoticePolicy"]
    assert payload["errors"] == []
    assert payload["noticePolicy"] == {
        "kinds": ["FAILURE", "APPROVAL"], "roles": ["OPERATOR"], "emitsEvents": True, "pausesFailingWorkflows": True,
        "digestHour": 8, "approvalMinutes": 240, "revision": 2,
    }  # fmt: skip
    assert api.data("{ noticePolicy { revision roles } notices { totalCount } }") == {
        "noticePolicy": {"revision": 2, "roles": ["OPERATOR"]}, "notices": {"totalCount": 0},
    }  # fmt: skip
    save = "mutation($input: SaveNoticePolicyInput!) { saveNoticePolicy(input: $input) { errors { code path } } }"
    refusals: list[tuple[dict[str, Any], str, list[str]]] = [
        ({"digestHour": 24}, "BAD_USER_INPUT", ["digestHour"]),
        ({"approvalMinutes": 1}, "BAD_USER_INPUT", ["approvalMinutes"]),
        ({"expectedRevision": 7}, "CONFLICT", ["expectedRevision"]),
    ]
    for given, code, path in refusals:
        assert api.data(save, input=given)["saveNoticePolicy"]["errors"] == [{"code": code, "path": path}]
    assert api.code(save, input={"roles": ["king"]}) == "BAD_USER_INPUT"


def test_page_on_notices_has_a_configuration_that_applies(tenant: NewTenant) -> None:
    import yaml

    api = Api(tenant.token)
    secret = "mutation($input: SetSecretInput!) { setSecret(input: $input) { errors { code message } } }"
    for name in ("SLACK_WEBHOOK", "SLACK_TOKEN"):
        assert api.data(secret, input={"name": name, "value": "https://hooks.slack.com/services/x"})["setSecret"] == {
            "errors": []
        }
    plan = (
        "query($input: ApplyConfigurationInput!) { planConfiguration(input: $input) { errors { code message path } } }"
    )
    for text in blocks("notices.md", "yaml"):
        found = api.data(plan, input={"configuration": yaml.safe_load(text)})
        assert found["planConfiguration"]["errors"] == []


def test_page_on_usage_sums_and_exports(plane: Plane, tenant: NewTenant) -> None:
    api = Api(tenant.token)
    sums, export = blocks("usage.md", "graphql")
    used = {
        "tenant_id": str(tenant.ref.id),
        "metric": "runs",
        "kind": "retry",
        "workflow": "a",
        "connector": "",
        "amount": 3,
    }
    with acting_for(plane.tenant):
        from automate.kernel.sql import as_set, execute

        execute(INSERT, [as_set([used, {**used, "kind": "normal", "amount": 4}])])
    plane.root.execute("UPDATE public.usage_entry SET hour = '2026-11-28T21:00Z'")
    (row,) = api.data(sums)["usage"]
    assert {name: row[name] for name in ("name", "total", "normal", "retries", "tests", "replays", "closed")} == {
        "name": "a", "total": "7", "normal": "4", "retries": "3", "tests": "0", "replays": "0", "closed": False,
    } | {"closed": row["closed"]}  # fmt: skip
    page = api.data(export, after=None)["usageRecords"]
    assert (page["text"].splitlines(), page["more"]) == (["tenant,hour,metric,kind,workflow,connector,amount"], False)
    plane.root.execute("DELETE FROM public.usage_entry")
