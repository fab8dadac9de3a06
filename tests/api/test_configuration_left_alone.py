"""A file leaves alone the objects and states that do not belong to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from automate.endpoints.services import disable_gone
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from tests.api.test_configuration import EXPORT, apply, exported, plan, told
from tests.support.api import Api
from tests.support.configuration_rows import held, rows_of  # noqa: F401 - a fixture
from tests.support.whole_configuration import referenced, whole


def test_pruning_leaves_what_a_second_application_brings_back(api: Api, tenant: Any) -> None:
    apply(api, {**whole(), "sources": [{**whole()["sources"][0], "enabled": True}], "webhookEndpoints": [{**whole()["webhookEndpoints"][0], "enabled": True}]})  # fmt: skip
    bare = {"secrets": [{"name": "OTHER"}]}
    assert told(apply(api, bare, prune=True)) == [
        ("SECRET", "OTHER", "CREATED"), ("SCHEDULE", "nightly", "PRUNED"), ("SCHEDULE", "often", "PRUNED"),
        ("SCHEDULE", "once", "PRUNED"), ("WORKFLOW", "main", "PRUNED"), ("WEBHOOK_ENDPOINT", "erp", "PRUNED"), ("SOURCE", "erp", "PRUNED"),
    ]  # fmt: skip
    assert told(plan(api, bare, prune=True)) == [("SECRET", "OTHER", "UNCHANGED")]
    left = exported(api)
    assert "schedules" not in left
    assert "workflows" not in left
    assert [secret["name"] for secret in left["secrets"]] == ["FREE", "OTHER", "STRIPE_KEY"], (
        "one of which nothing is said would go anywhere"
    )
    apply(api, referenced(whole()))
    assert {**exported(api), "secrets": whole()["secrets"]} == referenced(whole()), "secrets of sources were kept"


def test_what_people_and_the_world_let_wait_is_left_alone(api: Api, tenant: Any) -> None:
    apply(api, whole())
    on = {"webhookEndpoints": [{**referenced(whole())["webhookEndpoints"][0], "enabled": True}]}
    apply(api, on)
    with acting_for(tenant.ref):
        ((endpoint, revision),) = fetch("SELECT id, revision FROM webhook_endpoint")
        disable_gone([(str(endpoint), revision)])
    api.data('mutation { pauseSchedule(input: {schedule: "often", note: "holidays"}) { errors { code } } }')
    api.data('mutation { pauseWorkflow(input: {workflow: "main", reason: "x"}) { errors { code } } }')
    api.data('mutation { pauseRule(input: {rule: "big", reason: "x"}) { errors { code } } }')
    before = rows_of(tenant)
    wanted = {**referenced(whole()), **on}
    assert {outcome for *_, outcome in told(apply(api, wanted))} == {"UNCHANGED"}
    off = {**wanted, "webhookEndpoints": whole()["webhookEndpoints"]}
    assert {outcome for *_, outcome in told(apply(api, off))} == {"UNCHANGED"}, "a 410 says more than a switch"
    assert rows_of(tenant) == before
    assert told(apply(api, {"secrets": [{"name": "FREE"}]}, prune=True))[1:] == [
        ("SCHEDULE", "nightly", "PRUNED"), ("SCHEDULE", "often", "PRUNED"), ("SCHEDULE", "once", "PRUNED"), ("WORKFLOW", "main", "PRUNED"),
    ]  # fmt: skip


def test_what_is_deleted_or_over_is_not_exported(api: Api, tenant: Any) -> None:
    apply(api, whole())
    api.data('mutation { deleteSource(input: {source: "erp"}) { errors { code } } }')
    api.data('mutation { deleteWebhookEndpoint(input: {webhookEndpoint: "erp"}) { errors { code } } }')
    api.data('mutation { deleteSchedule(input: {schedule: "nightly"}) { errors { code } } }')
    with acting_for(tenant.ref):
        past = datetime.now(timezone.utc) - timedelta(days=1)
        execute("UPDATE schedule SET at = %s, planned_at = NULL, job_id = NULL WHERE slug = 'once'", [past])
    left = exported(api)
    assert set(left) == {"secrets", "eventTypes", "workflows", "rules", "schedules", "noticePolicies"}
    assert [schedule["slug"] for schedule in left["schedules"]] == ["often"]
    assert ("SCHEDULE", "once", "PRUNED") not in told(plan(api, left, prune=True))
    again = apply(api, {"sources": whole()["sources"], "schedules": whole()["schedules"][:1]})
    assert {outcome for *_, outcome in told(again)} == {"CREATED"}


def fingerprint(api: Api) -> str:
    found: str = api.data(EXPORT)["exportConfiguration"]["fingerprint"]
    return found


def test_schedule_that_has_had_its_last_tick_moves_the_fingerprint(api: Api, tenant: Any) -> None:
    apply(api, {"schedules": whole()["schedules"]})
    before = fingerprint(api)
    with acting_for(tenant.ref):
        execute("UPDATE schedule SET planned_at = planned_at + interval '1 day' WHERE slug = 'nightly'")
    assert fingerprint(api) == before, "a tick that is not the last one changes nothing that is exported"
    with acting_for(tenant.ref):
        execute("UPDATE schedule SET planned_at = NULL, job_id = NULL WHERE slug = 'once'")
    assert fingerprint(api) != before


def test_schedule_whose_moment_passed_while_it_was_paused_is_left_alone(
    api: Api, tenant: Any, tenant_factory: Callable[[], Any]
) -> None:
    """Elsewhere it could not be saved: the whole file would be refused."""
    apply(api, {"schedules": whole()["schedules"]})
    for slug in ("once", "often"):
        api.data(f'mutation {{ pauseSchedule(input: {{schedule: "{slug}"}}) {{ errors {{ code }} }} }}')
    before, found = fingerprint(api), exported(api)
    assert [schedule["slug"] for schedule in found["schedules"]] == ["nightly", "often", "once"]
    with acting_for(tenant.ref):
        execute("UPDATE schedule SET at = now() - interval '1 second' WHERE slug = 'once'")
    assert fingerprint(api) != before
    left = exported(api)
    assert [schedule["slug"] for schedule in left["schedules"]] == ["nightly", "often"]
    assert told(apply(Api(tenant_factory().token), left))
    pruned = told(plan(api, {"secrets": [{"name": "A"}]}, prune=True))[1:]
    assert pruned == [("SCHEDULE", "nightly", "PRUNED"), ("SCHEDULE", "often", "PRUNED")]
