"""The allowed values of some columns of usage. The GraphQL schema describes each value with its label."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.usage import kinds


class UsageMetric(TextChoices):
    """States what an amount of usage counts."""

    EVENTS = kinds.EVENTS, "Events that rules have seen."
    RUNS = kinds.RUNS, "Runs that have begun."
    STEPS = kinds.STEPS, "Attempts at steps that have begun."
    CALLS = kinds.CALLS, "Calls of connectors."
    COST = kinds.COST, "What steps cost by the prices of the tenant's plan, in millionths of the currency."
