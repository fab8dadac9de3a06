"""Writes JSON values as readable YAML. Reading this YAML gives the same values."""

from __future__ import annotations

from typing import Any

import yaml

from automate.cli.applying.document import core_resolvers
from automate.kernel.errors import Json

WIDTH = 120
_OTHER_LINE_ENDS = ("\x85", "\u2028", "\u2029")


class _Dumper(yaml.SafeDumper):
    """Writes YAML, and quotes each string that a reader of YAML 1.1 or our own reader would read as another type."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's
        """Write repeated values in full. Aliases would save lines, but they confuse readers."""
        return True


for _tag, _pattern, _first in core_resolvers():
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Write a string. Quote unusual line separators, because YAML reads unquoted ones as spaces."""
    style = '"' if any(end in text for end in _OTHER_LINE_ENDS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(value: Json) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text
