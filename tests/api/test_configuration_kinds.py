"""Each kind of object goes through a file unharmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from automate.cli.applying.document import parse
from automate.cli.rehearsing.writing import as_yaml
from automate.configuration.kinds import KINDS
from automate.configuration.shape import SECTIONS
from automate.kernel.shapes import fields_of
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.api.test_configuration import apply, exported, plan, told
from tests.support.api import Api
from tests.support.configuration_rows import held, rows_of  # noqa: F401 - a fixture
from tests.support.held_secrets import hold_secret
from tests.support.whole_configuration import LATER, SIGNS, SLACK, referenced, say, whole


def members(shape: type[Any] | None) -> list[str]:
    fields = fields_of(shape).values() if shape is not None else ()
    return [name for field in fields for name in (field.api_name, *members(field.nested))]


def test_the_example_says_every_field() -> None:
    """Else a field could be lost between a file and its row, and nobody would see."""
    said = json.dumps(whole())
    apart = {"published"}
    named = [name for shape in SECTIONS.values() for name in members(shape) if name not in apart]
    assert [name for name in named if f'"{name}"' not in said] == []


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
