"""The topics of mails and notices."""

from __future__ import annotations

from actors.mails.notices import send_notices
from actors.mails.notifying import notify_approvals, notify_invitations
from actors.mails.sending import send_mails
from automate.mail import transitions as mails
from automate.mail.transitions import MAIL_SEND
from automate.notices.transitions import NOTICE_TELL
from automate.outbox.registry import MAILS, Topic
from automate.runs.approvals.endings import APPROVAL_NOTIFY
from tenants.first_owners import INVITATION_NOTIFY

TOPICS = (
    Topic(APPROVAL_NOTIFY, "Approval", "Notify the people who may decide an approval.", notify_approvals, pool=MAILS),
    Topic(INVITATION_NOTIFY, "Invitation", "Write the mail of an invitation.", notify_invitations, pool=MAILS),
    Topic(MAIL_SEND, "Mail", "Send a mail.", send_mails, reopen=mails.reopen, pool=MAILS),
    Topic(NOTICE_TELL, "Notice", "Notify people of a notice.", send_notices, pool=MAILS),
)
