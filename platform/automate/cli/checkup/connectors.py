"""Checks the connectors that come from installed packages."""

from __future__ import annotations

from collections.abc import Iterator

from automate.cli.checkup.finding import Finding, fail, ok


def connectors() -> Iterator[Finding]:
    from actors.connectors import registry  # noqa: PLC0415 - connectors of packages are imported for this check alone

    ours = ", ".join(sorted(connector.spec.name for connector in registry.OURS))
    theirs = "".join(f", {one.name} ({one.package})" for one in registry.INSTALLED)
    yield ok(f"Connectors: {ours}{theirs}")
    for one in registry.REFUSED:
        yield fail(
            f"The connector {one.name} ({one.package}) is refused: {one.why}",
            "Until this is fixed, steps with this connector fail, and workflows with this connector cannot be published. "
            "After the fix, restart web and workers.",
        )
