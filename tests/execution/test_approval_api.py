"""Approvals in the API: what is asked, decideApproval, and links for those without an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from automate.approvals import links
from automate.kernel.tenancy import acting_for
from tests.support.api import Api
from tests.support.approvals import FORM, ask, audited, decisions, now_of
from tests.support.plane import Plane, counting

APPROVALS = """
query ($first: Int, $after: String, $states: [ApprovalState!]) {
  approvals(first: $first, after: $after, filter: {states: $states}) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node {
      id title description data roles quorum form shown requestedBy requestedAt expiresAt expiresAs decidedAt state
      decisions { by role outcome at form shown }
      run { id state workflowVersion { number } } step { id key state }
    } }
  }
}"""
DECIDE = """
mutation ($input: DecideApprovalInput!) {
  decideApproval(input: $input) { approval { id state decisions { by outcome } run { id } } errors { code message path } }
}"""
LINK = "mutation ($input: ApprovalLinkInput!) { approvalLink(input: $input) { url errors { code message path } } }"


def asked(api: Api, **variables: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in api.data(APPROVALS, **variables)["approvals"]["edges"]]


def decided(api: Api, node: dict[str, Any], outcome: str = "APPROVED", **rest: Any) -> dict[str, Any]:
    given = {"approval": node["id"], "outcome": outcome, "shown": node["shown"], **rest}
    answer: dict[str, Any] = api.data(DECIDE, input=given)["decideApproval"]
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["code"] for error in answer["errors"]]


def linked(api: Api, node: dict[str, Any], recipient: str = "zoe@example.com", role: str = "admin") -> dict[str, Any]:
    answer: dict[str, Any] = api.data(LINK, input={"approval": node["id"], "recipient": recipient, "role": role})[
        "approvalLink"
    ]
    return answer


def test_approval_shows_what_is_asked(plane: Plane, member: Callable[..., Api]) -> None:
    ask(plane, description="All.", data={"amount": 5}, form=FORM, quorum=2, on_expiry="approved", expires_seconds=60)
    (node,) = asked(member("viewer", "viewer"))
    expected = {
        "title": "Refund it?",
        "description": "All.",
        "data": {"amount": 5},
        "roles": ["OWNER", "ADMIN"],
        "quorum": 2,
        "form": FORM,
        "requestedBy": "test",
        "expiresAs": "APPROVED",
        "decidedAt": None,
        "state": "PENDING",
        "decisions": [],
    }
    assert {name: node[name] for name in expected} == expected
    assert (node["run"]["state"], node["run"]["workflowVersion"]["number"]) == ("WAITING", 1)
    assert (node["step"]["key"], node["step"]["state"]) == ("ok", "WAITING")


def test_form_has_its_fields_in_the_order_of_the_definition(plane: Plane, member: Callable[..., Api]) -> None:
    properties: dict[str, Any] = {"customer_name": {"type": "string"}, "ok": {}, "amount": {}, "last": {"x-order": 1}}
    ask(plane, form={"type": "object", "properties": properties})
    (node,) = asked(member("viewer", "viewer"))
    assert list(node["form"]["properties"]) == ["last", "customer_name", "ok", "amount"]


def test_decision_goes_through_the_api(plane: Plane, member: Callable[..., Api]) -> None:
    approval = ask(plane, form=FORM)
    ada = member("ada")
    (node,) = asked(ada)
    answer = decided(ada, node, form={"reason": "fair"})
    assert answer["errors"] == []
    assert answer["approval"]["state"] == "APPROVED"
    assert answer["approval"]["decisions"] == [{"by": "ada", "outcome": "APPROVED"}]
    ((who, changes),) = audited(plane)
    assert (who, changes["shown_sha256"]) == ("ada", [None, approval.shown_sha256])
    assert codes(decided(ada, node, form={"reason": "fair"})) == ["CONFLICT"]
    (after,) = asked(ada)
    assert after["decidedAt"] is not None
    assert after["decisions"][0]["form"] == {"reason": "fair"}
    assert after["decisions"][0]["shown"] == approval.shown_sha256


def test_refusals_say_what_to_mend(plane: Plane, member: Callable[..., Api]) -> None:
    ask(plane, form=FORM)
    ada = member("ada")
    (node,) = asked(ada)
    wrong = decided(ada, node, form={"amount": "x"})
    assert sorted(map(tuple, (error["path"] for error in wrong["errors"]))) == [("form", "amount"), ("form", "reason")]
    assert codes(decided(ada, node | {"shown": "0" * 64}, form={"reason": "fair"})) == ["CONFLICT"]
    assert codes(decided(member("eve", "viewer"), node, form={"reason": "fair"})) == ["FORBIDDEN"]
    for stranger in (node["run"]["id"], "x", "QXBwcm92YWw6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw"):
        assert codes(decided(ada, node | {"id": stranger})) == ["NOT_FOUND"]
    assert decisions(plane) == []


def test_who_ingested_the_event_may_not_decide(plane: Plane, member: Callable[..., Api]) -> None:
    plane.publish("ask", [{"key": "ok", "uses": "flow.approval", "with": {"title": "Refund it?"}}])
    ada, bob = member("ada"), member("bob", "admin")
    sent = ada.data(
        'mutation { ingestEvent(input: {type: "order.created", payload: {}}) { event { id } errors { code } } }'
    )
    assert sent["ingestEvent"]["errors"] == []
    plane.drain()
    (node,) = asked(ada)
    assert node["requestedBy"] == "ada"
    assert codes(decided(ada, node)) == ["FORBIDDEN"]
    assert codes(linked(ada, node)) == ["FORBIDDEN"]
    assert codes(linked(bob, node, recipient=" ADA ")) == ["FORBIDDEN"]
    assert decided(bob, node)["errors"] == []


def test_another_tenants_approval_is_unknown(
    plane: Plane, planes: Callable[[int], list[Plane]], member: Callable[..., Api]
) -> None:
    (other,) = planes(1)
    theirs = ask(other)
    from graphql_schema.ids import global_id

    ada, node = member("ada"), {"id": global_id("Approval", theirs.id), "shown": theirs.shown_sha256}
    unknown = {**node, "id": global_id("Approval", theirs.run_id)}
    assert decided(ada, node) == decided(ada, unknown)
    assert codes(decided(ada, node)) == ["NOT_FOUND"]
    assert linked(ada, node) == linked(ada, unknown)
    assert ada.data("query ($id: ID!) { node(id: $id) { id } }", id=node["id"]) == {"node": None}
    assert asked(ada) == []
    assert decisions(other) == []


def test_node_finds_an_approval(plane: Plane, member: Callable[..., Api]) -> None:
    ask(plane)
    ada = member("ada")
    (node,) = asked(ada)
    found = ada.data("query ($id: ID!) { node(id: $id) { id ... on Approval { title data } } }", id=node["id"])
    assert found == {"node": {"id": node["id"], "title": "Refund it?", "data": None}}


def test_states_narrow_the_list(plane: Plane, member: Callable[..., Api]) -> None:
    ada = member("ada")
    made = {}
    for slug in ("pending", "approved", "rejected", "expired"):
        approval = ask(plane, slug=slug, title=slug)
        made[slug] = approval
    (approved,) = (node for node in asked(ada) if node["title"] == "approved")
    (rejected,) = (node for node in asked(ada) if node["title"] == "rejected")
    decided(ada, approved)
    decided(ada, rejected, "REJECTED")
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".approval SET expires_at = now() WHERE title = %s', "expired")
    for slug in made:
        assert [node["title"] for node in asked(ada, states=[slug.upper()])] == [slug]
    assert [node["title"] for node in asked(ada, states=["EXPIRED", "APPROVED"])] == ["expired", "approved"]
    assert asked(ada, states=[]) == []
    page = ada.data(APPROVALS, first=2)["approvals"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    rest = ada.data(APPROVALS, first=2, after=page["pageInfo"]["endCursor"])["approvals"]
    titles = [edge["node"]["title"] for part in (page, rest) for edge in part["edges"]]
    assert titles == ["expired", "rejected", "approved", "pending"]


def test_statements_do_not_depend_on_the_number_of_approvals(plane: Plane, member: Callable[..., Api]) -> None:
    ada = member("ada")

    def count() -> int:
        with counting() as seen:
            asked(ada)
        return len(seen)

    # The token is looked up again after a while. A busy machine may do so in each second request.
    ask(plane, slug="first", data={"n": 1})
    once = min(count() for _ in range(4))
    for n in range(4):
        ask(plane, slug=f"more-{n}", data={"n": n})
    assert min(count() for _ in range(4)) == once


def test_link_leads_to_the_page(plane: Plane, member: Callable[..., Api]) -> None:
    approval = ask(plane)
    ada = member("ada")
    (node,) = asked(ada)
    answer = linked(ada, node)
    assert answer["errors"] == []
    path = answer["url"].removeprefix("http://127.0.0.1:8000")
    assert "zoe@example.com" in Client().get(path).content.decode()
    done = Client().post(
        path,
        data=f"outcome=approve&shown={node['shown']}",
        content_type="application/x-www-form-urlencoded",
    )
    assert done.status_code == 303
    assert decisions(plane) == [("zoe@example.com", "approved")]
    assert audited(plane, "approval.link") == [
        ("ada", {"recipient": [None, "zoe@example.com"], "role": [None, "admin"]})
    ]
    assert [who for who, _ in audited(plane)] == ["zoe@example.com"]
    token = path.rsplit("/", 1)[1]
    assert plane.rows("SELECT count(*) FROM audit_entry t WHERE t::text LIKE %s", f"%{token}%") == [(0,)]
    assert now_of(plane, approval).state == "approved"
    assert codes(linked(ada, node)) == ["CONFLICT"]


@pytest.mark.parametrize(
    ("recipient", "role", "code"),
    [
        ("", "admin", "BAD_USER_INPUT"),
        ("   ", "admin", "BAD_USER_INPUT"),
        ("x" * 201, "admin", "BAD_USER_INPUT"),
        ("a\nb", "admin", "BAD_USER_INPUT"),
        ("zoe", "viewer", "BAD_USER_INPUT"),
        ("zoe", "owner", "FORBIDDEN"),
    ],
)
def test_link_is_refused_to_an_admin(
    plane: Plane, member: Callable[..., Api], recipient: str, role: str, code: str
) -> None:
    """An admin gives away no role that is higher than their own, nor one that may not decide."""
    ask(plane)
    bob = member("bob", "admin")
    (node,) = asked(bob)
    assert codes(linked(bob, node, recipient, role)) == [code]
    assert audited(plane, "approval.link") == []


@pytest.mark.parametrize("role", ["editor", "operator", "viewer"])
def test_links_are_made_by_owners_and_admins(plane: Plane, member: Callable[..., Api], role: str) -> None:
    ask(plane, roles=[role])
    (node,) = asked(member("ada"))
    api = member("bob", role)
    assert api.code(LINK, input={"approval": node["id"], "recipient": "zoe", "role": role}) == "FORBIDDEN"
    assert decided(api, node)["errors"] == []


def test_link_of_longest_name_opens(plane: Plane, member: Callable[..., Api]) -> None:
    ask(plane)
    ada = member("ada")
    (node,) = asked(ada)
    path = linked(ada, node, "\U0001f600" * 200)["url"].removeprefix("http://127.0.0.1:8000")
    assert len(path.rsplit("/", 1)[1]) < links.MOST_CHARACTERS
    with acting_for(plane.tenant):
        assert links.opened(path.rsplit("/", 1)[1]).recipient == "\U0001f600" * 200
    assert Client().get(path).status_code == 200
