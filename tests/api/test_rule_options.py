"""Options of rules through the API: saved, refused with their places, shown; and what became of each event."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, come, pass_until

OPTIONS = """options { stop rateLimit { limit periodSeconds key } debounce { periodSeconds maxWaitSeconds key }
  throttle { limit periodSeconds burst key } count { atLeast withinSeconds key }
  absence { unless withinSeconds key unlessKey } }"""
SAVE = f"""mutation($input: SaveRuleInput!) {{ saveRule(input: $input) {{
  rule {{ revision {OPTIONS} }} errors {{ code message path details }} }} }}"""
DECIDED = """query { events(first: 20) { edges { node { payload decisions {
  verdict reason run { id event { payload } } collapsedInto { id event { payload } }
  window { option key open outcome matches waiting closesAt run { id } } } } } } }"""
WINDOWS = """query { rules(first: 1) { edges { node { windows(first: 10) {
  totalCount edges { node { id option key open outcome matches waiting run { state } } } } } } } }"""
NONE = {"rateLimit": None, "debounce": None, "throttle": None, "count": None, "absence": None}


@pytest.fixture
def save(api: Api, plane: Plane) -> Any:
    plane.publish("one", NOTE)

    def act(options: Any = ..., **fields: Any) -> Any:
        given = {"slug": "one", "name": "One", "workflow": "one", "when": True, **fields}
        return api.data(SAVE, input=given if options is ... else {**given, "options": options})["saveRule"]

    return act


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"stop": True}, {"stop": True}),
        (
            {"rateLimit": {"limit": 3, "periodSeconds": 60}},
            {"rateLimit": {"limit": 3, "periodSeconds": 60, "key": None}},
        ),
        (
            {"debounce": {"periodSeconds": 30, "maxWaitSeconds": 300, "key": KEY}},
            {"debounce": {"periodSeconds": 30, "maxWaitSeconds": 300, "key": KEY}},
        ),
        (
            {"throttle": {"limit": 3, "periodSeconds": 60}, "count": {"atLeast": 5, "withinSeconds": 10}},
            {
                "throttle": {"limit": 3, "periodSeconds": 60, "burst": 1, "key": None},
                "count": {"atLeast": 5, "withinSeconds": 10, "key": None},
            },
        ),
        (
            {"absence": {"unless": {"==": [1, 2]}, "withinSeconds": 9, "key": KEY, "unlessKey": "{{ event.subject }}"}},
            {"absence": {"unless": {"==": [1, 2]}, "withinSeconds": 9, "key": KEY, "unlessKey": "{{ event.subject }}"}},
        ),
    ],
    ids=",".join,
)
def test_options_are_shown_as_they_were_saved(save: Any, given: Any, shown: Any) -> None:
    answer = save(given)
    assert answer["errors"] == []
    assert answer["rule"]["options"] == {"stop": False, **NONE, **shown}


def test_null_leaves_options_and_an_empty_object_takes_them_away(save: Any) -> None:
    save({"stop": True})
    assert save()["rule"]["options"] == {"stop": True, **NONE}
    assert save(None)["rule"]["options"] == {"stop": True, **NONE}
    assert save({})["rule"]["options"] is None


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({"rateLimit": {"limit": 0, "periodSeconds": 60}}, ["options", "rateLimit", "limit"], naming("limit", "1", "1000")),
        ({"count": {"atLeast": 1, "withinSeconds": 60}}, ["options", "count", "atLeast"], naming("atLeast", "2", "1000")),
        (
            {"debounce": {"periodSeconds": 60, "maxWaitSeconds": 30}},
            ["options", "debounce", "maxWaitSeconds"],
            naming("maxWaitSeconds", "periodSeconds", "60"),
        ),
        (
            {"debounce": {"periodSeconds": 60}, "count": {"atLeast": 2, "withinSeconds": 60}},
            ["options", "count"],
            naming("rateLimit", "debounce", "count", "absence"),
        ),
        (
            {"throttle": {"limit": 1, "periodSeconds": 60, "key": "{{ steps.a.output }}"}},
            ["options", "throttle", "key"],
            naming("event"),
        ),
        (
            {"throttle": {"limit": 1, "periodSeconds": 60, "key": "customer"}},
            ["options", "throttle", "key"],
            naming("key"),
        ),
        ({"throttle": {"limit": 1, "periodSeconds": 60, "key": "$secret:KEY"}}, ["options", "throttle", "key"], naming("secret")),
        ({"absence": {"unless": {"nope": [1]}, "withinSeconds": 60}}, ["options", "absence", "unless"], None),
        ({"throttle": {"limit": 1, "periodSeconds": 60, "key": "{{ event.payload. }}"}}, ["options", "throttle", "key"], None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(save: Any, options: Any, path: list[str], message: str | None) -> None:
    answer = save(options)
    assert answer["rule"] is None
    (error,) = answer["errors"]
    assert error["path"] == path
    assert error["code"] in {"INVALID_RULE", "INVALID_TEMPLATE"}
    assert message is None or error["message"] == message


def test_all_problems_come_at_once(save: Any) -> None:
    errors = save({"rateLimit": {"limit": 0, "periodSeconds": 0, "key": "x"}})["errors"]
    assert sorted(error["path"][-1] for error in errors) == ["key", "limit", "periodSeconds"]


def told(api: Api) -> list[dict[str, Any]]:
    """The decision about each event, oldest first, by its payload's n."""
    edges = api.data(DECIDED)["events"]["edges"]
    return [{"n": edge["node"]["payload"]["n"], **edge["node"]["decisions"][0]} for edge in reversed(edges)]


