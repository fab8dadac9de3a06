"""What a tenant writes as JSON comes back with its keys in their order on each road, although ``jsonb`` keeps no order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automate.kernel.canonical import canonical_json, checksum
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.written import as_written, shown, text_of
from tests.api.test_configuration import apply, exported, told
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.examples import examples
from tests.support.rest import Rest

STEP = {
    "with": {"message": "hi", "level": "info", "data": {"zz": 1, "y": 2, "x": {"b": 1, "a": 2}}},
    "uses": "log.write",
    "key": "a",
}
"""Its keys are in reverse alphabetic order; jsonb would put shorter keys first."""
DEFINITION = {"timeout_seconds": 60, "steps": [STEP], "schema": 1}
WHEN = {"and": [{"in": [{"var": "type"}, ["b", "a"]]}, {"==": [{"var": "payload.n"}, 1]}]}
SCHEMA = {
    "type": "object",
    "required": ["zeta", "b"],
    "properties": {"zeta": {"type": "string"}, "b": {"maximum": 3}, "a": {}},
}
DATA = {"zeta": 1, "eta": {"d": 1, "c": 2}, "b": [{"y": 1, "x": 2}]}

SAVE = """mutation ($i: SaveWorkflowInput!) { saveWorkflow(input: $i) {
  workflow { revision draft { definition valid } currentVersion { number definition } } errors { code message path } } }"""
PUBLISH = """mutation ($i: PublishWorkflowInput!) { publishWorkflow(input: $i) {
  workflowVersion { number checksum definition } errors { code message } } }"""
ROLL_BACK = """mutation ($i: RollBackWorkflowInput!) { rollBackWorkflow(input: $i) {
  workflowVersion { number definition } errors { code message } } }"""
WORKFLOW = """{ workflows(first: 5) { edges { node { slug revision draft { definition } currentVersion { definition }
  versions(first: 5) { edges { node { number checksum definition } } } } } } }"""
SAVE_RULE = "mutation ($i: SaveRuleInput!) { saveRule(input: $i) { rule { when } errors { code message } } }"
SAVE_TYPE = "mutation ($i: SaveEventTypeInput!) { saveEventType(input: $i) { eventType { revision schema } errors { code message } } }"
SAVE_SCHEDULE = "mutation ($i: SaveScheduleInput!) { saveSchedule(input: $i) { schedule { revision data } errors { code message } } }"


def text(value: Any) -> str:
    """With its keys in their order."""
    return json.dumps(value)


def save(api: Api, definition: Any = DEFINITION, slug: str = "w") -> Any:
    payload = api.data(SAVE, i={"slug": slug, "name": "W", "definition": definition})["saveWorkflow"]
    assert payload["errors"] == []
    return payload["workflow"]


def publish(api: Api) -> Any:
    payload = api.data(PUBLISH, i={"workflow": "w"})["publishWorkflow"]
    assert payload["errors"] == []
    return payload["workflowVersion"]


def backwards(value: Any) -> Any:
    """The same value, each object with its keys in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def forget(tenant: NewTenant, *tables: str) -> None:
    """As rows of an earlier release are."""
    with acting_for(tenant.ref):
        for table in tables:
            execute(f"UPDATE {table} SET written = NULL")


def test_definition_comes_back_as_it_was_written(api: Api, tenant: NewTenant) -> None:
    saved = save(api)
    assert text(saved["draft"]["definition"]) == text(DEFINITION)
    published = publish(api)
    assert text(published["definition"]) == text(DEFINITION)
    assert published["checksum"] == checksum(DEFINITION)
    (edge,) = api.data(WORKFLOW)["workflows"]["edges"]
    node = edge["node"]
    for found in (node["draft"], node["currentVersion"], node["versions"]["edges"][0]["node"]):
        assert text(found["definition"]) == text(DEFINITION)
    rest = Rest(tenant.token).data("/workflows/w")
    assert text(rest["currentVersion"]["definition"]) == text(DEFINITION)
    assert text(rest["draft"]["definition"]) == text(DEFINITION)


def test_literal_in_a_document_keeps_its_order(api: Api) -> None:
    document = """mutation { saveWorkflow(input: {slug: "w", name: "W", definition: {steps: [], schema: 1, b: 1, a: 2}}) {
      workflow { draft { definition } } } }"""
    made = api.data(document)["saveWorkflow"]["workflow"]
    assert text(made["draft"]["definition"]) == '{"steps": [], "schema": 1, "b": 1, "a": 2}'


