"""The library's own reads beside ours, over the same tables: what docs/decisions/types-are-made-of-models.md says of them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import pytest
import strawberry
import strawberry_django
from django.db import connection
from django.test.utils import CaptureQueriesContext
from strawberry.extensions import ParserCache, ValidationCache
from strawberry_django.optimizer import DjangoOptimizerExtension
from strawberry_django.relay import DjangoCursorConnection, DjangoListConnection

from automate.endpoints import models as endpoints
from automate.events import models as events
from automate.kernel.ids import new_id
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.rules import models as rules
from automate.runs import models as runs
from automate.triggers.schedules import models as schedules
from automate.workflows import models as workflows
from tests.api.test_configuration import apply, told
from tests.api.test_sorted_lists import APPROVALS, SECRET
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.whole_configuration import say

LIBRARY = tuple(map(int, version("strawberry-graphql-django").split(".")[:2]))
pytestmark = pytest.mark.skipif(
    LIBRARY < (0, 89), reason="Its optimizer fails on graphql-core 3.3 before 0.89. The product does not use it."
)

RULES = 50
SHOWN = "slug name enabled priority createdAt workflow { slug name } "
OURS = f"{{ rules(first: 50) {{ pageInfo {{ endCursor }} edges {{ cursor node {{ {SHOWN} }} }} }} }}"
AFTER = "query ($after: String) { rules(first: 10, after: $after) { pageInfo { endCursor } edges { node { slug } } } }"


@strawberry_django.type(workflows.Workflow)
class LibraryWorkflow(strawberry.relay.Node):
    slug: strawberry.auto
    name: strawberry.auto


@strawberry_django.filter_type(rules.RuleSpec)
class LibraryRuleFilter:
    enabled: strawberry.auto


@strawberry_django.order_type(rules.RuleSpec)
class LibraryRuleOrder:
    name: strawberry.auto


@strawberry_django.type(rules.RuleSpec, filters=LibraryRuleFilter, ordering=LibraryRuleOrder)
class LibraryRule(strawberry.relay.Node):
    slug: strawberry.auto
    name: strawberry.auto
    enabled: strawberry.auto
    priority: strawberry.auto
    created_at: strawberry.auto
    workflow: LibraryWorkflow

    @classmethod
    def get_queryset(cls, queryset: Any, _info: Any) -> Any:
        return queryset.order_by("-id")


class NewestFirst:
    @classmethod
    def get_queryset(cls, queryset: Any, _info: Any) -> Any:
        return queryset.order_by("-pk")


@strawberry_django.type(events.Source)
class LibrarySource(NewestFirst, strawberry.relay.Node):
    slug: strawberry.auto
    enabled: strawberry.auto
    created_at: strawberry.auto
    revision: strawberry.auto


@strawberry_django.type(schedules.Schedule)
class LibrarySchedule(NewestFirst, strawberry.relay.Node):
    slug: strawberry.auto
    name: strawberry.auto
    created_at: strawberry.auto
    revision: strawberry.auto


@strawberry_django.type(endpoints.WebhookEndpoint)
class LibraryEndpoint(NewestFirst, strawberry.relay.Node):
    slug: strawberry.auto
    url: strawberry.auto
    created_at: strawberry.auto
    revision: strawberry.auto


@strawberry_django.type(runs.Approval)
class LibraryApproval(NewestFirst, strawberry.relay.Node):
    title: strawberry.auto
    quorum: strawberry.auto
    requested_at: strawberry.auto
    expires_at: strawberry.auto


@strawberry.type
class LibraryQuery:
    rules: DjangoListConnection[LibraryRule] = strawberry_django.connection()
    ruled: DjangoCursorConnection[LibraryRule] = strawberry_django.connection()
    sources: DjangoCursorConnection[LibrarySource] = strawberry_django.connection()
    schedules: DjangoCursorConnection[LibrarySchedule] = strawberry_django.connection()
    webhook_endpoints: DjangoCursorConnection[LibraryEndpoint] = strawberry_django.connection()
    approvals: DjangoCursorConnection[LibraryApproval] = strawberry_django.connection()


TABLES = ("rule_spec", "workflow", "source", "schedule", "webhook_endpoint", "approval")
NOUNS = {
    "rules": SHOWN,
    "sources": "slug enabled createdAt revision",
    "schedules": "slug name createdAt revision",
    "webhookEndpoints": "slug url createdAt revision",
    "approvals": "title quorum requestedAt expiresAt",
}
"""Configuration whose rows are in one table, with columns that the library shows without code of ours."""


def whole_page(field: str, shown: str) -> str:
    return f"{{ page: {field}(first: 50) {{ pageInfo {{ endCursor }} edges {{ cursor node {{ {shown} }} }} }} }}"


@pytest.fixture(scope="module")
def library() -> strawberry.Schema:
    return strawberry.Schema(query=LibraryQuery, extensions=[DjangoOptimizerExtension, ParserCache, ValidationCache])


@pytest.fixture(scope="module")
def filled(tenant_factory: Any) -> NewTenant:
    made: NewTenant = tenant_factory()
    named = [f"rule-{number:03}" for number in range(RULES)]
    told(
        apply(
            Api(made.token),
            {
                "workflows": [{"slug": slug, "name": slug, "definition": say(slug)} for slug in named],
                "rules": [{"slug": slug, "name": slug, "workflow": slug, "when": {"==": [1, 1]}} for slug in named],
                "sources": [{"slug": slug, "scheme": "UNSIGNED"} for slug in named],
                "schedules": [
                    {"slug": slug, "name": slug, "plan": {"interval": {"everySeconds": 900}}} for slug in named
                ],
                "webhookEndpoints": [
                    {"slug": slug, "url": "https://r.example.com/x", "secrets": [SECRET]} for slug in named
                ],
            },
        )
    )
    with acting_for(made.ref):
        execute(APPROVALS, [[new_id() for _ in named]])
    return made


@pytest.fixture
def read(library: strawberry.Schema, filled: NewTenant) -> Callable[..., Any]:
    """Runs a document of the library's schema in the tenant's scope."""

    def run(document: str, of: NewTenant = filled, **variables: Any) -> Any:
        with acting_for(of.ref):
            result = library.execute_sync(document, variable_values=variables)
        assert result.errors is None, result.errors
        return result.data

    return run


def statements(act: Callable[[], Any]) -> int:
    act()
    with CaptureQueriesContext(connection) as seen:
        act()
    return len([one for one in seen.captured_queries if any(table in one["sql"] for table in TABLES)])


def slugs(data: Any) -> list[str]:
    return [edge["node"]["slug"] for edge in data["rules"]["edges"]]


def test_optimizer_needs_as_few_statements_as_the_plan(read: Callable[..., Any], filled: NewTenant) -> None:
    """So statements are no reason against it."""
    api = Api(filled.token)
    ours, theirs = statements(lambda: api.data(OURS)), statements(lambda: read(OURS))
    assert slugs(api.data(OURS)) == slugs(read(OURS))
    print(f"statements: ours {ours}, the library {theirs}")
    assert theirs <= ours + 1


def test_library_s_cursor_is_an_offset_that_anybody_can_make(read: Callable[..., Any], tenant_factory: Any) -> None:
    cursor = read(AFTER)["rules"]["pageInfo"]["endCursor"]
    assert base64.b64decode(cursor).decode() == "arrayconnection:9"
    read(AFTER, tenant_factory(), after=cursor)  # of another tenant: accepted
    forged = base64.b64encode(b"arrayconnection:20").decode()
    assert len(slugs(read(AFTER, after=forged))) == 10


def test_library_s_cursor_of_a_row_is_unsigned_and_good_for_every_tenant(
    read: Callable[..., Any], tenant_factory: Any
) -> None:
    """``DjangoCursorConnection`` pages by the order's columns, as we do."""
    after = AFTER.replace("rules(", "ruled(")
    page = read(after)["ruled"]
    kind, values = base64.b64decode(page["pageInfo"]["endCursor"]).decode().split(":", 1)
    assert (kind, len(json.loads(values))) == ("orderedcursor", 1)
    assert read(after, tenant_factory(), after=page["pageInfo"]["endCursor"])["ruled"]["edges"] == []
    forged = base64.b64encode(b'orderedcursor:["ffffffff-ffff-ffff-ffff-ffffffffffff"]').decode()
    assert read(after, after=forged)["ruled"]["edges"] == page["edges"]


