"""Packages with connectors, installed into a folder of their own as an installer leaves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

GOOD = """
from actors.sdk import ConnectorSpec, Failure

class Connector:
    api = "1.0"
    inline = False
    spec = ConnectorSpec(
        name="shop.order", title="Order", effect="keyed", input_schema={"type": "object"}, output_schema={"type": "object"},
        failures=[Failure("no", "CONNECTOR_REFUSED", "It says no.")],
    )

    def __init__(self, host):
        self.host = host

    async def call(self, call):
        return {}
"""


def install(folder: Path, distribution: str, text: str, points: Mapping[str, str]) -> None:
    """A distribution of one module, named as it is with underscores. points: entry points of automate.connectors."""
    module = distribution.replace("-", "_")
    (folder / f"{module}.py").write_text(text)
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    lines = [f"{name} = {module}:{target}" for name, target in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[automate.connectors]", *lines]) + "\n")


def points_of(folder: Path) -> Iterable[EntryPoint]:
    found = distributions(path=[str(folder)])
    return [point for one in found for point in one.entry_points if point.group == "automate.connectors"]
