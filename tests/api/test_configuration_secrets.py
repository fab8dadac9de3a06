"""Secrets and trust that a file does not mention are kept, and no secret is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.api.test_configuration import APPLY, apply, exported, plan, told
from tests.support.api import Api
from tests.support.configuration_rows import held  # noqa: F401 - a fixture
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.whole_configuration import SIGNS, referenced, whole


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
