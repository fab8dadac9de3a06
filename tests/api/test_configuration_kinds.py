"""Each kind of object goes through a file unharmed, and what is no matter of a file is left alone by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from automate.cli.applying.document import parse
from automate.cli.rehearsing.writing import as_yaml
from automate.configuration.kinds import KINDS
from automate.configuration.shape import INTAKE, PLAN, SECTIONS, VERIFICATION, Field
from automate.endpoints.services import disable_gone
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from tests.api.test_configuration import APPLY, EXPORT, apply, exported, plan, told
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.whole_configuration import LATER, SIGNS, SLACK, referenced, say, whole


@pytest.fixture(autouse=True)
def held(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret that the notice policy names has a value."""
    hold_secret(monkeypatch, tenant.ref, "FREE", SLACK)


def rows_of(tenant: Any) -> Any:
    tables = (
        "secret",
        "event_type",
        "source",
        "webhook_endpoint",
        "workflow",
        "workflow_version",
        "rule_spec",
        "rule_set",
        "schedule",
        "notice_policy",
        "audit_entry",
    )
    with acting_for(tenant.ref):
        jobs = fetch("SELECT id, state FROM public.outbox_job WHERE tenant_id = %s ORDER BY id", [tenant.ref.id])
        return [*(fetch(f"SELECT * FROM {table} ORDER BY 1") for table in tables), jobs]


def members(fields: Any) -> list[str]:
    return [name for name, field in fields.items() for name in (name, *members(field.members or {}))]


def test_the_example_says_every_field() -> None:
    """Else a field could be lost between a file and its row, and nobody would see."""
    said = json.dumps(whole())
    apart = {"published"}
    named = [name for fields in SECTIONS.values() for name in members(fields) if name not in apart]
    assert [name for name in named if f'"{name}"' not in said] == []


def test_nested_fields_mirror_the_inputs_of_the_api() -> None:
    from graphql_schema.schema import tenant_schema

    types = tenant_schema._schema.type_map

    def compare(fields: Any, name: str) -> None:
        assert set(fields) == set(types[name].fields), name

    compare(VERIFICATION, "SourceVerificationInput")
    compare(INTAKE, "SourceIntakeInput")
    compare(PLAN, "SchedulePlanInput")
    nested: list[tuple[Field, str]] = [
        (INTAKE["rateLimit"], "SourceRateLimitInput"), (INTAKE["idempotencyKey"], "SourceKeyPlaceInput"),
        (SECTIONS["eventTypes"]["searchKeys"], "SearchKeyInput"), (INTAKE["eventType"], "SourcePlaceInput"), (PLAN["cron"], "CronPlanInput"), (PLAN["interval"], "IntervalPlanInput"),
    ]  # fmt: skip
    for field, name in nested:
        compare(field.members, name)


