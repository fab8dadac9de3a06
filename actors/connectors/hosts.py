"""Which hosts a call goes to, read from its input as the guard will read them."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.errors import Json
from automate.workflows.connectors import ConnectorSpec, named_hosts


def addressed_hosts(spec: ConnectorSpec, given: Mapping[str, Json]) -> list[str]:
    """Each once: those of the spec, and those that the input's host fields name. A URL that the guard refuses has none."""
    return list(dict.fromkeys([*spec.hosts, *(host for host, _ in named_hosts(spec, given))]))
