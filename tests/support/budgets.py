"""Budgets as an owner sets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.api import Api

Setter = Callable[..., Any]


def setting(fields: str) -> str:
    """The mutation that sets a budget, and reads these fields of it."""
    return (
        f"mutation ($input: SetBudgetInput!) {{ setBudget(input: $input) {{ budget {fields} "
        "errors { code message path } } }"
    )


def setters(document: str) -> tuple[Setter, Setter]:
    """``put(api, **values)`` gives the budget that was set; ``refused(api, **values)`` gives the error."""

    def put(api: Api, **values: Any) -> Any:
        answer = api.data(document, input=values)["setBudget"]
        assert answer["errors"] == []
        return answer["budget"]

    def refused(api: Api, **values: Any) -> Any:
        (error,) = api.data(document, input=values)["setBudget"]["errors"]
        return error

    return put, refused
