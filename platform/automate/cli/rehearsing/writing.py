"""Writes JSON values as readable YAML."""

from __future__ import annotations

import yaml

from automate.cli.applying.document import core_resolvers
from automate.kernel.json_values import JsonValue

WIDTH = 120
_OTHER_LINE_ENDS = ("\x85", "\u2028", "\u2029")


class _Dumper(yaml.SafeDumper):
    # Quotes each string that a reader of YAML 1.1 or our own reader would read as another type.
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's
        # Aliases confuse readers.
        return True


for _tag, _pattern, _first in core_resolvers():
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # YAML reads unquoted line separators as spaces.
    style = '"' if any(end in text for end in _OTHER_LINE_ENDS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(value: JsonValue) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text
