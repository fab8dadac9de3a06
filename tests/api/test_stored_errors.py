"""Errors that a tenant's own words went into: shown as its events are, without what looks like a secret."""

from __future__ import annotations

from typing import Any

from tests.support.api import Api

CARD, TOKEN = "4111 1111 1111 1111", "Bearer 8f3kQz71mVb0xYt5Lw2R"
FAIL = {
    "key": "stop",
    "uses": "flow.fail",
    "with": {"message": "Card {{ event.payload.number }} with {{ event.payload.how }} of {{ event.payload.who }}."},
}
SHOWN = "Card [redacted] with Bearer [redacted] of ada."
RUNS = """
{ runs { edges { node { error { message } steps { key error { message } } } } }
  failureGroups { edges { node { message } } } }
"""


def test_an_error_shows_no_more_than_the_event_does(api: Api, plane: Any) -> None:
    plane.publish("one", [FAIL])
    plane.send({"number": CARD, "how": TOKEN, "who": "ada"})
    plane.drain()
    told = api.data(RUNS)
    (run,) = (edge["node"] for edge in told["runs"]["edges"])
    assert run["error"]["message"] == SHOWN
    assert [step["error"]["message"] for step in run["steps"]] == [SHOWN]
    assert [edge["node"]["message"] for edge in told["failureGroups"]["edges"]] == [SHOWN]
    assert plane.rows("SELECT error ->> 'message' FROM execution_run") == [(f"Card {CARD} with {TOKEN} of ada.",)]
