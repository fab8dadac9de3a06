"""explainRule: what the contract's clients ask, over what the asker may see."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.api.test_configuration import apply, told
from tests.support.api import Api, operations
from tests.support.facts import naming
from tests.support.whole_configuration import say

EXPLAIN = operations("operate.graphql")["ExplainRule"]
INGEST = """
mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code } } }"""


def sent(api: Api, payload: Any) -> str:
    answer = api.data(INGEST, input={"type": "order.created", "payload": payload})["ingestEvent"]
    assert answer["errors"] == []
    event_id: str = answer["event"]["id"]
    return event_id


def explained(api: Api, event: str, when: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.data(EXPLAIN, when=when, event=event)["explainRule"]
    return found


def test_condition_is_explained_at_every_node(api: Api) -> None:
    when = {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"var": "payload.n"}, 10]}]}
    found = explained(api, sent(api, {"n": 5}), when)
    assert (found["matched"], found["verdict"]) == (False, "UNMATCHED")
    assert found["sentence"] == naming("payload.n", "5", "10")
    nodes = [(node["op"], node["path"], node["matched"]) for node in found["tree"]["children"]]
    assert nodes == [("==", ["and", 0], True), (">", ["and", 1], False)]


def test_match_and_error_have_their_verdicts(api: Api) -> None:
    event = sent(api, {"n": "many"})
    assert explained(api, event, {"==": [{"var": "source"}, "api"]})["verdict"] == "MATCHED"
    assert explained(api, event, {">": [{"var": "payload.n"}, 10]})["verdict"] == "TYPE_ERROR"


@pytest.mark.parametrize(
    "when",
    [
        {"==": [{"var": "payload.password"}, "hunter2-and-more"]},
        {"in": ["hunter2", {"var": "payload.password"}]},
        {"var": "payload"},
        {"cat": [{"var": "payload.password"}, "!"]},
        {"some": [{"var": "payload.list"}, {"==": [{"var": "token"}, "hunter2-and-more"]}]},
    ],
)
def test_sensitive_values_are_neither_shown_nor_guessed(api: Api, when: Any) -> None:
    secret = "hunter2-and-more"
    event = sent(api, {"password": secret, "list": [{"token": secret}]})
    other = sent(api, {"password": "something else", "list": [{"token": "x"}]})
    found = explained(api, event, when)
    assert found == explained(api, other, when)
    shown = json.dumps(found).replace(json.dumps(when), "")
    assert ("[redacted]" in shown) or not found["matched"]
    if secret not in json.dumps(when):
        assert "hunter2-and" not in shown


def test_unknown_event_is_null_and_bad_condition_refused(api: Api, busy: Any) -> None:
    from graphql_schema.ids import global_id

    unknown = global_id("Event", uuid.uuid4())
    foreign = global_id("Event", busy.events[0].id if hasattr(busy.events[0], "id") else busy.events[0])
    for event in (unknown, foreign, "x"):
        assert explained(api, event, True) is None
    assert api.code(EXPLAIN, when={"explode": []}, event=sent(api, {})) == "INVALID_RULE"


def test_unknown_rule_is_null(api: Api) -> None:
    ask = 'query($event: ID!) { explainRule(when: true, event: $event, rule: "nope") { matched decision { verdict } } }'
    assert api.data(ask, event=sent(api, {})) == {"explainRule": None}


def test_saved_rule_is_explained_without_its_condition(api: Api) -> None:
    when = {">": [{"var": "payload.n"}, 10]}
    told(
        apply(
            api,
            {
                "workflows": [{"slug": "flow", "name": "flow", "definition": say("x")}],
                "rules": [{"slug": "one", "name": "one", "workflow": "flow", "when": when}],
            },
        )
    )
    ask = "query($event: ID!, $rule: String) { explainRule(event: $event, rule: $rule) { matched verdict sentence tree } }"
    for payload in ({"n": 5}, {"n": 50}, {"n": "many"}):
        event = sent(api, payload)
        assert api.data(ask, event=event, rule="one")["explainRule"] == explained(api, event, when)
    assert api.data(ask, event=event, rule="nope") == {"explainRule": None}
    assert api.code(ask, event=event, rule=None) == "BAD_USER_INPUT"
    assert api.data(ask, event="x", rule="one")["explainRule"] is None


def test_every_role_that_reads_may_ask(tenant: Any, token_for: Any, api: Api) -> None:
    event = sent(api, {})
    assert explained(Api(token_for(tenant.ref, "viewer")), event, True)["matched"] is True
