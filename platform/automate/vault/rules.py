"""What a secret says of its own use: by which connectors, in which workflows, and to which hosts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.targets import place_of
from automate.vault.hosts import permits

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""Of a secret."""
WANTED_NAME = "1 to 64 capital letters, digits and underscores, and begin with a letter, as after $secret:"

NOT_ALLOWED = "SECRET_NOT_ALLOWED"

Host = tuple[str, int | None]
"""As a Target has it, and its port where that is known."""


@dataclass(frozen=True)
class SecretRule:
    """None allows all; an empty list nothing. hosts: patterns, as ``hosts.read_pattern`` spells them. workflows: slugs.

    What it refuses is told to whoever sees runs and workflows, and what it allows only to who may view secrets: a refusal
    never lists that.
    """

    name: str
    hosts: tuple[str, ...] | None = None
    connectors: tuple[str, ...] | None = None
    workflows: tuple[str, ...] | None = None

    def allows_host(self, host: str, port: int | None) -> bool:
        return self.hosts is None or any(permits(pattern, host, port) for pattern in self.hosts)

    def use_refusals(self, uses: str, workflow: str | None) -> Iterator[NormalizedError]:
        """Why this connector, or this workflow, may not use it. workflow: its slug; None where none is known."""
        if self.connectors is not None and uses not in self.connectors:
            yield self._refused("connector", uses, f"may not be used by {uses}")
        if workflow is not None and self.workflows is not None and workflow not in self.workflows:
            yield self._refused("workflow", workflow, f"may not be used in the workflow {workflow}")

    def host_refusal(self, host: str, port: int | None, *, called: bool) -> NormalizedError:
        """called: whether it is refused in a call, and not beforehand."""
        place = place_of(host, port)
        if port is not None and self.allows_host(host, None):
            # Its port alone is why, and so it is told though it be a usual one.
            place = f"{place_of(host, None)}:{port}"
        told = f"may not go to {place}{'; it was not sent there' if called else ''}"
        return self._refused("host", place, told)

    def _refused(self, kind: str, what: str, told: str) -> NormalizedError:
        field = f"allowed{kind.capitalize()}s"
        return NormalizedError(
            NOT_ALLOWED,
            f"$secret:{self.name} {told}. Correct the step, or the {field} of the secret with saveSecret.",
            details={"secret_name": self.name, kind: what},
        )


@dataclass(frozen=True)
class KnownSecrets:
    """names: secrets that have a value. rules: what each says of its use, by name."""

    names: frozenset[str] = frozenset()
    rules: Mapping[str, SecretRule] = field(default_factory=dict)


def refusals(
    rules: Sequence[SecretRule], uses: str, workflow: str | None, hosts: Sequence[Host], *, called: bool
) -> Iterator[NormalizedError]:
    """All that forbids a call with these secrets. hosts: those that it is known to call. called: it is about to be made."""
    for rule in rules:
        yield from rule.use_refusals(uses, workflow)
        for host, port in hosts:
            if not rule.allows_host(host, port):
                yield rule.host_refusal(host, port, called=called)
