"""The declaration of a flow step, for checks and forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.workflows.parts import Part, schema_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Check = Callable[[Mapping[str, JsonValue], tuple[str | int, ...]], list[Problem]]
"""(``with`` as written, its path) -> the problems that a JSON Schema cannot express."""

ENDS_AT_ONCE = "it ends at once"
SAYS_ITS_WAIT = 'its "with" says how long it waits'


def step_schema(kind: type[object] | None, part: Part) -> dict[str, JsonValue]:
    """Convert the Python class ``kind`` of a flow step's input or output to a JSON Schema.

    If the step has no output, ``kind`` is None. If the output can be any JSON, ``kind`` is ``object``.
    """
    return {"$schema": DIALECT, **schema_of(kind, part)}


def no_more(_given: Mapping[str, JsonValue], _path: tuple[str | int, ...]) -> list[Problem]:
    return []


@dataclass(frozen=True)
class FlowSpec:
    """The declaration of one flow step."""

    name: str
    """As in ``uses``."""
    title: str
    """For people."""
    input_schema: Mapping[str, JsonValue]
    """JSON Schema 2020-12."""
    output_schema: Mapping[str, JsonValue]
    """JSON Schema 2020-12."""
    raw: frozenset[str] = frozenset()
    """Keys of ``with`` that are used as written, never rendered."""
    wait: str | None = None
    """The key of ``with`` that has the maximum wait in seconds."""
    no_timeout: str | None = None
    """The reason why ``timeout_seconds`` is not allowed. None if ``timeout_seconds`` limits the wait."""
    check: Check = no_more
    secrets: bool = False
    """False, because the input of a flow step is shown to people. So the input must not contain a SecretRef."""
