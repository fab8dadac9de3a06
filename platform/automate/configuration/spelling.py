"""Converts between rows and entries of a configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from automate.kernel.errors import Json
from automate.kernel.text import api_name
from automate.triggers.source_settings import DEFAULT_BURST, DEFAULT_PER_SECOND

_CAPITAL = re.compile(r"[A-Z]")
_CHOICES = ("encoding", "algorithm")
_SILENT: Mapping[str, Json] = {"burst": 1, "max_wait_seconds": 0, "key": "", "unless_key": ""}
"""Members of a rule's options that say nothing."""


def options_of(source: Mapping[str, Json]) -> dict[str, Json]:
    """Return the scheme's options of an entry, as a row stores them."""
    if "verification" not in source:
        return _given(source.get("options", {}))
    given = _renamed(_given(source["verification"]), _snake)
    return {name: value.lower() if name in _CHOICES else value for name, value in given.items()}


def verification_of(options: Mapping[str, Json]) -> dict[str, Json]:
    # Unknown names and values are not changed, so that they can be reported.
    shown = {
        name: value.upper() if name in _CHOICES and isinstance(value, str) else value for name, value in options.items()
    }
    return _renamed(shown, api_name)


def stored_intake(given: Mapping[str, Json]) -> dict[str, Json]:
    stored = _renamed(_given(given), _snake)
    if "rate_limit" in stored:
        stored["rate_limit"] = {"per_second": DEFAULT_PER_SECOND, "burst": DEFAULT_BURST, **stored["rate_limit"]}
    return stored


def shown_intake(stored: Mapping[str, Json]) -> dict[str, Json]:
    return _renamed(stored, api_name)


def stored_options(given: Mapping[str, Json]) -> dict[str, Json]:
    return {
        _snake(name): {_snake(field): value for field, value in option.items() if value is not None}
        if isinstance(option, dict)
        else option
        for name, option in given.items()
        if option is not None
    }


def shown_options(stored: Mapping[str, Json]) -> dict[str, Json]:
    """Return the options of a rule as an entry, without default values."""
    return {
        api_name(name): {api_name(field): value for field, value in option.items() if value != _SILENT.get(field)}
        if isinstance(option, dict)
        else option
        for name, option in stored.items()
        if option is not False
    }


def _given(value: Mapping[str, Json]) -> dict[str, Json]:
    # Null means the same as missing.
    given = {name: member for name, member in value.items() if member is not None}
    return {name: _given(member) if isinstance(member, dict) else member for name, member in given.items()}


def _renamed(value: Mapping[str, Json], rename: Callable[[str], str]) -> dict[str, Json]:
    return {
        rename(name): _renamed(member, rename) if isinstance(member, dict) else member for name, member in value.items()
    }


def _snake(name: str) -> str:
    return _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", name)
