"""Raw payloads: shown for a reason, after the audit entry, for ten minutes, to the caller who gave the reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from graphql_schema.ids import global_id
from tests.support import rows
from tests.support.api import Api
from tests.support.browsers import person, signed_in
from tests.support.facts import naming
from tests.support.people import raw_token
from tests.support.source_requests import post

CANARY = "canary-of-the-payload"
PAYLOAD = {"password": CANARY, "n": 1}
REVEAL = """
mutation ($input: RevealPayloadInput!) { revealPayload(input: $input) {
  revealed { eventId body scrubbed payloadSha256 until } errors { code path } } }"""
REVEALED = "query ($event: ID!) { revealedPayload(event: $event) { eventId body payloadSha256 until } }"
CREATE = "mutation ($input: CreateTokenInput!) { createToken(input: $input) { value errors { code details } } }"
ROTATE = "mutation ($input: RotateTokenInput!) { rotateToken(input: $input) { value errors { code details } } }"
REVOKE = "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { token { state } errors { code } } }"
ENTRIES = """
{ auditEntries(filter: {actions: ["event.reveal_payload"]}) { edges { node {
  actor { id name } object { kind id label } changes } } } }"""
SCOPES = ["view_events", "view_raw_payload", "view_audit"]


def token_of(api: Api, *scopes: str, role: str = "admin") -> Api:
    made = api.data(CREATE, input={"name": "support", "role": role.upper(), "scopes": list(scopes)})["createToken"]
    assert made["errors"] == []
    return Api(made["value"])


@pytest.fixture
def holder(tenant: Any) -> Api:
    """A token with the scope."""
    return Api(raw_token(tenant.ref, "view_events", "view_audit"))


@pytest.fixture
def event(tenant: Any) -> Any:
    with acting_for(tenant.ref):
        return rows.event(PAYLOAD)


def reveal(api: Api, event: Any, reason: str = "ticket 4711") -> dict[str, Any]:
    found: dict[str, Any] = api.data(REVEAL, input={"event": str(event), "reason": reason})["revealPayload"]
    return found


def code_of(answer: dict[str, Any]) -> tuple[str, list[str]]:
    (error,) = answer["errors"]
    assert answer["revealed"] is None
    return error["code"], error["path"]


def entries(api: Api) -> list[dict[str, Any]]:
    return [edge["node"] for edge in api.data(ENTRIES)["auditEntries"]["edges"]]


def again(api: Api, event: Any) -> Any:
    return api.data(REVEALED, event=str(event))["revealedPayload"]


def age_entries(root: Any, tenant: Any, seconds: int) -> None:
    """Entries never change, so the superuser switches the guard off."""
    root.execute("SET session_replication_role = replica")
    root.execute(f"UPDATE {tenant.ref.schema}.audit_entry SET at = at - make_interval(secs => %s)", seconds)
    root.execute("SET session_replication_role = origin")


def test_payload_is_shown_as_it_was_sent_and_the_reason_is_recorded(holder: Api, event: Any) -> None:
    shown = reveal(holder, event, "  ticket 4711 ")["revealed"]
    assert json.loads(shown["body"]) == PAYLOAD
    assert (hashlib.sha256(shown["body"].encode()).hexdigest(), shown["scrubbed"]) == (shown["payloadSha256"], False)
    (entry,) = entries(holder)
    assert entry["object"]["id"] == shown["eventId"] == global_id("Event", event)
    assert entry["changes"] == {"reason": [None, "ticket 4711"], "seconds": [None, 600]}
    assert CANARY not in str(entry)


def test_caller_reads_again_for_ten_minutes_without_a_second_entry(
    holder: Api, event: Any, root: Any, tenant: Any
) -> None:
    assert again(holder, event) is None
    until = reveal(holder, event)["revealed"]["until"]
    assert (again(holder, event)["until"], len(entries(holder))) == (until, 1)
    age_entries(root, tenant, 590)
    assert json.loads(again(holder, event)["body"]) == PAYLOAD
    age_entries(root, tenant, 11)
    assert again(holder, event) is None
    assert reveal(holder, event)["errors"] == []


def test_grant_is_of_one_caller_and_one_event(holder: Api, event: Any, tenant: Any) -> None:
    with acting_for(tenant.ref):
        other = rows.event(PAYLOAD)
    reveal(holder, event)
    assert again(holder, other) is None
    assert again(Api(raw_token(tenant.ref, "view_events")), event) is None


def test_token_without_the_scope_reveals_nothing(api: Api, holder: Api, event: Any) -> None:
    """An owner's token without scopes neither reveals nor reads again."""
    reveal(holder, event)
    for other in (api, token_of(api, "view_events", role="owner")):
        assert other.code(REVEAL, input={"event": str(event), "reason": "x"}) == "FORBIDDEN"
        assert other.code(REVEALED, event=str(event)) == "FORBIDDEN"
    assert "view_raw_payload" not in api.data("{ viewer { permissions } }")["viewer"]["permissions"]


