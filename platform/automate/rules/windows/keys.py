"""The key of a match: by which of a rule's windows it is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json
from automate.kernel.sensitive_values import Hider
from automate.kernel.text import api_name
from automate.workflows.keys import key_text, shown_key
from automate.workflows.templates import Template, compile_template


@dataclass(frozen=True)
class Key:
    """digest: what it is known by. shown: as people may see it; empty where all matches of the rule share one window."""

    digest: str
    shown: str = ""


@dataclass(frozen=True)
class CompiledKey:
    """source: its template as it was written; empty: one key for all matches."""

    option: str
    field: str
    source: str
    template: Template | None

    def of(self, event: Mapping[str, Json], hider: Hider | None = None) -> Key:
        """event: as templates see it. hider: hides its sensitive values in what people see. Raises NormalizedError where it has none."""
        if self.template is None:
            return Key(_digest(""))
        value = self.template.render({"event": event})["input"]
        path = ("options", api_name(self.option), api_name(self.field))
        text = key_text(self.source, value, called=api_name(self.option), path=path)
        shown = shown_key(self.source, text)
        return Key(_digest(text), shown if hider is None else hider.scrub_text(shown))


def compile_key(option: str, field: str, source: str) -> CompiledKey:
    """source: that ``check_options`` has nothing against."""
    return CompiledKey(option, field, source, compile_template(source) if source else None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
