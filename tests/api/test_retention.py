"""``retention``, ``saveRetention``, ``previewRetention``, holds of the platform, and how what is gone is answered."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from automate.kernel.permissions import MANAGE_RETENTION, ROLES
from automate.retention.classes import CLASSES, ClassPolicy, defaults_from, in_force
from graphql_schema.ids import global_id
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane

FIELDS = "{ dataClass days defaultDays ownDays holdReason removedBefore }"
LIST = f"{{ retention {FIELDS} }}"
SAVE = f"mutation ($input: SaveRetentionInput!) {{ saveRetention(input: $input) {{ policies {FIELDS} errors {{ code message path }} }} }}"
PREVIEW = "query ($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days rows bytes exact } }"
HOLD = f"mutation ($input: HoldRetentionInput!) {{ holdRetention(input: $input) {{ policies {FIELDS} errors {{ code }} }} }}"
RELEASE = f"mutation ($input: ReleaseRetentionInput!) {{ releaseRetention(input: $input) {{ policies {FIELDS} errors {{ code }} }} }}"
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]


@pytest.fixture
def api(plane: Plane, tenant: Any) -> Api:
    return Api(tenant.token)


def days(policies: list[Any]) -> dict[str, int | None]:
    return {one["dataClass"]: one["days"] for one in policies}


def put(api: Api, **policies: int | None) -> Any:
    wanted = [{"dataClass": name, "days": value} for name, value in policies.items()]
    answer = api.data(SAVE, input={"policies": wanted})["saveRetention"]
    assert answer["errors"] == []
    return answer["policies"]


def refused(api: Api, **policies: int | None) -> Any:
    wanted = [{"dataClass": name, "days": value} for name, value in policies.items()]
    (error,) = api.data(SAVE, input={"policies": wanted})["saveRetention"]["errors"]
    return error


def test_policies_begin_with_the_defaults_of_the_platform(api: Api) -> None:
    found = api.data(LIST)["retention"]
    assert [one["dataClass"] for one in found] == [name.upper() for name in CLASSES]
    assert days(found) == {
        "PAYLOADS": 90, "OUTPUTS": 90, "RUNS": 90, "RUN_LOG": 90, "DECISIONS": 90, "DELIVERIES": 90, "AUDIT": None,
    }  # fmt: skip


def test_tenant_shortens_and_returns_to_its_plan(plane: Plane, api: Api) -> None:
    after = put(api, RUNS=30, PAYLOADS=7)
    assert days(after) == {
        "PAYLOADS": 7, "OUTPUTS": 30, "RUNS": 30, "RUN_LOG": 30, "DECISIONS": 30, "DELIVERIES": 90, "AUDIT": None,
    }  # fmt: skip
    assert days(put(api, RUNS=None)) == {**days(api.data(LIST)["retention"]), "RUNS": 90, "PAYLOADS": 7}
    changes = plane.rows("SELECT changes::text FROM audit_entry WHERE action = 'retention.save' ORDER BY id")
    assert [change for (change,) in changes] == [
        naming('"runs": [null, 30]', '"payloads": [null, 7]'), naming('"runs": [30, null]'),
    ]  # fmt: skip


def test_tenant_lengthens_nothing(api: Api) -> None:
    error = refused(api, RUNS=91)
    assert (error["code"], error["message"]) == ("LIMIT_EXCEEDED", naming("91", "90"))
    assert error["path"] == ["policies", "0", "days"]
    assert refused(api, RUNS=0)["code"] == "BAD_USER_INPUT"
    assert refused(api, AUDIT=30) == {
        "code": "BAD_USER_INPUT", "message": naming("AUDIT", "for ever"), "path": ["policies", "0", "dataClass"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"dataClass": "RUNS", "days": 0}, "BAD_USER_INPUT"),
        ({"dataClass": "RUNS", "days": -4}, "BAD_USER_INPUT"),
        ({"dataClass": "RUNS", "days": 91}, "LIMIT_EXCEEDED"),
        ({"dataClass": "AUDIT", "days": 30}, "BAD_USER_INPUT"),
    ],
)
def test_preview_refuses_what_cannot_be_saved(api: Api, wanted: dict[str, Any], code: str) -> None:
    assert api.code(PREVIEW, policies=[wanted]) == code


def test_only_an_owner_sets_retention(tenant: Any, token_for: Any) -> None:
    assert [role for role, permissions in ROLES.items() if MANAGE_RETENTION in permissions] == ["owner"]
    admin = Api(token_for(tenant.ref, "admin"))
    (error,) = admin.answer(SAVE, input={"policies": []})["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("FORBIDDEN", naming("manage_retention", "owner"))
    assert "admin" not in error["message"], "an admin cannot grant it"
    assert days(admin.data(LIST)["retention"])["RUNS"] == 90


def test_plans_have_days_of_their_own() -> None:
    defaults = defaults_from(["60", "payloads=30", "free.runs=14", "big.runs=forever"])
    assert defaults.of_plan("standard")["payloads"] == 30
    assert defaults.of_plan("free")["runs"] == 14
    assert defaults.of_plan("big")["runs"] is None
    assert defaults.of_plan("big")["audit"] is None


@pytest.mark.parametrize("entry", ["0", "runs", "runs=x", "audit=3", "zzz=3", "free.zzz=3", "runs=99999999"])
def test_wrong_setting_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"write|names|is not"):
        defaults_from([entry])


def test_hold_on_what_belongs_to_runs_holds_runs() -> None:
    policies = {name: ClassPolicy(name, 90) for name in CLASSES} | {"outputs": ClassPolicy("outputs", 90, 5, "court")}
    assert in_force(policies) == {
        "payloads": 90, "outputs": None, "runs": None, "run_log": 90, "decisions": 90, "deliveries": 90, "audit": None,
    }  # fmt: skip


def test_platform_holds_and_releases(plane: Plane, api: Api, platform: Api) -> None:
    slug = plane.tenant.slug
    held = platform.data(HOLD, input={"tenant": slug, "dataClasses": ["RUNS"], "reason": "court case 7"})
    assert held["holdRetention"]["errors"] == []
    (runs,) = [one for one in api.data(LIST)["retention"] if one["dataClass"] == "RUNS"]
    assert (runs["days"], runs["holdReason"]) == (None, "court case 7")
    assert days(put(api, RUNS=10))["RUNS"] is None, "a hold outlasts the tenant's wish"
    shown = platform.data(f"query ($tenant: String!) {{ retention(tenant: $tenant) {FIELDS} }}", tenant=slug)
    assert days(shown["retention"])["RUNS"] is None
    after = platform.data(RELEASE, input={"tenant": slug})["releaseRetention"]["policies"]
    assert days(after)["RUNS"] == 10
    actions = api.data("{ auditEntries(first: 9) { edges { node { action } } } }")["auditEntries"]["edges"]
    assert {"retention.hold", "retention.release"} <= {edge["node"]["action"] for edge in actions}
    gone = platform.data(HOLD, input={"tenant": "nobody", "reason": "x"})["holdRetention"]["errors"]
    assert gone == [{"code": "NOT_FOUND"}]


def test_tenant_cannot_lift_a_hold(plane: Plane) -> None:
    """Nor say that something was removed: the columns are not granted."""
    for column in ("hold_reason = ''", "removed_before = now()", "held_at = NULL"):
        with pytest.raises(Exception, match="permission denied"):
            plane.rows(f"UPDATE public.retention_policy SET {column} RETURNING id")


def test_preview_counts_rows_and_bytes(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE)
    plane.send({"text": "x" * 500}, {"text": "y"})
    plane.drain()
    schema = plane.tenant.schema
    plane.root.execute(f"UPDATE \"{schema}\".execution_run SET finished_at = finished_at - interval '40 days'")
    before = api.data(PREVIEW)["previewRetention"]
    assert {one["dataClass"]: one["rows"] for one in before} == {name.upper(): "0" for name in CLASSES}
    wanted = [{"dataClass": "RUNS", "days": 30}]
    found = {one["dataClass"]: one for one in api.data(PREVIEW, policies=wanted)["previewRetention"]}
    assert (found["RUNS"]["rows"], found["RUN_LOG"]["rows"]) == ("2", "10")
    assert int(found["RUNS"]["bytes"]) > 600
    assert api.data(LIST)["retention"] == api.data(LIST)["retention"]


def old_id() -> uuid.UUID:
    return uuid.UUID("018bcfe5-6800-7000-8000-00000000abcd")


def test_what_retention_would_have_removed_has_expired(plane: Plane, api: Api) -> None:
    """The answer says nothing of whether it ever existed."""
    run, event = global_id("ExecutionRun", old_id()), global_id("Event", old_id())
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert api.data(node, id=run) == {"node": None}
    plane.root.execute(
        "INSERT INTO public.retention_policy (id, tenant_id, data_class, removed_before, changed_at)"
        " VALUES (gen_random_uuid(), %s, 'runs', now() - interval '90 days', now())",
        plane.tenant.id,
    )
    assert api.code(node, id=run) == "EXPIRED"
    assert api.code(node, id=event) == "EXPIRED"
    assert api.code("query ($id: ID!) { run(id: $id) { id } }", id=run) == "EXPIRED"
    assert api.code("query ($id: ID!) { event(id: $id) { id } }", id=event) == "EXPIRED"
    answer = api.client.get(f"/api/v1/runs/{old_id()}", headers={"Authorization": f"Bearer {api.token}"})
    assert (answer.status_code, answer.json()["code"]) == (410, "EXPIRED")
    young = global_id("ExecutionRun", uuid.UUID("f18bcfe5-6800-7000-8000-00000000abcd"))
    assert api.data(node, id=young) == {"node": None}
    assert api.data(node, id=global_id("Workflow", old_id())) == {"node": None}


def test_run_and_event_say_what_of_them_has_expired(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE)
    (event,) = plane.send({"n": 1})
    plane.drain()
    document = "query ($id: ID!) { event(id: $id) { expired payload runs { edges { node { expired } } } } }"
    shown = api.data(document, id=global_id("Event", event))["event"]
    assert shown["expired"] == []
    assert shown["runs"]["edges"] == [{"node": {"expired": []}}]
    for name in ("payloads", "outputs"):
        plane.root.execute(
            "INSERT INTO public.retention_policy (id, tenant_id, data_class, removed_before, changed_at)"
            " VALUES (gen_random_uuid(), %s, %s, now() + interval '1 day', now())",
            plane.tenant.id,
            name,
        )
    plane.root.execute("SET session_replication_role = replica")
    plane.root.execute(f'DELETE FROM "{plane.tenant.schema}".event_payload')
    plane.root.execute("SET session_replication_role = DEFAULT")
    shown = api.data(document, id=global_id("Event", event))["event"]
    assert shown == {"expired": ["PAYLOADS"], "payload": None, "runs": {"edges": [{"node": {"expired": ["OUTPUTS"]}}]}}


def test_run_whose_outputs_have_expired_is_not_retried(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE)
    plane.send({"n": 1})
    plane.drain()
    ((run,),) = plane.rows("SELECT id FROM execution_run")
    plane.root.execute(
        "INSERT INTO public.retention_policy (id, tenant_id, data_class, removed_before, changed_at)"
        " VALUES (gen_random_uuid(), %s, 'outputs', now() + interval '1 day', now())",
        plane.tenant.id,
    )
    document = "mutation ($input: RetryRunsInput!) { retryRuns(input: $input) { errors { code path } } }"
    wanted = {"runs": [global_id("ExecutionRun", run)], "from": "START", "version": "SAME", "reason": "x"}
    assert api.data(document, input=wanted)["retryRuns"]["errors"] == [{"code": "EXPIRED", "path": ["runs", "0"]}]


def test_link_whose_other_end_is_gone_says_so(plane: Plane, api: Api) -> None:
    (event,) = plane.send({"n": 1})
    document = "query ($id: ID!) { event(id: $id) { derivedFrom { id } derivedFromExpired } }"
    own = {"id": global_id("Event", event)}
    assert api.data(document, **own)["event"] == {"derivedFrom": None, "derivedFromExpired": False}
    plane.root.execute("SET session_replication_role = replica")
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".event SET derived_from_id = gen_random_uuid()')
    plane.root.execute("SET session_replication_role = DEFAULT")
    assert api.data(document, **own)["event"] == {"derivedFrom": None, "derivedFromExpired": True}
