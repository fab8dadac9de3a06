"""All flow steps, by name."""

from __future__ import annotations

from collections.abc import Mapping

from automate.workflows.flow_steps.approval import APPROVAL
from automate.workflows.flow_steps.delay import DELAY
from automate.workflows.flow_steps.emit_event import EMIT_EVENT
from automate.workflows.flow_steps.fail import FAIL
from automate.workflows.flow_steps.for_each import FOR_EACH_STEP
from automate.workflows.flow_steps.run_workflow import RUN_WORKFLOW
from automate.workflows.flow_steps.spec import FlowSpec
from automate.workflows.flow_steps.transform import TRANSFORM
from automate.workflows.flow_steps.wait_for_event import WAIT_FOR_EVENT

FLOW_SPECS: Mapping[str, FlowSpec] = {
    spec.name: spec
    for spec in (DELAY, WAIT_FOR_EVENT, APPROVAL, FOR_EACH_STEP, RUN_WORKFLOW, EMIT_EVENT, TRANSFORM, FAIL)
}

_NONE: frozenset[str] = frozenset()


def raw_inputs(uses: str) -> frozenset[str]:
    """Return the names of a flow step's inputs that are not rendered as templates."""
    spec = FLOW_SPECS.get(uses)
    return _NONE if spec is None else spec.raw
