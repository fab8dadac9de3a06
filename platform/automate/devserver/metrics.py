"""Chooses the metrics port of each process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.devserver.ports import free_port
from automate.project.reaching import LOOPBACK, in_url


class MetricsPorts:
    """Chooses the metrics port of each process. An empty AUTOMATE_METRICS_BIND switches metrics off."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        given = environ.get("AUTOMATE_METRICS_BIND", f"{LOOPBACK}:0")
        self._on = bool(given)
        self._host = given.rpartition(":")[0].strip("[]")
        self._ports: dict[str, int] = {}

    def choose(self, names: Sequence[str]) -> None:
        """Choose a free port for each process."""
        while self._on and len(self._ports) < len(names):
            port = free_port()
            if port not in self._ports.values():
                self._ports[names[len(self._ports)]] = port

    def environ_of(self, name: str) -> dict[str, str]:
        """Return the environment variable AUTOMATE_METRICS_BIND for one process. It is empty if the process has no metrics."""
        port = self._ports.get(name)
        return {"AUTOMATE_METRICS_BIND": f"{in_url(self._host)}:{port}" if port else ""}

    def urls(self) -> dict[str, str]:
        """Return the URL of each process's metrics."""
        return {name: f"http://{in_url(self._host)}:{port}/metrics" for name, port in self._ports.items()}
