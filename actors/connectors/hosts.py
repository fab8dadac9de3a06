"""The hosts of a call, read from its input in the same way as by the guard."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.errors import Json
from automate.workflows.connectors import ConnectorSpec, named_hosts


def addressed_hosts(spec: ConnectorSpec, given: Mapping[str, Json]) -> list[str]:
    """The distinct hosts in the host fields of the input and in the spec. A URL that the guard refuses has no host."""
    return list(dict.fromkeys([*spec.hosts, *(host for host, _ in named_hosts(spec, given))]))
