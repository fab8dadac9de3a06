"""The one parser of ISO 8601 reads the same texts in all versions of Python."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automate.kernel.timestamps import parse_timestamp, parse_with_offset
from tests.support.examples import examples

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25T10:00:00Z", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("2026-11-25t10:00:00z", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("2026-11-25 10:00 +0100", datetime(2026, 11, 25, 9, tzinfo=UTC)),
        ("2026-11-25T10:00:00.1Z", datetime(2026, 11, 25, 10, 0, 0, 100_000, tzinfo=UTC)),
        ("2026-11-25T10:00:00,123456789Z", datetime(2026, 11, 25, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_forms_of_one_time(text, expected):
    assert parse_with_offset(text) == expected


def test_offset_is_optional():
    assert parse_timestamp("2026-11-25").isoformat() == "2026-11-25T00:00:00"
    with pytest.raises(ValueError, match="2026-11-25"):
        parse_with_offset("2026-11-25T10:00:00")


@pytest.mark.parametrize("text", ["", "now", "2026-11-25T10:00:61Z", "2026-13-01T00:00:00Z", "٢٠٢٦-11-25T10:00:00Z"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError):
        parse_timestamp(text)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30))])))
@settings(max_examples=examples(200))
def test_own_spelling_is_read_back(moment):
    assert parse_timestamp(moment.isoformat()) == moment
