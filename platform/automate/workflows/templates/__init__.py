"""Renders templates. A template has JMESPath expressions in ``{{ }}``. The cost of rendering is limited."""

from automate.workflows.templates.allowance import MAX_BYTES, MAX_OPERATIONS, TemplateAllowance
from automate.workflows.templates.context import Context, LazyContext
from automate.workflows.templates.expressions import ROOTS, Reference
from automate.workflows.templates.literals import SecretRef
from automate.workflows.templates.template import Template, compile_template, try_compile

__all__ = [
    "MAX_BYTES",
    "MAX_OPERATIONS",
    "ROOTS",
    "Context",
    "LazyContext",
    "Reference",
    "SecretRef",
    "Template",
    "TemplateAllowance",
    "compile_template",
    "try_compile",
]
