"""What the engine asks the flow steps while a run goes on."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import jsonschema_rs
import pytest

from automate.kernel.errors import NormalizedError
from automate.workflows.flow_steps import FLOW_SPECS, FlowSpec, check_rendered
from automate.workflows.flow_steps.delay import timestamp
from automate.workflows.flow_steps.for_each import tolerated_failures
from automate.workflows.flow_steps.form import compile_form
from automate.workflows.flow_steps.wait_for_event import value_at
from tests.support.facts import naming

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25T10:00:00Z", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("2026-11-25t10:00:00z", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("2026-11-25 10:00:00.5-01:30", datetime(2026, 11, 25, 11, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-25T10:00:00.123456789+00:00", datetime(2026, 11, 25, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_those_of_rfc_3339(text, expected):
    assert timestamp(text) == expected


def test_time_keeps_its_offset():
    assert timestamp("2026-11-25T10:00:00+05:45").utcoffset() == timedelta(hours=5, minutes=45)


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-11-25", "2026-11-25T10:00Z", "2026-11-25T10:00:00", "2026-13-01T00:00:00Z", "2026-11-25T24:00:00Z",
        "2026-11-25T10:00:61Z", "2026-11-25T10:00:00+25:00", "2026-11-25T10:00:00Z\n", "٢٠٢٦-11-25T10:00:00Z", "0000-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    with pytest.raises(NormalizedError) as refused:
        timestamp(text)
    assert (refused.value.code, list(refused.value.path)) == ("BAD_USER_INPUT", ["with", "until"])


@pytest.mark.parametrize(
    ("tolerate", "items", "expected"), [(0, 5, 0), (3, 5, 3), (9, 5, 5), ("0%", 5, 0), ("50%", 5, 2), ("100%", 5, 5)]
)
def test_share_of_failures_is_rounded_down(tolerate, items, expected):
    assert tolerated_failures(tolerate, items) == expected


def test_paths_lead_into_events():
    event = {"type": "x", "payload": {"lines": [{"sku": "a"}, {"sku": "b"}], "2": "two"}, "headers": {"x-id": "7"}}
    paths = [
        "type",
        "payload.lines.1.sku",
        "payload.2",
        "headers.x-id",
        "payload.lines.2.sku",
        "payload.lines.x",
        "type.x",
        "zz",
    ]
    assert [value_at(event, path) for path in paths] == ["x", "b", "two", "7", None, None, None, None]
    assert value_at(event, "payload.lines.²") is None
    assert value_at({"payload": [1]}, "payload." + "9" * 250) is None


def test_form_judges_answers_and_the_formats_in_them():
    form = compile_form(
        {"type": "object", "required": ["day"], "properties": {"day": {"type": "string", "format": "date"}}}
    )
    assert form.is_valid({"day": "2026-11-25"})
    assert not form.is_valid({"day": "tomorrow"})
    assert not form.is_valid({})


def test_form_follows_no_reference_even_where_it_was_not_checked():
    with pytest.raises(jsonschema_rs.ValidationError):
        compile_form({"$ref": "http://127.0.0.1:9/x"})


@pytest.mark.parametrize(
    ("uses", "given", "path", "message"),
    [
        ("flow.delay", {"seconds": "soon"}, ["with", "seconds"], naming("seconds")),
        ("flow.for_each", {"items": {}, "step": {"uses": "x.y"}}, ["with", "items"], naming("items")),
        ("flow.approval", {"title": "x", "quorum": 21}, ["with", "quorum"], naming("quorum", "20")),
        ("flow.emit_event", {}, ["with", "type"], naming("type", "run.failed")),
    ],
)  # fmt: skip
def test_data_that_does_not_fit_is_refused_once_it_is_known(uses, given, path, message):
    with pytest.raises(NormalizedError) as refused:
        check_rendered(uses, given)
    assert (refused.value.code, list(refused.value.path), refused.value.message) == ("BAD_USER_INPUT", path, message)


def test_refusal_of_data_does_not_quote_it(monkeypatch):
    picky = FlowSpec("flow.picky", "Picky", {"not": {"required": ["card"]}}, {})
    monkeypatch.setitem(FLOW_SPECS, picky.name, picky)
    with pytest.raises(NormalizedError) as refused:
        check_rendered(picky.name, {"card": "4111 1111 1111 1111"})
    assert "4111" not in refused.value.message
