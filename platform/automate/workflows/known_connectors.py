"""Checks the name of a connector or flow step. A step can use only known names."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.workflows.definition import is_flow
from automate.workflows.services import connector_specs


def known_connector(name: str, path: Sequence[str] = ("connector",)) -> str:
    """Return the name of a connector. Raises NOT_FOUND if no step can use a connector with this name."""
    if name not in connector_specs() and not is_flow(name):
        raise NormalizedError(
            "NOT_FOUND", f"No connector has the name {name[:64]}. `connectors` lists the names.", path=path
        )
    return name
