"""Stored secret values: set through the API, opened by the worker alone, in the version that a step names."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.vault.envelope import open_envelope
from automate.vault.keys import public_of, vault_keys
from automate.vault.places import secret_place
from automate.vault.unopened import CannotOpenError
from graphql_schema.secrets.mutations.set_secret import SetSecretInput
from tests.conftest import VAULT_KEY
from tests.support.api import Api
from tests.support.held_secrets import hold_secret
from tests.support.plane import Plane, Scripted, connectors

SET = """
mutation ($input: SetSecretInput!) { setSecret(input: $input) {
  secret { id name ref version hasValue allowedHosts connectors updatedAt versions { number ref current expiresAt } }
  errors { code path } } }"""
USES = """
query ($name: String!, $first: Int) { secretUses(name: $name, first: $first) {
  totalCount edges { cursor node { version backend workflow step run } } } }"""
DELETE = "mutation ($input: DeleteSecretInput!) { deleteSecret(input: $input) { deleted errors { code path } } }"
numbers = itertools.count()
FIRST, SECOND = "sk_live_the_first_value", "sk_live_the_second_value"


@pytest.fixture
def api(plane: Plane, token_for: Any) -> Api:
    return Api(token_for(plane.tenant, "admin"))


def put(api: Api, value: str, name: str = "KEY", **more: Any) -> Any:
    answer = api.data(SET, input={"name": name, "value": value, **more})["setSecret"]
    assert answer["errors"] == []
    return answer["secret"]


def run_with(plane: Plane, *refs: str, slug: str = "") -> Scripted:
    """The connector of a run whose step names these refs."""
    slug = slug or f"flow-{next(numbers)}"
    scripted = Scripted()
    with connectors(scripted):
        given = {f"v{place}": ref for place, ref in enumerate(refs)}
        steps = [{"key": "a", "uses": scripted.name, "with": given, "retry": {"max_attempts": 1}}]
        plane.publish(slug, steps, when={"==": [{"var": "type"}, slug]})
        plane.send({}, kind=slug)
        plane.drain()
    return scripted


def inputs(scripted: Scripted) -> list[Any]:
    return [call.input for call in scripted.calls]


def test_first_value_makes_the_secret_and_reaches_the_call(plane: Plane, api: Api) -> None:
    made = put(api, FIRST, allowedHosts=["api.stripe.com"], allowedConnectors=None)
    assert (made["name"], made["ref"], made["version"], made["hasValue"]) == ("KEY", "$secret:KEY", 1, True)
    assert (made["allowedHosts"], made["connectors"]) == (["api.stripe.com"], None)
    assert made["versions"] == [{"number": 1, "ref": "$secret:KEY@1", "current": True, "expiresAt": None}]
    assert inputs(run_with(plane, "Bearer $secret:KEY")) == [{"v0": f"Bearer {FIRST}"}]
    ((sealed,),) = plane.rows("SELECT sealed FROM secret_version")
    assert sealed.startswith("v2.k1.")
    assert plane.rows("SELECT name, version, backend FROM secret_resolution") == [("KEY", 1, "database")]


def test_versions_overlap_and_the_newest_one_is_the_default(plane: Plane, api: Api) -> None:
    put(api, FIRST)
    assert put(api, SECOND)["version"] == 2
    assert inputs(run_with(plane, "$secret:KEY", "$secret:KEY@1", "$secret:KEY@2")) == [
        {"v0": SECOND, "v1": FIRST, "v2": SECOND}
    ]
    assert sorted(plane.rows("SELECT version FROM secret_resolution")) == [(1,), (2,), (2,)]


def test_version_ends_with_its_overlap(plane: Plane, api: Api) -> None:
    put(api, FIRST)
    overlapping = put(api, SECOND, overlapSeconds=3600)["versions"]
    assert [(one["number"], one["expiresAt"] is None) for one in overlapping] == [(2, True), (1, False)]
    assert inputs(run_with(plane, "$secret:KEY@1")) == [{"v0": FIRST}]
    plane.root.execute(f"UPDATE {plane.tenant.schema}.secret_version SET expires_at = now() WHERE number = 1")
    assert run_with(plane, "$secret:KEY@1").calls == []
    assert plane.runs()[-1] == ("failed", "SECRET_UNAVAILABLE")
    third = put(api, FIRST, overlapSeconds=0)["versions"]
    assert [one["number"] for one in third] == [3], "no number is given out twice"


def test_stored_value_comes_before_that_of_the_environment(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_secret(monkeypatch, plane.tenant, "KEY", FIRST)
    assert inputs(run_with(plane, "$secret:KEY")) == [{"v0": FIRST}]
    put(api, SECOND)
    assert inputs(run_with(plane, "$secret:KEY")) == [{"v0": SECOND}]
    assert plane.rows("SELECT backend FROM secret_resolution ORDER BY id") == [("environment",), ("database",)]


def test_value_moved_to_another_row_does_not_open(plane: Plane, api: Api) -> None:
    put(api, FIRST)
    put(api, SECOND, name="OTHER")
    plane.root.execute(
        f"UPDATE {plane.tenant.schema}.secret_version SET sealed = (SELECT v.sealed FROM {plane.tenant.schema}.secret_version v"
        f" JOIN {plane.tenant.schema}.secret s ON s.id = v.secret_id WHERE s.slug = 'OTHER')"
    )
    assert run_with(plane, "$secret:KEY").calls == []
    assert plane.runs() == [("failed", "INTERNAL")]


def test_public_key_alone_seals_and_opens_nothing(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """As web is."""
    monkeypatch.setattr(settings, "AUTOMATE_VAULT_KEYS", vault_keys(public_of(VAULT_KEY), []))
    put(api, FIRST)
    ((sealed,),) = plane.rows("SELECT sealed FROM secret_version")
    with pytest.raises(CannotOpenError):
        open_envelope(sealed, secret_place(plane.tenant.id, "KEY", 1))


def test_installation_without_a_key_pair_stores_nothing(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "AUTOMATE_VAULT_KEYS", vault_keys("", []))
    assert api.code(SET, input={"name": "KEY", "value": FIRST}) == "VAULT_KEY_MISSING"
    assert plane.rows("SELECT * FROM secret") == []


def test_uses_are_listed_newest_first_and_stay_after_deletion(plane: Plane, api: Api) -> None:
    put(api, FIRST)
    run_with(plane, "$secret:KEY")
    put(api, SECOND)
    run_with(plane, "$secret:KEY", slug="second")
    assert api.data(DELETE, input={"name": "KEY", "force": True})["deleteSecret"] == {"deleted": True, "errors": []}
    found = api.data(USES, name="KEY", first=1)["secretUses"]
    (edge,) = found["edges"]
    assert found["totalCount"] == 2
    assert {key: edge["node"][key] for key in ("version", "backend", "workflow", "step")} == {
        "version": 2,
        "backend": "database",
        "workflow": "second",
        "step": "a",
    }


def test_resolving_a_stored_value_costs_no_statement(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement reads rules and values, one records the resolutions, wherever the value comes from."""

    def about_secrets() -> int:
        with CaptureQueriesContext(connection) as context:
            run_with(plane, "$secret:KEY")
        return len([query for query in context if " secret s " in query["sql"]])

    hold_secret(monkeypatch, plane.tenant, "KEY", FIRST)
    from_environment = about_secrets()
    put(api, SECOND)
    assert (from_environment, about_secrets()) == (2, 2)


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"name": "key"}, "BAD_USER_INPUT", ["name"]),
        ({"value": " abc "}, "BAD_USER_INPUT", ["value"]),
        ({"value": "x" * 32_769}, "PAYLOAD_TOO_LARGE", ["value"]),
        ({"overlapSeconds": -1}, "BAD_USER_INPUT", ["overlapSeconds"]),
        ({"overlapSeconds": 31_622_401}, "BAD_USER_INPUT", ["overlapSeconds"]),
        ({"allowedHosts": ["*"]}, "BAD_USER_INPUT", ["allowedHosts", "0"]),
        ({"expectedRevision": 1}, "CONFLICT", ["expectedRevision"]),
    ],
)
def test_nonsense_is_refused_without_the_value(api: Api, given: dict[str, Any], code: str, path: list[str]) -> None:
    answer = api.data(SET, input={"name": "KEY", "value": FIRST, **given})["setSecret"]
    assert [(error["code"], error["path"]) for error in answer["errors"]] == [(code, path)]
    assert given.get("value", FIRST) not in str(answer)


