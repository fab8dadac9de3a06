"""Lists of configuration have the library's filters, with AND, OR and NOT, on our pages and signed cursors."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.test_configuration import apply, told
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.whole_configuration import say

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TYPES = {
    "rules": "RuleFilter",
    "sources": "SourceFilter",
    "schedules": "ScheduleFilter",
    "webhookEndpoints": "WebhookEndpointFilter",
}
OPERATORS = ["AND", "OR", "NOT"]


@pytest.fixture(scope="module")
def api(tenant_factory: Any) -> Api:
    made: NewTenant = tenant_factory()
    api = Api(made.token)
    every = {"interval": {"everySeconds": 900}}
    told(
        apply(
            api,
            {
                "workflows": [{"slug": slug, "name": slug, "definition": say(slug)} for slug in ("mail", "bill")],
                "rules": [
                    {"slug": slug, "name": slug, "workflow": of, "enabled": enabled, "when": {"==": [1, 1]}}
                    for slug, of, enabled in (("a", "mail", True), ("b", "mail", False), ("c", "bill", True))
                ],
                "sources": [
                    {"slug": "s-open", "scheme": "UNSIGNED"},
                    {"slug": "s-off", "scheme": "UNSIGNED", "enabled": False},
                    {"slug": "s-signed", "scheme": "STANDARD_WEBHOOKS", "secrets": [SECRET]},
                ],
                "schedules": [
                    {"slug": "t-a", "name": "A", "plan": every, "eventType": "night"},
                    {"slug": "t-b", "name": "B", "plan": every},
                ],
                "webhookEndpoints": [
                    {"slug": slug, "url": f"https://{slug}.example.com/x", "secrets": [SECRET]}
                    for slug in ("e-a", "e-b")
                ],
            },
        )
    )
    for mutation in (
        'pauseRule(input: {rule: "c", reason: "x"}) { errors { code } }',
        'pauseSchedule(input: {schedule: "t-b", note: "x"}) { errors { code } }',
        'saveWebhookEndpoint(input: {slug: "e-b", url: "https://e-b.example.com/x", enabled: false}) { errors { code } }',
    ):
        (payload,) = api.data(f"mutation {{ {mutation} }}").values()
        assert payload["errors"] == []
    return api


def document(field: str) -> str:
    return f"""query($f: {TYPES[field]}, $first: Int, $after: String) {{ {field}(filter: $f, first: $first, after: $after) {{
      totalCount edges {{ node {{ slug }} }} pageInfo {{ endCursor }} }} }}"""


def slugs(api: Api, field: str, given: Any, **paging: Any) -> list[str]:
    page = api.data(document(field), f=given, **paging)[field]
    found = sorted(edge["node"]["slug"] for edge in page["edges"])
    assert paging or page["totalCount"] == len(found)
    return found


@pytest.mark.parametrize(
    ("field", "given", "found"),
    [
        ("rules", {"enabled": True}, "a c"),
        ("rules", {"enabled": None, "workflow": None, "OR": None}, "a b c"),
        ("rules", {"NOT": {"workflow": "mail"}}, "c"),
        ("rules", {"enabled": False, "OR": {"paused": True}}, "b c"),
        ("rules", {"workflow": "mail", "AND": {"NOT": {"enabled": True}}}, "b"),
        ("rules", {"NOT": {"workflow": "mail", "enabled": False}}, "a c"),
        ("rules", {"OR": {"workflow": "mail", "OR": {"workflow": "bill"}}}, "a b c"),
        ("rules", {"NOT": {}}, "a b c"),
        ("sources", {"scheme": "UNSIGNED"}, "s-off s-open"),
        ("sources", {"scheme": "UNSIGNED", "enabled": True}, "s-open"),
        ("sources", {"builtIn": False, "NOT": {"scheme": "UNSIGNED"}}, "s-signed"),
        ("schedules", {"eventType": "night"}, "t-a"),
        ("schedules", {"paused": True, "OR": {"eventType": "night"}}, "t-a t-b"),
        ("schedules", {"NOT": {"paused": True}}, "t-a"),
        ("webhookEndpoints", {"enabled": True}, "e-a"),
        ("webhookEndpoints", {"url": "https://e-b.example.com/x", "enabled": False}, "e-b"),
    ],
)
def test_filter_selects(api: Api, field: str, given: Any, found: str) -> None:
    assert slugs(api, field, given) == found.split()


@pytest.mark.parametrize("field", TYPES)
def test_filter_of_the_library_has_boolean_operators(api: Api, field: str) -> None:
    asked = f'{{ __type(name: "{TYPES[field]}") {{ inputFields {{ name description defaultValue }} }} }}'
    fields = {each["name"]: each for each in api.data(asked)["__type"]["inputFields"]}
    assert fields.keys() >= {*OPERATORS}
    assert "DISTINCT" not in fields
    assert all(each["description"] and each["defaultValue"] is None for each in fields.values())


def test_cursor_is_valid_for_its_filter_alone(api: Api) -> None:
    mail = {"OR": {"workflow": "mail"}, "workflow": "mail"}
    cursor = api.data(document("rules"), f=mail, first=1)["rules"]["pageInfo"]["endCursor"]
    assert slugs(api, "rules", mail, first=5, after=cursor) == ["a"]
    for other in ({"OR": {"workflow": "bill"}, "workflow": "mail"}, {"workflow": "mail"}, {"AND": mail}, None):
        assert api.code(document("rules"), f=other, after=cursor) == "INVALID_CURSOR"
    # A filter without a condition is no filter.
    every = api.data(document("rules"), first=1)["rules"]["pageInfo"]["endCursor"]
    assert slugs(api, "rules", {}, first=5, after=every) == ["a", "b"]


def test_unknown_workflow_below_an_operator_is_reported(api: Api) -> None:
    assert api.code(document("rules"), f={"AND": {"workflow": "mial"}}) == "NOT_FOUND"


def test_filter_has_at_most_fifty_parts(api: Api) -> None:
    def of(parts: int) -> dict[str, Any]:
        given: dict[str, Any] = {"enabled": True}
        for _ in range(parts - 1):
            given = {"OR": given}
        return given

    assert slugs(api, "rules", of(50)) == ["a", "c"]
    assert api.code(document("rules"), f=of(51)) == "LIMIT_EXCEEDED"


def test_filter_adds_no_statement(api: Api) -> None:
    def statements(given: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            slugs(api, "rules", given)
        return sum("rule_spec" in one["sql"] for one in seen.captured_queries)

    assert statements({"enabled": True, "OR": {"workflow": "mail", "NOT": {"paused": True}}}) == statements(None)
