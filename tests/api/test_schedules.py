"""Schedules through the API: saved, previewed, listed with their next ticks, ticked, paused and deleted; nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.triggers.schedules import services
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.schedules import BERLIN, LORD_HOWE, clock, tick, timestamp

FIELDS = """
id slug name sentence startsAt endsAt eventType data overlap catchUp catchUpSeconds jitterSeconds state pausedNote missedCount revision
plan { cron { expression timezone } interval { everySeconds } at }"""
ERRORS = "errors { code message path details }"
SAVE = f"mutation($input: SaveScheduleInput!) {{ saveSchedule(input: $input) {{ schedule {{ {FIELDS} }} {ERRORS} }} }}"
PREVIEW = """
query($input: PreviewScheduleInput!, $first: Int! = 5) { previewSchedule(input: $input, first: $first) {
  sentence nextTicks { at local zone clockChange } problems { code message path } } }"""
LIST = f"{{ schedules(first: 10) {{ totalCount edges {{ node {{ {FIELDS} nextTicks(first: 2) {{ at local zone }} }} }} }} }}"
TICKS = """
query($id: ID!) { node(id: $id) { ... on Schedule { slug ticks(first: 10) { totalCount edges { node {
  plannedAt outcome byHand missed event { type subject payload } } } } } } }"""
PAUSE = (
    f"mutation($input: PauseScheduleInput!) {{ pauseSchedule(input: $input) {{ schedule {{ {FIELDS} }} {ERRORS} }} }}"
)
RESUME = (
    f"mutation($input: ResumeScheduleInput!) {{ resumeSchedule(input: $input) {{ schedule {{ state }} {ERRORS} }} }}"
)
DELETE = f"mutation($input: DeleteScheduleInput!) {{ deleteSchedule(input: $input) {{ deletedId {ERRORS} }} }}"
NOW = f"mutation($input: RunScheduleNowInput!) {{ runScheduleNow(input: $input) {{ schedule {{ slug }} event {{ id type }} {ERRORS} }} }}"
NIGHTLY = {"slug": "nightly", "name": "Nightly", "plan": {"cron": {"expression": "30 2 * * *", "timezone": BERLIN}}}


def save(api: Api, **given: Any) -> Any:
    return api.data(SAVE, input={**NIGHTLY, **given})["saveSchedule"]


def test_schedule_is_saved_listed_and_changed(api: Api) -> None:
    made = save(api, data={"team": "ops"}, overlap="SKIP", catchUp="EACH", jitterSeconds=60)["schedule"]
    assert made == {
        "id": made["id"],
        "slug": "nightly",
        "name": "Nightly",
        "sentence": naming("02:30", BERLIN),
        "startsAt": None,
        "endsAt": None,
        "eventType": "schedule.tick",
        "data": {"team": "ops"},
        "overlap": "SKIP",
        "catchUp": "EACH",
        "catchUpSeconds": 86_400,
        "jitterSeconds": 60,
        "state": "ACTIVE",
        "pausedNote": None,
        "missedCount": 0,
        "revision": 1,
        "plan": {"cron": {"expression": "30 2 * * *", "timezone": BERLIN}, "interval": None, "at": None},
    }
    changed = save(api, plan={"interval": {"everySeconds": 5_400}}, expectedRevision=1)["schedule"]
    assert (changed["sentence"], changed["revision"]) == (naming("1 hour", "30 minutes"), 2)
    assert changed["plan"] == {"cron": None, "interval": {"everySeconds": 5_400}, "at": None}
    refused = save(api, expectedRevision=1)
    assert (refused["schedule"], refused["errors"][0]["code"]) == (None, "CONFLICT")
    connection = api.data(LIST)["schedules"]
    assert connection["totalCount"] == 1
    (node,) = [edge["node"] for edge in connection["edges"]]
    first, second = (datetime.fromisoformat(planned["at"]) for planned in node["nextTicks"])
    assert (second - first).total_seconds() == 5_400
    assert api.data("query($id: ID!) { node(id: $id) { __typename id } }", id=made["id"])["node"] == {
        "__typename": "Schedule",
        "id": made["id"],
    }


def test_once(api: Api) -> None:
    made = save(api, plan={"at": "2035-05-01T12:00:00+02:00"})["schedule"]
    assert made["sentence"] == naming("2035-05-01", "10:00", "UTC")
    assert made["plan"] == {"cron": None, "interval": None, "at": "2035-05-01T10:00:00+00:00"}


@pytest.mark.parametrize("plan", [{}, {"at": None}, {"at": "2035-05-01T12:00:00Z", "interval": {"everySeconds": 60}}])
def test_plan_is_one_of_three(api: Api, plan: dict[str, Any]) -> None:
    assert api.code(SAVE, input={**NIGHTLY, "plan": plan}) == "BAD_USER_INPUT"


def test_plan_that_stands_in_the_document_is_one_of_three(api: Api) -> None:
    document = 'mutation { saveSchedule(input: {slug: "a", name: "A", plan: {}}) { errors { code } } }'
    assert api.code(document) == "BAD_USER_INPUT"


def test_refusals_are_all_there_with_their_places(api: Api) -> None:
    plan = {"cron": {"expression": "61 25 * * *", "timezone": "Mars/Base"}}
    answer = save(api, plan=plan, jitterSeconds=-1)
    assert answer["schedule"] is None
    assert [(error["code"], error["path"]) for error in answer["errors"]] == [
        ("INVALID_SCHEDULE", ["plan", "cron", "expression"]),
        ("INVALID_SCHEDULE", ["plan", "cron", "expression"]),
        ("INVALID_SCHEDULE", ["plan", "cron", "timezone"]),
        ("INVALID_SCHEDULE", ["jitterSeconds"]),
    ]
    seen = api.data(PREVIEW, input={"plan": plan, "jitterSeconds": -1})["previewSchedule"]
    assert seen["sentence"] is None
    assert seen["nextTicks"] == []
    assert [problem["path"] for problem in seen["problems"]] == [error["path"] for error in answer["errors"]]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"slug": "No"}, "BAD_USER_INPUT", ["slug"]),
        ({"name": ""}, "BAD_USER_INPUT", ["name"]),
        ({"eventType": "with blanks"}, "BAD_USER_INPUT", ["eventType"]),
        ({"catchUpSeconds": 59}, "BAD_USER_INPUT", ["catchUpSeconds"]),
        ({"data": "x" * 300_000}, "PAYLOAD_TOO_LARGE", ["data"]),
    ],
)
def test_other_fields_are_refused_by_name(api: Api, given: dict[str, Any], code: str, path: list[str]) -> None:
    answer = save(api, **given)
    (error,) = answer["errors"]
    assert (error["code"], error["path"]) == (code, path)


def test_preview_shows_zone_and_clock_changes(api: Api) -> None:
    with clock(timestamp("2027-03-26T12:00")):
        seen = api.data(PREVIEW, input=plan_of("30 2 * * *", BERLIN), first=3)["previewSchedule"]
        howe = api.data(PREVIEW, input=plan_of("15 2 * * *", LORD_HOWE), first=1)["previewSchedule"]
    assert seen == {
        "sentence": naming("02:30", BERLIN),
        "problems": [],
        "nextTicks": [
            {
                "at": "2027-03-27T01:30:00+00:00",
                "local": "2027-03-27T02:30:00+01:00",
                "zone": "CET",
                "clockChange": None,
            },
            {
                "at": "2027-03-28T01:00:00+00:00",
                "local": "2027-03-28T03:00:00+02:00",
                "zone": "CEST",
                "clockChange": "SKIPPED",
            },
            {
                "at": "2027-03-29T00:30:00+00:00",
                "local": "2027-03-29T02:30:00+02:00",
                "zone": "CEST",
                "clockChange": None,
            },
        ],
    }
    assert howe["nextTicks"][0]["zone"] == "+11"
    with clock(timestamp("2027-10-30T12:00")):
        (twice,) = api.data(PREVIEW, input=plan_of("30 2 * * *", BERLIN), first=1)["previewSchedule"]["nextTicks"]
    assert (twice["local"], twice["zone"], twice["clockChange"]) == ("2027-10-31T02:30:00+02:00", "CEST", "REPEATED")


def test_preview_of_an_interval_counts_from_now_or_its_start(api: Api) -> None:
    with clock(timestamp("2027-03-01T12:00:00.500")):
        for starts_at, wanted in (
            (None, "2027-03-01T12:15:00+00:00"),
            ("2027-03-02T00:00:00Z", "2027-03-02T00:00:00+00:00"),
        ):
            given = {"plan": {"interval": {"everySeconds": 900}}, "startsAt": starts_at}
            seen = api.data(PREVIEW, input=given, first=1)["previewSchedule"]
            assert (seen["problems"], seen["nextTicks"][0]["at"]) == ([], wanted)
    assert seen["sentence"] == naming("15", "2027-03-02", "00:00", "UTC")


def plan_of(expression: str, zone: str) -> dict[str, Any]:
    return {"plan": {"cron": {"expression": expression, "timezone": zone}}}


def test_more_ticks_than_are_searched_for_are_refused(api: Api) -> None:
    assert api.code(PREVIEW, input=plan_of("* * * * *", "UTC"), first=21) == "LIMIT_EXCEEDED"


def test_ticks_are_told_with_their_events(api: Api, plane: Any) -> None:
    with clock(timestamp("2027-03-01T00:00")):
        made = save(api, eventType="report.due", data={"password": "hunter2"})["schedule"]
    tick(plane, timestamp("2027-03-02T01:30"))
    node = api.data(TICKS, id=made["id"])["node"]
    assert node["ticks"]["totalCount"] == 1
    (told,) = [edge["node"] for edge in node["ticks"]["edges"]]
    assert {name: told[name] for name in ("plannedAt", "outcome", "byHand", "missed")} == {
        "plannedAt": "2027-03-02T01:30:00+00:00",
        "outcome": "MADE",
        "byHand": False,
        "missed": 1,
    }
    assert (told["event"]["type"], told["event"]["subject"]) == ("report.due", "nightly")
    assert told["event"]["payload"]["missed_count"] == 1
    assert "hunter2" not in str(told)
    found = api.data('{ events(first: 5, filter: {source: "schedules", subject: "nightly"}) { totalCount } }')
    assert found == {"events": {"totalCount": 1}}


def test_paused_resumed_run_now_and_deleted(api: Api) -> None:
    made = save(api)["schedule"]
    paused = api.data(PAUSE, input={"schedule": "nightly", "note": "holidays"})["pauseSchedule"]["schedule"]
    assert (paused["state"], paused["pausedNote"]) == ("PAUSED", "holidays")
    first = api.data(NOW, input={"schedule": "nightly", "idempotencyKey": "k"})["runScheduleNow"]
    assert (first["event"]["type"], first["errors"]) == ("schedule.tick", [])
    assert api.data(NOW, input={"schedule": "nightly", "idempotencyKey": "k"})["runScheduleNow"] == first
    assert api.data(RESUME, input={"schedule": "nightly"})["resumeSchedule"]["schedule"] == {"state": "ACTIVE"}
    assert api.data(DELETE, input={"schedule": "nightly"})["deleteSchedule"] == {"deletedId": made["id"], "errors": []}
    for document in (PAUSE, RESUME, DELETE, NOW):
        (payload,) = api.data(document, input={"schedule": "nightly"}).values()
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [("NOT_FOUND", ["schedule"])]


def test_each_change_is_in_the_audit_with_who_made_it(tenant: NewTenant, api: Api, plane: Any) -> None:
    save(api)
    save(api, name="Every night", jitterSeconds=5)
    api.data(PAUSE, input={"schedule": "nightly", "note": "holidays"})
    api.data(RESUME, input={"schedule": "nightly"})
    api.data(NOW, input={"schedule": "nightly"})
    api.data(DELETE, input={"schedule": "nightly"})
    rows = plane.rows(
        "SELECT action, object_label, actor_kind, changes::text FROM audit_entry WHERE object_kind = 'schedule' ORDER BY id"
    )
    assert [(action, label, kind) for action, label, kind, _ in rows] == [
        (f"schedule.{verb}", "nightly", "api_token")
        for verb in ("create", "update", "pause", "resume", "run", "delete")
    ]
    assert '"jitter_seconds": [0, 5]' in rows[1][3]


def test_ended_schedule_says_so(api: Api, plane: Any) -> None:
    at = datetime(2027, 3, 1, 12, tzinfo=timezone.utc)
    with clock(timestamp("2027-03-01T00:00")):
        save(api, plan={"at": at.isoformat()})
    tick(plane, at)
    (edge,) = api.data(LIST)["schedules"]["edges"]
    assert (edge["node"]["state"], edge["node"]["nextTicks"]) == ("ENDED", [])


def test_schedule_whose_zone_is_gone_hides_no_other(api: Api, plane: Any) -> None:
    for slug in ("nightly", "other"):
        save(api, slug=slug)
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".schedule SET timezone = %s WHERE slug = %s', "Mars/Base", "nightly"
    )
    nodes = {edge["node"]["slug"]: edge["node"] for edge in api.data(LIST)["schedules"]["edges"]}
    assert nodes["nightly"]["sentence"] == naming("30", "2", "Mars/Base")
    assert [len(nodes[slug]["nextTicks"]) for slug in ("nightly", "other")] == [0, 2]
    answer = api.data(DELETE, input={"schedule": "nightly", "expectedRevision": 2})["deleteSchedule"]
    assert [(error["code"], error["path"]) for error in answer["errors"]] == [("CONFLICT", ["expectedRevision"])]
    assert api.data(DELETE, input={"schedule": "nightly", "expectedRevision": 1})["deleteSchedule"]["errors"] == []


def test_schedules_of_others_are_nobodys(api: Api, tenant_factory: Callable[[], NewTenant]) -> None:
    other = tenant_factory()
    made = save(Api(other.token))["schedule"]
    assert api.data("query($id: ID!) { node(id: $id) { id } }", id=made["id"]) == {"node": None}
    assert api.data(LIST)["schedules"]["totalCount"] == 0
    answer = api.data(DELETE, input={"schedule": "nightly"})["deleteSchedule"]
    assert answer["errors"][0]["code"] == "NOT_FOUND"
    with acting_for(other.ref):
        services.delete_schedule("nightly", expected_revision=None)


def test_ingest_event_makes_no_tick(api: Api) -> None:
    document = 'mutation { ingestEvent(input: {source: "schedules", type: "schedule.tick", payload: {}}) { errors { code message path } } }'
    (error,) = api.data(document)["ingestEvent"]["errors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["source"])
    assert error["message"] == naming("schedules")


def test_statements_do_not_grow_with_the_schedules(api: Api) -> None:
    from tests.support.plane import counting

    document = """{ schedules(first: 50) { edges { node { slug nextTicks { at } ticks(first: 5) { totalCount edges { node { event { id } } } } } } } }"""
    save(api)
    with counting() as one:
        api.data(document)
    for number in range(10):
        save(api, slug=f"s{number}")
    with counting() as many:
        api.data(document)
    assert of_the_list(many) == of_the_list(one)


def of_the_list(statements: list[tuple[str, bool]]) -> list[str]:
    """Without the one that looks the token up, which is remembered briefly."""
    return [words for words, _ in statements if words != "SELECT a.id, a.name,"]
