"""GraphQL documents that are slow to validate for their size, made of the shapes that rules compare with one another."""

from __future__ import annotations

from hypothesis import strategies as st

MOST_TOKENS = 1_900

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
LISTS = ("runs", "retries", "timeline", "steps", "effects", "events")
TYPES = ("Node", "ExecutionRun", "Event", "ExecutionRunConnection", "Query", "BacktestSampleConnectionz", "RunState")


def _repeated(part: str, times: int) -> str:
    return f"{part} " * times


@st.composite
def selections(draw: st.DrawFn, depth: int = 0) -> str:
    """Some selections, one of them often repeated."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 4 if depth < 4 else 1))
        if kind == 0:
            part = draw(st.sampled_from(LEAVES))
        elif kind == 1:
            part = f"...F{draw(st.integers(0, 12))}"
        elif kind == 2:
            part = f"... on {draw(st.sampled_from(TYPES))} {{ {draw(selections(depth + 1))} }}"
        else:
            name, arguments = draw(st.sampled_from(LISTS)), draw(st.sampled_from(ARGUMENTS))
            below = draw(selections(depth + 1))
            part = f"{name}{arguments} {{ {below} }}"
            if kind == 3:
                part = f"{name}{arguments} {{ edges {{ node {{ {below} }} }} }}"
        parts.append(_repeated(part, draw(st.sampled_from((1, 1, 2, 8, 30, 120, 400)))))
    return " ".join(parts)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document within the limit of tokens. Much of it is invalid."""
    fragments = [
        f"fragment F{n} on {draw(st.sampled_from(TYPES))} {{ {draw(selections(2))} }}"
        for n in range(draw(st.integers(0, 12)))
    ]
    variables = draw(st.sampled_from((0, 1, 30, 300)))
    names = " ".join(f"$v{n}: Int" for n in range(variables))
    operations = [
        f"query Q{n}{f'({names})' if names else ''} {{ {draw(selections())} }}"
        for n in range(draw(st.sampled_from((1, 1, 2, 40))))
    ]
    return shortened([*operations, *fragments])


def shortened(definitions: list[str]) -> str:
    """The definitions that fit, and as many repetitions of the first as fit beside them."""
    words = [definition.split() for definition in definitions]
    kept: list[str] = []
    for each in words:
        if len(kept) + len(each) <= MOST_TOKENS:
            kept += each
    return " ".join(kept) or "{ __typename }"
