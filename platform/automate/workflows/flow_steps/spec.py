"""What is known of a flow step: enough to check a definition and to make a form, never how the engine takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json
from automate.kernel.problems import Problem

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Check = Callable[[Mapping[str, Json], tuple[str | int, ...]], list[Problem]]
"""A ``with`` as it was written, and its path -> what a JSON Schema cannot say of it."""

ENDS_AT_ONCE = "it ends at once"
SAYS_ITS_WAIT = 'its "with" says how long it waits'


def no_more(_given: Mapping[str, Json], _path: tuple[str | int, ...]) -> list[Problem]:
    """The Check of a step whose schema says all."""
    return []


@dataclass(frozen=True)
class FlowSpec:
    """name: as in ``uses``. title: for people. input_schema, output_schema: JSON Schema 2020-12.

    raw: keys of ``with`` that are taken as they are written, never rendered.
    wait: the key of ``with`` that says for how many seconds it waits at most.
    no_timeout: why ``timeout_seconds`` says nothing here; None where it bounds the wait.
    """

    name: str
    title: str
    input_schema: Mapping[str, Json]
    output_schema: Mapping[str, Json]
    raw: frozenset[str] = frozenset()
    wait: str | None = None
    no_timeout: str | None = None
    check: Check = no_more
    secrets: bool = False
    """A flow step's input is shown, so that it may hold no SecretRef."""
