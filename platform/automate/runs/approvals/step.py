"""Starts a ``flow.approval`` step."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.canonical import checksum
from automate.kernel.email_addresses import checked
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_integer, as_text, as_texts
from automate.kernel.limits import KIB, LIMITS
from automate.kernel.redaction import redact
from automate.kernel.sensitive_values import Hider
from automate.kernel.strict_json import check_value
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.changes import NewApproval, NewStepWait
from automate.runs.compiled import CompiledStep
from automate.runs.step_state import LatestAttempt
from automate.workflows.flow_steps.approval import DEFAULT_ROLES, ApprovalInput, ApprovalOutput
from automate.workflows.flow_steps.outcomes import outcome_named
from automate.workflows.parts import read_part, written

USES = "flow.approval"
FOR_APPROVAL = "approval"
"""The ``kind`` of an approval's row in ``step_wait``."""

SHOWN_BYTES = 64 * KIB
"""Limit on the size of title, description and data together. It must suit a page for people, and a response
with a hundred approvals."""

EXPIRED = NormalizedError(
    "APPROVAL_REJECTED",
    "The approval expired before enough people approved. Ask people earlier, raise expires_seconds, or lower quorum.",
    details={"expired": True},
)


def start(made: Advance, compiled: CompiledStep, given: Mapping[str, JsonValue], now: float) -> LatestAttempt:
    """Start the approval of a ``flow.approval`` step.

    ``given`` is the rendered and validated input of the step (the step's field ``with``).
    """
    try:
        shown = shown_of(given, compiled.raw.get("form"), made.run.hider)
    except NormalizedError as no_address:
        return made.new_step(compiled.step.key, 1, states.FAILED, error=no_address.as_json(), reason=no_address.code)
    try:
        check_value([shown["title"], shown["description"], shown["data"]], max_bytes=SHOWN_BYTES)
    except NormalizedError as error:
        refusal = NormalizedError(
            "LIMIT_EXCEEDED", f"The title, description and data of the approval cannot be stored: {error.message}"
        )
        return made.new_step(compiled.step.key, 1, states.FAILED, error=refusal.as_json(), reason=refusal.code)
    approves = shown["on_expiry"] == states.APPROVED
    step = made.new_step(
        compiled.step.key, 1, states.WAITING, output=written(ApprovalOutput(states.APPROVED, ())) if approves else None
    )
    wanted = read_part(ApprovalInput, given)
    most = LIMITS.wait_seconds if wanted.expires_seconds is None else wanted.expires_seconds
    seconds = min(float(most), made.run.remaining_seconds(now))
    made.wait(step, seconds, now)
    made.changes.waits.append(NewStepWait(step.id, made.run.id, FOR_APPROVAL))
    made.changes.approvals.append(
        NewApproval(
            step.id,
            made.run.id,
            title=as_text(shown["title"]),
            description=as_text(shown["description"]),
            data=shown["data"],
            roles=as_texts(shown["roles"]),
            members=as_texts(shown["members"]) if "members" in shown else None,
            quorum=as_integer(shown["quorum"]),
            form=shown["form"],
            on_expiry=as_text(shown["on_expiry"]),
            shown_sha256=checksum({**shown, "approval": str(step.id)}),
            expires_in=seconds,
            # A test run's approval is watched by people; no mail is sent.
            notify=wanted.notify and not made.run.test,
        )
    )
    return step


def shown_of(given: Mapping[str, JsonValue], form: JsonValue, hider: Hider | None = None) -> dict[str, JsonValue]:
    """Return the content of an approval that people see before they decide the approval.

    Raises BAD_USER_INPUT if a member's address is invalid.
    """
    # `shown_sha256` is the checksum of this content as canonical JSON, with the step's id as `approval`. The content is
    # redacted here and nowhere else.
    wanted = read_part(ApprovalInput, given)
    members = [checked(address, ("members", place)) for place, address in enumerate(wanted.members)]
    parts = {"title": wanted.title, "description": wanted.description, "data": wanted.data}
    if hider is not None:
        parts = {name: hider.scrub(part) for name, part in parts.items()}
    shown = redact(parts)
    return {
        **shown,
        "title": as_text(shown["title"])[: LIMITS.name_characters],
        "roles": list((() if members else DEFAULT_ROLES) if wanted.roles is None else wanted.roles),
        # Only if members are named: approvals of older releases have checksums without this key.
        **({"members": [*sorted(set(members))]} if members else {}),
        "quorum": wanted.quorum,
        "form": form,
        "on_expiry": outcome_named(wanted.on_expiry),
    }
