"""Pauses and resumes a workflow, a rule, or all work of a tenant.

Runs of a paused workflow wait in the queue. A disabled workflow or rule starts no run.
A pause takes effect before the platform answers the request for this pause.
"""

from __future__ import annotations

import uuid

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.kernel.limits import LIMITS
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.outbox import transitions as jobs
from automate.recovery import transitions
from automate.recovery.once import OperationResult, once
from automate.rules.models import RuleSpec
from automate.runs import control, states
from automate.workflows.models import Workflow


def pause_workflow(slug: str, reason: str, *, skip: bool = False) -> uuid.UUID:
    """Pause the runs of a workflow, and return its id. New runs wait in the queue.

    Raises NOT_FOUND for an unknown workflow.
    """
    check_text(reason, path=["reason"], most=LIMITS.text_characters)

    def act() -> OperationResult:
        workflow = _workflow(slug)
        if workflow.paused_at is None:
            Workflow.objects.filter(id=workflow.id).update(paused_at=Now(), skipping_at=Now() if skip else None)
            paused = control.stop(transitions.runs_in(workflow.id, control.PAUSABLE), reason)
            changes = {"paused": (False, True), "reason": (None, reason), "runs": (None, len(paused))}
            skips = {"skips": (False, True)} if skip else {}
            audit.record("workflow.pause", "workflow", workflow.id, slug, {**changes, **skips})
        elif skip != (workflow.skipping_at is not None):
            Workflow.objects.filter(id=workflow.id).update(skipping_at=Now() if skip else None)
            turned = {"skips": (not skip, skip), "reason": (None, reason)}
            audit.record("workflow.pause", "workflow", workflow.id, slug, turned)
        return OperationResult([workflow.id])

    return once("pauseWorkflow", None, None, act).run_ids[0]


def resume_workflow(slug: str) -> uuid.UUID:
    """Resume a workflow. Runs that a person paused individually stay paused."""

    def act() -> OperationResult:
        workflow = _workflow(slug)
        if workflow.paused_at is not None:
            Workflow.objects.filter(id=workflow.id).update(paused_at=None, skipping_at=None)
            resumed = control.go_on(
                transitions.runs_in(workflow.id, {*control.PAUSABLE, states.PAUSED}), "workflow resumed"
            )
            resumed.update(transitions.let_go_of_workflow(workflow.id))
            changes = {"paused": (True, False), "runs": (None, len(resumed))}
            audit.record("workflow.resume", "workflow", workflow.id, slug, changes)
        return OperationResult([workflow.id])

    return once("resumeWorkflow", None, None, act).run_ids[0]


def pause_rule(slug: str, reason: str) -> uuid.UUID:
    """Pause a rule, and return its id. The rule still matches events, but the new runs wait."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)

    def act() -> OperationResult:
        rule = _rule(slug)
        if rule.paused_at is None:
            RuleSpec.objects.filter(id=rule.id).update(paused_at=Now())
            audit.record("rule.pause", "rule_spec", rule.id, slug, {"paused": (False, True), "reason": (None, reason)})
        return OperationResult([rule.id])

    return once("pauseRule", None, None, act).run_ids[0]


def resume_rule(slug: str) -> uuid.UUID:
    """Resume a rule, and return its id."""

    def act() -> OperationResult:
        rule = _rule(slug)
        if rule.paused_at is not None:
            RuleSpec.objects.filter(id=rule.id).update(paused_at=None)
            freed = transitions.let_go_of_rule(rule.id)
            changes = {"paused": (True, False), "runs": (None, len(freed))}
            audit.record("rule.resume", "rule_spec", rule.id, slug, changes)
        return OperationResult([rule.id])

    return once("resumeRule", None, None, act).run_ids[0]


def pause_tenant(reason: str) -> None:
    """Pause all work of the tenant. Requests are still served, and events are accepted."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    _hold_tenant(held=True, reason=reason)


def resume_tenant() -> None:
    """Resume the tenant's work."""
    _hold_tenant(held=False, reason="")


def _hold_tenant(*, held: bool, reason: str) -> None:
    def act() -> OperationResult:
        tenant = current_tenant()
        if jobs.hold_lane(tenant.id, held=held):
            changes = {"paused": (not held, held), "reason": (None, reason)}
            audit.record("tenant.pause" if held else "tenant.resume", "tenant", tenant.id, tenant.slug, changes)
        return OperationResult()

    once("pauseTenant" if held else "resumeTenant", None, None, act)


def _workflow(slug: str) -> Workflow:
    found = _locked(Workflow, slug, "workflow")
    if not isinstance(found, Workflow):
        raise no_such("workflow", "slug", "workflows", "workflow")
    return found


def _rule(slug: str) -> RuleSpec:
    found = _locked(RuleSpec, slug, "rule")
    if not isinstance(found, RuleSpec):
        raise no_such("rule", "slug", "rules", "rule")
    return found


def _locked(kind: type[Workflow | RuleSpec], slug: str, name: str) -> Workflow | RuleSpec | None:
    check_text(slug, path=[name], most=LIMITS.text_characters)
    found: Workflow | RuleSpec | None = kind.objects.select_for_update().filter(slug=slug).first()
    return found
