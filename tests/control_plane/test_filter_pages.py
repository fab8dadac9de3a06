"""Filtered pages of events and runs are those of a model, forward and backward, under any limit of index rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automate.events import list_queries as event_lists
from automate.events.queries import EventsFilter
from automate.kernel import range_queries
from automate.kernel.errors import NormalizedError
from automate.kernel.queries import Page, Slice
from automate.kernel.tenancy import acting_for
from automate.runs import list_queries as run_lists
from automate.runs import sorted_queries
from automate.runs.index_queries import FINISHED, STARTED
from automate.runs.queries import NO_JOINS, RunsFilter
from tests.support import filter_rows as made_rows
from tests.support.examples import examples
from tests.support.filter_rows import Made, event_matches, run_matches

ROWS = 80
LIMITS = (1, 3, 8, 20, 60, 20_000)
TIMES = [made_rows.START + timedelta(hours=hours) for hours in made_rows.HOURS]
RULES = [f"{slug}-rule" for slug in made_rows.SLUGS]
Read = Callable[[Slice], Page[Any]]

some = st.sampled_from
lines = st.lists(some(made_rows.LINES), min_size=1, max_size=2, unique=True).map(tuple)
EVENT_VALUES: dict[str, Any] = {
    "types": st.lists(some((*made_rows.TYPES, "none")), max_size=3).map(tuple),
    "source": some(made_rows.SOURCES),
    "subject": some(made_rows.SUBJECTS[1:]),
    "since": some(TIMES),
    "until": some(TIMES),
    "trace_id": some((*made_rows.TRACES, "f" * 32)),
    "idempotency_key": some((*made_rows.KEYS, "none")),
    "search": lines,
    "mismatched": st.booleans(),
    "delayed": st.booleans(),
    "rule": some(RULES),
}
RUN_VALUES: dict[str, Any] = {
    "states": st.lists(some(made_rows.STATES), max_size=4).map(tuple),
    "workflow": some(made_rows.SLUGS),
    "rule": some(RULES),
    "test": st.booleans(),
    "since": some(TIMES),
    "until": some(TIMES),
    "ended_since": some(TIMES),
    "ended_until": some(TIMES),
    "trace_id": some((*made_rows.TRACES, "f" * 32)),
    "error_code": some((*made_rows.CODES, "NONE")),
    "idempotency_key": some((*made_rows.KEYS, "none")),
    "search": lines,
    "source": some(made_rows.SOURCES),
    "not_source": some(made_rows.SOURCES),
    "held_by_budget": st.booleans(),
    "retried": st.booleans(),
}
BY_ID = {"workflow_id", "version_id", "rule_id", "event_id", "fingerprint"}
"""Fields whose values are ids. The tests draw the place of a row that has the id."""
places = st.integers(0, ROWS - 1)


def some_of(values: dict[str, Any], ids: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    every = {**values, **dict.fromkeys(ids, places)}
    chosen = st.lists(some(sorted(every)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: every[name] for name in names}))


@pytest.fixture(scope="module")
def made(tenant_factory: Callable[[], Any], superuser: psycopg.Connection[Any]) -> Made:
    return made_rows.make(tenant_factory().ref, superuser, ROWS)


@contextmanager
def limited(most: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (event_lists, run_lists, sorted_queries):
            patch.setattr(module, "MOST_ROWS", most)
        yield


def unless_refused(call: Callable[[], Any]) -> Any:
    """The answer of a call; None if the filter is too broad."""
    try:
        return call()
    except NormalizedError as error:
        if error.code != "FILTER_TOO_BROAD":
            raise
    return None


def follow(read: Read, wanted: Sequence[Any], key: Callable[[Any], Any], size: int, *, forward: bool) -> str:
    """Read all pages to the end. Each page is that of the model, or is refused."""
    cursor, seen = None, 0
    while True:
        part = Slice(size, forward, after=cursor if forward else None, before=None if forward else cursor)
        page = unless_refused(lambda: read(part))  # noqa: B023 - called at once
        if page is None:
            return "refused"
        ending = seen + size
        expected = wanted[seen:ending] if forward else wanted[max(0, len(wanted) - ending) : len(wanted) - seen]
        assert [row.id for row in page.rows] == [row.id for row in expected]
        more, before = len(wanted) > ending, cursor is not None
        assert (page.has_next, page.has_previous) == ((more, before) if forward else (before, more))
        if not more:
            return "served"
        seen, cursor = ending, key(page.rows[-1 if forward else 0])


def count_fits(count: Callable[[], int], wanted: Sequence[Any]) -> bool:
    """Whether a count is that of the model, or is refused."""
    return unless_refused(count) in {None, len(wanted)}


def runs_filter(made: Made, values: dict[str, Any]) -> RunsFilter:
    named = dict(values)
    for name in BY_ID & values.keys():
        run = made.runs[values[name]]
        named[name] = {
            "workflow_id": run.flow.workflow,
            "version_id": run.flow.version,
            "rule_id": run.rule,
            "event_id": run.event.id,
            "fingerprint": run.fingerprint,
        }[name]
    return RunsFilter(**named)


def runs_of(made: Made, wanted: RunsFilter, by: str) -> tuple[Read, Callable[[], int], list[Any], Callable[[Any], Any]]:
    def time(run: Any) -> Any:
        return {"": run.id, STARTED: getattr(run, "started", None), FINISHED: getattr(run, "finished", None)}[by]

    rows = [run for run in made.runs if run_matches(wanted, run) and time(run) is not None]
    rows.sort(key=lambda run: (time(run), run.id), reverse=True)
    if not by:
        return (
            (lambda part: run_lists.runs_page(wanted, part)),
            (lambda: run_lists.count_runs(wanted)),
            rows,
            lambda row: row.id,
        )
    return (
        lambda part: sorted_queries.sorted_runs(wanted, by, part, NO_JOINS.select(), NO_JOINS.make),
        lambda: sorted_queries.count_sorted(wanted, by),
        rows,
        lambda row: (row.started_at if by == STARTED else row.finished_at, row.id),
    )


def events_of(made: Made, wanted: EventsFilter) -> tuple[Read, Callable[[], int], list[Any]]:
    rows = sorted(
        (one for one in made.events if event_matches(wanted, one, made)), key=lambda one: one.id, reverse=True
    )
    return lambda part: event_lists.events_page(wanted, part), lambda: event_lists.count_events(wanted), rows


def test_each_field_of_a_filter_is_drawn() -> None:
    assert RUN_VALUES.keys() | BY_ID == {field.name for field in fields(RunsFilter)}
    assert EVENT_VALUES.keys() | {"rule_id"} == {field.name for field in fields(EventsFilter)}


@settings(max_examples=examples(300), deadline=None)
@given(
    values=some_of(RUN_VALUES, sorted(BY_ID)),
    by=some(("", STARTED, FINISHED)),
    most=some(LIMITS),
    size=some((1, 3, 10)),
    forward=st.booleans(),
)
def test_pages_of_runs_are_those_of_the_model(
    made: Made, values: dict[str, Any], by: str, most: int, size: int, *, forward: bool
) -> None:
    wanted = runs_filter(made, values)
    with acting_for(made.ref), limited(most):
        read, count, rows, key = runs_of(made, wanted, by)
        outcome = follow(read, rows, key, size, forward=forward)
        assert outcome == "served" or most < ROWS * 10
        assert count_fits(count, rows)


@pytest.mark.parametrize("most", range(2, 60))
def test_runs_that_were_retried_twice_hide_no_others(made: Made, most: int) -> None:
    with acting_for(made.ref), limited(most):
        read, count, rows, key = runs_of(made, RunsFilter(retried=True), "")
        follow(read, rows, key, 3, forward=True)
        assert count_fits(count, rows)


def test_count_of_two_conditions_ends_beyond_the_exact_ones(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of index rows is twice the number of rows that are counted exactly, as for everyone."""
    assert range_queries.MOST_ROWS == 2 * range_queries.EXACT_COUNT
    exact = 10
    monkeypatch.setattr(range_queries, "EXACT_COUNT", exact)
    with acting_for(made.ref), limited(2 * exact):
        for wanted in ({"states": made_rows.STATES, "workflow": made_rows.SLUGS[0]}, {"retried": False, "test": False}):
            _, count, rows, _ = runs_of(made, RunsFilter(**wanted), "")
            assert len(rows) > exact
            assert count() == exact + 1
        _, count, every = events_of(made, EventsFilter(rule=RULES[0], types=made_rows.TYPES))
        assert len(every) > exact
        assert count() == exact + 1


