"""What ``automate doctor`` says, taken apart."""

from __future__ import annotations


def found(out: str) -> dict[str, list[str]]:
    lines = [line.split(maxsplit=1) for line in out.splitlines() if not line.startswith(" ")]
    return {state: [what for word, what in lines if word == state] for state in ("ok", "warn", "fail")}


def advice(out: str) -> list[str]:
    return [text.strip() for text in out.splitlines() if text.startswith(" ")]
