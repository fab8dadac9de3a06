"""The secrets of sources and endpoints in a configuration. In an export, references to variables replace the secrets."""

from __future__ import annotations

import re

from automate.configuration.references import REFERENCE
from automate.configuration.shape import Entry
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_texts
from automate.kernel.problems import refusal_of

# References in the style of shells, templates and other files. Used as the secret itself, anyone could sign with such text.
_REFERENCE_OF_OTHERS = re.compile(r"\$\{.*\}|\$\(.*\)|\{\{.*\}\}|\$[A-Z][A-Z0-9_]*|\$(?i:env|secret)[:.].*", re.DOTALL)


class VariableNames:
    """Generates names of variables. No name is generated twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, stem: str, count: int) -> list[str]:
        """Return ``count`` references to variables, one for each secret of an object. The newest secret is first."""
        return [self._next(f"{stem.upper().replace('-', '_')}_SECRET") for _ in range(count)]

    def _next(self, name: str) -> str:
        number, free = 1, name
        while free in self._taken:
            number += 1
            free = f"{name}_{number}"
        self._taken.add(free)
        return f"{REFERENCE}{free}"


def given_secrets(entry: Entry, kept: int) -> list[str] | None:
    """Return the secrets to save. Return None if the stored secrets must be kept.

    ``kept`` is the number of stored secrets. The stored secrets are kept if the entry lists no secrets, or exactly ``kept``
    references without values. Raises BAD_USER_INPUT for every other reference without a value, and for a secret that
    looks like a reference of another tool.
    """
    # The stored secrets are kept if the entry lists only references without values, as many as `kept`.
    if entry.get("secrets") is None:
        return None
    listed = as_texts(entry["secrets"])
    strange = [place for place, secret in enumerate(listed) if _is_of_others(secret)]
    if strange:
        raise refusal_of([_strange(place) for place in strange])
    unset = [place for place, secret in enumerate(listed) if secret.startswith(REFERENCE)]
    if unset and len(unset) == len(listed) == kept:
        return None
    if unset:
        others = "; the other secrets of this list are set" if len(unset) < len(listed) else ""
        raise refusal_of([_unset(listed[place], others, place) for place in unset])
    return listed


def _is_of_others(secret: str) -> bool:
    return not secret.startswith(REFERENCE) and _REFERENCE_OF_OTHERS.fullmatch(secret) is not None


def _strange(place: int) -> NormalizedError:
    message = f"This secret looks like a reference, but would be used literally. Write references as {REFERENCE}NAME."
    return NormalizedError("BAD_USER_INPUT", message, path=["secrets", place])


def _unset(reference: str, others: str, place: int) -> NormalizedError:
    name = reference.removeprefix(REFERENCE)
    message = f"The variable {name} is not set in this environment. Set the variable to the secret{others}."
    return NormalizedError("BAD_USER_INPUT", message, path=["secrets", place])
