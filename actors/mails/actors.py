"""The actors of mails. They have a crew of their own, so that a slow mail server delays no run."""

from __future__ import annotations

import uuid

import dramatiq
from django.conf import settings

from actors.crew import Crew, heartbeat
from actors.mails.notifying import notify_approvals as begin_approvals
from actors.mails.notifying import notify_invitations as begin_invitations
from actors.mails.sending import send_mails as begin_mails
from actors.mails.telling import tell_notices as begin_notices

MAIL_THREADS = 2
"""The number of tenants for which one process sends mails at the same time."""

mail_crew = Crew(min(MAIL_THREADS, settings.WORKER_THREADS), heartbeat)


@dramatiq.actor
def notify_approvals(tenant_id: str, job_ids: list[str]) -> None:
    mail_crew.take(uuid.UUID(tenant_id), _ids(job_ids), begin_approvals)


@dramatiq.actor
def notify_invitations(tenant_id: str, job_ids: list[str]) -> None:
    mail_crew.take(uuid.UUID(tenant_id), _ids(job_ids), begin_invitations)


@dramatiq.actor
def send_mails(tenant_id: str, job_ids: list[str]) -> None:
    mail_crew.take(uuid.UUID(tenant_id), _ids(job_ids), begin_mails)


@dramatiq.actor
def tell_notices(tenant_id: str, job_ids: list[str]) -> None:
    mail_crew.take(uuid.UUID(tenant_id), _ids(job_ids), begin_notices)


def _ids(job_ids: list[str]) -> list[uuid.UUID]:
    return [uuid.UUID(job_id) for job_id in job_ids]
