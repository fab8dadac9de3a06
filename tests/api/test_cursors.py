"""A cursor is good in one place: whatever else it is carried to refuses it by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api

RUNS = "query($after: String, $filter: RunFilter) { runs(first: 3, after: $after, filter: $filter) { edges { cursor node { id } } } }"
EVENTS = "query($after: String) { events(first: 3, after: $after) { edges { cursor } } }"


@pytest.fixture(scope="session")
def cursor(busy: Any) -> str:
    found: str = busy.api.data(RUNS)["runs"]["edges"][1]["cursor"]
    return found


def flip(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_own_cursor_is_taken(busy: Any, cursor: str) -> None:
    assert len(busy.api.data(RUNS, after=cursor)["runs"]["edges"]) == 3


def test_every_flipped_character_is_refused(busy: Any, cursor: str) -> None:
    codes = {busy.api.code(RUNS, after=flip(cursor, place)) for place in range(len(cursor))}
    assert codes == {"INVALID_CURSOR"}


def test_every_cut_cursor_is_refused(busy: Any, cursor: str) -> None:
    codes = {busy.api.code(RUNS, after=cursor[:length]) for length in range(len(cursor))}
    assert codes == {"INVALID_CURSOR"}


@pytest.mark.parametrize("garbage", ["", "=", "é", "a" * 10_000, "AAAA", "\N{GRINNING FACE}", "%00", "null", " "])
def test_garbage_is_refused(busy: Any, garbage: str) -> None:
    assert busy.api.code(RUNS, after=garbage) == "INVALID_CURSOR"


def test_other_spelling_of_the_same_bytes_is_refused(busy: Any, cursor: str) -> None:
    assert busy.api.code(RUNS, after=cursor + "=") == "INVALID_CURSOR"


def test_cursor_of_another_connection_is_refused(busy: Any, cursor: str) -> None:
    assert busy.api.code(EVENTS, after=cursor) == "INVALID_CURSOR"


def test_cursor_under_another_filter_is_refused(busy: Any, cursor: str) -> None:
    assert busy.api.code(RUNS, after=cursor, filter={"states": ["SUCCEEDED"]}) == "INVALID_CURSOR"


def test_cursor_of_another_tenant_is_refused(api: Api, cursor: str) -> None:
    assert api.code(RUNS, after=cursor) == "INVALID_CURSOR"


def test_cursor_under_the_old_key_is_taken_after_rotation(
    busy: Any, cursor: str, settings_of: Callable[..., Any]
) -> None:
    from django.conf import settings

    with settings_of(SECRET_KEY="a new key", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert len(busy.api.data(RUNS, after=cursor)["runs"]["edges"]) == 3
    with settings_of(SECRET_KEY="a new key"):
        assert busy.api.code(RUNS, after=cursor) == "INVALID_CURSOR"