def test_versions_are_bounded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automate.vault.services.MOST_VERSIONS", 2)
    put(api, FIRST)
    put(api, SECOND)
    refused = api.data(SET, input={"name": "KEY", "value": FIRST})["setSecret"]["errors"]
    assert [error["code"] for error in refused] == ["LIMIT_EXCEEDED"]
    assert put(api, FIRST, overlapSeconds=0)["version"] == 3, "the refused call used no number"


def test_used_secret_is_deleted_only_by_force(plane: Plane, api: Api) -> None:
    put(api, FIRST)
    put(api, SECOND)
    run_with(plane, "$secret:KEY@1")

    def delete(**given: Any) -> tuple[bool, list[str]]:
        answer = api.data(DELETE, input={"name": "KEY", **given})["deleteSecret"]
        return answer["deleted"], [error["code"] for error in answer["errors"]]

    assert delete() == (False, ["SECRET_IN_USE"])
    assert delete(version=1) == (False, ["SECRET_IN_USE"])
    assert delete(version=3) == (False, ["NOT_FOUND"])
    assert delete(version=2, expectedRevision=1) == (False, ["CONFLICT"])
    assert delete(version=2) == (True, [])
    assert delete(version=1, force=True) == (True, [])
    assert delete(force=True) == (True, [])
    assert delete() == (False, ["NOT_FOUND"])
    assert plane.rows("SELECT count(*) FROM secret_version") == [(0,)]
    actions = plane.rows("SELECT action, changes::text FROM audit_entry WHERE action LIKE 'secret.%%' ORDER BY id")
    assert [action for action, _ in actions] == [
        "secret.set",
        "secret.set",
        "secret.delete_version",
        "secret.delete_version",
        "secret.delete",
    ]
    assert not [changes for _, changes in actions if FIRST in changes or SECOND in changes]


