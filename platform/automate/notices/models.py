"""Notices that the platform sends to a tenant's members."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check
from automate.notices.kinds import KINDS, PLANNED, STATES


class Notice(Row):
    """One notice. A job with the same id sends the notice, if the cause of the notice still exists."""

    kind = models.CharField(max_length=16, help_text="The kind of the notice.")
    cause = models.CharField(max_length=200, help_text="The object that the notice is about, such as a fingerprint.")
    about = models.JSONField(help_text="Redacted facts about the cause of the notice.")
    state = models.CharField(max_length=16, default=PLANNED, help_text="Whether people were notified.")
    created_at = models.DateTimeField(help_text="The time at which the notice was planned.")
    ended_at = models.DateTimeField(
        null=True, help_text="The time at which the notice was sent, dropped or muted. Null before that."
    )

    class Meta:
        db_table = "notice"
        constraints = [
            check("notice_kind", models.Q(kind__in=KINDS)),
            check("notice_state", models.Q(state__in=STATES)),
        ]
        indexes = [
            models.Index(fields=["kind", "cause", "created_at"], name="notice_by_cause"),
            models.Index(fields=["created_at"], name="notice_by_time"),
        ]


class NoticePolicy(models.Model):
    """A tenant's settings of notices. A tenant without a row has the defaults, see ``policy``."""

    singleton = models.SmallIntegerField(primary_key=True, default=1, help_text="Always 1: the table has one row.")
    settings = models.JSONField(help_text="The fields that differ from the defaults.")
    revision = models.IntegerField(
        default=1, help_text="A number that rises with each change. 0 for the default policy."
    )
    updated_at = models.DateTimeField(help_text="The time of the last change.")

    class Meta:
        db_table = "notice_policy"
        constraints = [check("notice_policy_only_one", models.Q(singleton=1))]
