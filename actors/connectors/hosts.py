"""Finds the hosts that a call names. A URL in the input is read as the outbound guard reads it."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.errors import Json
from automate.workflows.connectors import ConnectorSpec, named_hosts


def addressed_hosts(spec: ConnectorSpec, given: Mapping[str, Json]) -> list[str]:
    """The hosts that the spec and the input of a call name, without duplicates. A refused URL gives no host."""
    return list(dict.fromkeys([*spec.hosts, *(host for host, _ in named_hosts(spec, given))]))
