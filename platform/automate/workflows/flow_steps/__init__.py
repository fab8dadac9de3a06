"""The steps that the engine takes itself: what each is given and gives, one module each."""

from automate.workflows.flow_steps.rendered import check_rendered
from automate.workflows.flow_steps.spec import FlowSpec
from automate.workflows.flow_steps.specs import FLOW_SPECS, raw_inputs

__all__ = ["FLOW_SPECS", "FlowSpec", "check_rendered", "raw_inputs"]
