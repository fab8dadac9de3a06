"""Writes the texts of mails, just before they are sent."""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from automate.approvals import links as approval_links
from automate.approvals.hands import caused, is_recipient
from automate.kernel.tenancy import current_tenant
from automate.mail.models import APPROVAL, NOTICE
from automate.mail.queries import MailRow
from automate.notices.kinds import APPROVAL as WAITS
from automate.notices.links import url_of
from automate.notices.queries import notices_by_id
from automate.notices.wording import words_of
from automate.runs import states
from automate.runs.approvals.queries import approvals_by_id
from tenants.people import links, queries
from tenants.people.approvers import member_principal_of
from tenants.people.queries import OPEN
from tenants.queries import own_name

INVITED = """{who} invites you to {tenant} as {role}.

Open this link to accept. It is for you alone, works once, and ends on {until}:

{url}

If you do not expect this invitation, ignore this mail.
"""
ASKED = """{tenant} asks for your decision:

{title}

{description}Open this link to see the details and to decide. It is for you alone; do not forward it.
Decide by {until}.

{url}
"""
NOTICED = """{tenant}: {lines}

Details: {url}

You get this mail because of your role in this tenant. An owner or admin changes that with saveNoticePolicy.
"""
AT = "%d %B %Y, %H:%M UTC"


def one_line(text: str) -> str:
    # So that it fits into a header.
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def compose(mail: MailRow) -> EmailMessage | None:
    """Write the message of a mail. Returns None if the mail is not needed any more.

    For example, the mail of an invitation is not needed after the invitation is accepted.
    """
    composers = {APPROVAL: _approval, NOTICE: _notice}
    return composers.get(mail.kind, _invitation)(mail)


def _invitation(mail: MailRow) -> EmailMessage | None:
    tenant = current_tenant()
    invitation = queries.invitation_of(tenant.id, mail.subject_id)
    if invitation is None or invitation.state != OPEN or invitation.serial != mail.serial:
        return None
    name = one_line(own_name(tenant.id))
    text = INVITED.format(
        who=one_line(str(invitation.invited_by.get("name") or "The platform")),
        tenant=name,
        role=invitation.role,
        until=invitation.expires_at.strftime(AT),
        url=links.url_of(invitation.id, invitation.serial),
    )
    return _message(mail, f"Invitation to {name}", text)


def _approval(mail: MailRow) -> EmailMessage | None:
    tenant = current_tenant()
    approval = approvals_by_id([mail.subject_id]).get(mail.subject_id)
    member = queries.member_by_email(tenant.id, mail.recipient)
    if approval is None or approval.state != states.PENDING or member is None or not member.active:
        return None
    if not is_recipient(approval, member.role, member.email) or caused(approval, member_principal_of(member)):
        return None
    link = approval_links.Link(approval.run_id, approval.id, member.role, member.email, str(member.user_id))
    name = one_line(own_name(tenant.id))
    text = ASKED.format(
        tenant=name,
        title=one_line(approval.title),
        description=f"{approval.description}\n\n" if approval.description else "",
        until=approval.expires_at.strftime(AT),
        url=approval_links.url_of(link),
    )
    return _message(mail, f"{name}: {one_line(approval.title)}", text)


def _notice(mail: MailRow) -> EmailMessage | None:
    tenant = current_tenant()
    notice = notices_by_id([mail.subject_id]).get(mail.subject_id)
    member = queries.member_by_email(tenant.id, mail.recipient)
    if notice is None or member is None or not member.active:
        return None
    if notice.kind == WAITS:
        # The mail with the question contains the link and all details.
        return _approval(replace(mail, subject_id=uuid.UUID(notice.cause)))
    name = one_line(own_name(tenant.id))
    subject, lines = words_of(notice)
    text = NOTICED.format(tenant=name, lines="\n".join(lines), url=url_of(notice.kind, notice.cause, notice.about))
    return _message(mail, f"{name}: {subject}", text)


def _message(mail: MailRow, subject: str, text: str) -> EmailMessage:
    # Equal for each attempt, so that mail programs recognise a mail that was sent twice.
    host = urlsplit(settings.AUTOMATE_BASE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{mail.id}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [mail.recipient], headers=headers)
