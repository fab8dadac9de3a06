"""Queries have one answer for unknown objects: null if the type of the query is nullable, and the error NOT_FOUND if not."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInputObjectType, GraphQLSchema, build_schema, get_named_type, is_non_null_type

from automate.kernel.tenancy import acting_for
from graphql_schema.ids import global_id
from tests.api.test_configuration import apply, told
from tests.api.test_descriptions import schemas
from tests.conftest import NewTenant
from tests.support import rows
from tests.support.api import Api
from tests.support.people import raw_token
from tests.support.source_requests import post

BACKTEST = "mutation($i: BacktestRuleInput!) { backtestRule(input: $i) { backtest { id } errors { code } } }"
REVEAL = "mutation($i: RevealPayloadInput!) { revealPayload(input: $i) { errors { code } } }"
OWNED = """{
  run: runs(first: 1) { edges { node { id } } } event: events(first: 1) { edges { node { id } } }
  delivery: deliveries(first: 1) { edges { node { id } } } eventType: eventTypes(first: 1) { edges { node { id } } }
  source: sources(first: 1) { edges { node { id } } } schedule: schedules(first: 1) { edges { node { id } } }
  rule: rules(first: 1) { edges { node { id } } } workflow: workflows(first: 1) { edges { node { id } } } }"""
UNKNOWN = "no-such"
PERIOD = 'from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z"'


@dataclass(frozen=True)
class Naming:
    """A query that names an object. ``$v`` stands for the name in the selection.

    - kind: the type of the object, for its global id. Empty for a slug or name.
    - own: the slug or name of an object of the first tenant, or the key of an id in OWNED.
    """

    selection: str
    own: str
    kind: str = ""


TENANT: dict[str, Naming] = {
    "node.id": Naming("node(id: $v) { id }", "workflow", "Workflow"),
    "backtest.id": Naming("backtest(id: $v) { id }", "backtest", "Backtest"),
    "publishChecklist.workflow": Naming("publishChecklist(workflow: $v) { publishable }", "main"),
    "workflowDiff.input.workflow": Naming("workflowDiff(input: {workflow: $v}) { same }", "main"),
    "event.id": Naming("event(id: $v) { id }", "event", "Event"),
    "source.id": Naming("source(id: $v) { id }", "source", "Source"),
    "source.slug": Naming("source(slug: $v) { id }", "shop"),
    "eventType.id": Naming("eventType(id: $v) { id }", "eventType", "EventType"),
    "eventType.name": Naming("eventType(name: $v) { id }", "order.paid"),
    "previewStep.input.workflow": Naming('previewStep(input: {workflow: $v, step: "say"}) { uses }', "main"),
    "previewStep.input.event": Naming(
        'previewStep(input: {uses: "log.write", with: {message: "x"}, event: $v}) { uses }', "event", "Event"
    ),
    "rule.id": Naming("rule(id: $v) { id }", "rule", "RuleSpec"),
    "rule.slug": Naming("rule(slug: $v) { id }", "big"),
    "explainRule.event": Naming("explainRule(when: true, event: $v) { matched }", "event", "Event"),
    "explainRule.rule": Naming("explainRule(rule: $v, event: $event) { matched }", "big"),
    "run.id": Naming("run(id: $v) { id }", "run", "ExecutionRun"),
    "revealedPayload.event": Naming("revealedPayload(event: $v) { body }", "event", "Event"),
    "schedule.id": Naming("schedule(id: $v) { id }", "schedule", "Schedule"),
    "schedule.slug": Naming("schedule(slug: $v) { id }", "often"),
    "secretUses.name": Naming("secretUses(name: $v) { totalCount }", "KEY"),
    "runCounts.workflow": Naming(f"runCounts({PERIOD}, workflow: $v) {{ created }}", "main"),
    "verifyDelivery.input.delivery": Naming(
        "verifyDelivery(input: {delivery: $v}) { verified }", "delivery", "Delivery"
    ),
    "verifyDelivery.input.source": Naming('verifyDelivery(input: {source: $v, body: ""}) { verified }', "shop"),
    "workflow.id": Naming("workflow(id: $v) { id }", "workflow", "Workflow"),
    "workflow.slug": Naming("workflow(slug: $v) { id }", "main"),
}
PLATFORM: dict[str, Naming] = {
    "node.id": Naming("node(id: $v) { id }", "tenant", "Tenant"),
    "retention.tenant": Naming("retention(tenant: $v) { days }", "slug"),
    "tenantTokens.tenant": Naming("tenantTokens(tenant: $v) { totalCount }", "slug"),
}
OTHERS: dict[str, str] = {
    "explainCost.document": "a text",
    "explainCost.operationName": "a name in the document",
    "usageRecords.after": "a cursor",
    "savedViews.page": "a name that the client chooses",
    "previewStep.input.step": "a key inside the draft",
    "previewStep.input.uses": "a connector, which no tenant owns",
    "previewSchedule.input.": "a plan, which is not stored",
    "planConfiguration.input.": "a configuration, which is the input itself",
    "planRetry.input.": "a list, with a finding for each run",
    "previewBulkOperation.input.": "a filter",
    "validateWorkflow.workflow": "a workflow may be validated before it is saved",
    "verifyDelivery.input.body": "a text",
    "verifyDelivery.input.bodyBase64": "a text",
    "invitation.token": "a credential, which names no object",
}
"""Arguments that name no object, and why."""
PAGING = {"first", "after", "last", "before", "filter", "order"}


def names(schema: GraphQLSchema) -> Iterator[str]:
    """The places of ids and texts in the arguments of queries, such as ``workflowDiff.input.workflow``."""
    assert schema.query_type is not None
    for field_name, field in schema.query_type.fields.items():
        listed = "before" in field.args
        for name, argument in field.args.items():
            if listed and name in PAGING:
                continue
            kind = get_named_type(argument.type)
            inside = kind.fields if isinstance(kind, GraphQLInputObjectType) else None
            for below, one in (inside or {"": argument}).items():
                if get_named_type(one.type).name in {"ID", "String"}:
                    yield f"{field_name}.{name}.{below}" if inside else f"{field_name}.{name}"


def unclassified(schema: GraphQLSchema, named: dict[str, Naming]) -> list[str]:
    return [one for one in names(schema) if one not in named and not any(one.startswith(other) for other in OTHERS)]


@pytest.mark.parametrize(("name", "named"), [("tenant", TENANT), ("platform", PLATFORM), ("account", {})])
def test_each_place_is_walked_or_names_no_object(name: str, named: dict[str, Naming]) -> None:
    found = list(names(schemas()[name]))
    assert unclassified(schemas()[name], named) == []
    assert [one for one in named if one not in found] == []


def test_new_query_would_be_found() -> None:
    """The sabotaged twin."""
    made = build_schema(
        "type Query { job(id: ID!): Int! jobs(before: String, filter: String): Int a(b: C): Int } input C { d: String }"
    )
    assert unclassified(made, {}) == ["job.id", "a.b.d"]


@dataclass(frozen=True)
class Owned:
    """A tenant that has an object of each kind.

    - reader: a token that has revealed the payload of the event.
    - ids: the ids of the objects, by the keys of OWNED.
    """

    api: Api
    reader: Api
    ids: dict[str, str]

    def callers(self, place: str, stranger: NewTenant) -> tuple[Api, Api]:
        """The owner and the stranger. A payload is read by the token that has revealed it."""
        if place.startswith("revealedPayload."):
            return self.reader, Api(raw_token(stranger.ref, "view_events"))
        return self.api, Api(stranger.token)


@pytest.fixture(scope="module")
def owned(tenant_factory: Any) -> Owned:
    made = tenant_factory()
    api = Api(made.token)
    message = {"schema": 1, "steps": [{"key": "say", "uses": "log.write", "with": {"message": "x"}}]}
    configuration = {
        "secrets": [{"name": "KEY"}],
        "eventTypes": [{"name": "order.paid"}],
        "sources": [{"slug": "shop", "scheme": "STANDARD_WEBHOOKS", "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}],
        "workflows": [{"slug": "main", "name": "Main", "definition": message}],
        "rules": [{"slug": "big", "name": "Big", "workflow": "main", "when": True}],
        "schedules": [{"slug": "often", "name": "Often", "plan": {"interval": {"everySeconds": 900}}}],
    }  # fmt: skip
    told(apply(api, configuration))
    post(f"/t/{made.ref.slug}/hooks/shop", **{"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,x"})
    with acting_for(made.ref):
        rows.run(rows.flow("hand-made"), rows.event())
    edges = api.data(OWNED)
    found = {name: page["edges"][0]["node"]["id"] for name, page in edges.items()}
    found["workflow"] = api.data('{ workflow(slug: "main") { id } }')["workflow"]["id"]
    found["backtest"] = api.data(BACKTEST, i={"rule": "big", "when": True})["backtestRule"]["backtest"]["id"]
    reader = Api(raw_token(made.ref, "view_events"))
    assert reader.data(REVEAL, i={"event": found["event"], "reason": "test"})["revealPayload"]["errors"] == []
    return Owned(api, reader, found)


def document_of(named: Naming) -> str:
    kind = "ID!" if named.kind else "String!"
    second = "$event: ID!, " if "$event" in named.selection else ""
    return f"query({second}$v: {kind}) {{ {named.selection} }}"


def answer_of(api: Api, named: Naming, value: str, event: str) -> dict[str, Any]:
    """The answer without its trace id and the price."""
    given = {"event": event} if "$event" in named.selection else {}
    answer = api.answer(document_of(named), v=value, **given)
    answer.pop("extensions", None)
    for error in answer.get("errors", []):
        del error["extensions"]["trace_id"]
    return answer


def field_of(schema: GraphQLSchema, place: str) -> GraphQLField:
    assert schema.query_type is not None
    return schema.query_type.fields[place.partition(".")[0]]


def verdict(field: GraphQLField, place: str, answer: dict[str, Any]) -> str:
    """Empty for the one style."""
    name, *_, argument = place.split(".")
    if not is_non_null_type(field.type):
        return "" if answer == {"data": {name: None}} else f"{name} is nullable, and does not answer null"
    errors = answer.get("errors", [])
    if answer["data"] is not None or [error["extensions"]["code"] for error in errors] != ["NOT_FOUND"]:
        return f"{name} cannot be null, and does not answer NOT_FOUND"
    return "" if errors[0]["extensions"]["path"] == [argument] else f"{name} does not name its argument"


@pytest.mark.parametrize("place", TENANT)
def test_unknown_and_foreign_objects_have_the_one_answer(place: str, owned: Owned, tenant: NewTenant) -> None:
    named, (owner, stranger) = TENANT[place], owned.callers(place, tenant)
    own = owned.ids[named.own] if named.kind else named.own
    answer = answer_of(owner, named, own, owned.ids["event"])
    assert "errors" not in answer, answer
    assert answer["data"][place.partition(".")[0]] is not None
    with acting_for(tenant.ref):
        event = global_id("Event", rows.event())
    unknown = answer_of(stranger, named, global_id(named.kind, uuid.uuid4()) if named.kind else UNKNOWN, event)
    assert verdict(field_of(schemas()["tenant"], place), place, unknown) == ""
    assert answer_of(stranger, named, own, event) == unknown


@pytest.mark.parametrize("place", PLATFORM)
def test_unknown_tenants_have_the_one_answer(place: str, platform: Api, tenant: NewTenant) -> None:
    named = PLATFORM[place]
    own = global_id("Tenant", tenant.ref.id) if named.kind else tenant.ref.slug
    assert "errors" not in answer_of(platform, named, own, "")
    unknown = answer_of(platform, named, global_id("Tenant", uuid.uuid4()) if named.kind else UNKNOWN, "")
    assert verdict(field_of(schemas()["platform"], place), place, unknown) == ""


def test_other_styles_would_be_found() -> None:
    """The sabotaged twin."""
    made = build_schema("type Query { a(b: ID): Int c(d: ID): Int! }")
    refused = {"data": None, "errors": [{"extensions": {"code": "NOT_FOUND", "path": ["other"]}}]}
    assert verdict(field_of(made, "a.b"), "a.b", {"data": {"a": None}}) == ""
    assert "null" in verdict(field_of(made, "a.b"), "a.b", {**refused, "data": {"a": None}})
    assert "NOT_FOUND" in verdict(field_of(made, "c.d"), "c.d", {"data": {"c": {"errors": [{"code": "NOT_FOUND"}]}}})
    assert "argument" in verdict(field_of(made, "c.d"), "c.d", refused)


FINDINGS = {"planConfiguration", "planRetry", "previewStep"}
"""Queries whose ``errors`` are their findings: what another operation would refuse."""


@pytest.mark.parametrize("name", ["tenant", "platform", "account"])
def test_payloads_of_queries_have_no_refusals(name: str) -> None:
    """A field ``errors`` is deprecated with a reason, unless it has findings."""
    query = schemas()[name].query_type
    assert query is not None
    errors = {
        field_name: below["errors"].deprecation_reason
        for field_name, field in query.fields.items()
        if "errors" in (below := getattr(get_named_type(field.type), "fields", {}))
    }
    assert {one for one, reason in errors.items() if not reason} <= FINDINGS
    assert all("`errors` of the response" in reason for reason in errors.values() if reason)
