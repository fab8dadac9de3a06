"""Tokens through the API: made, listed, rotated and revoked, with at most the rights of their maker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from automate.kernel.permissions import ROLES
from automate.kernel.roles import WEB_LOGIN
from automate.kernel.tenancy import acting_for_platform
from tests.support.api import Api, code_of
from tests.support.logins import running_as
from tests.support.racing import race
from tests.support.servers import Servers

FIELDS = (
    "id name prefix role scopes permissions allowedIps state createdBy { kind id name } expiresAt revokedAt lastUsedAt"
)
ERRORS = "errors { code path details }"
CREATE = f"""
mutation ($input: CreateTokenInput!) {{ createToken(input: $input) {{ token {{ {FIELDS} }} value {ERRORS} }} }}"""
ROTATE = f"""
mutation ($input: RotateTokenInput!) {{ rotateToken(input: $input) {{ token {{ {FIELDS} }} value {ERRORS} }} }}"""
REVOKE = f"""
mutation ($input: RevokeTokenInput!) {{
  revokeToken(input: $input) {{ token {{ {FIELDS} }} itsTokens {{ name state }} {ERRORS} }} }}"""
TOKENS = f"""
query ($active: Boolean! = false) {{ tokens(active: $active) {{ totalCount edges {{ node {{ {FIELDS} }} }} }} }}"""
REISSUE = f"""
mutation ($input: ReissueTenantTokenInput!) {{
  reissueTenantToken(input: $input) {{ token {{ {FIELDS} }} value {ERRORS} }} }}"""
REVOKE_OF_TENANT = f"""
mutation ($input: RevokeTenantTokenInput!) {{ revokeTenantToken(input: $input) {{ token {{ state }} itsTokens {{ name state }} {ERRORS} }} }}"""
AUDIT = """
{ auditEntries(filter: {objectKind: "api_token"}) { edges { node { action actor { kind name } object { id } changes } } } }"""
VIEWER = "{ viewer { id name permissions } }"


def create(api: Api, name: str = "ci", role: str = "viewer", **bounds: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.data(CREATE, input={"name": name, "role": role.upper(), **bounds})["createToken"]
    return made


def made(api: Api, role: str = "viewer", **bounds: Any) -> tuple[Api, str]:
    """A token that works, and its id."""
    answer = create(api, role=role, **bounds)
    assert answer["errors"] == []
    return Api(answer["value"]), answer["token"]["id"]


def refusal(answer: dict[str, Any]) -> tuple[str, list[str]]:
    (error,) = answer["errors"]
    return error["code"], error["path"]


def in_hours(hours: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).isoformat()


def refused(api: Api) -> str:
    return code_of(api.post({"query": VIEWER}))


def test_token_is_shown_once_and_has_what_was_asked(api: Api) -> None:
    answer = create(api, role="operator", scopes=["view_runs", "ingest_events"], allowedIps=["127.0.0.0/8"])
    token, value = answer["token"], answer["value"]
    assert token["permissions"] == token["scopes"] == ["ingest_events", "view_runs"]
    assert (token["state"], token["allowedIps"], value.startswith(token["prefix"])) == ("ACTIVE", ["127.0.0.0/8"], True)
    assert token["createdBy"]["name"] == api.data(VIEWER)["viewer"]["name"]
    assert Api(value).data(VIEWER)["viewer"]["permissions"] == ["ingest_events", "view_runs"]
    assert Api(value).code("{ workflows { edges { node { id } } } }") == "FORBIDDEN"
    assert value not in str(api.data(TOKENS))


def test_value_has_a_checksum_and_one_with_an_error_is_refused_without_sql(api: Api) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tenants.tokens import checksum

    value = create(api)["value"]
    assert checksum(value[:-6]) == value[-6:]
    wrong = value[:20] + ("A" if value[20] != "A" else "B") + value[21:]
    with CaptureQueriesContext(connection) as said:
        assert refused(Api(wrong)) == "UNAUTHENTICATED"
    assert len(said) == 0


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"name": ""}, "BAD_USER_INPUT", ["name"]),
        ({"scopes": ["view_runs", "fly"]}, "BAD_USER_INPUT", ["scopes"]),
        ({"scopes": ["manage_tokens"]}, "BAD_USER_INPUT", ["scopes"]),
        ({"scopes": []}, "BAD_USER_INPUT", ["scopes"]),
        ({"allowedIps": []}, "BAD_USER_INPUT", ["allowedIps"]),
        ({"allowedIps": ["10.0.0.1/8"]}, "BAD_USER_INPUT", ["allowedIps"]),
        ({"allowedIps": ["example.com"]}, "BAD_USER_INPUT", ["allowedIps"]),
        ({"allowedIps": ["10.0.0.0/8"] * 51}, "BAD_USER_INPUT", ["allowedIps"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "BAD_USER_INPUT", ["expiresAt"]),
    ],
)
def test_wrong_wish_is_refused_with_its_field(api: Api, asked: dict[str, Any], code: str, path: list[str]) -> None:
    assert refusal(create(api, **asked)) == (code, path)


@pytest.mark.parametrize("role", ["admin", "editor", "operator", "viewer"])
def test_no_role_makes_a_token_above_itself(tenant: Any, token_for: Callable[..., str], role: str) -> None:
    api = Api(token_for(tenant.ref, role))
    above = [name for name, permissions in ROLES.items() if name != "platform" and not permissions <= ROLES[role]]
    assert above
    for name in above:
        if "manage_tokens" in ROLES[role]:
            assert refusal(create(api, role=name)) == ("FORBIDDEN", ["scopes"])
        else:
            assert api.code(CREATE, input={"name": "ci", "role": name.upper()}) == "FORBIDDEN"


def test_token_never_exceeds_the_scopes_expiry_and_addresses_of_its_maker(api: Api) -> None:
    own = {
        "scopes": ["manage_tokens", "view_tokens", "view_runs"],
        "expiresAt": in_hours(1),
        "allowedIps": ["127.0.0.0/8"],
    }
    maker, _ = made(api, "admin", **own)
    assert refusal(create(maker, role="viewer")) == ("FORBIDDEN", ["scopes"])
    scoped: dict[str, Any] = {"role": "viewer", "scopes": ["view_runs"]}
    assert refusal(create(maker, **scoped, expiresAt=in_hours(2))) == ("FORBIDDEN", ["expiresAt"])
    assert refusal(create(maker, **scoped, allowedIps=["10.0.0.0/8"])) == ("FORBIDDEN", ["allowedIps"])
    assert refusal(create(maker, **scoped, allowedIps=["::/0"])) == ("FORBIDDEN", ["allowedIps"])
    left_out = create(maker, **scoped)["token"]
    assert (left_out["allowedIps"], left_out["expiresAt"] is None) == (["127.0.0.0/8"], False)
    assert create(maker, **scoped, allowedIps=["127.0.0.1"])["token"]["allowedIps"] == ["127.0.0.1/32"]


def test_token_is_refused_from_another_address(api: Api) -> None:
    elsewhere, _ = made(api, allowedIps=["203.0.113.0/24", "2001:db8::/32"])
    assert refused(elsewhere) == "FORBIDDEN"
    for address, welcome in (("203.0.113.9", True), ("::ffff:203.0.113.9", True), ("2001:db8::1", True), ("x", False)):
        elsewhere.client.defaults["REMOTE_ADDR"] = address
        assert ("data" in elsewhere.answer(VIEWER)) is welcome, address


def test_revoked_token_is_refused_and_stays_in_the_list(api: Api) -> None:
    token, token_id = made(api)
    revoked = api.data(REVOKE, input={"token": token_id})["revokeToken"]
    assert (revoked["errors"], revoked["token"]["state"]) == ([], "REVOKED")
    assert refused(token) == "UNAUTHENTICATED"
    again = api.data(REVOKE, input={"token": token_id})["revokeToken"]
    assert again["token"]["revokedAt"] == revoked["token"]["revokedAt"]
    shown = {node["node"]["id"]: node["node"]["state"] for node in api.data(TOKENS)["tokens"]["edges"]}
    assert shown[token_id] == "REVOKED"
    assert token_id not in {node["node"]["id"] for node in api.data(TOKENS, active=True)["tokens"]["edges"]}


def family(api: Api) -> tuple[dict[str, Api], dict[str, str]]:
    """A token `leaked`, what was made with it and with those, and a token `apart`: by name, and their ids."""
    tokens, ids = {"": api}, dict[str, str]()
    for name, maker in (
        ("leaked", ""),
        ("child", "leaked"),
        ("between", "leaked"),
        ("grandchild", "between"),
        ("apart", ""),
    ):
        answer = create(tokens[maker], name, "admin")
        tokens[name], ids[name] = Api(answer["value"]), answer["token"]["id"]
    rotated = tokens["leaked"].data(ROTATE, input={"token": ids["apart"], "overlapSeconds": 3600})["rotateToken"]
    tokens["successor"] = Api(rotated["value"])
    return tokens, ids


def working(tokens: dict[str, Api]) -> set[str]:
    return {name for name, token in tokens.items() if "data" in token.answer(VIEWER)}


def test_revocation_lists_the_tokens_that_it_leaves_active(api: Api) -> None:
    tokens, ids = family(api)
    api.data(REVOKE, input={"token": ids["between"]})
    answer = api.data(REVOKE, input={"token": ids["leaked"]})["revokeToken"]
    assert [(one["name"], one["state"]) for one in answer["itsTokens"]] == [
        ("child", "ACTIVE"),
        ("grandchild", "ACTIVE"),
        ("apart", "ACTIVE"),
    ]
    assert working(tokens) == {"", "child", "grandchild", "apart", "successor"}


def test_leaked_token_ends_with_all_that_were_made_with_it(api: Api) -> None:
    """Also with the tokens of one that has ended, and with successors that it learned by rotating others."""
    tokens, ids = family(api)
    api.data(REVOKE, input={"token": ids["between"]})
    answer = api.data(REVOKE, input={"token": ids["leaked"], "andItsTokens": True})["revokeToken"]
    assert {one["state"] for one in answer["itsTokens"]} == {"REVOKED"}
    assert len(answer["itsTokens"]) == 3
    assert working(tokens) == {"", "apart"}
    entries = [edge["node"] for edge in api.data(AUDIT)["auditEntries"]["edges"]][:4]
    assert {entry["action"] for entry in entries} == {"api_token.revoke"}
    assert [len(entry["changes"]) for entry in entries].count(2) == 3


def test_token_ends_its_maker_and_itself(api: Api) -> None:
    tokens, ids = family(api)
    answer = tokens["child"].data(REVOKE, input={"token": ids["leaked"], "andItsTokens": True})["revokeToken"]
    assert answer["errors"] == []
    assert working(tokens) == {"", "apart"}


def test_token_makes_none_while_it_is_revoked_with_its_tokens(api: Api, tenant: Any) -> None:
    """8 racers: a token that is made in the same second is listed, or is refused."""
    answer = create(api, "leaked", "admin")
    leaked, leaked_id = answer["value"], answer["token"]["id"]
    revoke = {"token": leaked_id, "andItsTokens": True}

    def act(number: int) -> Any:
        return (
            Api(tenant.token).data(REVOKE, input=revoke)
            if number == 3
            else Api(leaked).answer(CREATE, input={"name": "late", "role": "VIEWER"})
        )

    for one in race(8, act):
        assert isinstance(one, dict), one
    active = [edge["node"]["name"] for edge in api.data(TOKENS, active=True)["tokens"]["edges"]]
    assert active == ["first token"]


def test_rotation_keeps_rights_and_ends_the_old_token_after_the_overlap(api: Api) -> None:
    old, old_id = made(api, "operator", scopes=["view_runs"], expiresAt=in_hours(24))
    first = api.data(ROTATE, input={"token": old_id, "overlapSeconds": 3600})["rotateToken"]
    assert first["errors"] == []
    assert (first["token"]["role"], first["token"]["scopes"]) == ("OPERATOR", ["view_runs"])
    assert in_hours(23) < first["token"]["expiresAt"] < in_hours(25)
    assert "data" in old.answer(VIEWER)
    (before,) = [edge["node"] for edge in api.data(TOKENS)["tokens"]["edges"] if edge["node"]["id"] == old_id]
    assert before["expiresAt"] < in_hours(1.1)
    second = api.data(ROTATE, input={"token": first["token"]["id"], "overlapSeconds": 0})["rotateToken"]
    assert refused(Api(first["value"])) == "UNAUTHENTICATED"
    assert "data" in Api(second["value"]).answer(VIEWER)
    ended = api.data(ROTATE, input={"token": first["token"]["id"], "overlapSeconds": 0})["rotateToken"]
    assert refusal(ended) == ("CONFLICT", ["token"])
    assert refusal(api.data(ROTATE, input={"token": old_id, "overlapSeconds": -1})["rotateToken"]) == (
        "BAD_USER_INPUT",
        ["overlapSeconds"],
    )


def test_token_rotates_itself_for_as_long_a_life_and_no_longer(api: Api) -> None:
    scopes = ["manage_tokens", "view_tokens"]
    own, own_id = made(api, "admin", scopes=scopes, expiresAt=in_hours(2))
    longer = own.data(ROTATE, input={"token": own_id, "overlapSeconds": 0, "expiresAt": in_hours(3)})["rotateToken"]
    assert refusal(longer) == ("FORBIDDEN", ["expiresAt"])
    renewed = own.data(ROTATE, input={"token": own_id, "overlapSeconds": 0})["rotateToken"]
    assert renewed["errors"] == []
    assert refused(own) == "UNAUTHENTICATED"
    assert Api(renewed["value"]).data(VIEWER)["viewer"]["permissions"] == scopes


def test_admin_neither_rotates_nor_revokes_what_an_owner_has(
    api: Api, tenant: Any, token_for: Callable[..., str]
) -> None:
    admin = Api(token_for(tenant.ref, "admin"))
    _, owned = made(api, "owner")
    assert refusal(admin.data(REVOKE, input={"token": owned})["revokeToken"]) == ("FORBIDDEN", ["token"])
    rotated = admin.data(ROTATE, input={"token": owned, "overlapSeconds": 0})["rotateToken"]
    assert refusal(rotated) == ("FORBIDDEN", ["scopes"])


def test_tokens_of_another_tenant_are_unknown(api: Api, tenant_factory: Callable[[], Any]) -> None:
    stranger = Api(tenant_factory().token)
    _, theirs = made(stranger)
    for answer in (
        api.data(REVOKE, input={"token": theirs})["revokeToken"],
        api.data(ROTATE, input={"token": theirs, "overlapSeconds": 0})["rotateToken"],
    ):
        assert answer["errors"][0]["code"] == "NOT_FOUND"
    assert api.data("query ($id: ID!) { node(id: $id) { id } }", id=theirs)["node"] is None
    assert stranger.data("query ($id: ID!) { node(id: $id) { id } }", id=theirs)["node"] == {"id": theirs}


def test_each_verb_writes_an_entry_without_the_value(api: Api) -> None:
    _, token_id = made(api, scopes=["view_runs"])
    successor = api.data(ROTATE, input={"token": token_id, "overlapSeconds": 0})["rotateToken"]
    api.data(REVOKE, input={"token": successor["token"]["id"]})
    entries = [edge["node"] for edge in api.data(AUDIT)["auditEntries"]["edges"]]
    assert [entry["action"] for entry in entries] == ["api_token.revoke", "api_token.rotate", "api_token.create"]
    assert [entry["object"]["id"] for entry in entries] == [*[successor["token"]["id"]] * 2, token_id]
    assert entries[2]["changes"]["scopes"] == [None, ["view_runs"]]
    assert successor["value"] not in str(entries)


def test_tenant_has_at_most_so_many_active_tokens(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from automate.kernel.limits import LIMITS
    from tenants import api_tokens

    monkeypatch.setattr(api_tokens, "LIMITS", replace(LIMITS, tokens=2))
    made(api)
    assert refusal(create(api)) == ("LIMIT_EXCEEDED", [])


def test_token_of_an_older_release_reads_tokens_and_makes_none(
    api: Api, tenant: Any, database: Servers, superuser: Any
) -> None:
    """It has no proof, and row-level security asks web's login for one."""
    with running_as(database, WEB_LOGIN):
        made(api)
        superuser.execute("UPDATE public.api_token SET proof = NULL WHERE tenant_id = %s", [tenant.ref.id])
        assert refusal(create(api)) == ("FORBIDDEN", [])
        assert api.data(TOKENS)["tokens"]["totalCount"] == 2


