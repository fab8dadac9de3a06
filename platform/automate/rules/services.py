"""Saves and deletes rules. A saved rule is in force at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.audit import services as audit
from automate.kernel.canonical import canonical_json
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import gathered, no_such, together
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_integer, check_slug, check_text
from automate.kernel.transactions import in_transaction, only_tried, require_transaction
from automate.rules.models import RuleSpec
from automate.rules.predicate import check_rule
from automate.rules.windows.option_checks import check_options, refusal
from automate.workflows.models import Workflow
from automate.workflows.services import refuse_archived

AUDITED = ("name", "enabled", "priority", "when", "options", "workflow_id")


def save_rule(
    *,
    slug: str,
    name: str,
    workflow: str,
    when: JsonValue,
    expected_revision: int | None,
    enabled: bool | None = None,
    priority: int = 0,
    options: Mapping[str, JsonValue] | None = None,
) -> uuid.UUID:
    """Create or change a rule, and return its id. If ``enabled`` or ``options`` is None, the rule keeps the stored value.

    If several fields have faults, one error reports all faults. Raises INVALID_RULE for an invalid condition or option,
    with ``details.problems``. Raises NOT_FOUND for an unknown workflow, and BAD_USER_INPUT for a fault of another field.
    Raises CONFLICT if the revision is not the expected one.
    """
    warnings: list[JsonValue] = []
    stored: dict[str, JsonValue] = {}
    wrong: list[NormalizedError] = []
    with gathered(wrong):
        check_slug(slug)
    with gathered(wrong):
        check_text(name, path=["name"], most=LIMITS.name_characters)
    with gathered(wrong):
        check_integer(priority, path=["priority"], most=LIMITS.rule_priority)
    with gathered(wrong):
        warnings = checked_warnings(when)
    with gathered(wrong):
        stored = {} if options is None else {"options": check_options(options)}
    with gathered(wrong):
        _check_named(workflow, there=bool(wrong))
    if wrong:
        raise together(wrong)
    if enabled is not None:
        stored["enabled"] = enabled
    with in_transaction():
        return write_rule(
            slug,
            workflow,
            {"name": name, "priority": priority, "when": when, **stored},
            warnings,
            expected_revision,
        )


def write_rule(
    slug: str,
    workflow: str,
    values: Mapping[str, JsonValue],
    warnings: Sequence[JsonValue],
    expected_revision: int | None,
) -> uuid.UUID:
    """Save the checked values of a rule.

    Raises NOT_FOUND if the workflow does not exist. Raises CONFLICT if the rule has another revision. Also
    raises CONFLICT if a new rule starts an archived workflow, or if a change lets a rule start
    an archived workflow.
    """
    # `values` has `name`, `priority` and `when`, and also `enabled` and `options` if they change. Requires a
    # transaction.
    require_transaction()
    # Lock the workflow before the rule, in the order of matching. The rule's foreign key would lock it afterwards.
    flow = Workflow.objects.select_for_update(no_key=True).filter(slug=workflow).only("id", "archived_at").first()
    if flow is None:
        raise _no_workflow()
    # To disable a rule, wait for transactions that start its runs, so that none starts after the answer.
    stays = values.get("enabled") is not False
    found = RuleSpec.objects.select_for_update(no_key=stays or only_tried()).filter(slug=slug).first()
    check_revision(found, expected_revision)
    if found is None or found.workflow_id != flow.id:
        refuse_archived(flow)
    rule_id = found.id if found else new_id()
    kept = {"options": found.options, "enabled": found.enabled} if found else {"options": {}, "enabled": True}
    written = {**kept, **values, "workflow_id": flow.id}
    before = {field: _plain(getattr(found, field)) for field in AUDITED} if found else {}
    after = {field: _plain(written[field]) for field in AUDITED}
    # Compared as canonical JSON, because 1 == True in Python.
    if found and canonical_json([before, found.warnings]) == canonical_json([after, warnings]):
        return rule_id
    write_revision(RuleSpec, found, rule_id, slug, {**written, "warnings": warnings})
    changes = audit.differences(before, after)
    audit.record("rule.update" if found else "rule.create", "rule_spec", rule_id, slug, changes)
    return rule_id


def _check_named(workflow: str, *, there: bool) -> None:
    # If `there` is true, the workflow must exist.
    check_text(workflow, path=["workflow"], most=LIMITS.text_characters)
    if there and not Workflow.objects.filter(slug=workflow).exists():
        raise _no_workflow()


def _no_workflow() -> NormalizedError:
    return NormalizedError("NOT_FOUND", "No workflow has this slug. Save the workflow first.", path=["workflow"])


def delete_rule(slug: str, *, expected_revision: int | None) -> uuid.UUID:
    """Delete a rule and return its id. The decisions and runs of the rule are kept.

    Raises NOT_FOUND for an unknown rule. Raises CONFLICT if the rule is paused, or if the revision is not the expected one.
    """
    with in_transaction():
        named = RuleSpec.objects.filter(slug=slug).only("workflow_id").first()
        if named is not None:
            Workflow.objects.select_for_update(no_key=True).filter(id=named.workflow_id).only("id").first()
        found = RuleSpec.objects.select_for_update().filter(slug=slug).first()
        if found is None:
            raise no_such("rule", "slug", "rules", "rule")
        check_revision(found, expected_revision, DELETE_IT)
        if found.paused_at is not None:
            message = "The rule is paused, and runs may wait for the rule. Resume the rule first: resumeRule."
            raise NormalizedError("CONFLICT", message, path=["rule"])
        RuleSpec.objects.filter(id=found.id).delete()
        changes = {field: (_plain(getattr(found, field)), None) for field in AUDITED}
        rule_id: uuid.UUID = found.id
        audit.record("rule.delete", "rule_spec", rule_id, slug, changes)
        return rule_id


def checked_warnings(when: JsonValue) -> list[JsonValue]:
    """Check a condition, and return its warnings. Raises INVALID_RULE for an invalid condition."""
    if when is None:
        raise NormalizedError(
            "INVALID_RULE", 'A rule needs a condition. To match every event, write {"==": [1, 1]}.', path=["when"]
        )
    try:
        check_value(when)
    except NormalizedError as error:
        error.path = ["when", *error.path]
        raise
    checked = check_rule(when)
    if not checked.ok:
        raise refusal(checked.problems, ("when",))
    return [{"message": warning.message, "path": [str(part) for part in warning.path]} for warning in checked.warnings]


def _plain(value: JsonValue | uuid.UUID) -> JsonValue:
    return str(value) if isinstance(value, uuid.UUID) else value
