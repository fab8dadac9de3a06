"""``automate test --workflow``: tests a workflow of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import typer

from automate.cli.options import api_of, chosen, global_id
from automate.cli.output import line, table
from automate.client import answers
from automate.client.operations import TEST_STEP, TEST_WORKFLOW
from automate.kernel.json_values import JsonValue


@dataclass(frozen=True)
class ServerTestOptions:
    """The options of ``automate test --workflow``."""

    workflow: str
    version: int = 0
    """0: the draft."""
    step: str = ""
    """The key of a step; empty for the whole workflow."""
    event: str = ""
    """The id of an event; empty for none."""
    recorded: str = ""
    """The id of a run; empty for none."""
    outputs: JsonValue = None
    live: bool = False

    def variables(self) -> dict[str, JsonValue]:
        named = {
            "version": self.version or None,
            "step": self.step or None,
            "event": global_id("Event", self.event) if self.event else None,
            "recorded": global_id("ExecutionRun", self.recorded) if self.recorded else None,
            "outputs": self.outputs,
        }
        connectors = "LIVE" if self.live else "MOCKED"
        given = {name: value for name, value in named.items() if value is not None}
        return {"workflow": self.workflow, "connectors": connectors, **given}


def run_there(wanted: ServerTestOptions, tenant: str) -> None:
    # A live test is only started, and its end is not awaited.
    with api_of(chosen(tenant)) as api:
        made = api.mutate(TEST_STEP if wanted.step else TEST_WORKFLOW, wanted.variables())
    if made["run"] is not None:
        line("run  ", made["run"]["id"])
        line("trace", made["run"]["traceId"])
        return
    test = made["test"]
    table(_rows(test))
    if test["stopped"]:
        line(test["stopped"]["message"])
    if test["state"] != "SUCCEEDED":
        raise typer.Exit(1)


def _rows(test: answers.WorkflowTest) -> Iterator[tuple[str, ...]]:
    for step in test["steps"]:
        state = step["state"].lower() if step["state"] else "not taken"
        ended = step["endsAtSeconds"]
        mock = (step["mock"] or "").lower()
        yield f"step {step['key']}", state, "" if ended is None else f"{ended:g} s", mock, _why(step)
    yield "run", test["state"].lower(), f"{test['seconds']:g} s", "", _why(test)


def _why(row: answers.WorkflowTest | answers.TestedStep) -> str:
    return str(row["error"]["message"]) if row["error"] else row["reason"] or ""
