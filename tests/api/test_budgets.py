"""``setBudget``, ``budgets`` and ``deleteBudget``: limits, windows in the tenant's time zone, thresholds, and what a change wakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from automate.budgets import transitions
from tests.support.api import Api
from tests.support.budgets import setters, setting
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.tally import close, counted

FIELDS = "{ id metric window workflow limit ceiling used reserved action resetsAt }"
SET = setting(FIELDS)
put, refused = setters(SET)
DELETE = (
    "mutation ($input: DeleteBudgetInput!) { deleteBudget(input: $input) { deletedId errors { code message path } } }"
)
LIST = f"{{ budgets {FIELDS} }}"
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
DAY = {"metric": "RUNS", "window": "DAY", "limit": "3"}


@pytest.fixture
def api(plane: Plane, tenant: Any) -> Api:
    return Api(tenant.token)


def ledger(plane: Plane) -> list[tuple[Any, ...]]:
    """Per budget and window: what its row says, and what its entries sum to."""
    return plane.root.rows(
        "SELECT b.used, (SELECT sum(e.amount)::bigint FROM public.budget_entry e WHERE e.budget_id = b.id AND"
        " e.window_start = b.window_start) FROM public.budget b WHERE b.tenant_id = %s AND b.\"window\" <> 'always'",
        plane.tenant.id,
    )


def test_budget_is_set_changed_listed_and_deleted(plane: Plane, api: Api) -> None:
    made = put(api, **DAY)
    assert made == {
        "id": made["id"], "metric": "RUNS", "window": "DAY", "workflow": None, "limit": "3", "ceiling": None, "used": "0",
        "reserved": "0", "action": "THROTTLE", "resetsAt": made["resetsAt"],
    }  # fmt: skip
    assert put(api, **{**DAY, "limit": 5, "action": "REJECT"})["id"] == made["id"]
    found = api.data(LIST)["budgets"]
    assert [(one["metric"], one["window"], one["limit"], one["action"]) for one in found] == [
        ("RUNS", "DAY", "5", "REJECT"),
        ("CONCURRENT_RUNS", "ALWAYS", "100", "THROTTLE"),
    ]
    assert api.data("query ($id: ID!) { node(id: $id) { id } }", id=made["id"])["node"] == {"id": made["id"]}
    assert api.data(DELETE, input={"id": made["id"]})["deleteBudget"] == {"deletedId": made["id"], "errors": []}
    assert [one["metric"] for one in api.data(LIST)["budgets"]] == ["CONCURRENT_RUNS"]
    (error,) = api.data(DELETE, input={"id": made["id"]})["deleteBudget"]["errors"]
    assert error["code"] == "NOT_FOUND"
    entries = plane.rows("SELECT action FROM audit_entry WHERE action LIKE 'budget.%%' ORDER BY id")
    assert [entry[0] for entry in entries] == ["budget.set", "budget.set", "budget.delete"]


@pytest.mark.parametrize(
    ("wanted", "path", "named"),
    [
        ({"metric": "RUNS", "window": "ALWAYS", "limit": 1}, ["window"], ("ALWAYS", "DAY")),
        ({"metric": "CONCURRENT_RUNS", "window": "DAY", "limit": 1}, ["window"], ("DAY", "ALWAYS")),
        ({"metric": "CONCURRENT_RUNS", "window": "ALWAYS", "limit": 1, "action": "ALERT"}, ["action"], ("ALERT", "REJECT")),
        ({"metric": "RUNS", "window": "DAY", "limit": -1}, ["limit"], ("-1",)),
        ({"metric": "RUNS", "window": "DAY", "limit": 1, "workflow": "none"}, ["workflow"], ("workflow",)),
        ({"metric": "CONCURRENT_RUNS", "window": "ALWAYS", "limit": 101}, ["limit"], ("101", "100")),
    ],
)  # fmt: skip
def test_refusal_names_the_field_and_what_there_is(
    api: Api, wanted: dict[str, Any], path: list[str], named: tuple[str, ...]
) -> None:
    error = refused(api, **wanted)
    assert (error["path"][-1:], error["message"]) == (path, naming(*named))


def test_budget_of_the_plan_returns_to_its_limit(api: Api) -> None:
    mine = put(api, metric="CONCURRENT_RUNS", window="ALWAYS", limit=7, action="REJECT")
    assert (mine["limit"], mine["ceiling"], mine["resetsAt"]) == ("7", "100", None)
    api.data(DELETE, input={"id": mine["id"]})
    (found,) = api.data(LIST)["budgets"]
    assert (found["id"], found["limit"], found["action"]) == (mine["id"], "100", "THROTTLE")


def test_viewer_sees_and_only_admins_set(plane: Plane, tenant: Any, token_for: Callable[..., str]) -> None:
    viewer, editor = Api(token_for(tenant.ref, "viewer")), Api(token_for(tenant.ref, "editor"))
    assert len(viewer.data(LIST)["budgets"]) == 1
    assert editor.answer(SET, input=DAY)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_run_that_waits_names_the_budget_its_reset_and_its_place(plane: Plane, api: Api) -> None:
    put(api, **{**DAY, "limit": 1})
    plane.publish("one", NOTE)
    plane.send({}, {}, {})
    plane.drain()
    runs = api.data("{ runs { edges { node { state waitingFor { cause position until sentence } } } } }")["runs"]
    waits = [edge["node"]["waitingFor"] for edge in runs["edges"] if edge["node"]["state"] == "QUEUED"]
    resets = api.data(LIST)["budgets"][0]["resetsAt"]
    assert sorted(one["position"] for one in waits) == [1, 2]
    assert {one["cause"] for one in waits} == {"BUDGET"}
    assert waits[0]["sentence"] == naming('budget "runs per day"', resets[:10], "number")
    assert ledger(plane) == [(1, 1)]


def test_raised_limit_wakes_what_fits_and_no_more(plane: Plane, api: Api) -> None:
    put(api, **{**DAY, "limit": 1})
    plane.publish("one", NOTE)
    plane.send(*[{}] * 5)
    plane.drain()
    assert plane.runs().count(("succeeded", "")) == 1
    put(api, **{**DAY, "limit": 3})
    due = "SELECT count(*) FROM public.outbox_job WHERE open AND due_at <= now()"
    assert plane.root.value(due) == 2
    plane.drain()
    assert plane.runs().count(("succeeded", "")) == 3
    budget = api.data(LIST)["budgets"][0]
    assert budget["used"] == "3"
    api.data(DELETE, input={"id": budget["id"]})
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 5


def test_raised_slots_are_handed_to_runs_that_wait(plane: Plane, api: Api) -> None:
    put(api, metric="CONCURRENT_RUNS", window="ALWAYS", limit=0)
    plane.publish("one", NOTE)
    plane.send(*[{}] * 3)
    plane.drain()
    assert {state for state, _ in plane.runs()} == {"queued"}
    put(api, metric="CONCURRENT_RUNS", window="ALWAYS", limit=2)
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 3


def test_budget_of_a_workflow_holds_no_other(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE)
    plane.publish("two", NOTE)
    put(api, metric="RUNS", window="DAY", limit=1, workflow="one", action="REJECT")
    put(api, metric="RUNS", window="DAY", limit=5)
    plane.send(*[{}] * 3)
    plane.drain()
    assert sorted(plane.runs()) == [("failed", "BUDGET_EXCEEDED")] * 2 + [("succeeded", "")] * 4
    assert sorted((one["workflow"] or "", one["used"]) for one in api.data(LIST)["budgets"][:2]) == [
        ("", "4"),
        ("one", "1"),
    ]
    assert sorted(ledger(plane)) == [(1, 1), (4, 4)]


def test_alert_holds_nothing_and_each_threshold_makes_one_event(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "x"]})
    plane.publish("told", NOTE, when={"==": [{"var": "type"}, "budget.threshold"]})
    put(api, metric="RUNS", window="DAY", limit=5, action="ALERT", workflow="one")
    for _ in range(7):
        plane.send({}, kind="x")
        plane.drain()
    assert plane.runs() == [("succeeded", "")] * 9
    payloads = plane.rows(
        "SELECT convert_from(p.body, 'UTF8')::json ->> 'percent', convert_from(p.body, 'UTF8')::json ->> 'used' FROM event e"
        " JOIN event_payload p ON p.event_id = e.id WHERE e.type = 'budget.threshold' ORDER BY e.id"
    )
    assert payloads == [("80", "4"), ("100", "5")]


def test_limit_that_is_lowered_below_the_use_reaches_its_thresholds_at_once(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "x"]})
    put(api, **{**DAY, "limit": 100})
    plane.send(*[{}] * 5, kind="x")
    plane.drain()
    reached = []
    for limit in (7, 6, 6, 5, 3, 100, 2):
        put(api, **{**DAY, "limit": limit})
        reached.append(plane.rows("SELECT count(*)::int FROM event WHERE type = 'budget.threshold'")[0][0])
    assert reached == [0, 1, 1, 2, 2, 2, 2]


def test_rule_for_everything_is_not_started_by_thresholds(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE)
    put(api, **{**DAY, "action": "ALERT"})
    plane.send(*[{}] * 4)
    plane.drain()
    assert len(plane.runs()) == 4


def test_day_ends_in_the_time_zone_of_the_tenant_from_the_next_window_on(
    plane: Plane, api: Api, token_for: Callable[..., str]
) -> None:
    utc = datetime.fromisoformat(put(api, **DAY)["resetsAt"])
    assert (utc.hour, utc.minute) == (0, 0)
    plane.root.execute("UPDATE public.tenant SET timezone = 'Asia/Kolkata' WHERE id = %s", plane.tenant.id)
    assert datetime.fromisoformat(api.data(LIST)["budgets"][0]["resetsAt"]) == utc
    plane.publish("one", NOTE)
    plane.root.execute(
        "UPDATE public.budget SET window_start = window_start - interval '1 day', resets_at = resets_at - interval '1 day'"
        " WHERE tenant_id = %s",
        plane.tenant.id,
    )
    plane.send({})
    plane.drain()
    (there, *_) = api.data(LIST)["budgets"]
    ends = datetime.fromisoformat(there["resetsAt"]).astimezone(ZoneInfo("Asia/Kolkata"))
    assert (ends.hour, ends.minute, there["used"]) == (0, 0, "1")


def test_zone_is_refused_where_it_is_none(token_for: Callable[..., str], tenant: Any) -> None:
    platform = Api(token_for(None, "platform"))
    document = (
        "mutation ($input: UpsertTenantsInput!) { upsertTenants(input: $input)"
        " { tenants { timezone } errors { code message path } } }"
    )
    known = {"externalId": tenant.ref.slug, "slug": tenant.ref.slug, "name": "x"}
    known["externalId"] = platform.data("{ tenants(first: 100) { edges { node { slug externalId } } } }")["tenants"][
        "edges"
    ][0]["node"]["externalId"]
    answer = platform.data(document, input={"tenants": [{**known, "timezone": "Mars/Base"}]})["upsertTenants"]
    assert answer["errors"][0]["path"] == ["tenants", "0", "timezone"]


@pytest.mark.parametrize(
    ("kind", "at", "zone", "ends"),
    [
        ("day", "2026-03-29T00:30:00+00", "Europe/Berlin", "2026-03-29T22:00:00+00"),
        ("day", "2026-10-25T00:30:00+00", "Europe/Berlin", "2026-10-25T23:00:00+00"),
        ("month", "2026-01-31T23:30:00+00", "Asia/Tokyo", "2026-02-28T15:00:00+00"),
        ("hour", "2026-10-25T00:30:00+00", "Europe/Berlin", "2026-10-25T01:00:00+00"),
        ("hour", "2026-06-01T10:10:00+00", "Asia/Kolkata", "2026-06-01T10:30:00+00"),
        ("minute", "2026-06-01T10:10:30+00", "UTC", "2026-06-01T10:11:00+00"),
    ],
)
def test_windows_end_by_the_clock_there(plane: Plane, kind: str, at: str, zone: str, ends: str) -> None:
    """Also on the days that have 23 and 25 hours."""
    statement = "SELECT public.automate_window_end(%s, %s::timestamptz, %s) = %s::timestamptz"
    assert plane.root.value(statement, kind, at, zone, ends)


EVENTS_DAY = {"metric": "EVENTS", "window": "DAY", "limit": 3, "action": "REJECT"}
INGEST = (
    "mutation ($input: IngestEventInput!) { ingestEvent(input: $input)"
    " { outcome event { id } errors { code message details } } }"
)


def ingest(api: Api, key: str, kind: str = "x") -> Any:
    return api.data(INGEST, input={"type": kind, "payload": {}, "idempotencyKey": key})["ingestEvent"]


def test_events_beyond_the_budget_are_rejected_with_the_time_to_come_back(plane: Plane, api: Api) -> None:
    put(api, **EVENTS_DAY)
    assert [ingest(api, str(number))["outcome"] for number in (1, 2, 2, 3)] == ["NEW", "NEW", "DUPLICATE", "NEW"]
    (error,) = ingest(api, "4")["errors"]
    assert error["code"] == "BUDGET_EXCEEDED"
    assert 0 < error["details"]["retry_after_seconds"] <= 86_400
    assert ingest(api, "3")["outcome"] == "DUPLICATE"
    assert api.data(LIST)["budgets"][0]["used"] == "3"
    assert ledger(plane) == [(3, 3)]
    refused_by_it = "SELECT sum(refused)::int FROM public.budget_entry WHERE tenant_id = %s"
    assert plane.root.value(refused_by_it, plane.tenant.id) == 1
    assert plane.rows("SELECT type FROM event WHERE type <> 'x'") == [("budget.threshold",)] * 2
    put(api, **{**EVENTS_DAY, "limit": 4})
    assert ingest(api, "4")["outcome"] == "NEW"


def test_rejections_of_a_minute_are_one_audit_entry(plane: Plane, api: Api, tenant: Any, superuser: Any) -> None:
    put(api, **EVENTS_DAY)
    for number in range(8):
        ingest(api, str(number))
    put(api, metric="RUNS", window="DAY", limit="1", action="REJECT")
    plane.publish("one", NOTE)
    plane.drain()
    assert plane.run_states().count("failed") == 2
    close(superuser)
    entries = counted(tenant, "budget.reject")
    # Two of a cause only where the minute turned in between.
    assert {kind for _, _, kind, _ in entries} == {"budget"}
    by_metric = Counter[str]()
    for _, _, _, changes in entries:
        by_metric[changes["reason"]] += changes["count"]
    assert by_metric == {"events": 5, "runs": 2}
    assert len(entries) <= 4


def test_webhook_beyond_the_budget_is_told_when_to_come_back(plane: Plane, api: Api) -> None:
    saved = api.data('mutation { saveSource(input: {slug: "hook", scheme: UNSIGNED}) { errors { code } } }')
    assert saved["saveSource"]["errors"] == []
    put(api, **{**EVENTS_DAY, "limit": "1"})
    first, second = (
        Client().post(f"/t/{plane.tenant.slug}/hooks/hook", data={"n": n}, content_type="application/json")
        for n in (1, 2)
    )
    assert (first.status_code, second.status_code, second.json()["code"]) == (202, 429, "BUDGET_EXCEEDED")
    assert 0 < int(second["Retry-After"]) <= 86_400


def test_batch_of_events_is_rejected_whole(plane: Plane, api: Api) -> None:
    put(api, **EVENTS_DAY)
    document = (
        "mutation ($input: IngestEventsInput!) { ingestEvents(input: $input)"
        " { results { outcome errors { code } } errors { code } } }"
    )
    events = [{"type": "x", "payload": {}, "idempotencyKey": str(number)} for number in range(4)]
    answer = api.answer(document, input={"events": events})
    assert "BUDGET_EXCEEDED" in str(answer)
    assert plane.rows("SELECT count(*) FROM event") == [(0,)]


def test_events_that_the_platform_makes_do_not_count(plane: Plane, api: Api) -> None:
    plane.publish(
        "emits",
        [{"key": "e", "uses": "flow.emit_event", "with": {"type": "y", "payload": {}}}],
        when={"==": [{"var": "type"}, "x"]},
    )
    put(api, **EVENTS_DAY)
    for key in "123":
        assert ingest(api, key)["outcome"] == "NEW"
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 3
    assert plane.rows("SELECT count(*) FROM event WHERE type = 'y'") == [(3,)]
    assert api.data(LIST)["budgets"][0]["used"] == "3"


def test_alert_on_events_accepts_all(plane: Plane, api: Api) -> None:
    put(api, **{**EVENTS_DAY, "limit": 1, "action": "ALERT"})
    assert [ingest(api, key)["outcome"] for key in "12"] == ["NEW", "NEW"]
    assert api.data(LIST)["budgets"][0]["used"] == "2"


DELAY = {**EVENTS_DAY, "limit": 1, "action": "THROTTLE"}
WAITS = "query ($id: ID!) { event(id: $id) { waitingFor { cause position until sentence } decisions { verdict } } }"


def waiting(api: Api, **wanted: Any) -> list[str]:
    document = "query ($filter: EventFilter) { events(filter: $filter) { totalCount edges { node { id } } } }"
    found = api.data(document, filter=wanted)["events"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["id"] for edge in found["edges"]]


def wait_of(api: Api, event: str) -> Any:
    return api.data(WAITS, id=event)["event"]["waitingFor"]


def test_throttle_on_events_accepts_and_delays(plane: Plane, api: Api) -> None:
    made = put(api, **DELAY)
    plane.publish("one", NOTE)
    answers = [ingest(api, key) for key in "12213"]
    assert [answer["outcome"] for answer in answers] == ["NEW", "NEW", "DUPLICATE", "DUPLICATE", "NEW"]
    first, second, _, _, third = [answer["event"]["id"] for answer in answers]
    assert wait_of(api, first)["cause"] == "QUEUE"
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert wait_of(api, first) is None
    waits = [wait_of(api, event) for event in (second, third)]
    resets = datetime.fromisoformat(made["resetsAt"])
    assert [(one["cause"], one["position"]) for one in waits] == [("BUDGET", 1), ("BUDGET", 2)]
    assert [datetime.fromisoformat(one["until"]) - resets for one in waits] == [timedelta(0), timedelta(days=1)]
    assert waits[0]["sentence"] == naming('budget "events per day"', made["resetsAt"][:10], "number 1")
    assert waiting(api, waitsForBudget=True) == [third, second]
    assert waiting(api, waitsForBudget=False, types=["x"]) == [first]
    assert waiting(api, waitsForBudget=True, types=["x"], idempotencyKey="3") == [third]
    assert api.data(LIST)["budgets"][0]["used"] == "1"
    assert ledger(plane) == [(1, 1)]
    put(api, **{**DELAY, "limit": 2})
    plane.drain()
    assert [wait_of(api, event) is None for event in (second, third)] == [True, False]
    api.data(DELETE, input={"id": made["id"]})
    assert wait_of(api, third)["cause"] == "QUEUE"
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 3
    assert waiting(api, waitsForBudget=True) == []


def test_each_threshold_of_delayed_events_makes_one_event(plane: Plane, api: Api) -> None:
    put(api, **{**DELAY, "limit": 5})
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "x"]})
    plane.send(*[{}] * 7, kind="x")
    plane.drain()
    assert len(plane.runs()) == 5
    assert plane.rows("SELECT count(*) FROM event WHERE type = 'budget.threshold'") == [(2,)]


def test_reject_refuses_what_throttle_would_delay(plane: Plane, api: Api) -> None:
    put(api, **DELAY)
    put(api, **{**EVENTS_DAY, "window": "MONTH", "limit": 2})
    assert [ingest(api, key)["outcome"] for key in "12"] == ["NEW", "NEW"]
    (error,) = ingest(api, "3")["errors"]
    assert error["code"] == "BUDGET_EXCEEDED"
    plane.drain()
    assert [one["used"] for one in api.data(LIST)["budgets"][:2]] == ["1", "2"]
    put(api, **{**DELAY, "action": "REJECT"})
    plane.drain()
    assert plane.rows("SELECT count(*) FROM public.outbox_job WHERE open") == [(0,)]


def test_waiting_events_do_not_escape_the_plan(plane: Plane, api: Api) -> None:
    made = put(api, **DELAY)
    plane.root.execute("UPDATE public.budget SET ceiling = 1, ceiling_action = 'throttle' WHERE metric = 'events'")
    plane.publish("one", NOTE)
    plane.send({}, {})
    plane.drain()
    assert refused(api, **{**DELAY, "action": "REJECT"})["code"] == "LIMIT_EXCEEDED"
    assert put(api, **{**DELAY, "limit": 0})["id"] == made["id"]
    plane.root.execute("UPDATE public.budget SET used = 0, \"limit\" = 1 WHERE metric = 'events'")
    plane.root.execute("UPDATE public.budget_entry SET amount = 0")
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE parked = 'events'")
    plane.drain()
    assert put(api, **{**DELAY, "action": "REJECT"})["action"] == "REJECT"


def of_plan(plane: Plane, api: Api, limit: int) -> None:
    """A budget of events that delays, of the tenant's plan."""
    put(api, **{**DELAY, "limit": limit})
    plane.root.execute(
        "UPDATE public.budget SET ceiling = %s, ceiling_action = 'throttle' WHERE metric = 'events' AND tenant_id = %s",
        limit,
        plane.tenant.id,
    )
    plane.publish("one", NOTE)