def test_secret_that_the_environment_holds_keeps_its_rule(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its rule the variable's value could go to any host."""
    put(api, FIRST, allowedHosts=["api.stripe.com"])
    hold_secret(monkeypatch, plane.tenant, "KEY", SECOND)
    answer = api.data(DELETE, input={"name": "KEY", "force": True})["deleteSecret"]
    assert [error["code"] for error in answer["errors"]] == ["SECRET_IN_USE"]


def test_secret_that_only_the_environment_holds_is_not_called_unknown(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`secrets` lists it, so an answer that sends the caller there would lead nowhere."""
    hold_secret(monkeypatch, plane.tenant, "KEY", SECOND)
    answer = api.data(DELETE, input={"name": "KEY", "force": True})["deleteSecret"]
    assert [error["code"] for error in answer["errors"]] == ["SECRET_IN_USE"]


def test_role_that_reads_secrets_sets_and_deletes_none(plane: Plane, token_for: Any) -> None:
    editor, operator = (Api(token_for(plane.tenant, role)) for role in ("editor", "operator"))
    assert editor.code(SET, input={"name": "KEY", "value": FIRST}) == "FORBIDDEN"
    assert editor.code(DELETE, input={"name": "KEY"}) == "FORBIDDEN"
    assert editor.code(USES, name="KEY") == "NOT_FOUND"
    put(Api(token_for(plane.tenant, "admin")), FIRST)
    assert editor.data(USES, name="KEY")["secretUses"]["totalCount"] == 0
    assert operator.code(USES, name="KEY") == "FORBIDDEN"


def test_secret_of_another_tenant_is_not_found(api: Api, tenant_factory: Any, token_for: Any) -> None:
    other = Api(token_for(tenant_factory().ref, "admin"))
    mine = put(api, FIRST)
    answer = other.data(DELETE, input={"name": "KEY", "force": True})["deleteSecret"]
    assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (other.data(node, id=mine["id"]), api.data(node, id=mine["id"])) == (
        {"node": None},
        {"node": {"id": mine["id"]}},
    )


def test_input_shows_no_value() -> None:
    assert FIRST not in repr(cast("Any", SetSecretInput)(name="KEY", value=FIRST))
