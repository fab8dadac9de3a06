"""Checks and compares definitions, in this process or in a child process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automate.heavy.named import named
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.vault.rules import KnownSecrets
from automate.workflows.call_problems import KnownSecretRules
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.diffing import DefinitionDifference, difference
from automate.workflows.drafts import DefinitionPath
from automate.workflows.secret_warnings import anywhere_warnings
from automate.workflows.validation import check_definition


@dataclass(frozen=True)
class Examined:
    """The result of checking a draft and comparing it with the current version."""

    problems: list[Problem]
    """Problems that prevent publishing."""
    changed: DefinitionDifference
    """The differences from the current version."""
    open: Mapping[str, tuple[str, DefinitionPath]]
    """Secrets that may go to any host, as ``anywhere_warnings`` returns them."""


def problems_in(specs: str, slug: str | None, definition: JsonValue, known: KnownSecrets) -> list[Problem]:
    # `specs` names the function that returns the connectors. If `slug` is None, the rules of secrets are not checked.
    use = None if slug is None else KnownSecretRules(slug, known.rules)
    return check_definition(definition, _specs(specs), known.names.__contains__, secret_use=use)


def examined(specs: str, slug: str, current: JsonValue, draft: JsonValue, known: KnownSecrets) -> Examined:
    """Check a draft and compare it with the current definition."""
    return Examined(
        problems_in(specs, slug, draft, known),
        difference(current, draft),
        anywhere_warnings(draft, _specs(specs), known.rules),
    )


def _specs(path: str) -> Mapping[str, ConnectorSpec]:
    found: Mapping[str, ConnectorSpec] = named(path)()
    return found
