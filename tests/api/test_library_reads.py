"""The cursors of the library's connections beside ours, over the same tables: why our connections are our own."""

from __future__ import annotations

import base64
import json
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import orjson
import pytest
import strawberry
import strawberry_django
from strawberry.extensions import ParserCache, ValidationCache
from strawberry_django.optimizer import DjangoOptimizerExtension
from strawberry_django.relay import DjangoCursorConnection, DjangoListConnection

from automate.kernel.tenancy import acting_for
from automate.rules import models as rules
from automate.runs import models as runs
from tests.api.test_configuration import apply, told
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.whole_configuration import say

LIBRARY = tuple(map(int, version("strawberry-graphql-django").split(".")[:2]))
pytestmark = pytest.mark.skipif(LIBRARY < (0, 89), reason="Its connections fail on graphql-core 3.3 before 0.89.")

RULES = 50
AFTER = "query ($after: String) { rules(first: 10, after: $after) { pageInfo { endCursor } edges { node { slug } } } }"


@strawberry_django.type(rules.RuleSpec)
class LibraryRule(strawberry.relay.Node):
    slug: strawberry.auto
    name: strawberry.auto
    enabled: strawberry.auto
    priority: strawberry.auto
    created_at: strawberry.auto

    @classmethod
    def get_queryset(cls, queryset: Any, _info: Any) -> Any:
        return queryset.order_by("-id")


@strawberry_django.type(runs.StepRun)
class LibraryStep:
    id: strawberry.auto
    key: strawberry.auto
    attempt: strawberry.auto
    state: strawberry.auto
    started_at: strawberry.auto
    finished_at: strawberry.auto


@strawberry_django.type(runs.ExecutionRun)
class LibraryRun(strawberry.relay.Node):
    state: strawberry.auto
    trace_id: strawberry.auto
    created_at: strawberry.auto
    started_at: strawberry.auto
    finished_at: strawberry.auto
    step_count: strawberry.auto
    test: strawberry.auto

    @strawberry_django.field(only=["id"])
    def steps(self) -> list[LibraryStep]:
        """No foreign key leads to the steps, so that the optimizer cannot prefetch them."""
        found: Any = runs.StepRun.objects.filter(run_id=self.pk, item=-1).order_by("started_at", "id")[:3]
        return list(found)

    @classmethod
    def get_queryset(cls, queryset: Any, _info: Any) -> Any:
        return queryset.order_by("-id")


@strawberry.type
class LibraryQuery:
    runs: DjangoListConnection[LibraryRun] = strawberry_django.connection()
    rules: DjangoListConnection[LibraryRule] = strawberry_django.connection()
    ruled: DjangoCursorConnection[LibraryRule] = strawberry_django.connection()


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
            },
        )
    )
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


def slugs(data: Any) -> list[str]:
    return [edge["node"]["slug"] for edge in data["rules"]["edges"]]


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


ROUNDS, CALLS = 11, 10
PAGE = """{ rules(first: 50) { pageInfo { hasNextPage endCursor }
  edges { cursor node { id slug name enabled priority createdAt } } } }"""
STEPS = """{ runs(first: 50) { edges { node { id state traceId createdAt startedAt finishedAt stepCount test
  steps(first: 3) { id key attempt state startedAt finishedAt } } } } }"""


def medians(**ways: Callable[[], object]) -> dict[str, float]:
    """The processor time of one call of each way, in milliseconds. The ways take turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, call in ways.items():
            begun = time.process_time()
            for _ in range(CALLS):
                call()
            taken[name].append((time.process_time() - begun) / CALLS * 1000)
    found = {name: statistics.median(values) for name, values in taken.items()}
    print({name: f"{value:.2f} ms" for name, value in found.items()})
    return found


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No caller waits for points."""
    from django.conf import settings

    from automate.kernel.bounded import BoundedCache
    from graphql_schema import allowance

    monkeypatch.setattr(settings, "API_POINTS_PER_SECOND", 10**9)
    monkeypatch.setattr(allowance, "_accounts", BoundedCache(100))
    monkeypatch.setattr(allowance, "_allowances", BoundedCache(100))


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.usefixtures("plenty")
def test_page_of_ours_takes_less_time_than_the_library_s(read: Callable[..., Any], filled: NewTenant) -> None:
    """Ours with all of a request: the token, the permission, the price and the signed cursors."""
    api = Api(filled.token)
    ways = {"offsets": PAGE, "columns": PAGE.replace("rules(", "ruled(")}
    found = medians(
        ours=lambda: api.data(PAGE), **{name: lambda text=text: orjson.dumps(read(text)) for name, text in ways.items()}
    )
    assert found["ours"] < min(found["offsets"], found["columns"])


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.usefixtures("plenty")
def test_planned_read_takes_less_time_than_the_optimizer_s(
    read: Callable[..., Any], busy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours with all of a request, but without straight reads."""
    from graphql_schema.completion import Uncommon
    from graphql_schema.straight import roots

    def refuse(*_: Any) -> Any:
        raise Uncommon

    monkeypatch.setattr(roots, "connection_shape", refuse)
    plain = STEPS.replace("steps(first: 3)", "steps")
    shown = [
        [[step["key"] for step in edge["node"]["steps"]] for edge in data["runs"]["edges"]]
        for data in (read(plain, busy), busy.api.data(STEPS))
    ]
    assert shown[0] == shown[1]
    found = medians(planned=lambda: busy.api.data(STEPS), optimizer=lambda: orjson.dumps(read(plain, busy)))
    assert found["planned"] < found["optimizer"]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.usefixtures("plenty")
@pytest.mark.parametrize("document", [PAGE, STEPS], ids=["rules", "runs and steps"])
def test_compiled_completion_takes_less_time_than_graphql_core_s(
    filled: NewTenant, busy: Any, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both complete the objects of the same planned read, and give the same answer."""
    from graphql_schema.completion import Compiler, Uncommon
    from graphql_schema.straight import roots

    def refuse(*_: Any) -> Any:
        raise Uncommon

    monkeypatch.setattr(roots, "connection_shape", refuse)
    api = Api(filled.token) if document is PAGE else busy.api

    def theirs() -> Any:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Compiler, "object", refuse)
            return api.data(document)

    assert theirs() == api.data(document)
    found = medians(compiled=lambda: api.data(document), graphql_core=theirs)
    assert found["compiled"] < found["graphql_core"]
