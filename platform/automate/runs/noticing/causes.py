"""The causes of notices: failures, waiting approvals and unhealthy hosts.

For a successful run, this module executes no SQL statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from automate.kernel.json_values import JsonValue, as_text
from automate.notices import transitions as notices
from automate.notices.kinds import APPROVAL, DIGEST, FAILING, FAILURE, HOST
from automate.notices.policy import NoticeSettings
from automate.notices.transitions import NoticeRequest
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.changes import NewApproval
from automate.runs.noticing import queries
from automate.runs.noticing.queries import Failed

ONE_CAUSE = "day"
"""The cause of every digest, so that all failures share one digest."""
DELAY_SECONDS = 60.0
"""Delay of a notice about a host or a failing workflow. During the delay, the host can become healthy again.
Simultaneous failures lead to a single notice."""
SHOWN_CHARACTERS = 200


def of_rounds(rounds: Sequence[Advance]) -> None:
    failures = [found for this in rounds if (found := _failed(this)) is not None]
    asked = [(this, one) for this in rounds for one in this.changes.approvals]
    if not failures and not asked:
        return
    policy, has_recipients = notices.read_policy()
    wanted = _of_failures(failures, policy, has_recipients=has_recipients)
    if has_recipients and APPROVAL in policy.kinds:
        wanted.extend(_of_approval(this, one, policy) for this, one in asked)
    notices.plan(wanted, policy)


def of_lost_runs(failures: Sequence[Failed]) -> None:
    if failures:
        policy, has_recipients = notices.read_policy()
        notices.plan(_of_failures(failures, policy, has_recipients=has_recipients), policy)


def of_hosts(opened: Iterable[tuple[str, str]]) -> None:
    # Each host is given as connector and host.
    keys = sorted(opened)
    if not keys:
        return
    policy, has_recipients = notices.read_policy()
    if has_recipients and HOST in policy.kinds:
        about = [{"connector": connector, "host": host} for connector, host in keys]
        causes = [f"{one['connector']} {one['host']}"[:SHOWN_CHARACTERS] for one in about]
        notices.plan(
            [NoticeRequest(HOST, cause, one, DELAY_SECONDS) for cause, one in zip(causes, about, strict=True)], policy
        )


def _of_failures(failures: Sequence[Failed], policy: NoticeSettings, *, has_recipients: bool) -> list[NoticeRequest]:
    wanted: list[NoticeRequest] = []
    if failures and policy.pauses:
        workflows = {one.workflow_id: one.workflow for one in failures}
        wanted.extend(
            NoticeRequest(FAILING, str(workflow_id), {"workflow": slug}, DELAY_SECONDS)
            for workflow_id, slug in workflows.items()
        )
    if failures and has_recipients and DIGEST in policy.kinds:
        wanted.append(NoticeRequest(DIGEST, ONE_CAUSE, {}, None))
    if failures and has_recipients and FAILURE in policy.kinds:
        by_fingerprint = {str(one.fingerprint): one for one in failures}
        own = [one.run_id for one in failures]
        wanted.extend(
            NoticeRequest(FAILURE, found, _failure_fields(by_fingerprint[found]))
            for found in queries.news(list(by_fingerprint), own)
        )
    return wanted


def _of_approval(this: Advance, asked: NewApproval, policy: NoticeSettings) -> NoticeRequest:
    about = {"approval": str(asked.step_id), "run": str(this.run.id), "workflow": this.run.version.workflow_slug}
    # Notify before the deadline if that comes before the end of the policy's wait.
    seconds = min(policy.approval_minutes * 60.0, asked.expires_in / 2)
    return NoticeRequest(APPROVAL, str(asked.step_id), about, seconds)


def _failed(this: Advance) -> Failed | None:
    run, change = this.run, this.changes.run
    if (
        not this.final
        or change is None
        or change.error is None
        or run.test
        or run.state not in {states.FAILED, states.TIMED_OUT}
    ):
        return None
    if change.fingerprint is None:
        return None
    return Failed(run.id, run.version.workflow_id, run.version.workflow_slug, change.fingerprint, change.error)


def _failure_fields(failed: Failed) -> dict[str, JsonValue]:
    return {
        "run": str(failed.run_id),
        "workflow": failed.workflow,
        "code": failed.error["code"],
        "message": as_text(failed.error["message"])[:SHOWN_CHARACTERS],
    }