def test_library_s_page_repeats_a_row_where_one_was_added(read: Callable[..., Any], tenant_factory: Any) -> None:
    made: NewTenant = tenant_factory()
    api = Api(made.token)
    rule = "mutation ($i: SaveRuleInput!) { saveRule(input: $i) { errors { message } } }"
    told(apply(api, {"workflows": [{"slug": "w", "name": "W", "definition": say("x")}]}))

    def add(number: int) -> None:
        wanted = {"slug": f"r-{number}", "name": "R", "workflow": "w", "when": {"==": [1, 1]}}
        assert api.data(rule, i=wanted)["saveRule"]["errors"] == []

    for number in range(12):
        add(number)
    ours, theirs = api.data(AFTER), read(AFTER, made)
    add(12)
    last = "r-2"
    assert slugs(ours)[-1] == slugs(theirs)[-1] == last
    assert slugs(api.data(AFTER, after=ours["rules"]["pageInfo"]["endCursor"])) == ["r-1", "r-0"]
    again = slugs(read(AFTER, made, after=theirs["rules"]["pageInfo"]["endCursor"]))
    assert again[0] == last, "the library shows it a second time"


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.long
def test_plan_takes_less_processor_time_for_each_noun(read: Callable[..., Any], filled: NewTenant) -> None:
    """``pytest -s`` prints the figures of the decision page. Both in one process, with the same driver and database."""
    from graphql_schema.execution import ApiRequest, caller_of, credential_of, execute, operation_of

    credential = credential_of(f"Bearer {filled.token}", "127.0.0.1")

    def ours(document: str) -> Any:
        operation = operation_of(credential, lambda: ApiRequest(document))
        answer = execute(credential, operation, caller_of(credential))
        assert answer.errors is None
        return answer.data

    def spent(act: Callable[[str], Any], document: str) -> float:
        begun = time.process_time()
        for _ in range(20):
            act(document)
        return (time.process_time() - begun) / 20

    for noun, shown in NOUNS.items():
        mine, theirs = whole_page(noun, shown), whole_page("ruled" if noun == "rules" else noun, shown)
        tried = [(spent(ours, mine), spent(read, theirs)) for _ in range(5)]
        best, of_library = (min(times) for times in zip(*tried, strict=True))
        counts = statements(partial(ours, mine)), statements(partial(read, theirs))
        print(f"{noun}: {best * 1e3:.2f} ms, the library {of_library * 1e3:.2f} ms; statements {counts}")
        assert best < of_library, noun
