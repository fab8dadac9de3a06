"""Explains in plain English why a rule matched or not."""

from __future__ import annotations

from itertools import pairwise

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.operators import TABLE
from automate.rules.predicate.trace import Record
from automate.rules.predicate.values import brief, truthy
from automate.rules.predicate.walk import reference

MOST_CLAUSES = 5


def because(record: Record) -> str:
    """Return a clause that states why a node of the rule has its value. ``record`` is the record of this node.

    A node without a value is never explained: its error ends the rule, or a ``try`` ignores the failed node.
    """
    if record.op in {"and", "or"}:
        return _connective(record)
    if record.op in {"!", "!!", "if", "?:", "??", "try"}:
        return _join(
            [child for child in record.children if child.evaluated and child.error is None and not child.constant]
        ) or _plain(record)
    if record.op in {"all", "some", "none"}:
        return _quantified(record)
    operator = TABLE.get(record.op)
    if operator and operator.says and isinstance(record.value, bool):
        return _compared(record, operator.says)
    return _plain(record)


def _connective(record: Record) -> str:
    # If one argument decided: the clause of this argument. Otherwise the clauses of all arguments.
    evaluated = [child for child in record.children if child.evaluated]
    if evaluated and truthy(record.value) == (record.op == "or"):
        return because(evaluated[-1])
    return _join(evaluated) or _plain(record)


def _join(records: list[Record]) -> str:
    clauses = [because(record) for record in records[:MOST_CLAUSES]]
    if len(records) > MOST_CLAUSES:
        clauses.append(f"{len(records) - MOST_CLAUSES} more")
    return " and ".join(clauses)


def _quantified(record: Record) -> str:
    source, body = record.children[:2]
    where = _name(source)
    if not source.value:
        return f"{where} is empty or missing"
    ended_early = truthy(record.value) == (record.op == "some")
    if ended_early and body.evaluated and not body.constant:
        return f"in element {body.turns} of {where} {because(body)}"
    return (
        f"{'every' if record.op == 'all' else 'no'} element of {where} satisfies the condition ({body.turns} looked at)"
    )


def _compared(record: Record, says: tuple[str, str]) -> str:
    # If two neighbours fail, only this pair is described.
    asked = [child for child in record.children if child.evaluated]
    pairs = list(pairwise(asked))
    if not pairs:
        return _plain(record)
    if not record.value:
        return _pair(*pairs[-1], says[1])
    return " and ".join(_pair(left, right, says[0]) for left, right in pairs[:MOST_CLAUSES])


def _pair(left: Record, right: Record, verb: str) -> str:
    other = brief(right.value) if right.constant else f"{_name(right)} ({_value(right)})"
    if left.constant:
        return f"{brief(left.value)} {verb} {other}"
    return f"{_name(left)} is {_value(left)}, which {verb} {other}"


def _plain(record: Record) -> str:
    if record.op == "exists":
        path = _operand(record, "exists")
        name = path if isinstance(path, str) else ".".join(map(brief, path)) if isinstance(path, list) else "the path"
        return f"{name} {'exists' if record.value else 'does not exist'}"
    if record.constant:
        return f"{brief(record.value)} is always {'true' if truthy(record.value) else 'false'}"
    return f"{_name(record)} is {_value(record)}"


def _operand(record: Record, name: str) -> JsonValue:
    return record.rule[name] if isinstance(record.rule, dict) else None


def _name(record: Record) -> str:
    if record.constant:
        return brief(record.value)
    path = reference(record.rule)
    if path is None and record.op == "var":
        operand = _operand(record, "var")
        path = reference({"var": operand[:1]}) if isinstance(operand, list) else None
    if path is not None:
        return ".".join(path) or "the value"
    return "the list" if record.op == "list" else f"the result of {record.op}"


def _value(record: Record) -> str:
    return "missing or null" if record.value is None and record.op in {"var", "val"} else brief(record.value)
