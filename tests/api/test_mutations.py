"""The main job's mutations: payloads carry what a user can mend, and what starts work returns its first result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support.api import MAIN_JOB, PLATFORM, Api
from tests.support.facts import naming

DEFINITION = {
    "schema": 1,
    "steps": [
        {
            "key": "post",
            "uses": "http.request",
            "with": {"method": "POST", "url": "http://127.0.0.1:9000/x", "json": {"n": "{{ event.payload.n }}"}},
        }
    ],
}
WHEN = {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"var": "payload.n"}, 10]}]}


def save_workflow(api: Api, **changes: Any) -> dict[str, Any]:
    given = {"slug": "notify-sales", "name": "Notify sales", "expectedRevision": None, "definition": DEFINITION}
    payload: dict[str, Any] = api.data(MAIN_JOB["SaveWorkflow"], input={**given, **changes})["saveWorkflow"]
    return payload


def publish(api: Api) -> dict[str, Any]:
    payload: dict[str, Any] = api.data(MAIN_JOB["PublishWorkflow"], input={"workflow": "notify-sales"})[
        "publishWorkflow"
    ]
    return payload


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["errors"]]


def test_saved_workflow_comes_back(api: Api) -> None:
    payload = save_workflow(api)
    workflow = payload["workflow"]
    assert payload["errors"] == []
    assert (workflow["slug"], workflow["name"], workflow["revision"]) == ("notify-sales", "Notify sales", 1)
    assert workflow["draft"] == {"valid": True, "problems": []}
    assert workflow["currentVersion"] is None
    assert api.data(MAIN_JOB["Node"], id=workflow["id"])["node"]["slug"] == "notify-sales"


def test_stale_revision_is_a_conflict(api: Api) -> None:
    save_workflow(api)
    assert save_workflow(api, expectedRevision=1, name="Second")["workflow"]["revision"] == 2
    payload = save_workflow(api, expectedRevision=1, name="Third")
    assert (payload["workflow"], codes(payload)) == (None, ["CONFLICT"])
    (error,) = payload["errors"]
    assert set(error) == {"code", "message", "details", "path", "retryable", "traceId"}
    assert len(error["traceId"]) == 32


def test_invalid_draft_is_saved_with_its_problems(api: Api) -> None:
    wrong = {
        "schema": 1,
        "steps": [{"key": "a", "uses": "no.such", "needs": ["b"]}, {"key": "b", "uses": "log.write", "needs": ["a"]}],
    }
    draft = save_workflow(api, definition=wrong)["workflow"]["draft"]
    assert draft["valid"] is False
    assert len(draft["problems"]) >= 2
    payload = publish(api)
    assert payload["workflowVersion"] is None
    told = [(error["code"], error["message"], error["path"]) for error in payload["errors"]]
    assert told == [(problem["code"], problem["message"], problem["path"]) for problem in draft["problems"]]


def test_publishing_twice_keeps_the_version(api: Api) -> None:
    save_workflow(api)
    first, second = publish(api)["workflowVersion"], publish(api)["workflowVersion"]
    assert (first["number"], len(first["checksum"])) == (1, 64)
    assert first == second


def test_publishing_nothing_is_not_found(api: Api) -> None:
    assert codes(publish(api)) == ["NOT_FOUND"]


def test_saved_rule_comes_back(api: Api) -> None:
    workflow = save_workflow(api)["workflow"]
    given = {"slug": "big-orders", "name": "Big orders", "workflow": "notify-sales", "when": WHEN}
    payload = api.data(MAIN_JOB["SaveRule"], input=given)["saveRule"]
    rule = payload["rule"]
    assert payload["errors"] == []
    assert (rule["slug"], rule["revision"], rule["enabled"], rule["priority"], rule["when"]) == (
        "big-orders",
        1,
        True,
        0,
        WHEN,
    )
    assert rule["workflow"] == {"id": workflow["id"], "slug": "notify-sales"}


@pytest.mark.parametrize("when", [{"no_such_operator": [1]}, {"==": []}, {"and": [{"!": [[[[[1]]]]]}] * 300}])
def test_wrong_rule_is_refused(api: Api, when: Any) -> None:
    save_workflow(api)
    given = {"slug": "r", "name": "R", "workflow": "notify-sales", "when": when}
    payload = api.data(MAIN_JOB["SaveRule"], input=given)["saveRule"]
    assert payload["rule"] is None
    assert set(codes(payload)) <= {"INVALID_RULE", "LIMIT_EXCEEDED", "PAYLOAD_TOO_LARGE"}


def test_source_shows_its_door_and_hides_its_secrets(api: Api, tenant: Any) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    given = {"slug": "shop", "scheme": "STANDARD_WEBHOOKS", "secrets": [secret]}
    answer = api.answer(MAIN_JOB["SaveSource"], input=given)
    source = answer["data"]["saveSource"]["source"]
    assert (source["slug"], source["scheme"], source["enabled"]) == ("shop", "STANDARD_WEBHOOKS", True)
    assert source["url"].endswith(f"/t/{tenant.ref.slug}/hooks/shop")
    assert secret not in json.dumps(answer)


def test_event_comes_back_and_again_by_its_key(api: Api) -> None:
    given = {"source": "api", "type": "order.created", "payload": {"n": 42}, "idempotencyKey": "order-1"}
    first = api.data(MAIN_JOB["IngestEvent"], input=given)["ingestEvent"]
    again = api.data(MAIN_JOB["IngestEvent"], input=given)["ingestEvent"]
    other = api.data(MAIN_JOB["IngestEvent"], input={**given, "payload": {"n": 43}})["ingestEvent"]
    assert (first["outcome"], first["errors"], first["event"]["type"]) == ("NEW", [], "order.created")
    assert (again["outcome"], again["errors"], again["event"]) == ("DUPLICATE", [], first["event"])
    assert (other["outcome"], codes(other), other["event"]) == ("CONFLICT", ["CONFLICT"], first["event"])


def test_event_payload_keeps_every_digit(api: Api) -> None:
    document = MAIN_JOB["IngestEvent"]
    body = b'{"query": %s, "variables": {"input": {"type": "t", "payload": {"n": 123456789012345678901234567890}}}}'
    event = api.post(body % json.dumps(document).encode()).json()["data"]["ingestEvent"]["event"]
    assert api.data(MAIN_JOB["Event"], id=event["id"])["event"]["payload"] == {"n": 123456789012345678901234567890}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"source": "no-such", "type": "t", "payload": 1}, "NOT_FOUND"),
        ({"type": "", "payload": 1}, "BAD_USER_INPUT"),
        ({"type": "t" * 300, "payload": 1}, "BAD_USER_INPUT"),
        ({"type": "t", "payload": 1, "idempotencyKey": "k" * 300}, "BAD_USER_INPUT"),
        ({"type": "t", "payload": 1, "occurredAt": "1900-01-01T00:00:00Z"}, "BAD_USER_INPUT"),
    ],
)
def test_wrong_event_is_refused(api: Api, given: dict[str, Any], code: str) -> None:
    payload = api.data(MAIN_JOB["IngestEvent"], input=given)["ingestEvent"]
    assert (payload["event"], payload["outcome"], codes(payload)) == (None, None, [code])


@pytest.mark.parametrize("timestamp", ["yesterday", "2026-11-25T10:00:00", 5, "2026-13-01T00:00:00Z"])
def test_time_without_a_meaning_is_refused(api: Api, timestamp: Any) -> None:
    given = {"type": "t", "payload": 1, "occurredAt": timestamp}
    assert api.code(MAIN_JOB["IngestEvent"], input=given) == "BAD_USER_INPUT"


def test_manual_run_comes_back_and_again_by_its_key(api: Api) -> None:
    save_workflow(api)
    publish(api)
    given = {"workflow": "notify-sales", "payload": {"n": 1}, "idempotencyKey": "try-1"}
    first = api.data(MAIN_JOB["RunWorkflow"], input=given)["runWorkflow"]
    again = api.data(MAIN_JOB["RunWorkflow"], input=given)["runWorkflow"]
    assert (first["run"]["state"], first["errors"]) == ("QUEUED", [])
    assert again == first
    (edge,) = api.data(MAIN_JOB["Runs"], first=5)["runs"]["edges"]
    assert (edge["node"]["id"], edge["node"]["event"]["type"]) == (first["run"]["id"], "manual")


def test_manual_run_of_nothing_is_refused(api: Api) -> None:
    given = {"workflow": "notify-sales", "payload": {}}
    assert codes(api.data(MAIN_JOB["RunWorkflow"], input=given)["runWorkflow"]) == ["NOT_FOUND"]
    save_workflow(api)
    assert codes(api.data(MAIN_JOB["RunWorkflow"], input=given)["runWorkflow"]) == ["BAD_USER_INPUT"]


def test_every_mutation_is_audited_as_its_caller(api: Api, tenant: Any) -> None:
    save_workflow(api)
    publish(api)
    api.data(MAIN_JOB["SaveRule"], input={"slug": "r", "name": "R", "workflow": "notify-sales", "when": WHEN})
    api.data(MAIN_JOB["SaveSource"], input={"slug": "open", "scheme": "UNSIGNED"})
    api.data(MAIN_JOB["IngestEvent"], input={"type": "t", "payload": 1})
    api.data(MAIN_JOB["RunWorkflow"], input={"workflow": "notify-sales", "payload": {}})
    with acting_for(tenant.ref):
        found = fetch("SELECT action, actor_kind FROM audit_entry WHERE actor_kind <> 'system' ORDER BY id")
    assert {kind for _, kind in found} == {"api_token"}
    assert len({action for action, _ in found}) >= 6


def test_trace_of_the_caller_is_taken(api: Api) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    request = {"query": MAIN_JOB["IngestEvent"], "variables": {"input": {"type": "t", "payload": 1}}}
    response = api.post(request, traceparent=f"00-{trace_id}-00f067aa0ba902b7-01")
    assert response.json()["data"]["ingestEvent"]["event"]["traceId"] == trace_id
    assert response["X-Trace-Id"] == trace_id


def test_mutations_of_one_document_run_in_order(api: Api) -> None:
    document = (
        "mutation { "
        + " ".join(f'm{n}: ingestEvent(input: {{type: "t{n}", payload: {n}}}) {{ event {{ type }} }}' for n in range(3))
        + " }"
    )
    data = api.data(document)
    assert [data[f"m{n}"]["event"]["type"] for n in range(3)] == ["t0", "t1", "t2"]


def test_unforeseen_fault_tells_nothing_of_its_inside(busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.runs import queries

    monkeypatch.setattr(queries, "SELECT_STEPS", "SELECT secret_column FROM nowhere WHERE id = ANY(%s) AND %s > 0")
    answer = busy.api.answer("{ runs(first: 1) { edges { node { steps { id } } } } }")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "nowhere" not in json.dumps(answer)
    assert "secret_column" not in json.dumps(answer)


def test_platform_upserts_suspends_and_resumes(platform: Api, database: Any) -> None:
    from tenants.provisioning import create_spare_schema

    create_spare_schema()
    spec = {"externalId": "cust_1", "slug": "api-cust-1", "name": "Acme", "plan": "standard"}
    (made,) = platform.data(PLATFORM["UpsertTenants"], input={"tenants": [spec]})["upsertTenants"]["tenants"]
    assert (made["externalId"], made["state"], made["plan"]) == ("cust_1", "ACTIVE", {"slug": "standard"})
    (again,) = platform.data(PLATFORM["UpsertTenants"], input={"tenants": [spec]})["upsertTenants"]["tenants"]
    assert again == {**made, "token": None}
    api = Api(made["token"])
    assert api.data(MAIN_JOB["Workflows"], first=1)["workflows"]["edges"] == []

    suspended = platform.data(PLATFORM["SuspendTenant"], input={"tenant": "api-cust-1", "reason": "unpaid"})[
        "suspendTenant"
    ]
    assert (suspended["tenant"], suspended["errors"]) == ({"id": made["id"], "state": "SUSPENDED"}, [])
    response = api.post({"query": "{ __typename }"})
    assert (response.status_code, api.code(MAIN_JOB["Workflows"])) == (403, "TENANT_SUSPENDED")

    resumed = platform.data(PLATFORM["ResumeTenant"], input={"tenant": "api-cust-1"})["resumeTenant"]
    assert resumed["tenant"]["state"] == "ACTIVE"
    assert api.data(MAIN_JOB["Workflows"], first=1)["workflows"]["edges"] == []


NETWORKS = """
mutation($input: UpsertTenantsInput!) { upsertTenants(input: $input) {
  tenants { allowedNetworks } errors { code message path } } }"""


def test_platform_allows_inside_addresses(platform: Api, tenant: Any) -> None:
    spec = {"externalId": tenant.ref.slug, "slug": tenant.ref.slug, "name": "N"}

    def upsert(**changes: Any) -> Any:
        return platform.data(NETWORKS, input={"tenants": [{**spec, **changes}]})["upsertTenants"]

    assert upsert(allowedNetworks=["10.1.0.0/16"])["tenants"] == [{"allowedNetworks": ["10.1.0.0/16"]}]
    assert upsert()["tenants"] == upsert(allowedNetworks=None)["tenants"] == [{"allowedNetworks": ["10.1.0.0/16"]}]
    (error,) = upsert(allowedNetworks=["10.1.0.0/99"])["errors"]
    assert error == {
        "code": "BAD_USER_INPUT",
        "message": naming("10.1.0.0/99", "allowedNetworks"),
        "path": ["tenants", "0", "allowedNetworks", "0"],
    }
    seen = platform.data("{ tenants(first: 100) { edges { node { slug allowedNetworks } } } }")["tenants"]["edges"]
    assert {"slug": tenant.ref.slug, "allowedNetworks": ["10.1.0.0/16"]} in [edge["node"] for edge in seen]


def test_platform_pages_tenants(platform: Api, tenant_factory: Any) -> None:
    made = {tenant_factory().ref.slug for _ in range(3)}
    seen, after = [], None
    while True:
        page = platform.data(PLATFORM["Tenants"], first=2, after=after)["tenants"]
        seen += [edge["node"]["slug"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen)) == page["totalCount"]


def test_unknown_tenant_is_not_found(platform: Api) -> None:
    payload = platform.data(PLATFORM["SuspendTenant"], input={"tenant": "no-such", "reason": "x"})["suspendTenant"]
    assert (payload["tenant"], codes(payload)) == (None, ["NOT_FOUND"])


@pytest.mark.parametrize("options", ["text", [1], 5, True])
def test_options_that_are_no_object_are_refused(api: Api, options: Any) -> None:
    given = {"slug": "shop", "scheme": "UNSIGNED", "options": options}
    assert codes(api.data(MAIN_JOB["SaveSource"], input=given)["saveSource"]) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("definition", [{}, {"steps": {}}, {"schema": 99, "steps": [None]}])
def test_wrong_objects_are_drafts_with_problems(api: Api, definition: Any) -> None:
    draft = save_workflow(api, definition=definition)["workflow"]["draft"]
    assert (draft["valid"], draft["problems"] != []) == (False, True)


@pytest.mark.parametrize("definition", ["text", [], 5, False])
def test_definitions_that_are_no_object_are_refused(api: Api, definition: Any) -> None:
    assert set(codes(save_workflow(api, definition=definition))) <= {"BAD_USER_INPUT", "INVALID_WORKFLOW"}
    assert save_workflow(api, definition=definition)["workflow"] is None


@pytest.mark.parametrize("slug", ["", "UPPER", "a b", "x" * 65, "é", "../x", "a\u0000b"])
def test_slugs_of_another_shape_are_refused(api: Api, slug: str) -> None:
    response = api.post({"query": MAIN_JOB["PublishWorkflow"], "variables": {"input": {"workflow": slug}}})
    assert response.status_code in (200, 400)
    given = {"slug": slug, "name": "N", "definition": DEFINITION}
    answer = api.answer(MAIN_JOB["SaveWorkflow"], input=given)
    if "data" in answer:
        assert codes(answer["data"]["saveWorkflow"]) == ["BAD_USER_INPUT"]
    else:
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_JSON"


def test_revision_that_is_not_yet_is_called_so(api: Api) -> None:
    source = {"slug": "shop", "scheme": "UNSIGNED"}
    api.data(MAIN_JOB["SaveSource"], input=source)
    (error,) = api.data(MAIN_JOB["SaveSource"], input={**source, "enabled": False, "expectedRevision": 7})[
        "saveSource"
    ]["errors"]
    assert (error["code"], error["details"]) == ("CONFLICT", {"expected": 7, "actual": 1})
    assert error["message"] == naming("7", "1")


def test_list_of_no_tenants_is_refused_as_such(platform: Api) -> None:
    (error,) = platform.data(PLATFORM["UpsertTenants"], input={"tenants": []})["upsertTenants"]["errors"]
    assert (error["code"], error["message"]) == (
        "BAD_USER_INPUT",
        naming("1", "100"),
    )


@pytest.mark.parametrize(
    "document",
    [
        "{ runs(first: " + "9" * 5_000 + ") { totalCount } }",
        "{ explainRule(when: {a: -" + "9" * 5_000 + '}, event: "x") { sentence } }',
        "{ runs(filter: {workflow: " + "9" * 5_000 + "}) { totalCount } }",
    ],
)
def test_literal_of_thousands_of_digits_is_refused_as_such(api: Api, document: str) -> None:
    (error,) = api.answer(document)["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        naming("308"),
    )
