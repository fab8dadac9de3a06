"""The ledger: what runs do to the outside world."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import check
from automate.runs.states import EFFECT_MOVES, EFFECT_UNCERTAIN


class Effect(models.Model):
    """One row for one thing done to the outside world, written before it is tried.

    key: the Idempotency-Key, sha256 hex over tenant, origin run, step key and item. request: the rendered ``with``, its
    SecretRefs unresolved; an attempt resends it. state: what all tries came to. run_id, target, code, did_nothing: the last
    try's run, host, error, and whether it did not act as far as is known. former: what became of all others, see
    ``ledger.tries``. faults: how many tries did not, and were answered with a fault, which does not say so. external_id: what
    the other side calls what it made. lookups: how often its connector asked in vain.
    """

    key = models.CharField(max_length=64, primary_key=True)
    run_id = models.UUIDField()
    step_key = models.CharField(max_length=64)
    item = models.IntegerField(default=-1)
    connector = models.CharField(max_length=64)
    effect = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    did_nothing = models.BooleanField(default=False)
    faults = models.IntegerField(default=0)
    request = models.JSONField()
    target = models.CharField(max_length=255, blank=True)
    tries = models.IntegerField(default=1)
    former = models.JSONField(default=list)
    response_sha256 = models.CharField(max_length=64, blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=64, blank=True)
    lookups = models.IntegerField(default=0)
    resolution = models.JSONField(null=True)
    intended_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "effect"
        indexes = [
            models.Index(fields=["run_id"], name="effect_run"),
            models.Index(fields=["intended_at"], name="effect_newest"),
            models.Index(
                fields=["intended_at", "key"], condition=models.Q(state=EFFECT_UNCERTAIN), name="effect_uncertain"
            ),
        ]
        constraints = [check("effect_state_known", models.Q(state__in=sorted(EFFECT_MOVES)))]
