"""The rules of a secret: allowed connectors, workflows and hosts. This module imports no Django."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.targets import place_of
from automate.vault.hosts import permits

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""The error code of a refused use."""
WANTED_NAME = "1 to 64 capital letters, digits and underscores, and begin with a letter, as after $secret:"

NOT_ALLOWED = "SECRET_NOT_ALLOWED"

Host = tuple[str, int | None]
"""(host, port). The host has the form of a Target's host. The port is None if it is unknown."""


@dataclass(frozen=True)
class SecretRule:
    """The rules of one secret. A list that is None allows everything. An empty list allows nothing."""

    name: str
    hosts: tuple[str, ...] | None = None
    """Patterns, as ``hosts.read_pattern`` returns them."""
    connectors: tuple[str, ...] | None = None
    workflows: tuple[str, ...] | None = None
    """Slugs."""

    def allows_host(self, host: str, port: int | None) -> bool:
        return self.hosts is None or any(permits(pattern, host, port) for pattern in self.hosts)

    def use_refusals(self, uses: str, workflow: str | None) -> Iterator[NormalizedError]:
        """Yield an error for each rule that forbids the connector or the workflow.

        ``workflow`` is the workflow's slug. If the slug is unknown, ``workflow`` is None.
        """
        if self.connectors is not None and uses not in self.connectors:
            yield self._refused("connector", uses, f"may not be used by {uses}")
        if workflow is not None and self.workflows is not None and workflow not in self.workflows:
            yield self._refused("workflow", workflow, f"may not be used in the workflow {workflow}")

    def host_refusal(self, host: str, port: int | None, *, called: bool) -> NormalizedError:
        """Return the error for a host that the secret does not allow."""
        place = place_of(host, port)
        if port is not None and self.allows_host(host, None):
            # Only the port is refused, so it is shown even if it is a usual one.
            place = f"{place_of(host, None)}:{port}"
        reason = f"may not go to {place}{'; it was not sent there' if called else ''}"
        return self._refused("host", place, reason)

    def _refused(self, kind: str, what: str, reason: str) -> NormalizedError:
        field = f"allowed{kind.capitalize()}s"
        return NormalizedError(
            NOT_ALLOWED,
            f"$secret:{self.name} {reason}. Correct the step, or change the {field} of the secret with saveSecret.",
            details={"secret_name": self.name, kind: what},
        )


@dataclass(frozen=True)
class KnownSecrets:
    """The names and rules of a tenant's secrets, without values."""

    names: frozenset[str] = frozenset()
    """Secrets that have a value."""
    rules: Mapping[str, SecretRule] = field(default_factory=dict)
    """By name."""


def refusals(
    rules: Sequence[SecretRule], uses: str, workflow: str | None, hosts: Sequence[Host], *, called: bool
) -> Iterator[NormalizedError]:
    """Yield an error for each rule that forbids a call with these secrets."""
    for rule in rules:
        yield from rule.use_refusals(uses, workflow)
        for host, port in hosts:
            if not rule.allows_host(host, port):
                yield rule.host_refusal(host, port, called=called)
