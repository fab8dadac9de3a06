"""Checks large definitions in a child process. The workflow is locked only after this check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from automate.heavy.services import INLINE_BYTES, has_children, size_of
from automate.kernel.canonical import checksum
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.vault.rules import KnownSecrets
from automate.workflows.models import TRIAL, Workflow, WorkflowVersion
from automate.workflows.named_secrets import secrets_for

Check = Callable[[str, JsonValue], Sequence[Problem]]
"""(workflow's slug, definition) -> all problems of the definition."""


@dataclass(frozen=True)
class CheckedDefinition:
    """The result of checking a definition before its workflow is locked."""

    checksum: str
    """The checksum of the definition."""
    secrets: KnownSecrets
    """The secrets that were known before the check."""
    problems: Sequence[Problem]


def checked_draft(slug: str, check: Check) -> CheckedDefinition | None:
    # None for a small draft: the caller checks such a draft under the lock.
    return _checked(slug, _draft(slug), check) if has_children() else None


def checked_version(slug: str, number: int, check: Check) -> CheckedDefinition | None:
    # None for a small version: the caller checks such a version under the lock.
    return _checked(slug, _version(slug, number), check) if has_children() else None


def problems_of(slug: str, definition: JsonValue, check: Check, before: CheckedDefinition | None) -> Sequence[Problem]:
    """Return the problems of a definition.

    ``before`` is an earlier check. If the definition and its secrets have not changed since the earlier check,
    return the problems that the earlier check found.
    """
    if before is not None and before.checksum == checksum(definition) and before.secrets == secrets_for(definition):
        return before.problems
    return check(slug, definition)


def _draft(slug: str) -> JsonValue:
    definition: JsonValue = Workflow.objects.filter(slug=slug).values_list("definition", flat=True).first()
    return definition


def _version(slug: str, number: int) -> JsonValue:
    found = WorkflowVersion.objects.filter(workflow__slug=slug, number=number, number__gt=TRIAL)
    definition: JsonValue = found.values_list("definition", flat=True).first()
    return definition


def _checked(slug: str, definition: JsonValue, check: Check) -> CheckedDefinition | None:
    if size_of(definition) <= INLINE_BYTES:
        return None
    known = secrets_for(definition)
    return CheckedDefinition(checksum(definition), known, check(slug, definition))
