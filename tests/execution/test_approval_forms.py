"""The form of an approval's page: what it takes, keeps, shows again and refuses."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.support.approval_pages import FORM_TYPE, HOSTILE, approve, path_of, send, text_of
from tests.support.approvals import FORM, ask, decisions
from tests.support.plane import Plane


@pytest.mark.parametrize("outcome", [None, "", "APPROVE", "APPROVED", "maybe"])
def test_post_without_a_button_decides_nothing(plane: Plane, outcome: str | None) -> None:
    approval = ask(plane)
    values = {"shown": approval.shown_sha256} | ({} if outcome is None else {"outcome": outcome})
    assert send(path_of(plane, approval), values).status_code == 422
    assert decisions(plane) == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"outcome=approved", "multipart/form-data; boundary=x", 415),
        (b"outcome=approved", "text/plain", 415),
        (b"a=" + b"x" * 70_000, FORM_TYPE, 413),
        (b"&".join([b"a=1"] * 2_000), FORM_TYPE, 400),
        (b"\xff\xfe\x00=%00&outcome=%ff", FORM_TYPE, 422),
    ],
)
def test_body_that_is_no_form_is_refused(plane: Plane, body: bytes, content_type: str, status: int) -> None:
    approval = ask(plane)
    answer = Client().post(path_of(plane, approval), data=body, content_type=content_type)
    assert answer.status_code == status
    assert decisions(plane) == []


def test_wrong_answers_are_shown_again_at_their_fields(plane: Plane) -> None:
    approval = ask(plane, form=FORM)
    answer = send(path_of(plane, approval), approve(approval, f0="no", f1=HOSTILE))
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="no"' in page
    assert page.count(' aria-invalid="true"') == 2
    assert "<script" not in page
    assert decisions(plane) == []


@pytest.mark.parametrize("answer", ["\0", "a\0b", "\ud7ff\uffff" * 10, "x" * 20_000, HOSTILE])
def test_hostile_answers_are_refused_or_kept_as_they_are(plane: Plane, answer: str) -> None:
    approval = ask(plane, form={"type": "object", "properties": {"x": {"type": "string"}}})
    done = send(path_of(plane, approval), approve(approval, f0=answer))
    if done.status_code == 303:
        page = text_of(Client().get(path_of(plane, approval)))
        assert html.escape(answer).replace("\u202e", r"\u202e") in page
        assert "<script" not in page
    else:
        assert done.status_code == 422
        assert decisions(plane) == []


def test_each_field_has_a_label_of_its_own(plane: Plane) -> None:
    form = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"type": "string", "description": "why"},
            "b": {"type": "number"},
            "c": {"type": "boolean"},
            "d": {"enum": ["x", 2]},
            "e": {"type": "string", "format": "date"},
            "f": {"type": "string", "maxLength": 1000},
            "g": {"type": "array"},
        },
    }
    page = text_of(Client().get(path_of(plane, ask(plane, form=form))))
    inputs = re.findall(r'<(?:input|select|textarea)[^>]* id="(f\d)"', page)
    assert sorted(inputs) == [f"f{n}" for n in range(7)]
    assert sorted(re.findall(r'<label[^>]* for="(f\d)"', page)) == sorted(inputs)
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{one}"' in page for one in described.split())
    for kind in ('type="number"', 'type="checkbox"', "<select", 'type="date"', "<textarea", '<html lang="en">'):
        assert kind in page


def test_answers_have_the_types_of_the_form(plane: Plane) -> None:
    fields: dict[str, dict[str, Any]] = {
        "text": {"type": "string"},
        "whole": {"type": "integer"},
        "part": {"type": "number"},
        "on": {"type": "boolean"},
        "off": {"type": "boolean"},
        "one": {"enum": ["1", 1, None]},
        "day": {"type": "string", "format": "date"},
        "list": {"type": "array", "items": {"type": "integer"}},
        "empty": {"type": "string"},
    }
    ordered = {name: {**kind, "x-order": place} for place, (name, kind) in enumerate(fields.items())}
    form = {"type": "object", "additionalProperties": False, "properties": ordered}
    approval = ask(plane, form=form)
    sent = ["a\r\nb", "7", "1.5", "true", None, "1", "2026-11-25", "[1, 2]", ""]
    values = {f"f{n}": value for n, value in enumerate(sent) if value is not None}
    assert send(path_of(plane, approval), approve(approval, **values)).status_code == 303
    ((kept,),) = plane.rows("SELECT form::text FROM approval_decision")
    assert json.loads(kept) == {
        "text": "a\nb",
        "whole": 7,
        "part": 1.5,
        "on": True,
        "off": False,
        "one": 1,
        "day": "2026-11-25",
        "list": [1, 2],
    }


def test_enter_in_a_field_decides_nothing(plane: Plane) -> None:
    """A browser presses a form's first button on Enter: here one that is switched off."""
    page = text_of(Client().get(path_of(plane, ask(plane, form=FORM))))
    assert page.index("<button disabled hidden>") < page.index('<button class="approve"')


MIXED: dict[str, Any] = {"customer_name": {"type": "string"}, "ok": {"type": "boolean"}, "amount": {"type": "number"}}
"""jsonb puts the shortest name first."""


def names_of(page: str) -> list[str]:
    return re.findall(r'<label[^>]* for="f\d".*?<span dir="auto">(\w+)</span>', page)


def test_fields_have_the_order_of_the_definition(plane: Plane) -> None:
    approval = ask(plane, form={"type": "object", "required": ["amount"], "properties": MIXED})
    assert names_of(text_of(Client().get(path_of(plane, approval)))) == [*MIXED]


def test_x_order_comes_before_the_order_of_the_definition(plane: Plane) -> None:
    properties = {**MIXED, "last": {"type": "string", "x-order": 1}}
    approval = ask(plane, form={"type": "object", "properties": properties})
    assert names_of(text_of(Client().get(path_of(plane, approval)))) == ["last", *MIXED]
    assert approval.checksum_now() == approval.shown_sha256


def test_page_of_the_release_before_is_answered(plane: Plane) -> None:
    """Its inputs are numbered by what is required, then as jsonb sorts the names."""
    approval = ask(plane, form={"type": "object", "required": ["amount"], "properties": MIXED})
    values = {"f0": "5", "f1": "true", "f2": "Ada"}
    assert send(path_of(plane, approval), approve(approval, **values)).status_code == 303
    ((kept,),) = plane.rows("SELECT form::text FROM approval_decision")
    assert json.loads(kept) == {"amount": 5, "ok": True, "customer_name": "Ada"}


def test_form_that_the_release_before_stored_is_shown(plane: Plane) -> None:
    approval = ask(plane, form={"type": "object", "properties": MIXED})
    plane.rows("UPDATE approval SET written = NULL RETURNING 1")
    assert sorted(names_of(text_of(Client().get(path_of(plane, approval))))) == sorted(MIXED)