def test_all_kinds_go_out_as_they_came_in(
    api: Api, tenant: Any, tenant_factory: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = apply(api, whole())
    assert {outcome for *_, outcome in told(first)} == {"CREATED"}
    assert [kind for kind, *_ in told(first)] == [
        "SECRET", "SECRET", "EVENT_TYPE", "EVENT_TYPE", "SOURCE", "WEBHOOK_ENDPOINT", "WORKFLOW", *["RULE"] * 4, "SCHEDULE", "SCHEDULE", "SCHEDULE", "NOTICE_POLICY",
    ]  # fmt: skip
    found = exported(api)
    assert found == referenced(whole())
    before = rows_of(tenant)
    for again in (whole(), found, parse(as_yaml(found).encode()).value):
        assert {outcome for *_, outcome in told(plan(api, again, prune=True))} == {"UNCHANGED"}
        assert {outcome for *_, outcome in told(apply(api, again, prune=True))} == {"UNCHANGED"}
    assert rows_of(tenant) == before, "not a row was touched, and no tick was planned anew"
    new = tenant_factory()
    hold_secret(monkeypatch, new.ref, "FREE", SLACK)
    other = Api(new.token)
    apply(other, whole())
    assert as_yaml(exported(other)) == as_yaml(found)


def test_what_is_left_out_is_as_where_nothing_is_said(api: Api) -> None:
    """So that one file makes every tenant the same, whatever stood there."""
    apply(api, whole())
    bare: dict[str, Any] = {
        "secrets": [{"name": "STRIPE_KEY"}],
        "sources": [{"slug": "erp", "scheme": "HMAC"}],
        "webhookEndpoints": [{"slug": "erp", "url": "https://erp.example.com/in"}],
        "rules": [{"slug": "big", "name": "Big", "workflow": "main", "when": {">": [{"var": "payload.n"}, 1]}}],
        "schedules": [{"slug": "nightly", "name": "Every night", "plan": {"cron": {"expression": " 30  2 * * *"}}}],
    }
    assert {outcome for *_, outcome in told(apply(api, bare))} == {"CHANGED"}
    assert {outcome for *_, outcome in told(apply(api, bare))} == {"UNCHANGED"}
    left = exported(api)
    assert left["secrets"] == [{"name": "FREE"}, {"name": "STRIPE_KEY"}]
    assert left["sources"] == [
        {
            "slug": "erp",
            "scheme": "HMAC",
            "secrets": ["$env:ERP_SECRET", "$env:ERP_SECRET_2"],
            "verification": {"trustUnsignedHeaders": True},
        }
    ], "a file that says nothing of secrets and of trust in unsigned headers keeps both"
    assert left["webhookEndpoints"] == [{**bare["webhookEndpoints"][0], "secrets": ["$env:ERP_ENDPOINT_SECRET"]}]
    assert left["schedules"][0]["plan"] == {"cron": {"expression": "30 2 * * *"}}


def test_trust_in_unsigned_headers_is_kept_until_a_file_ends_it(api: Api) -> None:
    source = {"slug": "erp", "scheme": "HMAC", "secrets": ["k" * 20], "verification": {"trustUnsignedHeaders": True}}
    document = APPLY.replace("changes {", "changes { warnings { path }")
    (change,) = api.data(document, i={"configuration": {"sources": [source]}})["applyConfiguration"]["changes"]
    assert [warning["path"] for warning in change["warnings"]] == [["verification", "trustUnsignedHeaders"]]
    silent = {"slug": "erp", "scheme": "HMAC", "verification": {"header": "X-Sign"}}
    assert told(apply(api, {"sources": [silent]}))[0][-1] == "CHANGED"
    assert told(plan(api, {"sources": [silent]}))[0][-1] == "UNCHANGED"
    assert exported(api)["sources"][0]["verification"] == {"header": "X-Sign", "trustUnsignedHeaders": True}
    ends = {**silent, "verification": {"header": "X-Sign", "trustUnsignedHeaders": False}}
    assert told(apply(api, {"sources": [ends]}))[0][-1] == "CHANGED"
    for same in (silent, ends):
        assert told(plan(api, {"sources": [same]}))[0][-1] == "UNCHANGED"


def test_other_spellings_of_the_same_are_the_same(api: Api) -> None:
    apply(api, whole())
    other = whole()
    other["secrets"][1]["allowedHosts"] = ["API.Stripe.com.", "*.example.com:8443", "api.stripe.com"]
    other["sources"][0]["verification"] = None
    other["sources"][0]["options"] = {
        "header": "X-Sign", "prefix": "v1=", "encoding": "base64url", "algorithm": "sha512", "signs": "{timestamp}.{id}.{body}",
        "timestamp_header": "X-Time", "id_header": "X-Id", "tolerance_seconds": 60, "trust_unsigned_headers": True,
    }  # fmt: skip
    other["sources"][0]["intake"]["subject"]["header"] = None
    other["schedules"][0]["startsAt"] = "2035-05-01T14:00:00+02:00"
    other["schedules"][0]["plan"]["interval"] = None
    assert {outcome for *_, outcome in told(plan(api, other))} == {"UNCHANGED"}


def test_all_problems_of_all_kinds_come_at_once(api: Api, tenant: Any) -> None:
    apply(api, whole())
    before = rows_of(tenant)
    wrong: dict[str, Any] = {
        "secrets": [
            {"name": "lower"},
            {"name": "A", "allowedHosts": ["https://x", "a b"], "allowedConnectors": ["no.such"]},
        ],
        "sources": [
            {"slug": "a", "scheme": "HMAC", "secrets": ["k" * 20], "verification": {"encoding": "hex", "no": 1}},
            {
                "slug": "b",
                "scheme": "HMAC",
                "secrets": ["k" * 20],
                "intake": {"rateLimit": {"perSecond": 0}, "maxBytes": 1},
            },
            {
                "slug": "c",
                "scheme": "GITHUB",
                "secrets": ["$env:NOBODY_SET_THIS", "$env:NOR_THIS"],
                "intake": {"maxBytes": 1},
            },
            {"slug": "d", "scheme": "HMAC", "secrets": ["k" * 20, "short"], "verification": {"signs": "{body"}},
        ],
        "webhookEndpoints": [{"slug": "e", "url": "ftp://x", "secrets": [SIGNS]}, {"slug": "f", "url": "https://x"}],
        "workflows": [{"slug": "w", "name": "W", "definition": say("{{ steps.no.output }}")}],
        "rules": [
            {"slug": "r", "name": "R", "workflow": "w", "when": True},
            {"slug": "s", "name": "S", "workflow": "nowhere", "when": True},
        ],
        "schedules": [
            {"slug": "s", "name": "S", "plan": {"cron": {"expression": "61 2 * * *", "timezone": "Mars/Base"}}},
            {"slug": "t", "name": "T", "plan": {"at": "2020-01-01T00:00:00Z"}},
            {"slug": "u", "name": "U", "plan": {"at": "tomorrow"}},
            {"slug": "v", "name": "V", "plan": {"at": LATER, "interval": {"everySeconds": 60}}},
            {"slug": "x", "name": "X", "plan": {"cron": {}}},
        ],
    }
    for ask in (plan, apply):
        errors = ask(api, wrong)["errors"]
        assert sorted(".".join(error["path"][1:]) for error in errors) == sorted([
            "secrets.0.name", "secrets.1.allowedHosts.0", "secrets.1.allowedHosts.1", "secrets.1.allowedConnectors.0", "sources.0.verification.no", "sources.0.verification.encoding",
            "sources.1.intake.rateLimit.perSecond", "sources.1.intake.maxBytes", "sources.2.secrets.0", "sources.2.secrets.1",
            "sources.2.intake.maxBytes", "sources.3.secrets.1", "sources.3.verification.signs", "sources.3.verification.signs",
            "webhookEndpoints.0.url", "webhookEndpoints.1.secrets", "workflows.0.definition.steps.0.with.message",
            "rules.1.workflow", "schedules.0.plan.cron.expression", "schedules.0.plan.cron.timezone", "schedules.1.plan.at",
            "schedules.2.plan.at", "schedules.3.plan", "schedules.4.plan.cron",
        ])  # fmt: skip
    assert rows_of(tenant) == before


def test_secrets_are_kept_rotated_or_refused_and_never_shown(api: Api, tenant: Any) -> None:
    apply(api, whole())
    half = referenced(whole())
    half["sources"][0]["secrets"][0] = "a new one of the erp"
    (error,) = apply(api, half)["errors"]
    assert error["path"] == ["configuration", "sources", "0", "secrets", "1"]
    assert error["message"] == naming("ERP_SECRET_2")
    rotated = whole()
    rotated["sources"][0]["secrets"][0] = "a new one of the erp"
    answers = [plan(api, rotated), apply(api, rotated)]
    for answer in answers:
        assert [one for one in told(answer) if one[2] != "UNCHANGED"] == [("SOURCE", "erp", "CHANGED")]
    other = whole()
    other["sources"][0]["scheme"] = "GITHUB"
    del other["sources"][0]["verification"]
    other["sources"][0]["secrets"] = ["$env:ERP_SECRET", "$env:ERP_SECRET_2"]
    refused = apply(api, other)
    assert refused["errors"][0]["message"] == naming("ERP_SECRET"), "of another scheme no secret is kept"
    emptied = whole()
    emptied["sources"][0]["secrets"] = []
    (none_left,) = apply(api, emptied)["errors"]
    assert none_left["path"] == ["configuration", "sources", "0", "secrets"]
    shown = json.dumps([answers, exported(api)])
    with acting_for(tenant.ref):
        shown += json.dumps(fetch("SELECT changes::text FROM audit_entry"))
    for secret in ("correct horse battery", "a new one of the erp", SIGNS):
        assert secret not in shown


def test_reference_of_something_else_is_no_secret(api: Api, tenant: Any) -> None:
    """Anybody who knows the file could sign with it."""
    given = [
        "${SHOP_SECRET}",
        "$SHOP_SECRET",
        "$secret:SHOP_SECRET",
        "{{ shop_secret }}",
        "$ENV:SHOP_SECRET",
        "$(cat secret)",
    ]
    fine = ["$ecret-of-a-generator", "{curly} but no more"]
    sources = {"sources": [{"slug": "shop", "scheme": "GITHUB", "secrets": [*given, *fine]}]}
    for ask in (plan, apply):
        errors = ask(api, sources)["errors"]
        assert [error["path"] for error in errors] == [
            ["configuration", "sources", "0", "secrets", str(place)] for place in range(len(given))
        ]
        assert [error["message"] for error in errors] == [naming("$env:NAME")] * len(errors)
    assert apply(api, {"sources": [{**sources["sources"][0], "secrets": fine}]})["errors"] == []


def test_variables_of_an_export_are_told_apart(api: Api) -> None:
    """Slugs that differ in a hyphen would otherwise share one, and both the same secret."""
    apply(api, {"sources": [{"slug": slug, "scheme": "GITHUB", "secrets": [slug * 9]} for slug in ("a-b", "a_b")]})
    assert [source["secrets"] for source in exported(api)["sources"]] == [["$env:A_B_SECRET"], ["$env:A_B_SECRET_2"]]


def test_pruning_leaves_what_a_second_application_brings_back(api: Api, tenant: Any) -> None:
    apply(api, {**whole(), "sources": [{**whole()["sources"][0], "enabled": True}], "webhookEndpoints": [{**whole()["webhookEndpoints"][0], "enabled": True}]})  # fmt: skip
    bare = {"secrets": [{"name": "OTHER"}]}
    assert told(apply(api, bare, prune=True)) == [
        ("SECRET", "OTHER", "CREATED"), ("SCHEDULE", "nightly", "PRUNED"), ("SCHEDULE", "often", "PRUNED"),
        ("SCHEDULE", "once", "PRUNED"), ("WORKFLOW", "main", "PRUNED"), ("WEBHOOK_ENDPOINT", "erp", "PRUNED"), ("SOURCE", "erp", "PRUNED"),
    ]  # fmt: skip
    assert told(plan(api, bare, prune=True)) == [("SECRET", "OTHER", "UNCHANGED")]
    left = exported(api)
    assert "schedules" not in left
    assert "workflows" not in left
    assert [secret["name"] for secret in left["secrets"]] == ["FREE", "OTHER", "STRIPE_KEY"], (
        "one of which nothing is said would go anywhere"
    )
    apply(api, referenced(whole()))
    assert {**exported(api), "secrets": whole()["secrets"]} == referenced(whole()), "secrets of sources were kept"


def test_what_people_and_the_world_let_wait_is_left_alone(api: Api, tenant: Any) -> None:
    apply(api, whole())
    on = {"webhookEndpoints": [{**referenced(whole())["webhookEndpoints"][0], "enabled": True}]}
    apply(api, on)
    with acting_for(tenant.ref):
        ((endpoint, revision),) = fetch("SELECT id, revision FROM webhook_endpoint")
        disable_gone([(str(endpoint), revision)])
    api.data('mutation { pauseSchedule(input: {schedule: "often", note: "holidays"}) { errors { code } } }')
    api.data('mutation { pauseWorkflow(input: {workflow: "main", reason: "x"}) { errors { code } } }')
    api.data('mutation { pauseRule(input: {rule: "big", reason: "x"}) { errors { code } } }')
    before = rows_of(tenant)
    wanted = {**referenced(whole()), **on}
    assert {outcome for *_, outcome in told(apply(api, wanted))} == {"UNCHANGED"}
    off = {**wanted, "webhookEndpoints": whole()["webhookEndpoints"]}
    assert {outcome for *_, outcome in told(apply(api, off))} == {"UNCHANGED"}, "a 410 says more than a switch"
    assert rows_of(tenant) == before
    assert told(apply(api, {"secrets": [{"name": "FREE"}]}, prune=True))[1:] == [
        ("SCHEDULE", "nightly", "PRUNED"), ("SCHEDULE", "often", "PRUNED"), ("SCHEDULE", "once", "PRUNED"), ("WORKFLOW", "main", "PRUNED"),
    ]  # fmt: skip


def test_what_is_deleted_or_over_is_not_exported(api: Api, tenant: Any) -> None:
    apply(api, whole())
    api.data('mutation { deleteSource(input: {source: "erp"}) { errors { code } } }')
    api.data('mutation { deleteWebhookEndpoint(input: {webhookEndpoint: "erp"}) { errors { code } } }')
    api.data('mutation { deleteSchedule(input: {schedule: "nightly"}) { errors { code } } }')
    with acting_for(tenant.ref):
        past = datetime.now(timezone.utc) - timedelta(days=1)
        execute("UPDATE schedule SET at = %s, planned_at = NULL, job_id = NULL WHERE slug = 'once'", [past])
    left = exported(api)
    assert set(left) == {"secrets", "eventTypes", "workflows", "rules", "schedules", "noticePolicies"}
    assert [schedule["slug"] for schedule in left["schedules"]] == ["often"]
    assert ("SCHEDULE", "once", "PRUNED") not in told(plan(api, left, prune=True))
    again = apply(api, {"sources": whole()["sources"], "schedules": whole()["schedules"][:1]})
    assert {outcome for *_, outcome in told(again)} == {"CREATED"}


def fingerprint(api: Api) -> str:
    found: str = api.data(EXPORT)["exportConfiguration"]["fingerprint"]
    return found


def test_schedule_that_has_had_its_last_tick_moves_the_fingerprint(api: Api, tenant: Any) -> None:
    apply(api, {"schedules": whole()["schedules"]})
    before = fingerprint(api)
    with acting_for(tenant.ref):
        execute("UPDATE schedule SET planned_at = planned_at + interval '1 day' WHERE slug = 'nightly'")
    assert fingerprint(api) == before, "a tick that is not the last one changes nothing that is exported"
    with acting_for(tenant.ref):
        execute("UPDATE schedule SET planned_at = NULL, job_id = NULL WHERE slug = 'once'")
    assert fingerprint(api) != before


def test_schedule_whose_time_passed_while_it_was_paused_is_left_alone(
    api: Api, tenant: Any, tenant_factory: Callable[[], Any]
) -> None:
    """Elsewhere it could not be saved: the whole file would be refused."""
    apply(api, {"schedules": whole()["schedules"]})
    for slug in ("once", "often"):
        api.data(f'mutation {{ pauseSchedule(input: {{schedule: "{slug}"}}) {{ errors {{ code }} }} }}')
    before, found = fingerprint(api), exported(api)
    assert [schedule["slug"] for schedule in found["schedules"]] == ["nightly", "often", "once"]
    with acting_for(tenant.ref):
        execute("UPDATE schedule SET at = now() - interval '1 second' WHERE slug = 'once'")
    assert fingerprint(api) != before
    left = exported(api)
    assert [schedule["slug"] for schedule in left["schedules"]] == ["nightly", "often"]
    assert told(apply(Api(tenant_factory().token), left))
    pruned = told(plan(api, {"secrets": [{"name": "A"}]}, prune=True))[1:]
    assert pruned == [("SCHEDULE", "nightly", "PRUNED"), ("SCHEDULE", "often", "PRUNED")]


def test_true_is_another_value_than_one(api: Api, tenant: Any) -> None:
    """For Python they are equal."""
    given: dict[str, Any] = {"slug": "s", "name": "S", "plan": {"interval": {"everySeconds": 900}}}
    for value, outcome in ((1, "CREATED"), (True, "CHANGED"), (True, "UNCHANGED"), (1, "CHANGED")):
        wanted = {"schedules": [{**given, "data": {"on": value}}]}
        assert told(apply(api, wanted)) == [("SCHEDULE", "s", outcome)]
        assert json.dumps(exported(api)) == json.dumps(wanted)
    with acting_for(tenant.ref):
        changes = [json.loads(row[0]) for row in fetch("SELECT changes::text FROM audit_entry WHERE action = 'schedule.update' ORDER BY id")]  # fmt: skip
    assert [list(change) for change in changes] == [["data"], ["data"]]


def test_number_of_a_condition_goes_out_as_it_can_come_in(api: Api, tenant_factory: Callable[[], Any]) -> None:
    """PostgreSQL writes 1e22 as an integer, which a condition may not hold."""
    big = {
        "workflows": [{"slug": "main", "name": "Main", "definition": {"schema": 1, "steps": [{**say("x")["steps"][0], "if": {">": [{"var": "event.payload.n"}, 1e22]}}]}}],
        "rules": [{"slug": "big", "name": "Big", "workflow": "main", "when": {"or": [{">": [{"var": "payload.n"}, number]} for number in (1e22, -1.5e300, 2**64, 1e308)]}}],
    }  # fmt: skip
    assert {outcome for *_, outcome in told(apply(api, big))} == {"CREATED"}
    found = exported(api)
    other = Api(tenant_factory().token)
    assert {outcome for *_, outcome in told(apply(other, parse(as_yaml(found).encode()).value))} == {"CREATED"}
    assert exported(other) == found
    assert {outcome for *_, outcome in told(apply(api, found))} == {"UNCHANGED"}


def test_a_workflow_may_use_what_the_same_file_says_of_its_secret(
    api: Api, monkeypatch: pytest.MonkeyPatch, tenant: Any
) -> None:
    hold_secret(monkeypatch, tenant.ref, "KEY", "x" * 20)
    call = {"schema": 1, "steps": [{"key": "call", "uses": "http.request", "with": {"method": "GET", "url": "https://a.example.com/", "headers": {"x": "$secret:KEY"}}}]}  # fmt: skip
    wanted: dict[str, Any] = {
        "secrets": [{"name": "KEY", "allowedHosts": ["b.example.com"]}],
        "workflows": [{"slug": "w", "name": "W", "definition": call}],
    }
    assert [error["code"] for error in apply(api, wanted)["errors"]] == ["SECRET_NOT_ALLOWED"]
    assert exported(api) == {}
    wanted["secrets"][0]["allowedHosts"] = ["a.example.com"]
    assert told(apply(api, wanted)) == [("SECRET", "KEY", "CREATED"), ("WORKFLOW", "w", "CREATED")]


@pytest.mark.parametrize(
    ("section", "role"),
    [("secrets", "admin"), ("eventTypes", "admin"), ("sources", "admin"), ("webhookEndpoints", "admin"), ("workflows", "editor"), ("rules", "editor"), ("schedules", "editor"),
     ("noticePolicies", "admin")],
)  # fmt: skip
def test_each_section_needs_what_its_mutation_needs(
    tenant: Any, token_for: Callable[..., str], section: str, role: str
) -> None:
    from graphql_schema.configuration.types import SECTION_PERMISSIONS
    from tests.api.test_configuration import APPLY, PLAN

    assert set(SECTION_PERMISSIONS) == set(SECTIONS) == {kind.section for kind in KINDS}
    roles = ["viewer", "operator", "editor", "admin"]
    for one in roles:
        given = Api(token_for(tenant.ref, one))
        named = {section: whole()[section]}
        if section == "rules":
            named["workflows"] = whole()["workflows"]
        for document in (PLAN, APPLY):
            if roles.index(one) < roles.index(role):
                assert given.code(document, i={"configuration": named}) == "FORBIDDEN"
            else:
                assert given.data(document, i={"configuration": named})
