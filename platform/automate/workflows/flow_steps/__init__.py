"""The flow steps. The run engine executes these steps itself."""

from automate.workflows.flow_steps.rendered import check_rendered
from automate.workflows.flow_steps.spec import FlowSpec
from automate.workflows.flow_steps.specs import FLOW_SPECS, raw_inputs

__all__ = ["FLOW_SPECS", "FlowSpec", "check_rendered", "raw_inputs"]
