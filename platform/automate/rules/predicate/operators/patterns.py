"""The operators `matches` and `glob`. RE2 needs linear time.

`matches` finds a regular expression anywhere in the text. `glob` compares the whole text: `*` matches any characters,
`?` matches one character, `[abc]` matches one character of a set.
"""

from __future__ import annotations

from typing import Protocol

import re2

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import invalid
from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators.prepared import prepared
from automate.rules.predicate.values import brief, kind

LONGEST_PATTERN = 1_000
PROGRAM_MEMORY = 256 * 1024
"""Bytes that RE2 may use for the program and the automaton of one pattern. A pattern that needs more is refused."""
STEPS_PER_OPERATION = 1_000
"""The number of RE2 steps that cost one operation. In the worst case RE2 needs (characters x program size) steps."""


class Pattern(Protocol):
    """A compiled pattern of RE2. The Python package of RE2 declares no types."""

    programsize: int

    def search(self, text: str, /) -> object | None: ...


def _options(*, everything: bool) -> object:
    options = re2.Options()
    options.max_mem = PROGRAM_MEMORY
    options.log_errors = False
    options.dot_nl = everything
    return options


def _compile(source: str, written: str, *, everything: bool = False) -> Pattern:
    try:
        compiled: Pattern = re2.compile(source, _options(everything=everything))
    except (re2.error, UnicodeEncodeError) as error:
        cause = error.args[0] if error.args else ""
        reason = cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)
        hint = "RE2 has no lookaround and no backreferences"
        raise invalid(
            f"RE2 does not accept the pattern {brief(written)} ({reason.strip(': ')}); {hint}",
            bare=f"RE2 does not accept the pattern; {hint}",
        ) from None
    return compiled


def _source(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"{name} takes a pattern as text, not {kind(value)}")
    if len(value) > LONGEST_PATTERN:
        raise invalid(f"a pattern has at most {LONGEST_PATTERN} characters, but this pattern has {len(value)}")
    return value


def _regex(value: JsonValue) -> Pattern:
    source = _source(value, "matches")
    return _compile(source, source)


def glob_to_regex(glob: str) -> str:
    """Return the RE2 source for a glob. Raises PredicateError (Invalid Arguments) if a `[` is never closed."""
    out, index = [], 0
    while index < len(glob):
        character = glob[index]
        index += 1
        if character == "*":
            out.append(".*")
        elif character == "?":
            out.append(".")
        elif character == "[":
            start = index + 1 if glob[index : index + 1] == "!" else index
            end = glob.find("]", start + 1)
            if end < 0:
                what = "opens a [ and never closes it; write [[] for the character itself"
                raise invalid(f"the glob {brief(glob)} {what}", bare=f"the glob {what}")
            members = "".join("\\" + c if c in "\\[]^&~|" else c for c in glob[start:end])
            out.append(f"[{'^' if start > index else ''}{members}]")
            index = end + 1
        else:
            out.append(re2.escape(character))
    return "".join(out)


def _glob(value: JsonValue) -> Pattern:
    written = _source(value, "glob")
    return _compile(f"^(?:{glob_to_regex(written)})$", written, everything=True)


def _found(value: JsonValue, pattern: Pattern, allowance: EvaluationAllowance) -> bool:
    if not isinstance(value, str):
        raise invalid(f"a pattern is matched against text, not {kind(value)}")
    allowance.spend(len(value) * pattern.programsize // STEPS_PER_OPERATION)
    try:
        return pattern.search(value) is not None
    except UnicodeEncodeError:
        raise invalid("the text holds half of a surrogate pair and is not Unicode") from None


OPERATORS = (
    Operator(
        "matches",
        prepared(_regex, _found),
        2,
        2,
        '{"matches": [text, "^ord-[0-9]+$"]}',
        says=("matches", "does not match"),
    ),
    Operator(
        "glob",
        prepared(_glob, _found),
        2,
        2,
        '{"glob": [text, "order.*"]}',
        says=("fits the glob", "does not fit the glob"),
    ),
)
