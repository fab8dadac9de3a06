"""Documents that would cost more than their answer are refused before validation, in time that follows their length."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from tests.support.api import Api, code_of
from tests.support.cost import takes_under
from tests.support.facts import naming


def nested(levels: int) -> str:
    """A document of that depth: runs, edges, node, event, runs, edges, node, event, …"""
    names = ["runs(first: 1)", "edges", "node", "event"]
    path = [names[level % 4] for level in range(levels - 1)]
    return "{" + "{".join(path) + "{ __typename }" + "}" * (levels - 1)


ALLOWED = {
    "depth": nested(12),
    "aliases": "{"
    + " ".join(f"a{n}: __typename" for n in range(19))
    + " a: node(id: 1) {"
    + " ".join(f"a{n}: id" for n in range(10))
    + "} }",
    "root_fields": "{" + " ".join(f"a{n}: __typename" for n in range(20)) + "}",
    "directives": "{ node(id: 1) { id " + "@include(if: true) id " * 49 + "} }",
    "introspection": get_introspection_query(),
}
REFUSED = {
    "depth": nested(13),
    "aliases": "{ node(id: 1) {" + " ".join(f"a{n}: id" for n in range(31)) + "} }",
    "root_fields": "{" + " ".join(f"a{n}: __typename" for n in range(21)) + "}",
    "root_fields_through_fragments": "{"
    + "...F " * 3
    + "} fragment F on Query {"
    + " ".join(f"a{n}: __typename" for n in range(7))
    + "}",
    "directives": "{ node(id: 1) { id " + "@include(if: true) id " * 51 + "} }",
    "tokens": "{ node(id: 1) {" + " id" * 2_000 + "} }",
    "repeated_fields": "{" + " __typename" * 20_000 + "}",
    "skips": "{ __typename " + "@skip(if: true) " * 2_000 + "}",
    "many_directives": "query " + "@a " * 10_000 + "{ __typename }",
    "braces": "{" * 100_000,
    "brackets": "{ runs(filter: {states: " + "[" * 100_000,
    "brackets_in_a_value": "{ runs(filter: {states: " + "[" * 90 + "]" * 90 + "}) { totalCount } }",
    "fragment_bomb": "{ ...F0 } "
    + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    + " fragment F60 on Query { a: __typename }",
    "deep_fragments": "{ node(id: 1) { ...F0 } } "
    + " ".join(
        f"fragment F{n} on ExecutionRun {{ event {{ runs {{ edges {{ node {{ ...F{n + 1} }} }} }} }} }}"
        for n in range(20)
    )
    + " fragment F20 on ExecutionRun { id }",
    "introspection_loop": "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
}


@pytest.mark.parametrize("document", ALLOWED.values(), ids=ALLOWED)
def test_documents_at_the_limit_are_taken(api: Api, document: str) -> None:
    codes = [error["extensions"]["code"] for error in api.answer(document).get("errors", [])]
    assert "GRAPHQL_TOO_COMPLEX" not in codes


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_documents_over_the_limit_are_refused(api: Api, document: str) -> None:
    response = api.post({"query": document})
    assert (response.status_code, code_of(response)) == (400, "GRAPHQL_TOO_COMPLEX")


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_refusal_costs_little(document: str) -> None:
    from automate.kernel.errors import NormalizedError
    from graphql_schema.documents import _prepared
    from graphql_schema.schema import tenant_schema

    def refused() -> None:
        with pytest.raises(NormalizedError):
            _prepared(tenant_schema._schema, document, introspection=True)

    assert takes_under(0.1, refused)


CYCLES = [
    "{ ...A } fragment A on Query { ...A }",
    "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A __typename }",
    "{ node(id: 1) { ...A } } fragment A on ExecutionRun { event { runs { edges { node { ...A } } } } }",
]


@pytest.mark.parametrize("document", CYCLES)
def test_cyclic_fragments_are_invalid(api: Api, document: str) -> None:
    answer = api.answer(document)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


WORST = {
    "same_field": "{ node(id: 1) {" + " id" * 1_985 + "} }",
    "same_field_with_arguments": "{ node(id: 1) { ... on ExecutionRun {" + " steps(first: 1) { id }" * 215 + "} } }",
    "same_fields_two_levels_deep": "{ node(id: 1) { ... on ExecutionRun {"
    + " event { source { slug } }" * 240
    + "} } }",
    "conflicting_arguments": "{ node(id: 1) { ... on ExecutionRun {"
    + " ".join(f"steps(first: {n}) {{ id }}" for n in range(200))
    + "} } }",
    "fragments_beside_each_other": "{"
    + " ".join(f"...F{n}" for n in range(180))
    + "}"
    + "".join(f" fragment F{n} on Query {{ __typename }}" for n in range(180)),
    "fragments_in_each_other": "{ ...F0 }"
    + "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 2} }}" for n in range(150))
    + " fragment F150 on Query { __typename } fragment F151 on Query { __typename }",
    "fragments_many_operations_use": " ".join(f"query q{n} {{ ...F0 }}" for n in range(120))
    + "".join(f" fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(120))
    + " fragment F120 on Query { __typename }",
    "variables": "query(" + " ".join(f"$a{n}: Int" for n in range(490)) + ") { __typename }",
    "unknown_types": "{ node(id: 1) {"
    + " ".join(f"... on BacktestSampleConnectionsX{n} {{ id }}" for n in range(330))
    + "} }",
    "unknown_fields": "{ node(id: 1) { ... on ExecutionRun {"
    + " ".join(f"workflowVersionsRuns{n}" for n in range(1_900))
    + "} } }",
    "long_name": "{ node(id: 1) { " + "x" * 900_000 + " } }",
    "long_text": '{ runs(filter: {workflow: "' + "x" * 900_000 + '"}) { totalCount } }',
    "list": "{ runs(filter: {states: [" + " SUCCEEDED" * 1_970 + "]}) { totalCount } }",
    "many_introspections": "{"
    + " ".join(f"a{n}: __schema {{ types {{ ...F }} }}" for n in range(20))
    + "} fragment F on __Type { name fields { name args { name type { name } } type { name ofType { name } } } }",
}
"""Two levels of repeated fields took 0.5 s, and long names and texts 0.26 s."""
BOUND_SECONDS = 0.15 if sys.version_info >= (3, 11) else 0.5


@pytest.mark.parametrize("document", WORST.values(), ids=WORST)
def test_validation_within_the_limits_is_bounded(document: str) -> None:
    from automate.kernel.errors import NormalizedError
    from graphql_schema.documents import _prepared
    from graphql_schema.schema import tenant_schema

    parse(document)

    def prepared() -> None:
        try:
            _prepared(tenant_schema._schema, document, introspection=True)
        except NormalizedError as error:
            assert error.code == "GRAPHQL_TOO_COMPLEX"  # noqa: PT017 - refused is as good as bounded

    assert takes_under(BOUND_SECONDS, prepared)


@pytest.mark.parametrize(
    "document",
    [
        'mutation { ingestEvent(input: {type: "a\\u0000b", payload: 1}) { outcome } }',
        '{ runs(filter: {workflow: """a\x00"""}) { totalCount } }',
    ],
)
def test_nul_in_a_document_is_refused(api: Api, document: str) -> None:
    response = api.post({"query": document})
    assert response.status_code in (400, 422)
    assert code_of(response) in ("BAD_USER_INPUT", "INVALID_JSON", "GRAPHQL_PARSE_FAILED")


def test_nul_in_a_document_is_told_with_its_place(api: Api) -> None:
    response = api.post({"query": '{\n  runs(filter: {workflow: "a\\u0000b"}) { totalCount }\n}'})
    (error,) = response.json()["errors"]
    assert error["message"] == naming("2", "27", "NUL", "\\u0000")
    assert error["extensions"]["details"] == {"line": 2, "column": 27}


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that were prepared, and not found among the kept ones."""
    from graphql_schema import documents

    found: list[str] = []
    original = documents._prepared

    def recorded(schema: Any, query: str, **options: Any) -> Any:
        found.append(query)
        return original(schema, query, **options)

    monkeypatch.setattr(documents, "_prepared", recorded)
    return found