def test_person_without_the_permission_is_told_nothing_of_scopes(tenant: Any, event: Any) -> None:
    viewer = signed_in(person((tenant.ref, "viewer")))
    answer = viewer.tenant(tenant.ref.slug, REVEAL, input={"event": str(event), "reason": "x"}).json()
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("FORBIDDEN", naming("view_raw_payload", "role", "owner"))
    assert "scope view_raw_payload" not in error["message"]


@pytest.mark.parametrize("scopes", [None, ["manage_tokens", "view_tokens", "view_events", "view_audit"]])
def test_token_gives_no_scope_that_it_lacks(api: Api, holder: Api, scopes: list[str] | None) -> None:
    """Neither with a new token nor with the successor of one that has the scope. It may revoke that one."""
    maker = api if scopes is None else token_of(api, *scopes)
    held = holder.data("{ viewer { id } }")["viewer"]["id"]
    created = maker.data(CREATE, input={"name": "x", "role": "ADMIN", "scopes": SCOPES})["createToken"]
    rotated = maker.data(ROTATE, input={"token": held, "overlapSeconds": 0})["rotateToken"]
    for refused in (created, rotated):
        (error,) = refused["errors"]
        assert (refused["value"], error["code"]) == (None, "FORBIDDEN")
        assert error["details"] == {"permissions": ["view_raw_payload"]}
    if scopes is None:
        assert api.data(REVOKE, input={"token": held})["revokeToken"] == {"token": {"state": "REVOKED"}, "errors": []}


def test_token_with_the_scope_gives_it(tenant: Any, event: Any) -> None:
    maker = Api(raw_token(tenant.ref, "manage_tokens", "view_events"))
    made = maker.data(CREATE, input={"name": "x", "role": "ADMIN", "scopes": ["view_raw_payload"]})["createToken"]
    assert made["errors"] == []
    assert reveal(Api(made["value"]), event)["errors"] == []


@pytest.mark.parametrize("reason", ["", "   \t", "x" * 501, "a\x07b"])
def test_reason_is_required_and_bounded(holder: Api, event: Any, reason: str) -> None:
    assert code_of(reveal(holder, event, reason)) == ("BAD_USER_INPUT", ["reason"])
    assert entries(holder) == []


def test_foreign_and_unknown_events_get_the_same_answer(holder: Api, tenant_factory: Callable[[], Any]) -> None:
    with acting_for(tenant_factory().ref):
        foreign = rows.event(PAYLOAD)
    answers = [reveal(holder, one) for one in (foreign, new_id(), "no id", "")]
    assert answers == [answers[0]] * 4
    assert code_of(answers[0]) == ("NOT_FOUND", ["event"])
    assert [again(holder, foreign), entries(holder)] == [None, []]