def test_jsonb_alone_would_lose_the_order(api: Api, tenant: NewTenant) -> None:
    """The sabotaged twin: without the text the same reads give another order."""
    save(api)
    publish(api)
    with acting_for(tenant.ref):
        execute("UPDATE workflow SET written = NULL")
    (edge,) = api.data(WORKFLOW)["workflows"]["edges"]
    found = edge["node"]["draft"]["definition"]
    assert (found, text(found) == text(DEFINITION)) == (DEFINITION, False)


def test_another_order_alone_is_kept_and_is_no_new_version(api: Api) -> None:
    first, published = save(api), publish(api)
    other = backwards(DEFINITION)
    saved = save(api, other)
    assert (text(saved["draft"]["definition"]), saved["revision"]) == (text(other), first["revision"] + 1)
    again = save(api, other)
    assert again["revision"] == saved["revision"], "what is so already stays untouched"
    assert publish(api) == published
    assert text(published["definition"]) == text(DEFINITION)
    (changes,) = [
        edge["node"]["changes"]
        for edge in api.data("{ auditEntries(first: 2) { edges { node { action changes } } } }")["auditEntries"][
            "edges"
        ]
        if edge["node"]["action"] == "workflow.update"
    ]
    assert list(changes) == ["written"]


def test_rolled_back_definition_has_its_order(api: Api) -> None:
    save(api)
    publish(api)
    save(api, {"steps": [{**STEP, "key": "b"}], "schema": 1})
    publish(api)
    payload = api.data(ROLL_BACK, i={"workflow": "w", "version": 1})["rollBackWorkflow"]
    assert payload["errors"] == []
    assert text(payload["workflowVersion"]["definition"]) == text(DEFINITION)
    (edge,) = api.data(WORKFLOW)["workflows"]["edges"]
    assert text(edge["node"]["draft"]["definition"]) == text(DEFINITION)


def test_types_and_schedules_keep_the_order(api: Api, tenant: NewTenant) -> None:
    save(api)
    for schema in (SCHEMA, backwards(SCHEMA)):
        made = api.data(SAVE_TYPE, i={"name": "order", "schema": schema})["saveEventType"]
        assert text(made["eventType"]["schema"]) == text(schema)
    kept = api.data(SAVE_TYPE, i={"name": "order", "onMismatch": "REJECT"})["saveEventType"]["eventType"]
    assert text(kept["schema"]) == text(backwards(SCHEMA)), "a save without a schema leaves it as it is"
    for data in (DATA, backwards(DATA)):
        wanted = {
            "slug": "s",
            "name": "S",
            "eventType": "tick",
            "plan": {"interval": {"everySeconds": 3600}},
            "data": data,
        }
        made = api.data(SAVE_SCHEDULE, i=wanted)["saveSchedule"]
        assert (made["errors"], text(made["schedule"]["data"])) == ([], text(data))
        assert api.data(SAVE_SCHEDULE, i=wanted)["saveSchedule"]["schedule"]["revision"] == made["schedule"]["revision"]


def test_object_of_a_condition_has_one_key(api: Api) -> None:
    """So that a condition has no order of keys that jsonb could lose."""
    save(api)
    rule = {"slug": "r", "name": "R", "workflow": "w"}
    assert text(api.data(SAVE_RULE, i={**rule, "when": WHEN})["saveRule"]["rule"]["when"]) == text(WHEN)
    for when in (
        {"==": [1, 1], "!=": [1, 2]},
        {"==": [{"b": 1, "a": 2}, 1]},
        {"in": [{"var": "type"}, [{"b": 1, "a": 2}]]},
    ):
        (error,) = api.data(SAVE_RULE, i={**rule, "when": when})["saveRule"]["errors"]
        assert error["code"] == "INVALID_RULE"


def configuration() -> dict[str, Any]:
    return {
        "eventTypes": [{"name": "order", "schema": SCHEMA}],
        "workflows": [
            {"slug": "idea", "name": "Idea", "published": False, "definition": DEFINITION},
            {"slug": "main", "name": "Main", "definition": DEFINITION, "draft": {"steps": [], "schema": 1}},
        ],
        "rules": [{"slug": "r", "name": "R", "workflow": "main", "when": WHEN}],
        "schedules": [
            {"slug": "s", "name": "S", "plan": {"interval": {"everySeconds": 3600}}, "eventType": "tick", "data": DATA}
        ],
    }


