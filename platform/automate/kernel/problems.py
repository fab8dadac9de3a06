"""What is wrong with something that a person wrote, such as a draft or a rule: each problem knows its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """code: a name of ``automate.kernel.errors.CODES``. message: says how to mend it. path: outermost first."""

    code: str
    message: str
    path: tuple[str | int, ...]
