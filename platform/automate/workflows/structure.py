"""Whether a value is JSON that the platform can keep: size, depth, text. Checked first, because all else relies on it."""

from __future__ import annotations

import json
import math

from automate.kernel.errors import Json
from automate.kernel.problems import Problem

_MAX_PROBLEMS = 20
_NUMBER_BOUND = 10**308


def structure_problems(raw: Json, max_bytes: int, max_depth: int) -> list[Problem]:
    """Bytes are those of compact JSON. Never raises, and never looks deeper or further than the limits.

    With any of these problems nothing else can be checked, stored or even quoted.
    """
    problems: list[Problem] = []
    pending: list[tuple[Json, tuple[str | int, ...]]] = [(raw, ())]
    values = 0
    while pending and len(problems) < _MAX_PROBLEMS:
        value, path = pending.pop()
        values += 1
        if values > max_bytes:  # each value takes at least a byte
            return [*problems, _too_large(max_bytes)]
        if isinstance(value, (dict, list)) and len(path) >= max_depth:
            problems.append(Problem("LIMIT_EXCEEDED", f"JSON nested deeper than {max_depth} levels.", path[:8]))
        elif isinstance(value, list):
            pending.extend((item, (*path, index)) for index, item in enumerate(value))
        elif isinstance(value, dict):
            for key, item in value.items():
                problem = _text(key) if isinstance(key, str) else "Names must be text."
                if problem:  # the name itself cannot be part of a path
                    problems.append(Problem("INVALID_WORKFLOW", problem, path))
                else:
                    pending.append((item, (*path, key)))
        elif problem := _scalar(value):
            problems.append(Problem("INVALID_WORKFLOW", problem, path))
    if not problems and _json_bytes(raw) > max_bytes:
        problems.append(_too_large(max_bytes))
    return problems


_NUL = "Text must not contain a NUL character (\\u0000)."
_NOT_TEXT = "Text must be valid Unicode, without halves of surrogate pairs."


def _text(value: str) -> str | None:
    if "\0" in value:
        return _NUL
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return _NOT_TEXT
    return None


def _scalar(value: Json) -> str | None:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return None if abs(value) < _NUMBER_BOUND else "Numbers must have at most 308 digits."
    if isinstance(value, float):
        return None if math.isfinite(value) else "Numbers must be finite: NaN and Infinity are not JSON."
    return f"A {type(value).__name__} is not JSON."


def _json_bytes(value: Json) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _too_large(max_bytes: int) -> Problem:
    return Problem(
        "LIMIT_EXCEEDED", f"The definition is larger than {max_bytes:,} bytes; split it into several workflows.", ()
    )
