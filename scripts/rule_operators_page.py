"""Make ``docs/rule_operators.md`` from the table of operators: ``make reference`` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators import TABLE

HEAD = """# Rule operators

`make reference` makes this page from `platform/automate/rules/predicate/operators`. A test keeps the page current. The page [Rules by example](rules.md) shows how the operators are used.

A condition is written in JsonLogic, as an object with one key. The key is the operator, and the value of the key contains the arguments. Arguments can contain operators. The column "arguments" states how many arguments a saved rule must have. An operator with "stops early" does not evaluate the arguments that cannot change its result. Operators marked with * are not part of JsonLogic.
"""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Read the event": ("var", "val", "exists", "missing", "missing_some"),
    "Combine conditions": ("and", "or", "!", "!!", "if", "?:", "??", "try", "throw"),
    "Compare": ("==", "!=", "===", "!==", "<", "<=", ">", ">="),
    "Calculate": ("+", "-", "*", "/", "%", "min", "max"),
    "Lists": ("in", "merge", "length", "map", "filter", "all", "some", "none", "reduce"),
    "Text": ("cat", "substr", "starts_with", "ends_with", "ieq", "matches", "glob"),
    "Times and addresses": ("before", "after", "cidr"),
}
OWN = frozenset({"starts_with", "ends_with", "ieq", "matches", "glob", "before", "after", "cidr"})
MEANINGS: Mapping[str, str] = {
    "var": "The value at a dotted path. The second argument is returned if the path is missing.",
    "val": "The value at a path that is a list of keys. Inside a loop, it can also read the data around the loop.",
    "exists": "True if the path exists. A path whose value is null exists.",
    "missing": "The list of the given paths that are missing.",
    "missing_some": "An empty list if at least so many of the paths exist, otherwise the list of missing paths.",
    "and": "The first argument that is false, or the last argument.",
    "or": "The first argument that is true, or the last argument.",
    "!": "True if the argument is false, null, 0, an empty text or an empty list.",
    "!!": "The argument as true or false.",
    "if": "The value after the first condition that is true, otherwise the last value. Without one, null.",
    "?:": "The second argument if the first is true, otherwise the third.",
    "??": "The first argument that is not null.",
    "try": "The first argument that is evaluated without an error.",
    "throw": "Ends the evaluation with an error of this type.",
    "==": "True if the values are equal. Text and numbers are converted.",
    "!=": "True if the values differ. Text and numbers are converted.",
    "===": "True if the values are equal and of the same type.",
    "!==": "True if the values differ or have different types.",
    "<": "True if each value is less than the next one.",
    "<=": "True if each value is at most the next one.",
    ">": "True if each value is greater than the next one.",
    ">=": "True if each value is at least the next one.",
    "+": "The sum.",
    "-": "The difference. With one argument, its negative.",
    "*": "The product.",
    "/": "The quotient. With one argument, 1 divided by it.",
    "%": "The remainder of the division.",
    "min": "The smallest value.",
    "max": "The largest value.",
    "in": "True if a list contains the value, or a text contains the text.",
    "merge": "One list with all elements of the lists.",
    "length": "The number of elements of a list, or of characters of a text.",
    "map": "The list of results of the body, one for each element.",
    "filter": "The elements for which the condition is true.",
    "all": "True if the condition is true for every element. False for an empty list.",
    "some": "True if the condition is true for at least one element.",
    "none": "True if the condition is true for no element.",
    "reduce": "One value: the body gets each element as `current` and the result so far as `accumulator`.",
    "cat": "The arguments joined to one text.",
    "substr": "A part of the text. A negative start counts from the end.",
    "starts_with": "True if the text starts with the prefix.",
    "ends_with": "True if the text ends with the suffix.",
    "ieq": "True if two texts are equal when upper and lower case are ignored.",
    "matches": "True if a regular expression (RE2) matches anywhere in the text.",
    "glob": "True if the whole text matches: `*` stands for any characters, `?` for one, `[a-z]` for one of a set.",
    "before": "True if the first time is earlier. A time is RFC 3339 text, or Unix time.",
    "after": "True if the first time is later. A time is RFC 3339 text, or Unix time.",
    "cidr": "True if the address is in the network, or in one of a list of networks.",
}


def page() -> str:
    return "".join([HEAD, *(line for group, names in GROUPS.items() for line in _group(group, names))])


def _group(title: str, names: tuple[str, ...]) -> Iterator[str]:
    yield f"\n## {title}\n\n| operator | form | arguments | result |\n|---|---|---|---|\n"
    for name in names:
        operator = TABLE[name]
        mark = "\\*" if name in OWN else ""
        cells = (f"{_code(name)}{mark}", _code(operator.form), _arguments(operator), MEANINGS[name])
        yield f"| {' | '.join(cells)} |\n"


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def _arguments(operator: Operator) -> str:
    least, most = operator.least, operator.most
    count = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
    return f"{count}, stops early" if operator.lazy else count
