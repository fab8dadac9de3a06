"""A new option takes one edit: its declaration. Done for real for each kind of option, in a copy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.test_new_column import with_line
from tests.support.tree import ROOT, project_files

A = "platform/automate"
SHAPE = '    note_on_it: Annotated[int | None, Whole(1, 9), Says("A note.")] = None\n'
PART = '    note_on_it: Annotated[int, Part("Note", "A note.", {"minimum": 1}, examples=[1])] = 1\n'


@dataclass(frozen=True)
class Option:
    """One kind of option: its declaration, and where the new option must appear."""

    file: str
    kind: str
    imports: str = ""
    """Names that the declaration does not import yet."""
    inputs: tuple[str, ...] = ()
    """GraphQL types that then have the field, inputs and outputs."""
    in_file: str = ""
    """The definition in the JSON Schema of the configuration file."""
    part: str = ""
    """The path to its properties in the JSON Schema of a workflow."""
    flow: str = ""
    """The flow step whose input then has the option, or its name and "output"."""


OPTIONS = [
    Option(f"{A}/triggers/source_settings.py", "SourceRate", inputs=("SourceRateLimitInput", "SourceRateLimit"), in_file="SourceRate"),
    Option(f"{A}/triggers/schemes/options.py", "HmacOptions", inputs=("SourceVerificationInput", "SourceVerification"), in_file="HmacOptions"),
    Option(f"{A}/rules/windows/options.py", "Throttle", inputs=("RuleThrottleInput", "RuleThrottle"), in_file="Throttle"),
    Option(f"{A}/endpoints/settings.py", "EndpointSettings", "Whole", ("SaveWebhookEndpointInput",), "EndpointSettings"),
    Option(f"{A}/notices/policy.py", "NoticeSettings", inputs=("SaveNoticePolicyInput", "NoticePolicy"), in_file="NoticePolicyEntry"),
    Option(f"{A}/budgets/settings.py", "BudgetSettings", "Whole", ("SetBudgetInput",)),
    Option(f"{A}/retention/settings.py", "RetentionDays", inputs=("RetentionDaysInput", "RetentionPolicy")),
    Option(f"{A}/triggers/schedules/plan.py", "CronPlan", "Whole", ("CronPlanInput", "CronPlan"), "CronPlan"),
    Option(f"{A}/triggers/schedules/plan.py", "IntervalPlan", "Whole", ("IntervalPlanInput", "IntervalPlan"), "IntervalPlan"),
    Option(f"{A}/events/event_types/search_keys.py", "SearchKey", "Whole", ("SearchKeyInput", "SearchKey"), "SearchKey"),
    Option(f"{A}/configuration/shape.py", "RuleEntry", "Whole", ("SaveRuleInput",), "RuleEntry"),
    Option(f"{A}/configuration/shape.py", "ScheduleEntry", "Whole", ("SaveScheduleInput",), "ScheduleEntry"),
    Option(f"{A}/configuration/shape.py", "EventTypeEntry", "Whole", ("SaveEventTypeInput",), "EventTypeEntry"),
    Option(f"{A}/workflows/definition.py", "Step", part="steps/items"),
    Option(f"{A}/workflows/definition.py", "RetryPolicy", part="steps/items/properties/retry"),
    Option(f"{A}/workflows/definition.py", "Concurrency", part="concurrency"),
    Option(f"{A}/workflows/flow_steps/approval.py", "ApprovalInput", flow="flow.approval"),
    Option(f"{A}/workflows/flow_steps/wait_for_event.py", "EventWait", flow="flow.wait_for_event"),
    Option(f"{A}/workflows/flow_steps/fail.py", "FailInput", flow="flow.fail"),
    Option(f"{A}/workflows/flow_steps/transform.py", "TransformInput", flow="flow.transform"),
    Option(f"{A}/workflows/flow_steps/approval.py", "ApprovalOutput", flow="flow.approval output"),
    Option(f"{A}/workflows/flow_steps/approval.py", "DecisionOutput", part="properties/decisions/items", flow="flow.approval output"),
    Option(f"{A}/workflows/flow_steps/delay.py", "DelayOutput", flow="flow.delay output"),
    Option(f"{A}/workflows/flow_steps/emit_event.py", "EventEmitted", flow="flow.emit_event output"),
    Option(f"{A}/workflows/flow_steps/for_each.py", "ForEachOutput", flow="flow.for_each output"),
    Option(f"{A}/workflows/flow_steps/for_each.py", "ItemResult", part="properties/items/items", flow="flow.for_each output"),
    Option(f"{A}/workflows/flow_steps/run_workflow.py", "CalledRun", flow="flow.run_workflow output"),
    Option(f"{A}/workflows/flow_steps/wait_for_event.py", "EventAwaited", flow="flow.wait_for_event output"),
]  # fmt: skip

FOUND = """
import json
from automate.project import settings
from automate.configuration.shape import Configuration
from automate.kernel.shape_checks import json_schema
from automate.workflows.definition import parse
from automate.workflows.flow_steps import FLOW_SPECS
from automate.workflows.flow_steps.wait_for_event import EventAwaited
from automate.workflows.parts import written
from automate.workflows.schema import DEFINITION_SCHEMA
from graphql_schema.schema import tenant_schema
types = tenant_schema._schema.type_map
step = {"key": "a", "uses": "log.write", "noteOnIt": 0, "note_on_it": 3, "retry": {"note_on_it": 4}}
read = parse({"schema": 1, "concurrency": {"key": "k", "note_on_it": 5}, "steps": [step]})
print(json.dumps({
    "types": {name: list(kind.fields) for name, kind in types.items() if hasattr(kind, "fields")},
    "file": json_schema(Configuration)["$defs"],
    "workflow": DEFINITION_SCHEMA,
    "flow": {name: spec.input_schema for name, spec in FLOW_SPECS.items()}
    | {f"{name} output": spec.output_schema for name, spec in FLOW_SPECS.items()},
    "written": written(EventAwaited(None, timed_out=True)),
    "read": [read.steps[0].note_on_it, read.steps[0].retry.note_on_it, read.concurrency.note_on_it],
}))
"""


def added(text: str, option: Option) -> str:
    """The one edit: a line at the end of the fields of the class, and what the line imports."""
    line = PART if option.part or option.flow else SHAPE
    text = with_line(text, option.kind, line, last=True)
    if option.imports and option.imports not in text.split("from automate.kernel.shapes import", 1)[1].split("\n")[0]:
        text = text.replace(
            "from automate.kernel.shapes import ", f"from automate.kernel.shapes import {option.imports}, ", 1
        )
    return text


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the product has after one edit for each kind of option."""
    folder: Path = tmp_path_factory.mktemp("copy")
    for file in project_files():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    for option in OPTIONS:
        path = folder / option.file
        path.write_text(added(path.read_text(), option))
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'platform'}"}
    environment["DJANGO_SETTINGS_MODULE"] = "automate.project.settings"
    environment.setdefault("AUTOMATE_SECRET_KEY", "for-the-copy-alone-which-signs-nothing")
    code = "import django; django.setup()\n" + FOUND
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    shutil.rmtree(folder)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("option", OPTIONS, ids=lambda one: one.kind)
def test_one_edit_shows_an_option_everywhere(found: Any, option: Option) -> None:
    for name in option.inputs:
        assert "noteOnIt" in found["types"][name]
    if option.in_file:
        declared = found["file"][option.in_file]["properties"]["noteOnIt"]
        assert declared["description"] == "A note."
        assert {"type": "integer", "minimum": 1, "maximum": 9} in declared["anyOf"]
    if option.part or option.flow:
        place = found["flow"].get(option.flow, found["workflow"]["properties"])
        for step in option.part.split("/") if option.part else ():
            place = place[step]
        assert place["properties"]["note_on_it"] == {
            "title": "Note", "description": "A note.", "type": "integer", "minimum": 1, "default": 1, "examples": [1],
        }  # fmt: skip


def test_reader_of_a_definition_reads_the_new_options(found: Any) -> None:
    assert found["read"] == [3, 4, 5]


def test_output_of_a_flow_step_has_the_new_option(found: Any) -> None:
    assert found["written"] == {"event": None, "timed_out": True, "note_on_it": 1}
