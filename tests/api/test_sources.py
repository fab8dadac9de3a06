"""Sources through the API: saved with typed inputs, shown without secrets, enabled, disabled and deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.events.models import Source
from automate.kernel.shapes import fields_of
from automate.kernel.tenancy import acting_for
from automate.triggers.schemes import SCHEMES, Scheme
from tests.support.api import Api
from tests.support.source_requests import post

SOURCE = """
id slug scheme enabled revision url deletedAt secrets { version lastUsedAt }
verification { header prefix encoding algorithm signs timestampHeader idHeader toleranceSeconds trustUnsignedHeaders }
"""
SAVE = f"""
mutation($input: SaveSourceInput!) {{ saveSource(input: $input) {{ source {{ {SOURCE} }} errors {{ code path message }} }} }}"""
HMAC = {
    "header": "X-Sign",
    "encoding": "BASE64URL",
    "algorithm": "SHA512",
    "signs": "{timestamp}.{body}",
    "timestampHeader": "X-Time",
    "toleranceSeconds": 60,
    "trustUnsignedHeaders": False,
}
SHOP = {"slug": "shop", "scheme": "HMAC", "secrets": ["a long enough secret"], "verification": HMAC}


def saved(api: Api, **given: Any) -> dict[str, Any]:
    answer = api.data(SAVE, input={**SHOP, **given})["saveSource"]
    assert answer["errors"] == []
    source: dict[str, Any] = answer["source"]
    return source


def refused(api: Api, **given: Any) -> tuple[str, list[str]]:
    answer = api.data(SAVE, input={**SHOP, **given})["saveSource"]
    (error,) = answer["errors"]
    assert answer["source"] is None
    return error["code"], error["path"]


def one(api: Api, **named: str) -> Any:
    return api.data(f"query($id: ID, $slug: String) {{ source(id: $id, slug: $slug) {{ {SOURCE} }} }}", **named)[
        "source"
    ]


def act(api: Api, verb: str, **given: Any) -> Any:
    kind = verb[0].upper() + verb[1:]
    document = (
        f"mutation($input: {kind}Input!) {{ {verb}(input: $input) {{ source {{ {SOURCE} }} errors {{ code path }} }} }}"
    )
    return api.data(document, input=given)[verb]


def test_source_is_saved_with_a_typed_verification_and_shows_it(api: Api) -> None:
    made = saved(api)
    assert made["verification"] == {**HMAC, "prefix": "", "idHeader": None}
    assert made["secrets"] == [{"version": 1, "lastUsedAt": None}]
    assert one(api, slug="shop") == one(api, id=made["id"]) == made
    options = {"header": "X-Sign", "timestamp_header": "X-Time", "tolerance_seconds": 60, "algorithm": "sha512"}
    same = {**options, "encoding": "base64url", "signs": "{timestamp}.{body}"}
    assert saved(api, verification=None, options=same) == made, "what is so already stays untouched"
    assert saved(api, verification={})["verification"] == {
        "header": "X-Signature",
        "prefix": "",
        "encoding": "HEX",
        "algorithm": "SHA256",
        "signs": "{body}",
        "timestampHeader": None,
        "idHeader": None,
        "toleranceSeconds": None,
        "trustUnsignedHeaders": False,
    }


def test_scheme_that_fixes_everything_but_the_tolerance_shows_that(api: Api) -> None:
    verification = saved(api, slug="pay", scheme="STRIPE", verification=None)["verification"]
    assert {name: value for name, value in verification.items() if value is not None} == {
        "toleranceSeconds": 300,
        "trustUnsignedHeaders": False,
    }
    assert saved(api, slug="gh", scheme="GITHUB", verification=None)["verification"] is None
    assert one(api, slug="api")["verification"] is None


def test_secrets_are_added_and_revoked_by_version_and_never_shown(api: Api) -> None:
    saved(api)
    added = saved(api, secrets=None, addSecrets=["another long secret"], expectedRevision=1)
    assert [secret["version"] for secret in added["secrets"]] == [2, 1]
    revoked = saved(api, secrets=None, revokeSecrets=[1], expectedRevision=2)
    assert [secret["version"] for secret in revoked["secrets"]] == [2]
    assert refused(api, secrets=None, revokeSecrets=[2, 1]) == ("BAD_USER_INPUT", ["revokeSecrets", "1"])
    assert refused(api, secrets=None, addSecrets=["short"]) == ("BAD_USER_INPUT", ["addSecrets", "0"])
    assert "secret" not in json.dumps([added, revoked]).replace('"secrets"', "")


def test_wrong_verification_is_refused_where_it_was_written(api: Api) -> None:
    url = "{url}{body}"
    assert refused(api, verification={"signs": url}) == ("BAD_USER_INPUT", ["verification", "signs"])
    assert refused(api, verification={"idHeader": "no good"}) == ("BAD_USER_INPUT", ["verification", "idHeader"])
    assert refused(api, verification=None, options={"signs": url}) == ("BAD_USER_INPUT", ["options", "signs"])
    assert refused(api, verification=None, options={"id_header": 1}) == ("BAD_USER_INPUT", ["options", "id_header"])
    assert refused(api, options={}) == ("BAD_USER_INPUT", ["options"])
    assert refused(api, expectedRevision=7) == ("CONFLICT", ["expectedRevision"])
    assert one(api, slug="shop") is None


@pytest.mark.parametrize(
    ("scheme", "header"),
    [
        ("HMAC", "X-Signature"),
        ("STRIPE", "Stripe-Signature"),
        ("SLACK", "X-Slack-Signature"),
        ("GITHUB", "X-Hub-Signature-256"),
    ],
)
def test_null_in_raw_options_means_the_default(api: Api, scheme: str, header: str) -> None:
    names = fields_of(SCHEMES[Scheme(scheme)].options)
    made, plain = (
        saved(api, slug=slug, scheme=scheme, verification=None, options=options)
        for slug, options in (("nulls", dict.fromkeys(names)), ("plain", {}))
    )
    assert made["verification"] == plain["verification"]
    assert post(made["url"], b"{}", **{header: "t=1,v1=00"}).status_code == 401


@pytest.mark.parametrize(("scheme", "header"), [("HMAC", "X-Signature"), ("STRIPE", "Stripe-Signature")])
def test_source_with_stored_nulls_is_shown_and_checks_signatures(
    api: Api, tenant: Any, scheme: str, header: str
) -> None:
    """As earlier commits stored them."""
    made = saved(api, slug="old", scheme=scheme, verification=None, options={})
    nulls = dict.fromkeys(fields_of(SCHEMES[Scheme(scheme)].options))
    with acting_for(tenant.ref):
        Source.objects.filter(slug="old").update(options=nulls)
    assert one(api, slug="old")["verification"] == made["verification"]
    assert post(made["url"], b"{}", **{header: "t=1,v1=00"}).status_code == 401


def test_trust_in_unsigned_headers_is_warned_of_and_kept(api: Api) -> None:
    document = SAVE.replace("errors {", "warnings { message path } errors {")

    def save(**given: Any) -> tuple[Any, list[list[str]]]:
        answer = api.data(document, input={**SHOP, **given})["saveSource"]
        assert answer["errors"] == []
        verification = answer["source"]["verification"] or {}
        return verification.get("trustUnsignedHeaders"), [warning["path"] for warning in answer["warnings"]]

    trusting = True, [["verification", "trustUnsignedHeaders"]]
    assert save(verification={}) == (False, [])
    assert save(verification={"trustUnsignedHeaders": True}) == trusting
    assert save(verification={}, intake={"eventType": {"header": "X-Type"}}) == trusting, "null keeps"
    assert save(verification=None) == trusting
    path = ["intake", "eventType", "header"]
    assert refused(api, verification={"trustUnsignedHeaders": False}) == ("BAD_USER_INPUT", path)
    assert save(verification={"trustUnsignedHeaders": False}, intake={}) == (False, [])
    assert save(scheme="GITHUB", verification=None) == (None, [])


def test_verification_of_another_scheme_is_dropped_with_it(api: Api) -> None:
    saved(api)
    made = saved(api, scheme="GITHUB", verification=None)
    assert (made["scheme"], made["verification"]) == ("GITHUB", None)
    back = saved(api, verification=None)
    assert (back["scheme"], back["verification"]["timestampHeader"]) == ("HMAC", None)


def test_source_is_disabled_enabled_and_deleted(api: Api) -> None:
    made = saved(api, scheme="UNSIGNED", secrets=[], verification=None)
    path = made["url"].partition("8000")[2]
    event = post(path, b'{"type": "order.created"}').json()["event_id"]
    off = act(api, "disableSource", source="shop", expectedRevision=1)["source"]
    assert (off["enabled"], off["revision"]) == (False, 2)
    assert post(path, b"{}").status_code == 404
    assert act(api, "enableSource", source="shop", expectedRevision=1)["errors"] == [
        {"code": "CONFLICT", "path": ["expectedRevision"]}
    ]
    assert act(api, "enableSource", source="shop")["source"]["enabled"]
    assert post(path, b"{}").status_code == 202
    gone = act(api, "deleteSource", source="shop")["source"]
    assert gone["deletedAt"]
    assert gone["url"] is None
    assert post(path, b"{}").status_code == 404
    assert act(api, "deleteSource", source="shop")["errors"] == [{"code": "NOT_FOUND", "path": ["source"]}]
    assert one(api, slug="shop") is None
    assert one(api, id=made["id"]) == gone
    listed = api.data("{ sources(first: 10) { totalCount edges { node { slug } } } }")["sources"]
    assert sorted(edge["node"]["slug"] for edge in listed["edges"]) == ["api", "manual", "runs", "schedules", "signals"]
    assert listed["totalCount"] == 5
    known = api.data("query($id: ID!) { event(id: $id) { source { id slug } } }", id=event)["event"]
    assert known["source"] == {"id": made["id"], "slug": "shop"}
    again = saved(api)
    assert again["id"] != made["id"]
    found = api.data('{ events(first: 10, filter: {source: "shop"}) { totalCount } }')["events"]
    assert found["totalCount"] == 2, "those of the deleted source of that slug too"


def test_use_of_a_secret_and_the_secret_of_an_event_are_shown(api: Api) -> None:
    made = saved(api, scheme="BEARER", secrets=["the-older-token"], verification=None)
    path = made["url"].partition("8000")[2]
    event = post(path, b"{}", Authorization="Bearer the-older-token").json()["event_id"]
    assert api.data("query($id: ID!) { event(id: $id) { secretVersion } }", id=event)["event"] == {"secretVersion": 1}
    (secret,) = one(api, slug="shop")["secrets"]
    assert secret["version"] == 1
    assert secret["lastUsedAt"] is not None


INTAKE = """intake {
  rateLimit { perSecond burst } maxBytes keepDeliveriesDays
  idempotencyKey { header expression keepSeconds } eventType { header expression } subject { header expression } }"""
PLAIN = {
    "rateLimit": {"perSecond": 50, "burst": 100},
    "maxBytes": 1_048_576,
    "keepDeliveriesDays": 7,
    "idempotencyKey": {"header": None, "expression": None, "keepSeconds": 604_800},
    "eventType": None,
    "subject": None,
}


def intake(api: Api, slug: str) -> Any:
    return api.data(f"query($slug: String) {{ source(slug: $slug) {{ {INTAKE} }} }}", slug=slug)["source"]["intake"]


def test_intake_is_typed_and_shown_with_what_stands_where_nothing_is_said(api: Api) -> None:
    saved(api)
    assert intake(api, "shop") == PLAIN
    assert intake(api, "api") is None
    given = {
        "rateLimit": {"perSecond": 5, "burst": 10},
        "maxBytes": 2_048,
        "keepDeliveriesDays": 30,
        "idempotencyKey": {"expression": "payload.id", "keepSeconds": 60},
        "eventType": {"header": "X-Time"},
        "subject": {"expression": "payload.customer"},
    }
    changed = saved(api, intake=given)
    assert changed["revision"] == 2
    assert intake(api, "shop") == {
        **given,
        "idempotencyKey": {"header": None, "expression": "payload.id", "keepSeconds": 60},
        "eventType": {"header": "x-time", "expression": None},
        "subject": {"header": None, "expression": "payload.customer"},
    }
    assert saved(api)["revision"] == 2, "null keeps what is there"
    assert refused(api, intake={"subject": {"expression": "event.id"}}) == (
        "BAD_USER_INPUT",
        ["intake", "subject", "expression"],
    )
    saved(api, intake={})
    assert intake(api, "shop") == PLAIN
