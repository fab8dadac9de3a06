"""Templates of a step's input: JMESPath in ``{{ }}``, tokenised, typed, and under a budget."""

from automate.workflows.templates.budget import MAX_BYTES, MAX_OPERATIONS, Budget
from automate.workflows.templates.expressions import ROOTS
from automate.workflows.templates.literals import SecretRef
from automate.workflows.templates.template import Template, compile_template, try_compile

__all__ = ["MAX_BYTES", "MAX_OPERATIONS", "ROOTS", "Budget", "SecretRef", "Template", "compile_template", "try_compile"]
