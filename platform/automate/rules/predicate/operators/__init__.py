"""The operator table: every operator of the language, once."""

from __future__ import annotations

from collections.abc import Mapping

from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators import (
    arithmetic,
    comparison,
    lists,
    logic,
    moments,
    network,
    patterns,
    reference,
    strings,
)

TABLE: Mapping[str, Operator] = {
    operator.name: operator
    for group in (reference, logic, comparison, arithmetic, lists, strings, patterns, network, moments)
    for operator in group.OPERATORS
}
