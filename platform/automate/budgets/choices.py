"""The values that the columns of a budget can have. The API shows the label of each value as its description."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.budgets import kinds, models


class BudgetMetric(TextChoices):
    """The metric of a budget. The budget limits the usage of this metric."""

    EVENTS = (
        kinds.EVENTS,
        "Events that senders bring, by webhook, `ingestEvent` or `ingestEvents`. Events that the platform makes do not count.",
    )
    RUNS = kinds.RUNS, "Runs that begin."
    STEPS = (
        kinds.STEPS,
        "Attempts at steps that begin: of flow steps, items of `flow.for_each` and compensations, too.",
    )
    CONCURRENT_RUNS = kinds.CONCURRENT_RUNS, "Runs that work at the same time. A run that waits does not count."
    CALLS = kinds.CALLS, "Calls of connectors, each try for itself."
    COST = kinds.COST, "What steps cost by the prices of the tenant's plan, in millionths of the currency."


class BudgetWindow(TextChoices):
    """The time over which a budget counts. Days and months begin in the time zone of the tenant."""

    MINUTE = models.MINUTE, "A minute."
    HOUR = models.HOUR, "An hour."
    DAY = models.DAY, "A day."
    MONTH = models.MONTH, "A month."
    ALWAYS = models.ALWAYS, "No window: the budget limits what is held at the same time."


class BudgetAction(TextChoices):
    """The action of a budget on work that exceeds the budget's limit.

    With any action, the budget creates an event `budget.threshold` at 80 % and at 100 % of the limit.
    """

    THROTTLE = models.THROTTLE, "Work waits until there is room."
    REJECT = models.REJECT, "Work fails with `BUDGET_EXCEEDED`."
    ALERT = models.ALERT, "Work continues."
