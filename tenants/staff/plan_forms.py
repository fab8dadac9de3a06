"""The form of a plan in the admin: text with one budget, price or data class on each line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from automate.budgets.kinds import COST
from automate.budgets.models import MILLIONTHS
from automate.budgets.prices import millionths
from automate.budgets.settings import PlannedBudget
from automate.kernel.errors import NormalizedError
from automate.retention.classes import CLASSES, FOREVER
from tenants.models import Plan

EXAMPLE_BUDGETS = "runs month 100000 reject\ncost month 250.00 reject\nconcurrent_runs always 200 throttle"
EXAMPLE_PRICES = "http.request 0.002\nemail.send 0.01"
EXAMPLE_RETENTION = f"payloads 30\nruns {FOREVER}"


def budget_lines(plan: Plan) -> str:
    # Such as `runs month 1000 reject`. A limit of cost is an amount of the currency.
    return "\n".join(
        f"{one['metric']} {one['window']} {_shown(one['limit'], one['metric'])} {one['action']}" for one in plan.budgets
    )


def price_lines(plan: Plan) -> str:
    # Such as `http.request 0.002`.
    return "\n".join(f"{uses} {_shown(price, COST)}" for uses, price in sorted(plan.prices.items()))


def budgets_of(text: str) -> list[PlannedBudget]:
    """Parse lines of budgets. Raises BAD_USER_INPUT for an invalid line."""
    found = []
    for number, words in _lines(text):
        if len(words) != 4:  # noqa: PLR2004 - as the message says
            raise _refused(
                number, "Write metric, window, limit and action, such as `runs month 1000 reject`.", "budgets"
            )
        metric, window, limit, action = words
        amount = _number(limit, number, "budgets")
        if metric == COST:
            whole = millionths(amount, ["budgets", str(number), "limit"])
        elif amount == int(amount):
            whole = int(amount)
        else:
            raise _refused(number, f"The limit {limit[:64]} of {metric} must be a whole number.", "budgets")
        found.append(PlannedBudget(metric, window, whole, action))
    return found


def prices_of(text: str) -> list[tuple[str, Decimal]]:
    """Parse lines of prices. Raises BAD_USER_INPUT for an invalid line."""
    found = []
    for number, words in _lines(text):
        if len(words) != 2:  # noqa: PLR2004 - as the message says
            raise _refused(
                number, "Write the name that the step uses and its price, such as `http.request 0.002`.", "prices"
            )
        found.append((words[0], _number(words[1], number, "prices")))
    return found


def retention_lines(plan: Plan) -> str:
    # Such as `payloads 30` or `payloads forever`, one for each data class.
    return "\n".join(f"{name} {FOREVER if days is None else days}" for name, days in sorted(plan.retention.items()))


def retention_of(text: str) -> dict[str, int | None]:
    """Parse retention times. Each line has a data class, and the number of days for which its data is kept.

    Raises BAD_USER_INPUT for an invalid line or a repeated class.
    """
    found: dict[str, int | None] = {}
    for number, words in _lines(text):
        name, *rest = words
        if len(rest) != 1 or not (rest[0] == FOREVER or (rest[0].isdecimal() and len(rest[0]) < 10)):  # noqa: PLR2004 - further bounds are the service's
            raise _refused(
                number, f"Write the class and its days, such as `payloads 30` or `runs {FOREVER}`.", "retention"
            )
        if name not in CLASSES:
            raise _refused(number, f"{name[:64]} is not a data class. Choose from: {', '.join(CLASSES)}.", "retention")
        if name in found:
            raise _refused(number, f"{name[:64]} occurs twice. Write one line for it.", "retention")
        found[name] = None if rest[0] == FOREVER else int(rest[0])
    return found


def _lines(text: str) -> Sequence[tuple[int, list[str]]]:
    return [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _number(text: str, line: int, field: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not -1 < amount < 10**19:
        raise _refused(line, f"{text[:64]!r} is not a number in range.", field)
    return amount


def _refused(line: int, message: str, field: str) -> NormalizedError:
    return NormalizedError("BAD_USER_INPUT", f"Line {line} of the {field} is not valid. {message}", path=[field])


def _shown(amount: int, metric: str) -> str:
    return f"{Decimal(amount) / MILLIONTHS:f}" if metric == COST else str(amount)
