"""Checks the name of a connector or flow step. A step can use only known names."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.workflows.definition import is_flow
from automate.workflows.flow_steps import FLOW_SPECS
from automate.workflows.problems import short
from automate.workflows.services import connector_specs


def known_connector(name: str, path: Sequence[str] = ("connector",)) -> str:
    """Return the name of a connector. Raises NOT_FOUND if no step can use a connector with this name."""
    if name not in connector_specs() and not is_flow(name):
        raise NormalizedError(
            "NOT_FOUND", f"No connector has the name {name[:64]}. `connectors` lists the names.", path=path
        )
    return name


def check_uses(name: str, path: Sequence[str]) -> None:
    """Check the name that a step has in ``uses``. Raises BAD_USER_INPUT if no connector and no flow step has this name."""
    known = {*connector_specs(), *FLOW_SPECS}
    if name not in known:
        message = (
            f'`{path[-1]}` is "{short(name)}", but no connector or flow step has this name. '
            f"Use one of these names: {', '.join(sorted(known))}."
        )
        raise NormalizedError("BAD_USER_INPUT", message, path=path)
