"""What pytest needs so that it collects cases of workflows."""

from __future__ import annotations

from importlib.metadata import entry_points

PLUGIN = "automate.cli.rehearsing.pytest_plugin"


def plugins() -> dict[str, str]:
    """For its environment: the plugin, unless this installation names it already, as one made since then does."""
    known = {point.value for point in entry_points(group="pytest11")}
    return {} if PLUGIN in known else {"PYTEST_PLUGINS": PLUGIN}
