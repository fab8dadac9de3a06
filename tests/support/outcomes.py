"""How an act of another process ended, in one line of its output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from automate.kernel.errors import NormalizedError


@contextmanager
def outcome_told() -> Iterator[None]:
    """Print ``done``, the code of the refusal, or the name of the exception."""
    try:
        yield
    except NormalizedError as error:
        print(error.code, flush=True)
    except Exception as error:  # noqa: BLE001 - the outcome, judged by the test
        print(type(error).__name__, flush=True)
    else:
        print("done", flush=True)
