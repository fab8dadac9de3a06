"""ingestEvents: up to 100 events in one call, few statements, and an outcome for each."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.triggers.services import MOST_EVENTS, EventToIngest, ingest_events
from tests.support.api import Api
from tests.support.rest import Rest, refusal
from tests.support.source_requests import recorded_statements

INGEST = """mutation($input: IngestEventsInput!) { ingestEvents(input: $input) {
  results { index outcome event { id type source { slug } } errors { code path } } errors { code path } } }"""


def events(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "t", "payload": {"n": n}, "idempotencyKey": f"key-{n}", **more} for n in range(count)]


def ingested(api: Api, given: list[dict[str, Any]]) -> Any:
    return api.data(INGEST, input={"events": given})["ingestEvents"]


def stored(tenant: Any) -> tuple[int, ...]:
    with acting_for(tenant.ref):
        return tuple(
            fetch(f"SELECT count(*) FROM {table}")[0][0]
            for table in ("event", "event_payload", "event_key", "audit_entry WHERE action = 'event.ingest'")
        )


def test_hundred_events_are_accepted_together(api: Api, tenant: Any) -> None:
    results = ingested(api, events(MOST_EVENTS))["results"]
    assert [(one["index"], one["outcome"], one["errors"]) for one in results] == [
        (place, "NEW", []) for place in range(MOST_EVENTS)
    ]
    assert len({one["event"]["id"] for one in results}) == MOST_EVENTS
    assert results[0]["event"]["source"] == {"slug": "api"}
    assert stored(tenant) == (MOST_EVENTS,) * 4
    with acting_for(tenant.ref):
        ((transactions,),) = fetch("SELECT count(DISTINCT xid) FROM event_log")
    assert transactions == 1


def test_same_call_again_changes_nothing(api: Api, tenant: Any) -> None:
    first, again = (ingested(api, events(10))["results"] for _ in range(2))
    assert [one["outcome"] for one in again] == ["DUPLICATE"] * 10
    assert [one["event"] for one in again] == [one["event"] for one in first]
    assert stored(tenant) == (10,) * 4


def test_refused_events_are_named_and_affect_no_other(api: Api, tenant: Any) -> None:
    ingested(api, events(1))
    given: list[dict[str, Any]] = [
        {"type": "t", "payload": 1},
        {"type": "has blank", "payload": 1},
        {"type": "t", "payload": 1, "source": "none"},
        {"type": "t", "payload": 1, "source": "manual"},
        {"type": "t", "payload": 1, "idempotencyKey": ""},
        {"type": "t", "payload": {"n": 1}, "idempotencyKey": "key-0"},
        {"type": "t", "payload": 2, "idempotencyKey": "twice"},
        {"type": "t", "payload": 2, "idempotencyKey": "twice"},
        {"type": "t", "payload": 3, "idempotencyKey": "twice"},
        {"type": "t", "payload": 9},
    ]
    told = [
        (one["outcome"], [(error["code"], error["path"]) for error in one["errors"]])
        for one in ingested(api, given)["results"]
    ]
    assert told == [
        ("NEW", []),
        (None, [("BAD_USER_INPUT", ["events", "1", "type"])]),
        (None, [("NOT_FOUND", ["events", "2", "source"])]),
        (None, [("BAD_USER_INPUT", ["events", "3", "source"])]),
        (None, [("BAD_USER_INPUT", ["events", "4", "idempotencyKey"])]),
        ("CONFLICT", [("CONFLICT", ["events", "5", "idempotencyKey"])]),
        ("NEW", []),
        ("DUPLICATE", []),
        ("CONFLICT", [("CONFLICT", ["events", "8", "idempotencyKey"])]),
        ("NEW", []),
    ]
    assert stored(tenant)[0] == 4


def test_event_that_its_type_rejects_is_refused_with_its_place(api: Api) -> None:
    numbered = {"type": "object", "properties": {"n": {"type": "integer"}}}
    api.data(
        "mutation($input: SaveEventTypeInput!) { saveEventType(input: $input) { errors { code } } }",
        input={"name": "order", "schema": numbered, "onMismatch": "REJECT"},
    )
    given = {"type": "order", "payload": {"n": "x"}}
    refusal = [{"code": "INVALID_EVENT", "path": ["payload", "n"]}]
    one = "mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code path } } }"
    assert api.data(one, input=given)["ingestEvent"] == {"event": None, "errors": refusal}
    (result,) = ingested(api, [given])["results"]
    assert result["errors"] == [{"code": "INVALID_EVENT", "path": ["events", "0", "payload", "n"]}]


def test_more_events_than_a_call_takes_are_refused_together(api: Api, tenant: Any) -> None:
    payload = ingested(api, events(MOST_EVENTS + 1))
    assert (payload["results"], payload["errors"]) == ([], [{"code": "LIMIT_EXCEEDED", "path": ["events"]}])
    assert stored(tenant)[0] == 0
    assert ingested(api, []) == {"results": [], "errors": []}


@pytest.mark.parametrize(("times", "most"), [(1, 2), (2, 3)])
def test_number_of_statements_does_not_follow_the_number_of_events(tenant: Any, times: int, most: int) -> None:
    counts = []
    for count in (1, MOST_EVENTS):
        with acting_for(tenant.ref):
            given = [EventToIngest("t", {"n": n}, idempotency_key=f"{count}-{n}") for n in range(count)]
            for _ in range(times - 1):
                ingest_events(given)
            with recorded_statements() as statements:
                outcomes = ingest_events(given)
        assert not any(isinstance(one, NormalizedError) for one in outcomes)
        counts.append(len([one for one in statements if "expires_at <= now() ORDER BY" not in one]))
    assert counts == [most, most]


def test_batch_over_rest_has_the_same_outcomes(tenant: Any) -> None:
    rest = Rest(tenant.token)
    given = [*events(2), {"type": "has blank", "payload": 1}]
    response = rest.post("/events/batch", {"events": given})
    results = response.json()["results"]
    assert (response.status_code, [one["outcome"] for one in results]) == (200, ["NEW", "NEW", None])
    assert results[2]["errors"][0]["pointer"] == "/events/2/type"
    assert rest.post("/events/batch", {"events": given[:2]}).json()["results"][1]["outcome"] == "DUPLICATE"
    for body, pointer in (
        ({"events": events(MOST_EVENTS + 1)}, "/events"),
        ({"events": []}, "/events"),
        ({"events": [*events(1), {"type": 1, "payload": 1}]}, "/events/1/type"),
        ({"events": [{"type": "t"}]}, "/events/0/payload"),
        ({"events": 1}, "/events"),
    ):
        assert refusal(rest.post("/events/batch", body)) == (400, "BAD_USER_INPUT", {"pointer": pointer}), body
    assert stored(tenant)[0] == 2


def test_batch_counts_against_the_points_of_its_caller(api: Api) -> None:
    cost = api.answer(INGEST, input={"events": events(MOST_EVENTS)})["extensions"]["cost"]
    one = api.answer(INGEST, input={"events": events(1)})["extensions"]["cost"]
    assert cost["requested"] >= 500
    assert cost["charged"] > one["charged"]
