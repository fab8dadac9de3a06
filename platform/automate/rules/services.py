"""Save a rule. It is in force at once, under a new version of the rule set."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import F

from automate.audit import services as audit
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.revisions import check_revision, write_revision
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_integer, check_slug, check_text
from automate.kernel.transactions import in_transaction, require_transaction
from automate.rules.models import RuleSet, RuleSpec
from automate.rules.predicate import check_rule
from automate.workflows.models import Workflow

AUDITED = ("name", "enabled", "priority", "when", "workflow_id")


def save_rule(
    *,
    slug: str,
    name: str,
    workflow: str,
    when: Json,
    expected_revision: int | None,
    enabled: bool = True,
    priority: int = 0,
) -> uuid.UUID:
    """Save a rule, made when absent. Returns its id.

    workflow: the slug of what a match starts. when: JsonLogic, refused unless all of it is understood; what may surprise
    stands in the row's warnings. expected_revision: None does not ask.
    Raises NormalizedError INVALID_RULE with ``details.problems``, NOT_FOUND for the workflow, BAD_USER_INPUT for
    another field, CONFLICT for a revision that has moved on.
    """
    check_slug(slug)
    check_text(name, path=["name"], most=LIMITS.name_characters)
    check_integer(priority, path=["priority"], most=LIMITS.rule_priority)
    warnings = checked_warnings(when)
    with in_transaction():
        workflow_id = (
            Workflow.objects.filter(slug=check_text(workflow, path=["workflow"], most=LIMITS.text_characters))
            .values_list("id", flat=True)
            .first()
        )
        if workflow_id is None:
            raise NormalizedError("NOT_FOUND", "There is no workflow of this slug; save it first.", path=["workflow"])
        found = RuleSpec.objects.filter(slug=slug).first()
        check_revision(found, expected_revision)
        rule_id = found.id if found else new_id()
        values = {"name": name, "enabled": enabled, "priority": priority, "when": when, "workflow_id": workflow_id}
        write_revision(RuleSpec, found, rule_id, slug, {**values, "warnings": warnings})
        raise_rule_set_version()
        before = {field: _plain(getattr(found, field)) for field in AUDITED} if found else {}
        changes = audit.differences(before, {field: _plain(values[field]) for field in AUDITED})
        audit.record("rule.update" if found else "rule.create", "rule_spec", rule_id, slug, changes)
    return rule_id


def raise_rule_set_version() -> None:
    """Put a change of any rule in force. Requires the transaction that changes it; the row serialises such changes."""
    require_transaction()
    if not RuleSet.objects.filter(id=1).update(version=F("version") + 1):
        raise NormalizedError("INTERNAL", "This tenant's schema lacks its rule set; it was not provisioned whole.")


def checked_warnings(when: Json) -> list[Json]:
    """The warnings of a condition that may be saved. Raises INVALID_RULE with ``details.problems``."""
    if when is None:
        raise NormalizedError("INVALID_RULE", 'A rule needs a condition; {"==": [1, 1]} matches all.', path=["when"])
    check_value(when)
    checked = check_rule(when)
    if not checked.ok:
        raise _invalid(checked.problems)
    return [{"message": warning.message, "path": [str(part) for part in warning.path]} for warning in checked.warnings]


def _invalid(problems: Sequence[Problem]) -> NormalizedError:
    first = problems[0]
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return NormalizedError(
        "INVALID_RULE",
        f"{first.message}{more}",
        details={
            "problems": [
                {"code": problem.code, "message": problem.message, "path": [str(part) for part in problem.path]}
                for problem in problems
            ]
        },
        path=["when", *first.path],
    )


def _plain(value: Json | uuid.UUID) -> Json:
    return str(value) if isinstance(value, uuid.UUID) else value
