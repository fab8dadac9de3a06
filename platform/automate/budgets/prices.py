"""Converts amounts of money to whole millionths of the currency."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from automate.budgets.models import MILLIONTHS
from automate.budgets.offers import MOST_LIMIT
from automate.kernel.errors import NormalizedError


def millionths(amount: Decimal, path: Sequence[str]) -> int:
    """Convert an amount of money to millionths.

    Raises BAD_USER_INPUT if the amount is negative, too large, or has more than six decimals.
    """
    if not amount.is_finite() or not 0 <= amount <= MOST_LIMIT // MILLIONTHS:
        message = f"`{path[-1]}` is {str(amount)[:64]}; it must be from 0 to {MOST_LIMIT // MILLIONTHS:,}."
        raise NormalizedError("BAD_USER_INPUT", message, path=path)
    found = amount * MILLIONTHS
    if found != int(found):
        message = f"`{path[-1]}` is {str(amount)[:64]}; it may have at most six decimals. Round it."
        raise NormalizedError("BAD_USER_INPUT", message, path=path)
    return int(found)
