"""A person resolves a group of failures; its next failure opens it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.recovery import poison
from tests.support.api import Api

ERRORS = "errors { code path }"
GROUP = "fingerprint count state resolvedAt resolvedBy resolvedReason"
GROUPS = f"""query($of: FailureKind!, $resolved: Boolean) {{ failureGroups(of: $of, resolved: $resolved) {{
  totalCount edges {{ node {{ {GROUP} }} }} }} }}"""
RESOLVE = f"mutation($i: ResolveFailuresInput!) {{ resolveFailures(input: $i) {{ group {{ {GROUP} }} {ERRORS} }} }}"
REOPEN = f"mutation($i: ReopenFailuresInput!) {{ reopenFailures(input: $i) {{ group {{ {GROUP} }} {ERRORS} }} }}"
AUDIT = "{ auditEntries(first: 5) { edges { node { action } } } }"


def groups(api: Api, of: str = "RUNS", *, resolved: bool | None = None) -> list[Any]:
    found = api.data(GROUPS, of=of, resolved=resolved)["failureGroups"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"] for edge in found["edges"]]


def resolve(api: Api, **given: Any) -> Any:
    answer = api.data(RESOLVE, i=given)["resolveFailures"]
    assert answer["errors"] == []
    return answer["group"]


def test_resolved_group_leaves_the_open_ones_until_it_fails_again(api: Api, failed: Callable[[int], list[Any]]) -> None:
    failed(2)
    (group,) = groups(api)
    assert (group["state"], group["resolvedAt"]) == ("OPEN", None)
    assert groups(api, resolved=True) == []
    done = resolve(api, fingerprint=group["fingerprint"], reason="the card is valid again")
    assert (done["state"], done["resolvedReason"], done["count"]) == ("RESOLVED", "the card is valid again", 2)
    assert done["resolvedBy"]
    assert (groups(api, resolved=False), groups(api, resolved=True), groups(api)) == ([], [done], [done])
    failed(1)
    (again,) = groups(api, resolved=False)
    assert (again["state"], again["count"], again["resolvedReason"]) == ("REOPENED", 3, "the card is valid again")
    assert groups(api, resolved=True) == []
    assert resolve(api, fingerprint=group["fingerprint"])["state"] == "RESOLVED"


def test_trend_counts_failures_by_hour(api: Api, plane: Any, failed: Callable[[int], list[Any]]) -> None:
    old, early, _ = failed(3)
    with acting_for(plane.tenant):
        for run, hours in ((old, 25), (early, 23.5)):
            moved = f"finished_at = now() - interval '{hours} hours'"
            execute(f'UPDATE "{plane.tenant.schema}".execution_run SET {moved} WHERE id = %s', [run])
    (edge,) = api.data("{ failureGroups { edges { node { count trend } } } }")["failureGroups"]["edges"]
    assert edge["node"] == {"count": 3, "trend": [1, *[0] * 22, 1]}
    (group,) = groups(api)
    trend = RESOLVE.replace("group {", "group { trend")
    done = api.data(trend, i={"fingerprint": group["fingerprint"]})["resolveFailures"]["group"]
    assert sum(done["trend"]) == 2


def test_run_that_began_before_the_resolution_and_fails_after_it_opens_the_group(
    api: Api, plane: Any, failed: Callable[[int], list[Any]]
) -> None:
    first, _ = failed(2)
    (group,) = groups(api)
    resolve(api, fingerprint=group["fingerprint"])
    schema = plane.tenant.schema
    with acting_for(plane.tenant):
        execute(f'UPDATE "{schema}".execution_run SET finished_at = clock_timestamp() WHERE id = %s', [first])
    assert [one["state"] for one in groups(api, resolved=False)] == ["REOPENED"]


def test_resolution_is_taken_back_and_audited_once(api: Api, failed: Callable[[int], list[Any]]) -> None:
    failed(1)
    (group,) = groups(api)
    named = {"fingerprint": group["fingerprint"]}
    resolve(api, **named)
    for _ in range(2):
        answer = api.data(REOPEN, i=named)["reopenFailures"]
        assert (answer["errors"], answer["group"]["state"]) == ([], "OPEN")
    actions = [edge["node"]["action"] for edge in api.data(AUDIT)["auditEntries"]["edges"]]
    assert [one for one in actions if one.startswith("failure_group.")] == [
        "failure_group.reopen",
        "failure_group.resolve",
    ]


def test_dead_jobs_are_resolved_apart_from_runs(api: Api, plane: Any) -> None:
    plane.send({})
    claimed = plane.claim()
    with acting_for(plane.tenant):
        poison.dead_letter(claimed, NormalizedError("INTERNAL", "Out of memory."))
    (group,) = groups(api, "JOBS")
    assert resolve(api, of="JOBS", fingerprint=group["fingerprint"])["state"] == "RESOLVED"
    assert groups(api, "JOBS", resolved=False) == []


def test_unknown_and_foreign_fingerprints_get_the_same_answer(
    api: Api, tenant_factory: Callable[[], Any], failed: Callable[[int], list[Any]]
) -> None:
    stranger = Api(tenant_factory().token)
    failed(1)
    (group,) = groups(api)
    wanted = {"code": "NOT_FOUND", "path": ["fingerprint"]}
    for text in (group["fingerprint"], "0" * 32, "nonsense", ""):
        assert stranger.data(RESOLVE, i={"fingerprint": text})["resolveFailures"]["errors"] == [wanted]
        assert stranger.data(REOPEN, i={"fingerprint": text})["reopenFailures"]["errors"] == [wanted]
    assert groups(api)[0]["state"] == "OPEN"


def test_resolutions_of_groups_that_are_gone_are_removed(
    api: Api, plane: Any, failed: Callable[[int], list[Any]]
) -> None:
    failed(1)
    (group,) = groups(api)
    with acting_for(plane.tenant):
        execute(
            "INSERT INTO failure_resolution (id, kind, fingerprint, reason, resolved_by, resolved_at, last_at)"
            " VALUES (gen_random_uuid(), 'runs', gen_random_uuid(), '', 'x', now(), now())"
        )
    resolve(api, fingerprint=group["fingerprint"])
    assert plane.rows("SELECT count(*) FROM failure_resolution") == [(1,)]