def test_configuration_comes_out_as_it_went_in(api: Api, tenant_factory: Any) -> None:
    told(apply(api, configuration()))
    out = exported(api)
    assert text([one["definition"] for one in out["workflows"]]) == text([DEFINITION, DEFINITION])
    assert text(out["workflows"][1]["draft"]) == text({"steps": [], "schema": 1})
    assert (text(out["rules"][0]["when"]), text(out["eventTypes"][0]["schema"])) == (text(WHEN), text(SCHEMA))
    assert text(out["schedules"][0]["data"]) == text(DATA)
    other = Api(tenant_factory().token)
    told(apply(other, out))
    assert text(exported(other)) == text(out)
    assert {outcome for _, _, outcome in told(apply(api, backwards_below(configuration())))} == {"UNCHANGED"}


def backwards_below(wanted: dict[str, Any]) -> dict[str, Any]:
    return {section: [backwards(entry) for entry in entries] for section, entries in wanted.items()}


def test_draft_in_another_order_is_what_an_export_says(api: Api) -> None:
    save(api)
    publish(api)
    save(api, backwards(DEFINITION))
    (entry,) = exported(api)["workflows"]
    assert (text(entry["definition"]), "draft" in entry) == (text(backwards(DEFINITION)), False)


def test_rows_of_an_earlier_release_are_shown_as_before(api: Api, tenant: NewTenant) -> None:
    told(apply(api, configuration()))
    forget(tenant, "workflow", "event_type", "schedule")
    out = exported(api)
    drafts = [edge["node"]["draft"]["definition"] for edge in api.data(WORKFLOW)["workflows"]["edges"]]
    assert DEFINITION in drafts
    assert canonical_json(out["rules"][0]["when"]) == canonical_json(WHEN)
    assert (out["eventTypes"][0]["schema"], out["schedules"][0]["data"]) == (SCHEMA, DATA)
    assert list(out["workflows"][0]["definition"]) == ["schema", "timeout_seconds", "steps"], (
        "tidied, as the order is lost"
    )


def test_process_of_the_release_before_changes_the_value_alone(api: Api, tenant: NewTenant) -> None:
    """While both run: its INSERT leaves no text, and its UPDATE leaves the earlier text, which is then not shown."""
    told(apply(api, configuration()))
    with acting_for(tenant.ref):
        execute("""UPDATE workflow SET definition = '{"schema": 1, "steps": [true]}', revision = revision + 1""")
        execute("""UPDATE rule_spec SET "when" = '{"==": [2, 2]}', revision = revision + 1""")
        execute("""UPDATE event_type SET schema = '{"type": "array"}'""")
        execute("UPDATE schedule SET data = '1'")
    out = exported(api)
    assert out["workflows"][0]["definition"] == {"schema": 1, "steps": [True]}
    assert (out["rules"][0]["when"], out["eventTypes"][0]["schema"]) == ({"==": [2, 2]}, {"type": "array"})
    assert out["schedules"][0]["data"] == 1
    document = "{ rules(first: 1) { edges { node { when } } } workflows(first: 5) { edges { node { draft { definition } } } } }"
    found = api.data(document)
    assert found["rules"]["edges"][0]["node"]["when"] == {"==": [2, 2]}
    assert {text(edge["node"]["draft"]["definition"]) for edge in found["workflows"]["edges"]} == {
        '{"steps": [true], "schema": 1}'
    }


def test_1_instead_of_true_is_another_value(tenant: NewTenant) -> None:
    assert as_written({"a": True}, '{"a":1}') == {"a": True}
    assert text(as_written({"a": True}, '{"a":1}')) == '{"a": true}'


def test_text_costs_no_statement(api: Api, tenant: NewTenant) -> None:
    save(api)
    publish(api)
    said = []
    for _ in range(2):
        api.data(WORKFLOW)
        with CaptureQueriesContext(connection) as seen:
            api.data(WORKFLOW)
        said.append(len(seen))
        with acting_for(tenant.ref):
            execute("UPDATE workflow SET written = NULL")
    assert said[0] == said[1]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.fixture
def scope(tenant: NewTenant) -> Any:
    with acting_for(tenant.ref):
        yield


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON_VALUES)
def test_any_value_is_shown_as_its_text(scope: None, value: Any) -> None:
    written = text_of(value)
    (found,) = fetch(
        f"SELECT {shown('m.value', 'm.written')} FROM (SELECT %s::jsonb AS value, %s::text AS written) AS m",
        [written, written],
    )
    assert found == (written,)
