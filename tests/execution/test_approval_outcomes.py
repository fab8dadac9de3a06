"""The outcome of an approval has one spelling. Earlier spellings are read, and never written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from graphql import GraphQLEnumType

from automate.kernel.canonical import checksum
from automate.workflows.flow_steps.approval import APPROVAL
from automate.workflows.flow_steps.outcomes import APPROVED, FORMER, OUTCOMES, REJECTED, outcome_named
from tests.execution.test_approval_api import APPROVALS, asked, decided
from tests.support.api import Api
from tests.support.approval_pages import path_of, send, text_of
from tests.support.approvals import ADA, ask, decisions, now_of, pass_time, say
from tests.support.plane import Plane
from tests.support.tree import ROOT

SPELLINGS = [(APPROVED, APPROVED), (REJECTED, REJECTED), ("approve", APPROVED), ("reject", REJECTED)]
LITERAL = (
    "mutation {{ decideApproval(input: {{approval: {id}, shown: {shown}, outcome: {word}}}) {{ errors {{ code }} }} }}"
)
FORMER_WORD = re.compile(r"""(?<!class=)["'](approve|APPROVE)["']|outcome: APPROVE\b|value="(approve|reject)\"""")
"""The former spelling of one outcome. The word `reject` has other meanings too, such as the action of a budget."""
HOMES = {ROOT / "platform/automate/workflows/flow_steps/outcomes.py", ROOT / "graphql_schema/enums.py"}
"""The home of the spellings, and the reasons of the deprecated ones."""
WRITERS = ("platform/automate", "graphql_schema", "rest_api", "actors", "portal/src/views", "docs", "examples", "soak")


def enum() -> GraphQLEnumType:
    from graphql_schema.schema import tenant_schema

    kind = tenant_schema._schema.type_map["ApprovalOutcome"]
    assert isinstance(kind, GraphQLEnumType)
    return kind


def test_spellings_have_one_home() -> None:
    assert {word: outcome_named(word) for word, _ in SPELLINGS} == dict(SPELLINGS)
    assert [value.value for value in enum().values.values()] == [*OUTCOMES, *FORMER]
    former = {name: value.deprecation_reason for name, value in enum().values.items() if value.value in FORMER}
    assert set(former) == {"APPROVE", "REJECT"}
    assert all(former.values())
    assert [name for name, value in enum().values.items() if value.deprecation_reason is None] == [
        "APPROVED",
        "REJECTED",
    ]
    step: Any = APPROVAL.input_schema["properties"]
    assert step["on_expiry"]["enum"] == [*OUTCOMES, *FORMER]


def former_words(text: str) -> list[str]:
    return [found[0] for found in FORMER_WORD.finditer(text)]


def test_no_program_and_no_page_writes_a_former_spelling() -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for folder in WRITERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".ts", ".tsx", ".md", ".html", ".yaml", ".json"} and path not in HOMES
        and (words := former_words(path.read_text(encoding="utf-8")))
    }  # fmt: skip
    # The JSON Schemas that `make reference` writes list the deprecated words as accepted.
    assert {path: words for path, words in found.items() if not path.startswith("docs/reference/")} == {}


def test_former_spelling_would_be_found() -> None:
    """The sabotaged twin."""
    text = 'send("APPROVE") <button value="reject"> on_expiry: "approve" outcome: APPROVE outcome: APPROVED "reject"'
    assert former_words(text) == ['"APPROVE"', 'value="reject"', '"approve"', "outcome: APPROVE"]


@pytest.mark.parametrize(("word", "outcome"), SPELLINGS)
def test_definition_with_any_spelling_stores_the_one(plane: Plane, word: str, outcome: str) -> None:
    approval = ask(plane, on_expiry=word, expires_seconds=60)
    assert plane.rows("SELECT on_expiry FROM approval") == [(outcome,)]
    assert (approval.expires_as, approval.shown_sha256) == (outcome, approval.checksum_now())
    pass_time(plane, 61)
    plane.drain()
    assert plane.runs()[0][0] == ("succeeded" if outcome == APPROVED else "failed")


@pytest.mark.parametrize(("word", "outcome"), SPELLINGS)
def test_page_with_any_spelling_decides(plane: Plane, word: str, outcome: str) -> None:
    approval = ask(plane)
    assert send(path_of(plane, approval), {"outcome": word, "shown": approval.shown_sha256}).status_code == 303
    assert [made for _, made in decisions(plane)] == [outcome]


@pytest.mark.parametrize(("name", "outcome"), [(name, outcome_named(name.lower())) for name in ("APPROVED", "REJECTED", "APPROVE", "REJECT")])  # fmt: skip
def test_api_accepts_any_spelling_and_answers_with_the_one(
    plane: Plane, member: Callable[..., Api], name: str, outcome: str
) -> None:
    ask(plane, quorum=2)
    ada, bob = member("ada"), member("bob")
    (node,) = asked(ada)
    document = LITERAL.format(id=f'"{node["id"]}"', shown=f'"{node["shown"]}"', word=name)
    assert ada.data(document)["decideApproval"]["errors"] == []
    if outcome == APPROVED:
        assert decided(bob, node, outcome=name)["errors"] == []
    (edge,) = ada.data(APPROVALS)["approvals"]["edges"]
    assert {made["outcome"] for made in edge["node"]["decisions"]} == {outcome.upper()}
    assert {made for _, made in decisions(plane)} == {outcome}


@pytest.mark.parametrize(("word", "outcome"), [("approve", APPROVED), ("reject", REJECTED)])
def test_approval_of_an_earlier_commit_is_shown_and_decided(
    plane: Plane, member: Callable[..., Api], word: str, outcome: str
) -> None:
    """Its checksum covers the spelling that it was asked with."""
    approval = ask(plane, expires_seconds=60)
    shown = {
        "approval": str(approval.id), "title": "Refund it?", "description": "", "data": None,
        "roles": ["owner", "admin"], "quorum": 1, "form": None, "on_expiry": word,
    }  # fmt: skip
    schema = plane.tenant.schema
    plane.root.execute(f'UPDATE "{schema}".approval SET on_expiry = %s, shown_sha256 = %s', word, checksum(shown))
    (node,) = asked(member("ada"))
    assert node["expiresAs"] == outcome.upper()
    old = now_of(plane, approval)
    assert outcome in text_of(Client().get(path_of(plane, old)))
    assert say(plane, old, ADA).state == APPROVED