def escape(plane: Plane, api: Api) -> list[int]:
    """The action changes while events are neither matched nor parked. Returns the used amount, and the number of runs."""
    of_plan(plane, api, 2)
    plane.send(*[{}] * 5)
    put(api, **{**DELAY, "limit": 2, "action": "REJECT"})
    plane.drain()
    return [int(api.data(LIST)["budgets"][0]["used"]), len(plane.runs())]


def test_pending_events_do_not_escape_the_plan_when_the_action_changes(plane: Plane, api: Api) -> None:
    assert escape(plane, api) == [2, 2]
    assert ledger(plane) == [(2, 2)]
    waiting = plane.rows("SELECT subject_id FROM public.outbox_job WHERE parked = 'events' ORDER BY id")
    assert [wait_of(api, str(event))["cause"] for (event,) in waiting] == ["BUDGET"] * 3
    plane.root.execute(
        "UPDATE public.budget SET window_start = window_start - interval '1 day', resets_at = now() WHERE metric = 'events'"
    )
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE parked = 'events'")
    plane.drain()
    assert len(plane.runs()) == 4


def test_pending_events_escape_the_plan_without_the_time_of_the_change(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    kept = "ELSE b.matched_until END"
    assert kept in transitions.SAVE_BUDGET
    monkeypatch.setattr(
        transitions,
        "SAVE_BUDGET",
        transitions.SAVE_BUDGET.replace("THEN clock_timestamp() +", "THEN NULL::timestamptz +"),
    )
    assert escape(plane, api) == [0, 5]


def test_event_counts_once_whether_it_is_received_before_or_after_the_change(plane: Plane, api: Api) -> None:
    of_plan(plane, api, 4)
    assert ingest(api, "1")["outcome"] == "NEW"
    put(api, **{**DELAY, "limit": 4, "action": "REJECT"})
    # Beside the change: such an event may come from a process that does not know of it yet.
    assert ingest(api, "2")["outcome"] == "NEW"
    assert api.data(LIST)["budgets"][0]["used"] == "0"
    plane.root.execute("UPDATE public.budget SET matched_until = now() WHERE metric = 'events'")
    assert [ingest(api, key)["outcome"] for key in "34"] == ["NEW", "NEW"]
    assert api.data(LIST)["budgets"][0]["used"] == "2"
    plane.drain()
    assert api.data(LIST)["budgets"][0]["used"] == "4"
    assert [error["code"] for error in ingest(api, "5")["errors"]] == ["BUDGET_EXCEEDED"]
    assert (len(plane.runs()), ledger(plane)) == (4, [(4, 4)])


def test_own_budget_of_a_tenant_lets_its_events_go_when_the_action_changes(plane: Plane, api: Api) -> None:
    put(api, **DELAY)
    plane.publish("one", NOTE)
    plane.send(*[{}] * 3)
    put(api, **{**DELAY, "action": "REJECT"})
    plane.drain()
    assert (len(plane.runs()), api.data(LIST)["budgets"][0]["used"]) == (3, "0")