@settings(max_examples=examples(200), deadline=None)
@given(values=some_of(EVENT_VALUES, ["rule_id"]), most=some(LIMITS), size=some((1, 3, 10)), forward=st.booleans())
def test_pages_of_events_are_those_of_the_model(
    made: Made, values: dict[str, Any], most: int, size: int, *, forward: bool
) -> None:
    if "rule_id" in values:
        values = {**values, "rule_id": made.flows[values["rule_id"] % 2].rule}
    wanted = EventsFilter(**values)
    with acting_for(made.ref), limited(most):
        read, count, rows = events_of(made, wanted)
        outcome = follow(read, rows, lambda row: row.id, size, forward=forward)
        assert outcome == "served" or most < ROWS * 10
        assert count_fits(count, rows)


TRIED = (
    RunsFilter(states=("succeeded", "failed", "queued"), not_source="api"),
    RunsFilter(states=("succeeded", "failed", "queued"), retried=True),
    RunsFilter(not_source="api"),
    RunsFilter(ended_until=TIMES[2]),
    RunsFilter(search=(made_rows.LINES[0],)),
)


def outcomes(made: Made) -> Counter[str]:
    """How often pages of some filters are served, refused and wrong."""
    found: Counter[str] = Counter()
    for wanted in TRIED:
        for by in ("", STARTED, FINISHED):
            read, _, rows, key = runs_of(made, wanted, by)
            for most in LIMITS:
                for forward in (True, False):
                    with acting_for(made.ref), limited(most):
                        try:
                            found[follow(read, rows, key, 3, forward=forward)] += 1
                        except AssertionError:
                            found["wrong"] += 1
    return found


def test_some_pages_are_served_and_some_are_refused(made: Made) -> None:
    found = outcomes(made)
    assert found["wrong"] == 0
    assert min(found["served"], found["refused"]) >= len(TRIED) * 3


def test_page_that_ignores_where_an_index_was_cut_is_noticed(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: such a page lacks rows."""

    def uncut(statement: str, values: Any = ()) -> list[Any]:
        rows = fetch(statement, values)
        return [(row[0], False, *row[2:]) for row in rows] if statement.startswith("SELECT page.matches") else rows

    fetch = range_queries.fetch
    monkeypatch.setattr(range_queries, "fetch", uncut)
    assert outcomes(made)["wrong"] > 0
