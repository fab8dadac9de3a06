"""Prints the stages of one event as a table."""

from __future__ import annotations

from collections.abc import Iterator

from automate.client import answers
from automate.client.timestamps import milliseconds
from automate.demo.scenario import ScenarioResult

HEADER = ("what", "name", "outcome", "at ms", "took ms")


def _rows(outcome: ScenarioResult) -> Iterator[tuple[str, ...]]:
    event, run = outcome.event, outcome.run
    received = event["receivedAt"]
    yield "event", event["type"], "accepted", "0", ""
    for decision in event["decisions"]:
        rule = decision["rule"]
        yield "decision", rule["slug"] if rule else "", decision["verdict"].lower(), "", ""
    at, took = milliseconds(received, run["createdAt"]), milliseconds(run["createdAt"], run["finishedAt"])
    yield "run", "demo-push", run["state"].lower(), at, took
    for step in run["steps"]:
        at, took = milliseconds(received, step["startedAt"]), milliseconds(step["startedAt"], step["finishedAt"])
        yield "step", step["key"], _step_outcome(step), at, took


def _step_outcome(step: answers.StepRun) -> str:
    error = step["error"]
    state: str = step["state"].lower()
    return f"{state}: {error['message']}" if error else state


def table(outcome: ScenarioResult) -> list[str]:
    """Return the lines of the table. The times in the table are counted from the receipt of the event."""
    rows = [HEADER, *_rows(outcome)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return [
        "  ".join(_cell(text, *place) for text, *place in zip(row, widths, range(len(HEADER)), strict=True)).rstrip()
        for row in rows
    ]


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if HEADER[column].endswith("ms") else text.ljust(width)
