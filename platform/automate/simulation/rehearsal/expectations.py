"""Compares a simulated run with the expectations of its case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonValue, as_list, as_object, as_text
from automate.simulation.rehearsal.simulator import Rehearsal

SHOWN_CHARACTERS = 200


class _Absent(Enum):
    ABSENT = auto()


_ABSENT: Final = _Absent.ABSENT


@dataclass(frozen=True)
class ExpectationDifference:
    """One difference between an expected value and the value of the simulated run."""

    path: tuple[str | int, ...]
    """The path in ``expect``."""
    expected: str
    got: str

    def __str__(self) -> str:
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")
        return f"{path}: expected {self.expected}, got {self.got}"


def differences(expect: Mapping[str, JsonValue], seen: Rehearsal) -> list[ExpectationDifference]:
    """List the differences between a simulated run and the expectations of its case.

    Sections that ``expect`` does not name are ignored.
    """
    return list(_differences(expect, seen.as_json()))


def _differences(expect: Mapping[str, JsonValue], got: Mapping[str, JsonValue]) -> Iterator[ExpectationDifference]:
    for name, wanted in expect.items():
        if name == "steps":
            yield from _of_steps(as_object(wanted), as_object(got["steps"]))
        elif name in {"calls", "emitted"}:
            yield from _of_list(name, as_list(wanted), as_list(got[name]))
        elif name != "rules":
            yield from _of_value((name,), wanted, got[name])


def _of_steps(wanted: Mapping[str, JsonValue], got: Mapping[str, JsonValue]) -> Iterator[ExpectationDifference]:
    for key in [*wanted, *(key for key in got if key not in wanted)]:
        if key not in got:
            yield ExpectationDifference(("steps", key), as_text(as_object(wanted[key])["state"]), "no such step ran")
        elif key not in wanted:
            yield ExpectationDifference(("steps", key), "no such step", as_text(as_object(got[key])["state"]))
        else:
            for name, value in as_object(wanted[key]).items():
                yield from _of_value(("steps", key, name), value, as_object(got[key])[name])


def _of_list(name: str, wanted: Sequence[JsonValue], got: Sequence[JsonValue]) -> Iterator[ExpectationDifference]:
    for place in range(max(len(wanted), len(got))):
        if place >= len(got):
            yield ExpectationDifference((name, place), _shown(wanted[place]), "nothing")
        elif place >= len(wanted):
            yield ExpectationDifference((name, place), "nothing", _shown(got[place]))
        else:
            for field, value in as_object(wanted[place]).items():
                yield from _of_value((name, place, field), value, as_object(got[place])[field])


def _of_value(
    path: tuple[str | int, ...], wanted: JsonValue | _Absent, got: JsonValue | _Absent
) -> Iterator[ExpectationDifference]:
    # As in JSON, true differs from 1, and 1.0 equals 1.
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in [*wanted, *(name for name in got if name not in wanted)]:
            yield from _of_value((*path, name), wanted.get(name, _ABSENT), got.get(name, _ABSENT))
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for place, pair in enumerate(zip(wanted, got, strict=True)):
            yield from _of_value((*path, place), *pair)
    elif wanted is _ABSENT or got is _ABSENT or isinstance(wanted, bool) != isinstance(got, bool) or wanted != got:
        yield ExpectationDifference(path, _shown(wanted), _shown(got))


def _shown(value: JsonValue | _Absent) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json_string(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
