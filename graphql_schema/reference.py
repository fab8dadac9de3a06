"""Makes the tables of prices and limits for the page ``docs/graphql.md``."""

from __future__ import annotations

import re
from collections import defaultdict

from graphql_schema.limits import ANSWER_BYTES, BODY_BYTES, BODY_VALUES, DOCUMENT, JSON_DEPTH, MIB
from graphql_schema.prices import COUNT_POINTS, PRICES

_TOO_COMPLEX = "`GRAPHQL_TOO_COMPLEX`"
_LIMITS = (
    ("bytes of a request's body", f"{BODY_BYTES // MIB} MiB", "`PAYLOAD_TOO_LARGE`"),
    ("entries of lists and members of objects in a body", BODY_VALUES, "`PAYLOAD_TOO_LARGE`"),
    ("levels of JSON in a body", JSON_DEPTH, "`INVALID_JSON`"),
    ("characters of a document", DOCUMENT.characters, _TOO_COMPLEX),
    ("tokens of a document", DOCUMENT.tokens, _TOO_COMPLEX),
    ("levels of brackets", DOCUMENT.nesting, _TOO_COMPLEX),
    ("levels of fields", DOCUMENT.depth, _TOO_COMPLEX),
    ("fields, with each fragment written out where it is spread", DOCUMENT.fields, _TOO_COMPLEX),
    ("root fields", DOCUMENT.root_fields, _TOO_COMPLEX),
    ("aliases", DOCUMENT.aliases, _TOO_COMPLEX),
    ("directives", DOCUMENT.directives, _TOO_COMPLEX),
    ("levels of introspection", DOCUMENT.introspection_depth, _TOO_COMPLEX),
    ("lists within lists of introspection", DOCUMENT.introspection_lists, _TOO_COMPLEX),
    ("steps that compare fields of the same name", DOCUMENT.comparisons, _TOO_COMPLEX),
    ("values in all variables, where JSON counts as one", DOCUMENT.input_values, _TOO_COMPLEX),
    ("points of one operation", DOCUMENT.cost, _TOO_COMPLEX),
    ("validation errors that are reported", DOCUMENT.errors, "the first ones are reported"),
    ("bytes of an answer, and of each item of a stream", f"{ANSWER_BYTES // MIB} MiB", "`LIMIT_EXCEEDED`"),
)


def prices_table() -> str:
    # Most expensive first. Fields with the same price and reason share a row.
    groups: dict[tuple[int, str], list[str]] = defaultdict(list)
    for (parent, name), price in PRICES.items():
        own = name if parent in {"Query", "Mutation", "Subscription"} else f"{parent}.{name}"
        groups[price.points, price.why].append(f"`{own}`")
    rows = [f"| {', '.join(names)} | {points:,} | {why} |" for (points, why), names in groups.items()]
    rows.append(f"| `totalCount` of each list | {COUNT_POINTS} | up to 10,000 entries of an index |")
    rows.sort(key=lambda row: -int(row.split("|")[2].replace(",", "")))
    return "\n".join(["| field | points | the work behind it |", "|---|---|---|", *rows])


def limits_table() -> str:
    rows = [
        f"| {name} | {value:,} | {refusal} |" if isinstance(value, int) else f"| {name} | {value} | {refusal} |"
        for name, value, refusal in _LIMITS
    ]
    return "\n".join(["| limit | at most | beyond it |", "|---|---|---|", *rows])


def with_tables(page: str) -> str:
    for name, table in (("prices", prices_table()), ("limits", limits_table())):
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        page = marks.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", page)  # type: ignore[misc] # mypy infers no type for a lambda with a default
    return page
