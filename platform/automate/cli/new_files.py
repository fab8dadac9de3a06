"""Writes files, but never replaces an existing file."""

from __future__ import annotations

from pathlib import Path

from automate.kernel.errors import NormalizedError


def write_new(path: Path, text: str, fix: str = "Name another file.") -> None:
    """Write a file. Raises NormalizedError CONFLICT if the file exists, and BAD_USER_INPUT if it cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise NormalizedError("CONFLICT", f"The file {path} exists already and was not changed. {fix}") from None
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"The file {path} cannot be written: {error.strerror}.") from None
