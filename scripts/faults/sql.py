"""Changes of SQL inside Python strings: a predicate dropped or shifted, a lock or a conflict clause dropped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scripts.faults.operators import Edit
from scripts.faults.sources import Site, Source

IS_SQL = re.compile(r"\b(SELECT|UPDATE|INSERT INTO|DELETE FROM|WHERE|JOIN|AND)\b.*?([=<>]|\bNULL\b|\bANY\b)", re.DOTALL)
LITERAL = re.compile(r"(?P<quote>\"\"\"|'''|\"|')(?P<body>(?:\\.|(?!(?P=quote)).)*)(?P=quote)", re.DOTALL)
BRACES = re.compile(r"\{[^{}]*\}")
COMPARISON = re.compile(r"(?<=[\s)])(<=|>=|<>|<|>)(?=[\s(])")
SHIFTED = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "<>": "="}
NULLNESS = re.compile(r"\bIS (NOT )?NULL\b")
LOCK = re.compile(r"\s*\bFOR (?:NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)\b(?: OF \w+)?(?: SKIP LOCKED| NOWAIT)?")
SKIP = re.compile(r" SKIP LOCKED\b")
CONFLICT = re.compile(r"\s*\bON CONFLICT\b")
CONJUNCTION = re.compile(r"\bAND\b")
SCANNED = re.compile(
    r"'(?:[^']|'')*'|\(|\)|;|,|\b(?:AND|OR|BETWEEN|CASE|END|WHEN|THEN|ELSE|WHERE|ON CONFLICT|ORDER BY|GROUP BY|HAVING|LIMIT"
    r"|FOR (?:NO KEY )?(?:KEY )?(?:UPDATE|SHARE)|RETURNING|UNION|LEFT|CROSS|INNER|JOIN|WINDOW|SELECT|FROM|SET|DO)\b"
)
OPENING, CLOSING = {"(", "CASE"}, {")", "END"}


def edits(source: Source, site: Site) -> Iterator[Edit]:
    """The edits of a string of the source that contains SQL."""
    node = site.node
    if not (isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))):
        return
    start, end = source.span(node)
    for literal in LITERAL.finditer(source.text, start, end):
        body = literal["body"]
        if IS_SQL.search(body):
            offset = literal.start("body")
            for operator, first, last, new in _changes(body):
                yield Edit(operator, offset + first, offset + last, new)


def _changes(body: str) -> Iterator[tuple[str, int, int, str]]:
    # Python's expressions in an f-string keep their length and lose their text.
    plain = BRACES.sub(lambda match: "{" + "_" * (len(match[0]) - 2) + "}", body)
    for match in CONJUNCTION.finditer(plain):
        if not _of_between(plain, match.start()):
            start = len(plain[: match.start()].rstrip())
            yield "sql-drop-and", start, _end(plain, match.end(), {"DO", "SELECT"}), ""
    for match in COMPARISON.finditer(plain):
        yield "sql-compare", match.start(), match.end(), SHIFTED[match[0]]
    for match in NULLNESS.finditer(plain):
        yield "sql-null", match.start(), match.end(), "IS NULL" if match[1] else "IS NOT NULL"
    for match in LOCK.finditer(plain):
        yield "sql-drop-lock", match.start(), match.end(), ""
    for match in SKIP.finditer(plain):
        yield "sql-drop-skip-locked", match.start(), match.end(), ""
    for match in CONFLICT.finditer(plain):
        yield "sql-drop-conflict", match.start(), _end_of_conflict(plain, match.end()), ""


def _end(text: str, start: int, passed: set[str]) -> int:
    """The end of a condition that begins at an index: the next keyword at its own depth. passed: keywords within it."""
    depth, last = 0, len(text.rstrip())
    for match in SCANNED.finditer(text, start):
        word = match[0]
        if word in OPENING:
            depth += 1
        elif depth == 0 and not word.startswith("'") and word not in passed:
            last = match.start()
            break
        elif word in CLOSING:
            depth -= 1
    return len(text[:last].rstrip())


def _end_of_conflict(text: str, start: int) -> int:
    """``ON CONFLICT … DO …`` ends at RETURNING, at the bracket around the statement, or with the text."""
    depth = 0
    for match in re.finditer(r"\(|\)|\bRETURNING\b", text[start:]):
        if depth == 0 and match[0] != "(":
            return len(text[: start + match.start()].rstrip())
        depth += {"(": 1, ")": -1}.get(match[0], 0)
    return len(text.rstrip())


def _of_between(text: str, place: int) -> bool:
    words = re.findall(r"\b(?:BETWEEN|AND|OR|WHERE)\b", text[:place])
    return bool(words) and words[-1] == "BETWEEN"
