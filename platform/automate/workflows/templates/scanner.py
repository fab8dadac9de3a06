"""Finds the ``{{ expressions }}`` in a string.

A ``}}`` within quotes or open braces does not end the expression. Text outside of expressions has no escapes. Write a
literal ``{{`` as ``{{ '{{' }}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from automate.workflows.templates.allowance import TemplateFailure

OPEN = "{{"
CLOSE = "}}"

# Disjoint alternatives: linear time for any text.
_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*` | [{}] | [^'"`{}]+""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class TextPart:
    text: str


@dataclass(frozen=True)
class ExpressionPart:
    """An expression in a string. ``position`` is the index of the expression in the string."""

    source: str
    position: int


Segment = TextPart | ExpressionPart


def scan(text: str) -> list[Segment]:
    """Split a string into texts and expressions. Raises TemplateFailure."""
    segments: list[Segment] = []
    at = 0
    while (start := text.find(OPEN, at)) >= 0:
        if start > at:
            segments.append(TextPart(text[at:start]))
        end = _end_of_expression(text, start)
        segments.append(ExpressionPart(text[start + len(OPEN) : end].strip(), start))
        at = end + len(CLOSE)
    if at < len(text) or not segments:
        segments.append(TextPart(text[at:]))
    return segments


def _end_of_expression(text: str, start: int) -> int:
    at = start + len(OPEN)
    open_braces = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise TemplateFailure(f"the quote {text[at]} at character {at + 1} is never closed")
        if token.group() == "{":
            open_braces += 1
        elif token.group() == "}":
            if open_braces:
                open_braces -= 1
            elif text.startswith(CLOSE, at):
                return at
            else:
                raise TemplateFailure(f"the }} at character {at + 1} closes nothing; an expression ends with }}}}")
        at = token.end()
    raise TemplateFailure(
        f"the {{{{ at character {start + 1} is never closed; to write a literal {{{{ use {{{{ '{{{{' }}}}"
    )