def test_erased_payload_says_so(holder: Api, event: Any, root: Any, tenant: Any) -> None:
    reveal(holder, event)
    root.execute("SET session_replication_role = replica")
    root.execute(f"DELETE FROM {tenant.ref.schema}.event_payload WHERE event_id = %s", event)
    root.execute("SET session_replication_role = origin")
    assert code_of(reveal(holder, event)) == ("PAYLOAD_ERASED", ["event"])
    assert holder.code(REVEALED, event=str(event)) == "PAYLOAD_ERASED"
    assert len(entries(holder)) == 1


def test_answer_is_bounded_and_refused_reveals_leave_no_entry(holder: Api, tenant: Any) -> None:
    with acting_for(tenant.ref):
        large = rows.event({"text": "x" * 900_000})
    one = f'revealPayload(input: {{event: "{large}", reason: "x"}}) {{ revealed {{ body }} errors {{ code }} }}'
    answer = holder.data("mutation { " + " ".join(f"a{n}: {one}" for n in range(10)) + " }")
    shown = [answer[f"a{n}"]["revealed"] is not None for n in range(10)]
    assert (shown.count(True), shown[:9], len(entries(holder))) == (9, [True] * 9, 9)
    assert answer["a9"]["errors"] == [{"code": "LIMIT_EXCEEDED"}]


def test_secrets_of_the_source_stay_hidden(holder: Api, api: Api, tenant: Any) -> None:
    secret = "the-token-of-the-source"
    source = {"slug": "echo", "scheme": "BEARER", "secrets": [secret]}
    api.data("mutation ($i: SaveSourceInput!) { saveSource(input: $i) { errors { code } } }", i=source)
    body = json.dumps({"type": "c", "echoed": secret, "password": CANARY}).encode()
    made = post(f"/t/{tenant.ref.slug}/hooks/echo", body, Authorization=f"Bearer {secret}")
    shown = reveal(holder, made.json()["event_id"])["revealed"]
    assert (secret in shown["body"], CANARY in shown["body"], shown["scrubbed"]) == (False, True, True)


def test_nothing_is_shown_without_an_entry(holder: Api, event: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the entry cannot be written, the answer has no payload, and no grant is left."""
    from automate.audit import transitions

    monkeypatch.setattr(transitions, "ENTRIES", "")
    monkeypatch.setattr(transitions, "COLUMNS", "no_such_column")
    response = holder.post({"query": REVEAL, "variables": {"input": {"event": str(event), "reason": "x"}}})
    assert CANARY.encode() not in response.content
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    monkeypatch.undo()
    assert again(holder, event) is None


def test_payload_that_is_shown_without_an_entry_is_found(
    holder: Api, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: a reveal that forgets its entry shows the payload, and the record has nothing of it."""
    from automate.triggers import revealing

    monkeypatch.setattr(revealing.audit, "record", lambda *_entry: None)
    assert CANARY in reveal(holder, event)["revealed"]["body"]
    assert [entries(holder), again(holder, event)] == [[], None]


EVERYWHERE = [
    "{ events { edges { node { payload payloadPreview } } } }",
    "{ event(id: $event) { payload payloadPreview } }",
    "{ node(id: $event) { ... on Event { payload payloadPreview } } }",
    "{ auditEntries { edges { node { changes object { label } } } } }",
    "{ exportConfiguration { configuration } }",
]


def test_reveal_opens_no_other_door(
    api: Api, holder: Api, event: Any, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    reveal(holder, event)
    for query in EVERYWHERE:
        for caller in (api, holder):
            answer = caller.answer(query.replace("$event", json.dumps(global_id("Event", event))))
            assert CANARY not in json.dumps(answer), query
    said = "".join(capfd.readouterr()) + caplog.text
    assert CANARY not in said


def test_answer_is_not_cached_and_costs_few_statements(holder: Api, event: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        response = holder.post({"query": REVEAL, "variables": {"input": {"event": str(event), "reason": "x"}}})
    assert response.headers["Cache-Control"] == "no-store"
    # The token, BEGIN, the payload, the secrets of its source, the entry, COMMIT.
    assert len(queries) <= 6