def test_collapsed_events_lead_to_the_run_that_took_them(api: Api, plane: Plane) -> None:
    plane.publish("one", NOTE, options={"debounce": {"period_seconds": 30, "key": KEY}})
    for at in (0, 10):
        come(plane, at, {"n": at, "customer": "acme"})
    before = told(api)
    assert [(one["run"], one["collapsedInto"]) for one in before] == [(None, None)] * 2
    assert before[0]["window"] == {
        "option": "DEBOUNCE", "key": "acme", "open": True, "outcome": None, "matches": "2", "waiting": 0,
        "closesAt": "2027-03-01T00:00:40+00:00", "run": None,
    }  # fmt: skip
    pass_until(plane, 40)
    first, last = told(api)
    assert first["run"] is None
    assert first["collapsedInto"]["event"]["payload"]["n"] == 10
    assert (last["run"]["id"], last["collapsedInto"]) == (first["collapsedInto"]["id"], None)
    assert (last["window"]["outcome"], last["window"]["run"]["id"]) == ("FIRED", last["run"]["id"])


def test_event_that_had_lapsed_before_a_count_is_none_of_it(api: Api, plane: Plane) -> None:
    plane.publish("one", NOTE, options={"count": {"at_least": 2, "within_seconds": 60}})
    for at in (0, 70, 80, 90):
        come(plane, at, {"n": at})
    lapsed, first, second, after = told(api)
    assert (lapsed["run"], lapsed["collapsedInto"]) == (None, None)
    assert first["collapsedInto"]["id"] == second["run"]["id"] == after["collapsedInto"]["id"]
    assert [one["verdict"] for one in (lapsed, first, second, after)] == [
        "SUPPRESSED",
        "SUPPRESSED",
        "MATCHED",
        "SUPPRESSED",
    ]


def test_dropped_event_has_no_run_and_says_why(api: Api, plane: Plane) -> None:
    plane.publish("one", NOTE, options={"rate_limit": {"limit": 1, "period_seconds": 60}})
    come(plane, 0, {"n": 0}, {"n": 1})
    kept, dropped = told(api)
    assert kept["run"]["event"]["payload"]["n"] == 0
    assert (dropped["verdict"], dropped["run"], dropped["collapsedInto"]) == ("SUPPRESSED", None, None)
    assert dropped["reason"] == naming("rateLimit", "1", "60", "2027-03-01", "00:01:00", "UTC")


def test_queued_runs_say_what_they_wait_for_and_are_counted(api: Api, plane: Plane) -> None:
    plane.publish("one", NOTE, options={"throttle": {"limit": 1, "period_seconds": 60}})
    come(plane, 0, *({"n": n} for n in range(3)))
    runs = api.data("{ runs(first: 5) { edges { node { state waitingFor { cause position until sentence } } } } }")
    assert [edge["node"]["waitingFor"] for edge in runs["runs"]["edges"]] == [
        {"cause": "RULE", "position": 2, "until": "2027-03-01T00:02:00+00:00",
         "sentence": naming("one", "1", "60", "2")},
        {"cause": "RULE", "position": 1, "until": "2027-03-01T00:01:00+00:00",
         "sentence": naming("one", "60", "1")},
        None,
    ]  # fmt: skip
    (edge,) = api.data(WINDOWS)["rules"]["edges"][0]["node"]["windows"]["edges"]
    assert (edge["node"]["option"], edge["node"]["waiting"]) == ("THROTTLE", 2)


def test_explanation_tells_what_the_options_made_of_it(api: Api, plane: Plane) -> None:
    plane.publish("one", NOTE, options={"rate_limit": {"limit": 1, "period_seconds": 60}})
    _, dropped = come(plane, 0, {"n": 0}, {"n": 1})
    from graphql_schema.ids import global_id

    ask = """query($event: ID!, $rule: String) { explainRule(when: true, event: $event, rule: $rule) {
      verdict decision { verdict reason window { option } } } }"""
    found = api.data(ask, event=global_id("Event", dropped), rule="one")["explainRule"]
    assert (found["verdict"], found["decision"]["verdict"], found["decision"]["window"]) == (
        "MATCHED", "SUPPRESSED", {"option": "RATE_LIMIT"},
    )  # fmt: skip
    assert api.data(ask, event=global_id("Event", dropped), rule=None)["explainRule"]["decision"] is None
    assert api.data(ask, event=global_id("Event", dropped), rule="nobody")["explainRule"] is None


def test_windows_are_nodes(api: Api, plane: Plane) -> None:
    plane.publish("one", NOTE, options={"count": {"at_least": 2, "within_seconds": 60}})
    come(plane, 0, {"n": 0})
    window = api.data(WINDOWS)["rules"]["edges"][0]["node"]["windows"]
    node = api.data(
        "query($id: ID!) { node(id: $id) { ... on RuleWindow { option matches } } }",
        id=window["edges"][0]["node"]["id"],
    )
    assert node == {"node": {"option": "COUNT", "matches": "1"}}
    assert window["totalCount"] == {"value": 1, "exact": True} or window["totalCount"] == 1