def test_platform_reissues_lists_and_revokes_tokens_of_a_tenant(platform: Api, tenant: Any, api: Api) -> None:
    wanted = {"tenant": tenant.ref.slug, "reason": "lost"}
    new = platform.data(REISSUE, input=wanted)["reissueTenantToken"]
    assert new["errors"] == []
    assert refused(api) == "UNAUTHENTICATED"
    owner = Api(new["value"])
    listed = platform.data(
        "query ($tenant: String!) { tenantTokens(tenant: $tenant) { edges { node { id state } } } }",
        tenant=tenant.ref.slug,
    )["tenantTokens"]["edges"]
    assert [edge["node"]["state"] for edge in listed] == ["ACTIVE", "REVOKED"]
    entries = [edge["node"] for edge in owner.data(AUDIT)["auditEntries"]["edges"]]
    assert [(entry["action"], entry["actor"]["kind"]) for entry in entries] == [("api_token.reissue", "OPERATOR")]
    assert entries[0]["changes"]["reason"] == [None, "lost"]
    gone = platform.data(REVOKE_OF_TENANT, input={**wanted, "token": new["token"]["id"]})["revokeTenantToken"]
    assert gone == {"token": {"state": "REVOKED"}, "itsTokens": [], "errors": []}
    assert refused(owner) == "UNAUTHENTICATED"
    with acting_for_platform("a test"):
        from tenants.models import PlatformAuditEntry

        acts = PlatformAuditEntry.objects.filter(tenant_id=tenant.ref.id, object_kind="api_token").order_by("id")
        assert [act.action for act in acts] == ["api_token.reissue", "api_token.revoke"]


def test_platform_is_told_of_an_unknown_tenant_and_token(platform: Api, tenant: Any) -> None:
    unknown = platform.data(REISSUE, input={"tenant": "nobody", "reason": "lost"})["reissueTenantToken"]
    assert refusal(unknown) == ("NOT_FOUND", ["tenant"])
    token = {"tenant": tenant.ref.slug, "token": "x", "reason": "lost"}
    assert refusal(platform.data(REVOKE_OF_TENANT, input=token)["revokeTenantToken"]) == ("NOT_FOUND", ["token"])
