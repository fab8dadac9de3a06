"""The key of a match. The key selects one of the windows of a rule."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from automate.kernel.json_values import JsonObject
from automate.kernel.sensitive_values import Hider
from automate.kernel.text import api_name
from automate.workflows.keys import key_text, shown_key
from automate.workflows.templates import Template, compile_template


@dataclass(frozen=True)
class WindowKey:
    """The key of a match. Matches with the same digest share a window."""

    digest: str
    shown: str = ""
    """The key in the form that people see. Empty if all matches of the rule share one window."""


@dataclass(frozen=True)
class CompiledKey:
    option: str
    field: str
    source: str
    """The template as written. Empty if all matches have the same key."""
    template: Template | None

    def of(self, event: JsonObject, hider: Hider | None = None) -> WindowKey:
        """Compute the key of an event.

        People see one form of the key. If ``hider`` is given, ``hider`` redacts this form.

        Raises NormalizedError if the template does not evaluate to a valid key.
        """
        if self.template is None:
            return WindowKey(_digest(""))
        value = self.template.render({"event": event})["input"]
        path = ("options", api_name(self.option), api_name(self.field))
        text = key_text(self.source, value, called=api_name(self.option), path=path)
        shown = shown_key(self.source, text)
        return WindowKey(_digest(text), shown if hider is None else hider.scrub_text(shown))


def compile_key(option: str, field: str, source: str) -> CompiledKey:
    return CompiledKey(option, field, source, compile_template(source) if source else None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
