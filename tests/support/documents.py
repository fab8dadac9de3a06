"""GraphQL documents that are slow to validate for their size, made of the shapes that rules compare with one another."""

from __future__ import annotations

import re

from hypothesis import strategies as st

MOST_TOKENS = 1_900
_TOKEN = re.compile(r"\.\.\.|\w+|[^\s\w,]")

LEAVES = (
    "id",
    "state",
    "__typename",
    "nothing",
    "sttae",
    "workflowVersionz",
    "id @include(if: true)",
    "x: id",
    "x: state",
)
ARGUMENTS = (
    "",
    "(first: 1)",
    "(first: 1, after: null)",
    "(last: $v0)",
    "(first: $v0, first: 2)",
    "(filter: {states: [FAILED, FAILD]})",
)
EDGES = "edges { node { %s } }"
ROOM = 20
"""Tokens around a selection."""
LISTS = ("retries", "timeline", "steps", "effects", "event", "retryOf")
TYPES = ("Node", "ExecutionRun", "Event", "ExecutionRunConnection", "Query", "BacktestSampleConnectionz", "RunState")


@st.composite
def selections(draw: st.DrawFn, most: int = MOST_TOKENS) -> str:
    """Some selections of at most so many tokens, one of them often repeated."""
    parts: list[str] = []
    share = max(most // draw(st.integers(1, 3)), 1)
    for _ in range(most // share):
        repeated = draw(st.sampled_from((1, 1, 2, 8, 30, 120, 400)))
        each = max(share // repeated, 1) - ROOM
        kind = draw(st.integers(0, 4)) if each > 0 else 0
        if kind <= 1:
            part = draw(st.sampled_from(LEAVES)) if kind == 0 else f"...F{draw(st.integers(0, 12))}"
        elif kind == 2:
            part = f"... on {draw(st.sampled_from(TYPES))} {{ {draw(selections(each))} }}"
        else:
            name, arguments = draw(st.sampled_from(LISTS)), draw(st.sampled_from(ARGUMENTS))
            below = draw(selections(each))
            part = f"{name}{arguments} {{ {EDGES % below if kind == 3 else below} }}"
        parts += [part] * min(repeated, max(share // size(part), 1))
    return " ".join(parts)


def size(*parts: str) -> int:
    """Tokens of some parts of a document."""
    return sum(len(_TOKEN.findall(part)) for part in parts)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document within the limit of tokens. Much of it is invalid."""
    fragments = [
        f"fragment F{n} on {draw(st.sampled_from(TYPES))} {{ {draw(selections(MOST_TOKENS // 13))} }}"
        for n in range(draw(st.integers(0, 12)))
    ]
    variables = draw(st.sampled_from((0, 1, 30, 300)))
    names = " ".join(f"$v{n}: Int" for n in range(variables))
    operations = [
        f"query Q{n}{f'({names})' if names else ''} {{ run(id: 1) {{ {draw(selections(MOST_TOKENS - ROOM))} }} }}"
        for n in range(draw(st.sampled_from((1, 1, 2, 40))))
    ]
    return shortened([*operations, *fragments])


def shortened(definitions: list[str]) -> str:
    """The definitions that fit."""
    kept: list[str] = []
    for definition in definitions:
        if size(*kept, definition) <= MOST_TOKENS:
            kept.append(definition)
    return " ".join(kept) or "{ __typename }"
