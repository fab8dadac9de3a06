"""The operator table: it lists every operator of the language once."""

from __future__ import annotations

from collections.abc import Mapping

from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators import (
    arithmetic,
    comparison,
    lists,
    logic,
    network,
    patterns,
    reference,
    strings,
    timestamps,
)

TABLE: Mapping[str, Operator] = {
    operator.name: operator
    for group in (reference, logic, comparison, arithmetic, lists, strings, patterns, network, timestamps)
    for operator in group.OPERATORS
}
