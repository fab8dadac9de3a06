"""The check of connectors of installed packages, and of those that were refused."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from automate.cli.checkup.finding import Finding, fail, ok

REGISTRY = "actors.connectors.registry"
"""Named by a string, because lower layers must not import it."""


def connectors() -> Iterator[Finding]:
    registry = importlib.import_module(REGISTRY)
    ours = ", ".join(sorted(connector.spec.name for connector in registry.OURS))
    theirs = "".join(f", {one.name} ({one.package})" for one in registry.INSTALLED)
    yield ok(f"Connectors: {ours}{theirs}")
    for one in registry.REFUSED:
        yield fail(
            f"The connector {one.name} ({one.package}) is refused: {one.why}",
            "Until that is fixed, steps that use the connector fail, and workflows with it cannot be published. Then restart web and workers.",
        )
