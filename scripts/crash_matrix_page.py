"""The page ``docs/reference/crash_matrix.md``: the recorded outcomes as tables.

``python -m tests.support.crash_matrix`` plays the matrix and writes the record.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from pathlib import Path

RECORD = Path(__file__).parents[1] / "tests" / "golden" / "crash_matrix.tsv"
"""One line for each death: the fields of Row, separated by tabs."""

KILLED, FROZE, KILLED_AGAIN = "killed", "frozen", "killed again"

HEAD = """# Crash matrix

This page shows the outcome of runs whose worker is killed (SIGKILL). The worker is killed before and after each commit, before a call is sent, and between the answer and the record of the result. The worker is also killed before and after each acknowledgement to the broker.
In the tables, the following names stand for requests that people send: `decide`, `cancels`, `pauses`, `resumes`, `retries`, `replays`, `resolve_effect` and `set_breaker`.
The process that handles a person's request is killed at two points: before the commit, and between the commit and the wake-up of a worker. After the kill, the request is sent again, with its idempotency key if it has one. The test ends the leases of killed workers at once. Each row of a table names the point at which a worker is killed. A worker can reach the same point several times, so a number can follow the name of a point. For example, the number 2 means that the worker is killed when it reaches this point for the second time. `python -m tests.support.crash_matrix` plays all scenarios and records the outcomes in `tests/golden/crash_matrix.tsv`, and `make reference` builds this page from the record. A test repeats the scenario of each row, and compares the outcome with the row.

The test fails unless each row keeps all of the following rules. No effect is lost, and no effect happens under a second Idempotency-Key. All transitions of a run are legal, each run ends once, and the feed shows each transition once and in order. Each run uses its budgets and its concurrency key once, and releases them once. Each request of a person and each expiry of an approval takes effect once and has one audit entry. Each tick of a schedule creates one event. A window of a rule counts each event once. No job remains in the queue.

The column "repeated" shows how many calls the receiver got again under the same key. The receiver can ignore a repeated call. The column "uncertain" shows how many steps had a call with an unknown outcome. Unsafe calls are not repeated. If possible, the connector looks up the outcome of an unsafe call. If the connector cannot look up the outcome, the run waits for a person, who cancels the run or decides the outcome.

Each connector calls a real server that stores all messages. The servers are a mail server, a GraphQL server, a server that checks messages as Slack does, and a receiver that verifies webhooks. The test counts the messages by their key. The key of a mail is the Message-ID. The key of a Slack message is in the metadata of the message. The key of any other request is in its header `webhook-id` or `Idempotency-Key`. If the outcome of a mail or Slack message is unknown, a person looks for the message in the mailbox or the channel. Then the person confirms that the message arrived, or lets the platform send the message. So no message is lost or sent twice, wherever the worker is killed.
"""
TABLE = "| at | repeated | uncertain | ends |"
FROZEN_HEAD = """## Frozen instead of killed

The first worker is frozen (SIGSTOP) at a point where it has no open transaction. Another worker takes over when the leases have ended. At the end, the first worker resumes with its old results, and the fence refuses these results. If the first worker was frozen before it sent its call, the first worker sends the call when it resumes.
"""
AGAIN_HEAD = """## Killed again

The first worker is killed after its call was answered and before the result is recorded. The second worker takes over the run and is killed, too. The table has a row for every point that the second worker passes.
"""


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    how: str
    """KILLED, FROZE or KILLED_AGAIN."""
    title: str
    """Of the scenario."""
    point: str
    """Where the worker is killed, and how often it has passed this point."""
    repeated: str
    uncertain: str
    ends: str

    @property
    def place(self) -> tuple[str, str, str]:
        return self.how, self.title, self.point


def recorded() -> list[Row]:
    with RECORD.open(encoding="utf-8", newline="") as file:
        return [Row(*line) for line in csv.reader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE)]


def lines(rows: Iterable[Row]) -> list[str]:
    """The lines of the record."""
    return ["\t".join(astuple(row)) for row in rows]


def page() -> str:
    rows = recorded()
    parts = [HEAD]
    for how, head in ((KILLED, ""), (FROZE, FROZEN_HEAD), (KILLED_AGAIN, AGAIN_HEAD)):
        of_kind = [row for row in rows if row.how == how]
        if head:
            parts.append(head)
        for title, group in groupby(of_kind, lambda row: row.title):
            parts.append(f"{'###' if head else '##'} {title}\n")
            parts.append(_table(list(group)))
    return "\n".join(parts)


def _table(rows: Sequence[Row]) -> str:
    cells = [f"| {row.point} | {row.repeated} | {row.uncertain} | {row.ends} |" for row in rows]
    return "\n".join(["| at | repeated | uncertain | ends |", "|---|---|---|---|", *cells, ""])
