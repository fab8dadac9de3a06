"""GraphQL over HTTP: methods, media types, statuses, and bodies that are no requests."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from automate.kernel.tenancy import acting_for_platform
from tests.support.api import Api, body_of, code_of
from tests.support.facts import naming

GRAPHQL_JSON = "application/graphql-response+json"
MUTATION = 'mutation { publishWorkflow(input: {workflow: "x"}) { errors { code } } }'


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON}", "application/json"),
        (f"{GRAPHQL_JSON};q=0.1, application/json;q=0.8", "application/json"),
        (
            f"{GRAPHQL_JSON}, application/graphql+json, application/json, text/event-stream, multipart/mixed",
            GRAPHQL_JSON,
        ),
        ("text/event-stream", "application/json"),
        (f"{GRAPHQL_JSON};q=nonsense", "application/json"),
    ],
)
def test_media_type_follows_accept(api: Api, accept: str, expected: str) -> None:
    response = api.post({"query": "{ __typename }"}, Accept=accept)
    assert (response.status_code, response["Content-Type"]) == (200, f"{expected}; charset=utf-8")
    assert body_of(response)["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("query", ["{", "{ nope }", "query A { __typename } query A { __typename }"])
def test_invalid_documents_have_a_status_by_media_type(api: Api, query: str) -> None:
    plain, typed = api.post({"query": query}), api.post({"query": query}, Accept=GRAPHQL_JSON)
    assert (plain.status_code, typed.status_code) == (200, 400)
    assert "data" not in body_of(plain)
    assert code_of(typed) in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")


def test_variable_of_the_wrong_type_is_refused(api: Api) -> None:
    request = {"query": "query($n: Int!) { runs(first: $n) { totalCount } }", "variables": {"n": "x"}}
    response = api.post(request, Accept=GRAPHQL_JSON)
    assert (response.status_code, code_of(response), "data" in body_of(response)) == (400, "BAD_USER_INPUT", False)


BODIES: list[tuple[bytes, int, str]] = [
    (b"not json", 400, "INVALID_JSON"),
    (b"null", 400, "BAD_REQUEST"),
    (b"true", 400, "BAD_REQUEST"),
    (b'"text"', 400, "BAD_REQUEST"),
    (b"42", 400, "BAD_REQUEST"),
    (b"[]", 400, "BAD_REQUEST"),
    (b'[{"query": "{ __typename }"}]', 400, "BAD_REQUEST"),
    (b"{}", 400, "BAD_REQUEST"),
    (b'{"query": null}', 400, "BAD_REQUEST"),
    (b'{"query": 1}', 400, "BAD_REQUEST"),
    (b'{"query": {}}', 400, "BAD_REQUEST"),
    (b'{"query": "{ __typename }", "variables": []}', 400, "BAD_REQUEST"),
    (b'{"query": "{ __typename }", "variables": "x"}', 400, "BAD_REQUEST"),
    (b'{"query": "{ __typename }", "operationName": 1}', 400, "BAD_REQUEST"),
    (b'{"query": "{ __typename }", "extensions": 1}', 400, "BAD_REQUEST"),
    (b'{"query": "{ __typename }", "operationName": "Nope"}', 400, "GRAPHQL_VALIDATION_FAILED"),
    (b'{"query": "\xff\xfe"}', 400, "INVALID_JSON"),
    (b'{"query": "{ __typename }", "variables": {"a": NaN}}', 400, "INVALID_JSON"),
    (b'{"query": "{ __typename }", "query": "{ a }"}', 400, "INVALID_JSON"),
    (b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}', 400, "INVALID_JSON"),
    (b"[" * 100_000, 400, "INVALID_JSON"),
    (b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, 400, "INVALID_JSON"),
    (b'{"query": "' + b" " * 1_100_000 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
    (b" " * 10_000_000, 413, "PAYLOAD_TOO_LARGE"),
]


@pytest.mark.parametrize("media_type", ["application/json", GRAPHQL_JSON])
@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=range(len(BODIES)))
def test_bodies_that_are_no_requests_are_refused(
    api: Api, body: bytes, status: int, code: str, media_type: str
) -> None:
    response = api.post(body, Accept=media_type)
    assert (response.status_code, code_of(response)) == (status, code)
    extensions = body_of(response)["errors"][0]["extensions"]
    assert set(extensions) == {"code", "message", "details", "trace_id"}
    assert extensions["trace_id"] == response["X-Trace-Id"]


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
    ],
)
def test_content_types_that_a_form_can_send_are_refused(api: Api, content_type: str) -> None:
    response = api.post(b'{"query": "{ __typename }"}', content_type=content_type)
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"]
)
def test_json_content_types_are_taken(api: Api, content_type: str) -> None:
    assert api.post(b'{"query": "{ __typename }"}', content_type=content_type).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_compressed_body_is_refused_as_such(api: Api, encoding: str) -> None:
    response = api.post(gzip.compress(b'{"query": "{ __typename }"}'), **{"Content-Encoding": encoding})
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert body_of(response)["errors"][0]["message"] == naming(encoding, "Content-Encoding")


def test_body_that_says_it_is_not_encoded_is_taken(api: Api) -> None:
    response = api.post(b'{"query": "{ __typename }"}', **{"Content-Encoding": "identity"})
    assert response.status_code == 200


def test_empty_body_is_refused(api: Api) -> None:
    response = api.post(b" ")
    assert (response.status_code, code_of(response)) == (400, "INVALID_JSON")


def test_null_parameters_are_taken(api: Api) -> None:
    request = {"query": "{ __typename }", "variables": None, "operationName": None, "extensions": None}
    assert body_of(api.post(request))["data"] == {"__typename": "Query"}


def test_get_runs_queries_alone(api: Api) -> None:
    variables = json.dumps({"first": 1})
    response = api.get({"query": "query($first: Int) { runs(first: $first) { totalCount } }", "variables": variables})
    assert body_of(response)["data"] == {"runs": {"totalCount": 0}}
    refused = api.get({"query": MUTATION})
    assert (refused.status_code, refused["Allow"], code_of(refused)) == (405, "POST", "METHOD_NOT_ALLOWED")
    assert api.get({"query": "{ __typename }", "variables": "{"}).status_code == 400
    assert api.get({}).status_code == 400


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_refused(method: str) -> None:
    response = getattr(Client(), method)("/graphql")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST")


def test_subscription_over_http_is_refused(api: Api) -> None:
    response = api.post({"query": "subscription { runFeed { kind } }"})
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer nonsense", "Bearer automate_" + "x" * 43, "Bearer é"],
)
def test_without_a_valid_token_nothing_is_answered(database: Any, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = Api().post({"query": "{ __typename }"}, **headers)
    assert (response.status_code, code_of(response), response["WWW-Authenticate"]) == (401, "UNAUTHENTICATED", "Bearer")


def test_kind_of_token_picks_the_schema(api: Api, platform: Api) -> None:
    assert api.code("{ tenants { totalCount } }") == "GRAPHQL_VALIDATION_FAILED"
    assert platform.code("{ runs { totalCount } }") == "GRAPHQL_VALIDATION_FAILED"
    assert platform.data("{ tenants(first: 1) { totalCount } }")["tenants"]["totalCount"] >= 1


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON])
def test_wrong_kind_of_token_is_told_so(api: Api, platform: Api, accept: str) -> None:
    ours, theirs = {"query": MUTATION}, {"query": "{ tenants { totalCount } }"}
    for caller, asked, kind in ((platform, ours, "the platform's"), (api, theirs, "a tenant's")):
        answer = caller.post(asked, Accept=accept)
        (error,) = body_of(answer)["errors"]
        assert error["message"] == naming(kind)
        assert code_of(answer) == "GRAPHQL_VALIDATION_FAILED"
    (error, *_) = body_of(platform.post({"query": "{ nope }"}))["errors"]
    assert error["message"] == naming("nope")


def test_introspection_follows_its_setting(api: Api, settings_of: Callable[..., Any]) -> None:
    assert api.data("{ __schema { queryType { name } } }") == {"__schema": {"queryType": {"name": "Query"}}}
    with settings_of(GRAPHQL_INTROSPECTION=False):
        errors = api.answer("{ __schema { queryType { name } } }")["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
        assert "Did you mean" not in str(api.answer("{ runz { totalCount } }"))
    assert "Did you mean" in str(api.answer("{ runz { totalCount } }"))


def test_page_follows_its_setting(api: Api, settings_of: Callable[..., Any]) -> None:
    assert api.get({}, Accept="text/html").status_code == 400
    with settings_of(GRAPHIQL=True):
        response = api.get({}, Accept="text/html")
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (200, "text/html")


def test_hostname_and_token_must_agree(tenant: Any, busy: Any, platform: Api, settings_of: Callable[..., Any]) -> None:
    from tenants.models import Domain

    host = f"{tenant.ref.slug}.example.com"
    with acting_for_platform("a test"):
        Domain.objects.create(domain=host, tenant_id=tenant.ref.id, is_primary=True)
    with settings_of(TENANT_BY_HOSTNAME=True, ALLOWED_HOSTS=[".example.com"]):
        statuses = [
            Api(token).post({"query": "{ __typename }"}, Host=host).status_code
            for token in (tenant.token, busy.api.token, platform.token)
        ]
    assert statuses == [200, 401, 401]