def test_prepared_documents_are_kept(api: Api, prepared: list[str]) -> None:
    document = "{ __typename kept: __typename }"
    long = document + " " * 20_000
    for query in (document, document, long, long):
        api.data(query)
    assert prepared == [document, long, long]


@pytest.mark.slow
def test_kept_documents_are_bounded_by_their_tokens(api: Api, prepared: list[str]) -> None:
    """The attack: 256 documents of 2,000 tokens each took 300 MB, and were kept."""
    states = " FAILED" * 1_900
    documents = [f"{{ a{n}: runs(filter: {{states: [{states}]}}) {{ totalCount }} }}" for n in range(18)]
    for query in documents:
        api.post({"query": query})
    for query in (documents[-1], documents[0]):
        api.post({"query": query})
    assert prepared == [*documents, documents[0]]


def test_few_errors_are_reported(api: Api) -> None:
    answer = api.answer("{" + " ".join(f"wrong{n}" for n in range(20)) + "}")
    assert len(answer["errors"]) == 8
    answer = api.answer("query(" + " ".join(f"$v{n}: Int" for n in range(20)) + ") { __typename }")
    assert len(answer["errors"]) == 8


def test_variables_that_do_not_fit_are_few_errors(api: Api) -> None:
    answer = api.answer("query($s: [RunState!]) { runs(filter: {states: $s}) { totalCount } }", s=["X"] * 100)
    assert ({error["extensions"]["code"] for error in answer["errors"]}, len(answer["errors"])) == (
        {"BAD_USER_INPUT"},
        8,
    )


