"""Introspection has a price by its size, and the usual query is answered from a cache."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import execute, get_introspection_query, parse

from tests.support.api import Api, code_of
from tests.support.cost import takes_under

USUAL = get_introspection_query()
BODY, FRAGMENTS = USUAL.split("fragment FullType")
SCHEMA = BODY[BODY.index("{") + 1 : BODY.rindex("}")]
MANY = "{" + " ".join(f"a{n}: {SCHEMA}" for n in range(20)) + "} fragment FullType" + FRAGMENTS
"""The attack: 6 KB that were answered with 8 MB in 3.7 s of processor time."""
VARIANTS = {
    "graphql-js": USUAL,
    "graphiql": get_introspection_query(specified_by_url=True, input_value_deprecation=True),
    "codegen": get_introspection_query(schema_description=True, directive_is_repeatable=True),
    "without_descriptions": get_introspection_query(descriptions=False),
    "urql": "query { __schema { queryType { name } types { kind name fields(includeDeprecated: true) { name } } } }",
    "one_type": '{ __type(name: "ExecutionRun") { fields { name type { name ofType { name ofType { name } } } } } }',
    "interface": '{ __type(name: "Node") { possibleTypes { name fields { args { name type { kind } } } } } }',
    "inputs": "{ __schema { types { inputFields { name defaultValue } enumValues { name } } directives { args { name } } } }",
    "merged": "{ __schema { types { name } types { kind } ...F ...F } } fragment F on __Schema { types { name } }",
}


def fields_of(value: Any) -> int:
    """Fields of a result."""
    if isinstance(value, dict):
        return sum(1 + fields_of(below) for below in value.values())
    return sum(map(fields_of, value)) if isinstance(value, list) else 0


def test_many_descriptions_are_refused_before_one_is_made(api: Api) -> None:
    response = api.post({"query": MANY})
    assert (response.status_code, code_of(response)) == (400, "GRAPHQL_TOO_COMPLEX")
    details = response.json()["errors"][0]["extensions"]["details"]
    assert (details["limit"], details["requested"] > 20 * 3_000) == ("cost", True)


@pytest.mark.parametrize("document", VARIANTS.values(), ids=VARIANTS)
def test_price_is_the_fields_of_the_result(database: Any, document: str) -> None:
    from graphql_schema.cost import priced
    from graphql_schema.prices import FIELDS_PER_POINT
    from graphql_schema.schema import tenant_schema

    parsed = parse(document)
    (operation,) = priced(tenant_schema._schema, parsed).values()
    made: Any = execute(tenant_schema._schema, parsed)
    assert made.errors is None
    assert operation.cost.of({}) == -(-fields_of(made.data) // FIELDS_PER_POINT)


def test_type_that_a_variable_names_costs_as_much_as_the_largest(api: Api) -> None:
    document = "query($n: String!) { __type(name: $n) { fields { name } } }"
    cost = [api.answer(document, n=name)["extensions"]["cost"]["requested"] for name in ("Event", "PageInfo")]
    named = api.answer('{ __type(name: "Mutation") { fields { name } } }')
    assert cost[0] == cost[1] == named["extensions"]["cost"]["requested"] > 5


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The operations that were executed, and not answered from the cache. The cache begins empty."""
    from automate.kernel.bounded import BoundedCache
    from graphql_schema import answering

    found: list[Any] = []
    original = answering.execute

    def recorded(credential: Any, operation: Any, caller: Any) -> Any:
        found.append(operation)
        return original(credential, operation, caller)

    monkeypatch.setattr(answering, "execute", recorded)
    monkeypatch.setattr(answering, "_descriptions", BoundedCache(answering.KEPT_BYTES))
    return found


def test_description_is_made_once_however_it_is_written(api: Api, executed: list[Any]) -> None:
    answers = [
        api.data(document)
        for document in (USUAL, USUAL.replace("IntrospectionQuery", "Other"), "# comment\n" + " ".join(USUAL.split()))
    ]
    assert (len(executed), answers[0] == answers[1] == answers[2]) == (1, True)
    assert api.answer(USUAL)["extensions"]["cost"]["charged"] < 1_000


def test_variables_are_part_of_the_question(api: Api, executed: list[Any]) -> None:
    document = "query($n: String!, $d: Boolean = false) { __type(name: $n) { name kind @include(if: $d) } }"
    assert api.data(document, n="Query") == {"__type": {"name": "Query"}}
    assert api.data(document, n="Event") == {"__type": {"name": "Event"}}
    assert api.data(document, n="Event", d=True)["__type"]["kind"] == "OBJECT"
    assert api.data(document, n="Event", unused=1) == {"__type": {"name": "Event"}}
    assert len(executed) == 3
    assert api.code(document, n=5) == "BAD_USER_INPUT"


def test_two_schemas_have_two_descriptions(api: Api, platform: Api, executed: list[Any]) -> None:
    names = [{kind["name"] for kind in made.data(USUAL)["__schema"]["types"]} for made in (api, platform)]
    assert ("ExecutionRun" in names[0], "ExecutionRun" in names[1]) == (True, False)


def test_known_description_takes_no_time(api: Api) -> None:
    api.data(USUAL)
    assert takes_under(0.03, lambda: api.post({"query": USUAL}))


def test_mixed_operation_is_not_kept(api: Api, executed: list[Any]) -> None:
    for _ in range(2):
        api.data("{ __schema { queryType { name } } runs(first: 1) { totalCount } }")
    assert len(executed) == 2
