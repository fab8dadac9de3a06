"""Finds the hosts in the connector's spec and in the input of a call."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec, named_hosts


def addressed_hosts(spec: ConnectorSpec, given: Mapping[str, JsonValue]) -> list[str]:
    """Return the hosts in the connector's spec and in the input of a call. Invalid URLs are ignored."""
    return list(dict.fromkeys([*spec.hosts, *(host for host, _ in named_hosts(spec, given))]))
