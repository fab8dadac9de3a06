"""A JSON value as YAML that people read, and that is read back as the same value."""

from __future__ import annotations

from typing import Any

import yaml

from automate.cli.applying.document import core_resolvers
from automate.kernel.errors import Json

WIDTH = 120
_OTHER_LINE_ENDS = ("\x85", "\u2028", "\u2029")


class _Dumper(yaml.SafeDumper):
    """Quotes each text that either YAML 1.1 or our reader would take for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's
        """An alias saves lines and confuses readers."""
        return True


for _tag, _pattern, _first in core_resolvers():
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """YAML takes these for ends of lines wherever they stand unescaped, and folds them into a space."""
    style = '"' if any(end in text for end in _OTHER_LINE_ENDS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(value: Json) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text
