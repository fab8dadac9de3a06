"""Lists the connectors that are installed in this Python environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automate.workflows.connectors import ConnectorSpec


def installed_specs() -> Mapping[str, ConnectorSpec]:
    from actors.connectors.registry import specs  # noqa: PLC0415 - connectors of packages are imported only when needed

    return specs()
