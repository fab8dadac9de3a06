"""Ids as logs, webhooks' answers and templates give them, wherever the field says of what they are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.support.api import MAIN_JOB, OPERATE, Api
from tests.support.facts import naming

RUN = "query($id: ID!) { run(id: $id) { id } }"
UNKNOWN = str(uuid.UUID(int=7))


def test_bare_uuid_is_taken_where_the_type_is_known(busy: Any) -> None:
    from graphql_schema.ids import global_id

    event, run, workflow = busy.events[0], busy.runs[0], busy.flow.workflow
    assert busy.api.data(MAIN_JOB["Event"], id=str(event))["event"]["id"] == global_id("Event", event)
    assert busy.api.data(RUN, id=str(run).upper())["run"]["id"] == global_id("ExecutionRun", run)
    asked = "query($id: ID!, $f: RunFilter) { workflow(id: $id) { id } runs(first: 9, filter: $f) { edges { node { id } } } }"
    found = busy.api.data(asked, id=str(workflow), f={"event": str(event)})
    assert found["workflow"] == {"id": global_id("Workflow", workflow)}
    assert found["runs"]["edges"] == [{"node": {"id": global_id("ExecutionRun", run)}}]


def test_bare_uuids_of_runs_and_events_can_be_acted_on(api: Api, plane: Any) -> None:
    plane.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({})
    plane.drain()
    ((run, event),) = plane.rows("SELECT id, event_id FROM execution_run")
    cancelled = api.data(OPERATE["CancelRuns"], input={"runs": [str(run), UNKNOWN], "reason": "x"})["cancelRuns"]
    assert [one["state"] for one in cancelled["runs"]] == ["CANCELLING"]
    assert [(error["code"], error["path"]) for error in cancelled["errors"]] == [("NOT_FOUND", ["runs", "1"])]
    replayed = api.data(OPERATE["ReplayEvent"], input={"event": str(event)})["replayEvent"]
    assert (len(replayed["runs"]), replayed["errors"]) == (1, [])


def test_bare_uuids_of_other_tenants_answer_as_unknown_ones(busy: Any, api: Api) -> None:
    for given in (str(busy.events[0]), UNKNOWN):
        assert api.data(MAIN_JOB["Event"], id=given) == {"event": None}
    for given in (str(busy.runs[0]), UNKNOWN):
        assert api.data(RUN, id=given) == {"run": None}
        (error,) = api.data(OPERATE["CancelRuns"], input={"runs": [given], "reason": "x"})["cancelRuns"]["errors"]
        assert (error["code"], error["message"]) == ("NOT_FOUND", naming("run"))
        assert (error["path"], error["details"]) == (["runs", "0"], {})


def test_bare_uuid_of_another_type_is_nothing(busy: Any) -> None:
    assert busy.api.data(RUN, id=str(busy.events[0])) == {"run": None}


@pytest.mark.parametrize("spell", ["{hex}", "urn:uuid:{id}", "{{{id}}}", " {id}"])
def test_other_spellings_of_a_uuid_are_nothing(busy: Any, spell: str) -> None:
    run = busy.runs[0]
    assert busy.api.data(RUN, id=spell.format(hex=run.hex, id=run)) == {"run": None}


def test_node_takes_global_ids_alone(busy: Any, platform: Api) -> None:
    assert busy.api.data(MAIN_JOB["Node"], id=str(busy.events[0])) == {"node": None}
    assert platform.data("query($id: ID!) { node(id: $id) { id } }", id=str(busy.ref.id)) == {"node": None}


def test_slug_that_looks_like_a_uuid_is_a_slug(api: Api, plane: Any) -> None:
    """Where a field takes a slug or an id, the id is a global one."""
    plane.publish(UNKNOWN, [{"key": "a", "uses": "log.write", "with": {"message": "x"}}])
    plane.send({})
    plane.drain()
    asked = "query($f: RunFilter) { runs(first: 9, filter: $f) { edges { node { state } } } }"
    assert api.data(asked, f={"workflow": UNKNOWN})["runs"]["edges"] == [{"node": {"state": "SUCCEEDED"}}]
