"""The OpenAPI document is valid, current and complete; the page that shows it loads nothing from another host."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from rest_api.__main__ import FILE, printed
from rest_api.pages import ASSETS, PAGE
from tests.support.rest import Rest

DOCUMENT = json.loads(FILE.read_text())
METHODS = {"get", "post", "put", "patch", "delete"}


def operations() -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_committed_document_is_what_the_code_says(database: Any) -> None:
    assert FILE.read_text() == printed()


def test_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_every_url_and_method_is_described(database: Any) -> None:
    from rest_api.urls import urlpatterns

    served = {
        (re.sub(r"<str:(\w+)>", r"{\1}", f"/api/v1/{pattern.pattern}"), method)
        for pattern in urlpatterns
        if hasattr(pattern.callback, "cls")
        for method in METHODS
        if hasattr(pattern.callback.cls, method)
    }
    assert {(path, method) for path, method, _ in operations()} == served


def test_every_operation_says_what_clients_need() -> None:
    for path, method, operation in operations():
        place = f"{method} {path}"
        assert operation["summary"], place
        assert "Needs the permission" in operation["description"], place
        assert operation["security"] == [{"token": []}], place
        assert {"400", "401", "403", "429", "503"} <= set(operation["responses"]), place
        assert all(entry.get("description") for entry in operation.get("parameters", [])), place
        if "requestBody" in operation:
            (content,) = operation["requestBody"]["content"].items()
            assert content[0] == "application/json", place
            assert content[1]["examples"], place
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


def test_server_knows_every_declared_query_parameter(tenant: Any) -> None:
    rest, asked = Rest(tenant.token), set()
    for path, method, operation in operations():
        declared = [entry for entry in operation.get("parameters", []) if entry["in"] == "query"]
        if not declared:
            continue
        # One answer names all bad parameters. The undeclared one keeps the operation from running.
        values = {entry["name"]: value_of(entry["schema"]) for entry in declared} | {"undeclared": "x"}
        response = rest.send(method.upper(), f"{path.removeprefix('/api/v1')}?{urlencode(values)}")
        assert response.status_code == 400, path
        problems = response.json()["details"]["problems"]
        assert [problem["source"] for problem in problems] == [{"parameter": "undeclared"}], path
        asked.add(path)
    assert {"/api/v1/runs", "/api/v1/exports/runs", "/api/v1/exports/tenant"} <= asked


def value_of(schema: Any) -> str:
    """A query parameter's value that agrees with the schema."""
    if schema["type"] == "array":
        return value_of(schema["items"])
    if "enum" in schema:
        return str(schema["enum"][0])
    if schema.get("format") == "date-time":
        return "2026-11-25T12:00:00Z"
    # A search key is a name, a colon and a value.
    return {"boolean": "true", "integer": "1", "string": "order:4711"}[schema["type"]]


def test_document_and_page_are_served_to_everybody() -> None:
    response = Rest().get("/openapi.json")
    assert (response.status_code, response["Content-Type"], response.json()) == (200, "application/json", DOCUMENT)
    page = Rest().get("/docs", Accept="text/html")
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert Rest().send("POST", "/docs").status_code == 405


def test_page_names_no_other_host_and_runs_no_inline_script() -> None:
    page = Rest().get("/docs")
    policy = dict(part.split(" ", 1) for part in page["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {source for sources in policy.values() for source in sources.split()} == {"'none'", "'self'", "data:"}
    text = page.content.decode()
    assert "://" not in text
    assert re.findall(r"<script(?! src=)|<style|\son\w+=|javascript:", text) == []
    assert page["X-Frame-Options"] == "DENY"


def test_page_has_all_of_its_assets() -> None:
    named = re.findall(rb'(?:src|href)="docs/([^"]+)"', PAGE)
    assert {name.decode() for name in named} == set(ASSETS)
    for name in ASSETS:
        response = Rest().get(f"/docs/{name}")
        assert response.status_code == 200
        assert len(response.content) > 100
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"].split(";")[0] in {
            "text/css",
            "text/javascript",
            "application/javascript",
            "image/png",
        }


@pytest.mark.parametrize("name", ["pages.py", "..", "swagger-ui-bundle.js.map", "start.js%00"])
def test_no_other_file_is_served(name: str) -> None:
    assert Rest().get(f"/docs/{name}").status_code == 404
