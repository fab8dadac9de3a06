"""The filter of a bulk operation or a backtest selects the same rows after it was stored with the job."""

from __future__ import annotations

import json
import uuid
from dataclasses import fields
from datetime import datetime, timezone
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automate.events.queries import EventsFilter
from automate.kernel.filters import restored, stored
from automate.outbox.queries import JobsFilter
from automate.runs.queries import RunsFilter
from tests.support.examples import examples

FILTERS = (EventsFilter, JobsFilter, RunsFilter)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    str: st.text(),
    datetime: st.datetimes(timezones=st.just(timezone.utc)),
    uuid.UUID: st.uuids(),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
}


def any_filter(of: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(of)
    kinds = {one.name: next(kind for kind in hints[one.name].__args__ if kind is not type(None)) for one in fields(of)}
    return st.builds(of, **{name: st.none() | VALUES[kind] for name, kind in kinds.items()})


@pytest.mark.parametrize("of", FILTERS)
@settings(max_examples=examples(100))
@given(data=st.data())
def test_filter_survives_its_job(of: type[Any], data: st.DataObject) -> None:
    wanted = data.draw(any_filter(of))
    assert restored(of, json.loads(json.dumps(stored(wanted)))) == wanted


@pytest.mark.parametrize("value", [False, True])
def test_truth_values_of_older_jobs_are_read(value: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Until 29 November 2026 they were stored as texts, and both texts were read as true."""
    assert restored(RunsFilter, {"test": str(value)}) == RunsFilter(test=value)
