"""Decides approvals, and creates links for people without an account."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

from automate.approvals import links, members
from automate.approvals.answers import check_answers
from automate.approvals.hands import caused, is_recipient, same
from automate.approvals.tally import outcome_of
from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import ROLES
from automate.kernel.principals import Principal, current_principal
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox import transitions as jobs
from automate.outbox.wakeups import wake_relay
from automate.runs import feed, parents, states
from automate.runs import transitions as runs
from automate.runs.approvals import queries, transitions
from automate.runs.approvals.queries import ApprovalDecisionRow, ApprovalRow
from automate.workflows.flow_steps.approval import DecisionOutput

DONE = {
    states.APPROVED: "The approval is already approved.",
    states.REJECTED: "The approval is already rejected.",
    states.EXPIRED: "The approval has expired and can no longer be decided.",
    states.CANCELLED: "The run has ended, so its approval can no longer be decided.",
}


def decide(approval_id: uuid.UUID, *, outcome: str, form: JsonValue, shown_sha256: str) -> ApprovalRow:
    """Record the current principal's decision, and return the approval.

    Raises NOT_FOUND for an unknown approval. Raises FORBIDDEN if the approval does not ask the principal, or if the
    principal caused the run. Raises CONFLICT if the principal has already decided, if the approval has ended, or if
    the checksum differs. Raises BAD_USER_INPUT for invalid answers.
    """
    principal = current_principal()
    with in_transaction():
        run_id = _find(approval_id).run_id
        # Lock the job first, as workers do. The second of two principals then reads the first decision, and neither the
        # step's timeout nor the run's end can come in between.
        held = runs.lock_open([run_id], states.RUN_UNDER_WAY)
        approval = _find(approval_id)
        before = queries.decisions_of([approval_id])[approval_id]
        _check_who(approval, before, principal)
        _check_pending(approval)
        if not held:
            raise _over(states.CANCELLED)
        if {approval.shown_sha256, approval.checksum_now()} != {shown_sha256}:
            raise NormalizedError(
                "CONFLICT",
                "The approval has changed since you read it. Read it again, then decide.",
                path=["shown"],
            )
        answers = check_answers(approval.form_schema, form, rejects=outcome == states.REJECTED)
        transitions.insert_decision(approval_id, principal, outcome, answers, shown_sha256)
        came_to = _settle(approval, [held[0].job_id])
        changes = {
            "outcome": (None, outcome),
            "role": (None, principal.role),
            "form": (None, answers),
            "shown_sha256": (None, shown_sha256),
            "state": (approval.state, came_to),
        }
        audit.record("approval.decide", "approval", approval_id, approval.title, changes)
        after_commit(wake_relay)
        after_commit(partial(feed.publish, current_tenant().id))
        return _find(approval_id)


def link_to(approval_id: uuid.UUID, *, recipient: str, role: str) -> str:
    """Create a URL on which ``recipient`` can decide the approval. The decision counts for the role ``role``.

    ``recipient`` is a name or an email address.

    Raises NOT_FOUND for an unknown approval, CONFLICT for an ended approval, and BAD_USER_INPUT for invalid input.
    Raises FORBIDDEN if the current principal cannot grant the role. Raises FORBIDDEN if the recipient may have caused
    the run.
    """
    principal = current_principal()
    name = check_text(recipient.strip(), path=["recipient"], most=LIMITS.name_characters)
    with in_transaction():
        approval = _find(approval_id)
        _check_pending(approval)
        if role not in approval.roles:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"`role` must be a role that may decide this approval: {', '.join(approval.roles) or 'none, only named members may decide this'}.",
                path=["role"],
            )
        order = list(ROLES)
        if principal.role not in ROLES or order.index(principal.role) > order.index(role):
            raise NormalizedError(
                "FORBIDDEN",
                f"You may not create a link for the role {role}. Ask a person who has this role or a higher one.",
            )
        link = _link(approval, name, role)
        holder = link.principal() or links.recipient(name, role)
        if caused(approval, principal) or caused(approval, holder) or caused(approval, links.recipient(name, role)):
            raise _own()
        audit.record(
            "approval.link", "approval", approval_id, approval.title, {"recipient": (None, name), "role": (None, role)}
        )
        return links.url_of(link)


def _link(approval: ApprovalRow, name: str, role: str) -> links.Link:
    # If the name is a member's address, the link identifies that member, so that each person counts once.
    member = members.member_with(name) if "@" in name else None
    mine = member is not None and is_recipient(approval, member.principal.role, member.email)
    person = member.principal.person if member is not None and mine else ""
    return links.Link(approval.run_id, approval.id, role, name, person)


def _find(approval_id: uuid.UUID) -> ApprovalRow:
    found = queries.approvals_by_id([approval_id]).get(approval_id)
    if found is None:
        raise no_such("approval", "id", "approvals", "approval")
    return found


def _check_who(approval: ApprovalRow, before: Sequence[ApprovalDecisionRow], principal: Principal) -> None:
    email = members.email_of(principal) if approval.members else ""
    if not is_recipient(approval, principal.role, email):
        raise NormalizedError(
            "FORBIDDEN",
            f"You may not decide this approval. Ask one of these roles or members: {', '.join([*approval.roles, *approval.members])}.",
            details={"roles": list(approval.roles), "members": list(approval.members)},
        )
    if caused(approval, principal):
        raise _own()
    if decision_of(before, principal) is not None:
        raise NormalizedError("CONFLICT", "You have already decided this approval. Decisions cannot be changed.")


def decision_of(decisions: Sequence[ApprovalDecisionRow], principal: Principal) -> ApprovalDecisionRow | None:
    """Return the decision that the principal has already made, or None. A person decides once."""
    return next(
        (
            made
            for made in decisions
            if (made.by_kind, made.by_id) == (principal.kind, principal.id)
            or same(principal, [made.by_name], made.person)
        ),
        None,
    )


def can_decide(
    approval: ApprovalRow, decisions: Sequence[ApprovalDecisionRow], principal: Principal, email: str
) -> bool:
    """Return whether ``decide`` would accept a decision of the principal."""
    return (
        approval.state == states.PENDING
        and is_recipient(approval, principal.role, email)
        and not caused(approval, principal)
        and decision_of(decisions, principal) is None
    )


def _own() -> NormalizedError:
    return NormalizedError(
        "FORBIDDEN",
        "You started, retried, replayed or redrove this run. So you may not decide the approvals of this "
        "run, or create links for these approvals. Ask another person to decide.",
    )


def _check_pending(approval: ApprovalRow) -> None:
    if approval.state != states.PENDING:
        raise _over(approval.state)


def _over(state: str) -> NormalizedError:
    return NormalizedError("CONFLICT", DONE[state], details={"state": state})


def _settle(approval: ApprovalRow, job_ids: Sequence[uuid.UUID]) -> str:
    decisions = [
        DecisionOutput(made.by_name, made.at.isoformat(), made.outcome, made.form)
        for made in queries.decisions_of([approval.id])[approval.id]
    ]
    state, output = outcome_of(decisions, approval.quorum)
    if state == states.PENDING:
        if transitions.keep_output(approval.id, output["output"]):
            # The worker that holds the run has read the step with the earlier decisions only.
            jobs.wake(job_ids)
        return state
    parents.notify({approval.id: output})
    if not transitions.end({approval.id: state}):
        raise _over(states.EXPIRED)
    return state
