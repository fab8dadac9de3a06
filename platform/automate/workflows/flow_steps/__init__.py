"""The flow steps, which the run engine executes itself. Each has a module with its input and output."""

from automate.workflows.flow_steps.rendered import check_rendered
from automate.workflows.flow_steps.spec import FlowSpec
from automate.workflows.flow_steps.specs import FLOW_SPECS, raw_inputs

__all__ = ["FLOW_SPECS", "FlowSpec", "check_rendered", "raw_inputs"]
