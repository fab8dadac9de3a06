"""One rule or schedule by its slug, and a rule that is deleted."""

from __future__ import annotations

from typing import Any

from tests.support.api import Api
from tests.support.windows import NOTE, come, pass_until, started, windows

DELETE = """mutation($i: DeleteRuleInput!) { deleteRule(input: $i) { deletedId errors { code path message } } }"""
RULE = "query($slug: String, $id: ID) { rule(slug: $slug, id: $id) { id slug revision } }"
SCHEDULE = "query($slug: String, $id: ID) { schedule(slug: $slug, id: $id) { id slug } }"
MAKE_SCHEDULE = """mutation { saveSchedule(input: {slug: "nightly", name: "Nightly", plan: {interval: {everySeconds: 900}}})
  { schedule { id } errors { code message } } }"""
DECISIONS = "{ events { edges { node { decisions { verdict rule { slug } } } } } }"


def delete(api: Api, **given: Any) -> Any:
    return api.data(DELETE, i={"rule": "one", **given})["deleteRule"]


def test_deleted_rule_starts_nothing_more_and_what_it_did_stays(api: Api, plane: Any) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "x"]})
    plane.send({}, kind="x")
    plane.drain()
    found = api.data(RULE, slug="one")["rule"]
    assert api.data(RULE, id=found["id"])["rule"] == found
    assert delete(api) == {"deletedId": found["id"], "errors": []}
    assert api.data(RULE, slug="one")["rule"] is api.data(RULE, id=found["id"])["rule"] is None
    plane.send({}, kind="x")
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    told = [edge["node"]["decisions"] for edge in api.data(DECISIONS)["events"]["edges"]]
    assert told == [[], [{"verdict": "MATCHED", "rule": None}]]
    audited = plane.rows("SELECT object_label, changes ->> 'name' FROM audit_entry WHERE action = 'rule.delete'")
    assert [label for label, _ in audited] == ["one"]


def test_what_it_waits_for_ends_without_a_run(api: Api, plane: Any) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "x"]}, options={"debounce": {"period_seconds": 10}})
    come(plane, 0, {"n": 1}, kind="x")
    delete(api)
    pass_until(plane, 100)
    assert started(plane) == []
    assert [window[1] for window in windows(plane)] == [False]


def test_who_may_not_is_told_why(api: Api, plane: Any) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "x"]})
    (moved,) = delete(api, expectedRevision=7)["errors"]
    assert (moved["code"], moved["path"]) == ("CONFLICT", ["expectedRevision"])
    api.data('mutation { pauseRule(input: {rule: "one", reason: "x"}) { errors { code } } }')
    (paused,) = delete(api)["errors"]
    assert (paused["code"], paused["path"]) == ("CONFLICT", ["rule"])
    assert "resumeRule" in paused["message"]
    assert api.data(DELETE, i={"rule": "none"})["deleteRule"]["errors"][0]["code"] == "NOT_FOUND"


def test_one_schedule_is_found_by_id_and_slug(api: Api) -> None:
    made = api.data(MAKE_SCHEDULE)["saveSchedule"]["schedule"]["id"]
    wanted = {"id": made, "slug": "nightly"}
    assert api.data(SCHEDULE, slug="nightly")["schedule"] == api.data(SCHEDULE, id=made)["schedule"] == wanted
    assert api.data(SCHEDULE, slug="none")["schedule"] is None
