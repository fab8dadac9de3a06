"""The ledger: the table of the calls to other systems. Steps of runs make these calls."""

from __future__ import annotations

from django.db import models

from automate.effects.states import EFFECT_MOVES, EFFECT_UNCERTAIN
from automate.kernel.models import check


class Effect(models.Model):
    """One effect in another system. The worker writes the row of the effect before it calls the other system."""

    key = models.CharField(
        max_length=64, primary_key=True, help_text="The Idempotency-Key. All attempts have the same key."
    )
    run_id = models.UUIDField(help_text="The run that made the last attempt.")
    step_key = models.CharField(max_length=64, help_text="The key of the step.")
    item = models.IntegerField(
        default=-1, help_text="The position of the item within a flow.for_each, from 0. Null outside of one."
    )
    connector = models.CharField(max_length=64, help_text="The connector that made the call.")
    effect = models.CharField(max_length=16, help_text="What happens if the call is repeated.")
    state = models.CharField(max_length=16, help_text="The outcome of all attempts together.")
    did_nothing = models.BooleanField(
        default=False, help_text="Whether it is known that the last attempt had no effect."
    )
    faults = models.IntegerField(default=0, help_text="The number of attempts that were answered with an error.")
    request = models.JSONField(
        help_text="The input of the call after templates were rendered. Secrets appear by name. The API shows it redacted."
    )
    target = models.CharField(
        max_length=255,
        blank=True,
        help_text="The host of the call, or the $secret: reference that has it. For a webhook, the host of its "
        "endpoint, from the first attempt on. Null if it is unknown.",
    )
    tries = models.IntegerField(default=1, help_text="The number of attempts.")
    former = models.JSONField(default=list, help_text="The earlier attempts.")
    response_sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="The SHA-256 of the stored response, as 64 hexadecimal digits. Null if none is stored.",
    )
    external_id = models.CharField(
        max_length=255,
        blank=True,
        help_text="The id that the receiver gave to the object which the call created. Null without one.",
    )
    code = models.CharField(
        max_length=64, blank=True, help_text="The code of the error of the last attempt. Null without an error."
    )
    lookups = models.IntegerField(
        default=0, help_text="How often the connector tried to find out the outcome without success."
    )
    resolution = models.JSONField(
        null=True, help_text="The operator's decision about an uncertain outcome. Null without one."
    )
    reserved = models.JSONField(
        null=True,
        help_text="The amounts that the call reserves from budgets until its outcome is known. Null without any.",
    )
    intended_at = models.DateTimeField(
        help_text="The time at which the last attempt was recorded, just before it was sent."
    )
    settled_at = models.DateTimeField(
        null=True, help_text="The time at which the outcome of the last attempt was recorded. Null before that."
    )

    class Meta:
        app_label = "runs"
        db_table = "effect"
        indexes = [
            models.Index(fields=["run_id"], name="effect_run"),
            models.Index(fields=["intended_at"], name="effect_newest"),
            models.Index(
                fields=["intended_at", "key"], condition=models.Q(state=EFFECT_UNCERTAIN), name="effect_uncertain"
            ),
            models.Index(fields=["intended_at"], condition=models.Q(reserved__isnull=False), name="effect_reserved"),
        ]
        constraints = [check("effect_state_known", models.Q(state__in=sorted(EFFECT_MOVES)))]
