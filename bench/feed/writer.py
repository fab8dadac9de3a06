"""Transitions at a steady rate in their own process: rows of run logs, each with its number and its time.

Reads one Order as JSON from stdin, and writes until its time is over. Prints the last number of each feed as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass

import psycopg
import redis

BEHIND_SECONDS = 0.5
INSERT = (
    "INSERT INTO {schema}.run_log"
    " (xid, epoch, run_id, workflow_id, step_id, step_key, from_state, to_state, reason, occurred_at)"
    " VALUES (pg_current_xact_id()::text::bigint, 1, %s, %s, %s, '', 'running', 'waiting', %s, now())"
)


@dataclass(frozen=True)
class Feed:
    """A feed. runs: ids of runs, each with the id of one of its steps."""

    schema: str
    channel: str
    workflow: str
    runs: list[list[str]]


@dataclass(frozen=True)
class Order:
    """The order."""

    database: str
    redis: str
    rate: float
    """Transitions a second, of all feeds in turn."""
    seconds: float
    at_once: int
    """Transitions in one transaction."""
    feeds: list[dict[str, object]]


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    feeds = [Feed(**feed) for feed in order.feeds]  # type: ignore[arg-type]
    numbers, turn = [0] * len(feeds), 0
    with psycopg.connect(order.database) as connection, redis.Redis.from_url(order.redis) as hints:
        began = time.monotonic()
        while (spent := time.monotonic() - began) < order.seconds:
            due = turn / order.rate
            if due > spent:
                time.sleep(due - spent)
            channels = set()
            for _ in range(order.at_once):
                place = turn % len(feeds)
                feed, turn = feeds[place], turn + 1
                numbers[place] += 1
                run, step = feed.runs[numbers[place] % len(feed.runs)]
                reason = f"{numbers[place]} {time.time_ns() // 1_000}"
                connection.execute(INSERT.format(schema=feed.schema), [run, feed.workflow, step, reason])
                channels.add(feed.channel)
            connection.commit()
            for channel in channels:
                hints.publish(channel, b"")
        late = time.monotonic() - began - turn / order.rate
        if late > BEHIND_SECONDS:
            print(f"the writer was {late:.1f} s behind its rate", file=sys.stderr)
    print(json.dumps(numbers), flush=True)


if __name__ == "__main__":
    main()
