"""Sends each due notice as a mail to people, and as an event to the tenant's workflows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from actors.mails.composing import one_line
from actors.mails.notifying import recipients_of
from automate.endpoints.noticing import start_channels
from automate.events.bodies import event_body
from automate.events.models import RUNS_SOURCE
from automate.events.queries import source_id_of
from automate.events.services import NewEvent, record_events
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import NOTICE_RAISED
from automate.kernel.trace import child_of, tracing
from automate.kernel.transactions import one_commit
from automate.mail import transitions as mails
from automate.mail.models import NOTICE
from automate.notices import transitions as notices
from automate.notices.kinds import APPROVAL, DIGEST, DROPPED, FAILING, MUTED, NOTIFIED, PLANNED
from automate.notices.links import url_of
from automate.notices.policy import NoticeSettings
from automate.notices.transitions import PlannedNotice
from automate.notices.wording import mrkdwn, words_of
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.recovery.notice_facts import read_facts
from automate.runs.approvals.queries import approvals_by_id
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall
from tenants.people import queries
from tenants.queries import own_name

MOST_NOTIFIED = 20
"""The maximum number of notices of one tenant within an hour. Further ones are muted, so that no tenant floods the mail
server. The digest is always sent."""
MOST_RECIPIENTS = 50


def send_notices(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """Send the notices of claimed jobs. Drop each notice whose cause no longer exists.

    Returns an empty list, because a notice needs no connector call.
    """
    for job in jobs:
        with one_commit(), tracing(child_of(job.trace_id)):
            if claims.finish([job]):
                policy, _ = notices.read_policy()
                for notice in notices.read([job.subject_id]):
                    _notify(notice, policy, job.trace_id)
    return []


def _notify(notice: PlannedNotice, policy: NoticeSettings, trace_id: str) -> None:
    if notice.state != PLANNED or not (notice.kind in policy.kinds or (notice.kind == FAILING and policy.pauses)):
        notices.end(notice, DROPPED, notice.about)
        return
    about = read_facts(notice)
    if about is None:
        notices.end(notice, DROPPED, notice.about)
    elif notice.kind != DIGEST and notices.count_notified() >= MOST_NOTIFIED:
        notices.end(notice, MUTED, about)
    else:
        recipients = _recipients(notice, policy) if settings.AUTOMATE_MAIL.sends else []
        if recipients:
            mails.queue(NOTICE, notice.id, recipients)
        others = policy.channels and _raise(notice, about, policy, trace_id)
        notices.end(notice, NOTIFIED if recipients or others else DROPPED, about)


def _recipients(notice: PlannedNotice, policy: NoticeSettings) -> list[str]:
    if notice.kind == APPROVAL:
        found = approvals_by_id([uuid.UUID(notice.cause)])
        members = [member for approval in found.values() for member in recipients_of(approval)]
    else:
        members = queries.active_members(current_tenant().id, policy.roles, [])
    return sorted({member.email for member in members})[:MOST_RECIPIENTS]


def _raise(notice: PlannedNotice, about: dict[str, JsonValue], policy: NoticeSettings, trace_id: str) -> bool:
    # Returns whether a channel or a workflow gets the event.
    url = url_of(notice.kind, notice.cause, about)
    _, lines = words_of(replace(notice, about=about))
    text = f"{one_line(own_name(current_tenant().id))}: {' '.join(line for line in lines if line)}"
    payload: JsonObject = {
        "notice": str(notice.id),
        "kind": notice.kind,
        "about": about,
        "url": url,
        "text": text,
        "mrkdwn": f"{mrkdwn(text)}\n{url}",
    }
    event = NewEvent(
        source_id=source_id_of(RUNS_SOURCE),
        type=NOTICE_RAISED,
        body=event_body(payload),
        trace_id=trace_id,
        subject=notice.kind,
        # Its key has a hyphen, so that no rule matches the event and no person can replay it.
        idempotency_key=f"{notice.id}/notice" if policy.emits else f"{notice.id}/to-channels",
        matched=policy.emits,
    )
    (made,) = record_events([event], audited=False)
    return bool(start_channels(policy, made.event_id, trace_id)) or policy.emits
