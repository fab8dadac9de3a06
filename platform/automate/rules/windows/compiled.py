"""The compiled options of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from automate.kernel.errors import Json
from automate.rules.predicate import Predicate, compile_rule
from automate.rules.windows.keys import CompiledKey, compile_key
from automate.rules.windows.options import Options, options_of
from automate.rules.windows.words import ABSENCE, WINDOWED


@dataclass(frozen=True)
class CompiledOptions:
    """The options of one rule."""

    options: Options
    keys: Mapping[str, CompiledKey]
    """By option."""
    settings: Mapping[str, Mapping[str, Json]]
    """Each option as JSON, by name."""
    ends: Predicate
    """The condition that ends an absence; always false without an absence."""
    end_key: CompiledKey | None
    """The key of the event that ends an absence; None without an absence."""

    @classmethod
    def of(cls, stored: Mapping[str, Json]) -> CompiledOptions:
        options = options_of(stored)
        given = {name: found for name in WINDOWED if (found := getattr(options, name)) is not None}
        absence = options.absence
        return cls(
            options,
            {name: compile_key(name, "key", found.key) for name, found in given.items()},
            {name: asdict(found) for name, found in given.items()},
            compile_rule(absence.unless if absence is not None else False),
            _end_key(absence.key, absence.unless_key) if absence is not None else None,
        )


def _end_key(key: str, unless_key: str) -> CompiledKey:
    return compile_key(ABSENCE, "unless_key", unless_key) if unless_key else compile_key(ABSENCE, "key", key)
