"""The state machine of a backtest as a table of legal moves."""

from __future__ import annotations

from collections.abc import Mapping

RUNNING, FINISHED, ABORTED, FAILED = "running", "finished", "aborted", "failed"
MOVES: Mapping[str, frozenset[str]] = {
    RUNNING: frozenset({FINISHED, ABORTED, FAILED}),
    FINISHED: frozenset(),
    ABORTED: frozenset(),
    FAILED: frozenset({RUNNING}),
}
"""A ``failed`` backtest's job is dead; a redrive resumes it."""

NEWLY_MATCHED, NO_LONGER_MATCHED = "newly_matched", "no_longer_matched"
STILL_MATCHED, STILL_UNMATCHED = "still_matched", "still_unmatched"
DIFFERENCES: Mapping[tuple[bool, bool], str] = {
    (True, False): NEWLY_MATCHED,
    (False, True): NO_LONGER_MATCHED,
    (True, True): STILL_MATCHED,
    (False, False): STILL_UNMATCHED,
}
"""The difference between a draft and the live rule for an event, by (draft matches, live rule matches)."""