def test_messages_quote_little_of_the_document(api: Api) -> None:
    answer = api.answer("{ " + "x" * 90_000 + " }")
    assert len(answer["errors"][0]["message"]) <= 1_000


LISTS = {
    "list": ("query($s: [RunState!]) { runs(filter: {states: $s}) { totalCount } }", {"s": ["FAILED"] * 60_000}),
    "input": ("query($f: RunFilter) { runs(filter: $f) { totalCount } }", {"f": {"states": ["FAILED"] * 60_000}}),
    "two_lists": (
        "query($s: [RunState!], $t: [RunState!]) { a: runs(filter: {states: $s}) { totalCount } b: runs(filter: {states: $t}) { totalCount } }",
        {"s": ["FAILED"] * 6_000, "t": ["FAILED"] * 6_000},
    ),
}


@pytest.mark.parametrize(("document", "variables"), LISTS.values(), ids=LISTS)
def test_long_lists_in_variables_are_refused(api: Api, document: str, variables: dict[str, Any]) -> None:
    response = api.post({"query": document, "variables": variables})
    error = response.json()["errors"][0]["extensions"]
    assert (response.status_code, error["code"]) == (400, "GRAPHQL_TOO_COMPLEX")
    assert error["details"] == {"limit": "input_values", "maximum": 10_000}


def test_long_json_is_one_value(api: Api) -> None:
    document = "query($d: JSON!) { validateWorkflow(definition: $d) { valid } }"
    assert api.data(document, d={"schema": 1, "steps": [], "x": [1] * 20_000})["validateWorkflow"] == {"valid": False}


OVERLAPPING = "{ runs(first: 1) { edges { node { " + "id " * 900 + "event { id } " * 225 + "} } } } # " + "x" * 20_000


def prepare(document: str) -> None:
    from automate.kernel.errors import NormalizedError
    from graphql_schema.documents import _prepared
    from graphql_schema.schema import tenant_schema

    with pytest.raises(NormalizedError, match="share a name"):
        _prepared(tenant_schema._schema, document, introspection=True)


def test_repeated_fields_are_refused_while_they_are_read(api: Api) -> None:
    """Before the rest of the document is read, parsed or validated: each pair of them would be compared."""
    assert api.answer(OVERLAPPING)["errors"][0]["extensions"]["details"]["limit"] == "comparisons"
    assert takes_under(0.005, lambda: prepare(OVERLAPPING))


def test_web_that_compares_repeated_fields_first_is_found_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: validation refuses the document, too, after more work."""
    from graphql_schema.guards import Repeated

    monkeypatch.setattr(Repeated, "add", lambda self, name: None)
    assert not takes_under(0.005, lambda: prepare(OVERLAPPING))


def test_names_that_are_no_repeated_fields_are_accepted(api: Api) -> None:
    states = ", ".join(["FAILED"] * 400)
    answer = api.answer(f"{{ runs(first: 1, filter: {{states: [{states}]}}) {{ totalCount }} }}")
    assert "errors" not in answer, answer["errors"]
    documents = " ".join(f"query Q{n} {{ runs(first: 1) {{ edges {{ node {{ id state }} }} }} }}" for n in range(60))
    response = api.post({"query": documents, "operationName": "Q1"})
    assert "errors" not in response.json(), response.json()
