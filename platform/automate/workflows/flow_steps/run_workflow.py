"""``flow.run_workflow`` starts a run of another workflow. By default, the step waits for the end of the started run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.large import HeldJson
from automate.kernel.text import SLUG
from automate.workflows.flow_steps.spec import FlowSpec, step_schema
from automate.workflows.parts import Part

HIGHEST_VERSION = 2**31 - 1
"""The width of the column with the version's number."""


@dataclass(frozen=True)
class WorkflowCall:
    """The input of a step that runs another workflow."""

    workflow: Annotated[
        str,
        Part(
            "Workflow",
            "Its slug: 1 to 64 lower-case letters, digits, hyphens and underscores.",
            {"pattern": f"^{SLUG.pattern}$"},
            examples=["ship-order"],
        ),
    ]
    payload: Annotated[
        JsonValue,
        Part(
            "Payload",
            "Any JSON; it is event.payload in the started run.",
            examples=[{"order": "{{ event.payload.id }}"}],
        ),
    ] = field(default_factory=dict)
    wait: Annotated[bool, Part("Wait", "True waits for the end of the started run.", examples=[True])] = True
    version: Annotated[
        int | None,
        Part(
            "Version",
            "The number of a published version. The default is the current one.",
            {"minimum": 1, "maximum": HIGHEST_VERSION},
            examples=[3],
        ),
    ] = None


@dataclass(frozen=True)
class CalledRun:
    """The output of ``flow.run_workflow``."""

    run: Annotated[str, Part("Run", "The id of the run.", examples=["0198c0de-0000-7000-8000-000000000001"])]
    state: Annotated[
        str,
        Part("State", "The state of the run: succeeded, or queued if the step does not wait.", examples=["succeeded"]),
    ]
    outputs: Annotated[
        Mapping[str, HeldJson],
        Part(
            "Outputs",
            "The output of each step of the run that succeeded, by key; empty if the step does not wait.",
            examples=[{"label": {"number": "JD014600"}}],
        ),
    ]


RUN_WORKFLOW = FlowSpec(
    name="flow.run_workflow",
    title="Run a workflow",
    input_schema=step_schema(
        WorkflowCall,
        Part(
            "Run a workflow",
            "Runs another workflow, and by default waits for its end. If the started run fails, the step fails.",
            examples=[{"workflow": "ship-order", "payload": {"order": "{{ event.payload.id }}"}}],
        ),
    ),
    output_schema=step_schema(
        CalledRun,
        Part(
            "Run",
            "The started run and its outcome.",
            examples=[
                {
                    "run": "0198c0de-0000-7000-8000-000000000001",
                    "state": "succeeded",
                    "outputs": {"label": {"number": "JD014600"}},
                }
            ],
        ),
    ),
)
