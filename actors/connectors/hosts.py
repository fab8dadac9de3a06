"""Finds the hosts of a call. The hosts are in the connector's spec and in the call's input."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec, named_hosts


def addressed_hosts(spec: ConnectorSpec, given: Mapping[str, JsonValue]) -> list[str]:
    """Return all hosts of a call, from the connector's spec and from the call's input. Invalid URLs are ignored."""
    return list(dict.fromkeys([*spec.hosts, *(host for host, _ in named_hosts(spec, given))]))
