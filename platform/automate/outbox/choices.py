"""The values of columns of jobs. Labels are descriptions for clients of the API."""

from __future__ import annotations

from django.db.models import TextChoices


class OutboxJobState(TextChoices):
    """The state of a job."""

    PENDING = "pending", "The job waits until it is due and there is room."
    DISPATCHED = "dispatched", "The relay has sent the job to the workers."
    CLAIMED = "claimed", "A worker holds the job."
    DONE = "done", "The job is done. Final."
    DEAD = "dead", "The job failed too often. `redriveJobs` tries it again."
    CANCELLED = "cancelled", "The job is not needed any more. Final."


class OutboxJobTopic(TextChoices):
    """The work that a job promises, and the kind of its subject."""

    EVENT_MATCH = "event.match", "Match an event against the rules. The subject is an Event."
    RUN_ADVANCE = "run.advance", "Advance a run. The subject is an ExecutionRun."
    BULK_ADVANCE = "bulk.advance", "Process items of a bulk operation. The subject is a BulkOperation."
    SCHEDULE_TICK = "schedule.tick", "Make the event of a schedule that is due. The subject is a Schedule."
    RULE_BACKTEST = "rule.backtest", "Run a backtest. The subject is a Backtest."
    RULE_WINDOW = "rule.window", "Close a window of a rule over time. The subject is a RuleWindow."
    EVENT_REINDEX = "event.reindex", "Index stored events by new search keys. The subject is an EventType."
    APPROVAL_NOTIFY = "approval.notify", "Notify the people who may decide. The subject is an Approval."
    INVITATION_NOTIFY = "invitation.notify", "Write the mail of an invitation. The subject is an Invitation."
    MAIL_SEND = "mail.send", "Send a mail. The subject is a Mail."
    NOTICE_TELL = "notice.tell", "Notify people of a notice. The subject is a Notice."
