"""Retention by plan: ``savePlan`` holds the days of each data class, a tenant may only shorten them, and the sweeper follows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.retention import queries
from tests.api.test_plans import Operator
from tests.api.test_retention import LIST, days, put, refused
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane

SHOW = "{ plans { slug retention { dataClass days } } }"
RUNS_30 = {"dataClass": "RUNS", "days": 30}


@pytest.fixture
def api(plane: Plane, tenant: Any) -> Api:
    return Api(tenant.token)


@pytest.fixture
def operator(plane: Plane, platform: Api) -> Operator:
    return Operator(platform, plane)


def test_plan_says_how_long_its_tenants_keep_data(operator: Operator, api: Api) -> None:
    operator.save(retention=[RUNS_30, {"dataClass": "DELIVERIES", "days": None}])
    (plan,) = [one for one in operator.api.data(SHOW)["plans"] if one["slug"] == operator.slug]
    assert plan["retention"] == [RUNS_30, {"dataClass": "DELIVERIES", "days": None}]
    operator.move()
    found = api.data(LIST)["retention"]
    assert days(found) == {
        "PAYLOADS": 30, "OUTPUTS": 30, "RUNS": 30, "RUN_LOG": 30, "DECISIONS": 30, "DELIVERIES": None, "AUDIT": None,
    }  # fmt: skip
    assert {one["dataClass"]: one["defaultDays"] for one in found}["PAYLOADS"] == 90, (
        "the platform's, where the plan is silent"
    )


def test_tenant_may_only_shorten_what_its_plan_says(operator: Operator, api: Api) -> None:
    operator.save(retention=[RUNS_30])
    operator.move()
    error = refused(api, RUNS=31)
    assert (error["code"], error["message"]) == ("LIMIT_EXCEEDED", naming("31", "30"))
    assert days(put(api, RUNS=7))["RUNS"] == 7


def test_days_follow_the_plan_and_own_days_outlive_its_changes(operator: Operator, api: Api) -> None:
    operator.save(retention=[RUNS_30])
    operator.move()
    put(api, RUNS=20)
    for of_plan, in_force in ((10, 10), (200, 20), (None, 20)):
        operator.save(retention=[{"dataClass": "RUNS", "days": of_plan}])
        assert days(api.data(LIST)["retention"])["RUNS"] == in_force
    operator.move("standard")
    put(api, RUNS=None)
    assert days(api.data(LIST)["retention"])["RUNS"] == 90


def test_saving_a_plan_without_days_returns_to_the_platforms(operator: Operator, api: Api) -> None:
    operator.save(retention=[RUNS_30])
    operator.move()
    operator.save()
    assert days(api.data(LIST)["retention"])["RUNS"] == 90


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([{"dataClass": "RUNS", "days": 0}], "BAD_USER_INPUT"),
        ([{"dataClass": "RUNS", "days": 36_501}], "BAD_USER_INPUT"),
        ([{"dataClass": "AUDIT", "days": 30}], "BAD_USER_INPUT"),
        ([RUNS_30, RUNS_30], "BAD_USER_INPUT"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_are_refused(operator: Operator, entries: list[dict[str, Any]], code: str) -> None:
    (error,) = operator.answer(retention=entries)["errors"]
    assert (error["code"], error["path"][1 if error["path"][0] == "input" else 0]) == (code, "retention")


def test_change_is_an_entry_of_the_tenants_record(operator: Operator, plane: Plane) -> None:
    operator.save()
    operator.move()
    operator.save(retention=[RUNS_30])
    ((changes,),) = plane.root.rows(
        "SELECT changes::text FROM public.platform_audit_entry WHERE tenant_id = %s AND action = 'plan.save'",
        plane.tenant.id,
    )
    assert json.loads(changes)["retention"] == [{}, {"runs": 30}]


def test_twin_that_reads_the_settings_alone_keeps_too_much(
    operator: Operator, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.save(retention=[RUNS_30])
    operator.move()
    own = queries.default_days
    monkeypatch.setattr(queries, "default_days", lambda plan, _own: own(plan, {}))
    assert days(api.data(LIST)["retention"])["RUNS"] == 90


def test_tenant_reads_the_days_of_no_other_plan(operator: Operator, plane: Plane) -> None:
    from automate.kernel.sql import fetch
    from automate.kernel.tenancy import acting_for

    operator.save(retention=[RUNS_30])
    with acting_for(plane.tenant):
        assert fetch("SELECT retention FROM public.plan WHERE slug = %s", [operator.slug]) == []
