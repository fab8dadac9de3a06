"""The printed schemas say what the code says, and nothing that clients hold is broken without a decision."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, find_breaking_changes, find_dangerous_changes

HELD_TO = Path(__file__).parent
FOLDER = HELD_TO.parents[1] / "graphql_schema"
HOW_TO_MEND = (
    "This breaks clients. Keep the old field, argument or value (deprecate it), or, where a decision record in "
    "docs/decisions says that it goes, print the schema into the baseline: `python -m graphql_schema --baseline`."
)


def broken(before: GraphQLSchema, after: GraphQLSchema) -> list[str]:
    changes = [*find_breaking_changes(before, after), *find_dangerous_changes(before, after)]
    # Clients that switch over every value of an enum are told by the changelog; a new optional argument breaks nobody.
    harmless = (
        "VALUE_ADDED_TO_ENUM",
        "OPTIONAL_INPUT_FIELD_ADDED",
        "OPTIONAL_ARG_ADDED",
        "IMPLEMENTED_INTERFACE_ADDED",
    )
    return [change.description for change in changes if change.type.name not in harmless]


@pytest.mark.parametrize("name", ["schema.graphql", "platform.graphql"])
def test_printed_schema_is_what_the_code_says(name: str) -> None:
    from graphql_schema.__main__ import printed

    assert (FOLDER / name).read_text() == printed()[FOLDER / name], "run `python -m graphql_schema`"


@pytest.mark.parametrize(
    ("name", "baseline"), [("schema.graphql", "baseline.graphql"), ("platform.graphql", "platform_baseline.graphql")]
)
def test_nothing_that_clients_hold_is_broken(name: str, baseline: str) -> None:
    before, after = build_schema((HELD_TO / baseline).read_text()), build_schema((FOLDER / name).read_text())
    assert broken(before, after) == [], HOW_TO_MEND


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  stateReason: String\n", ""),
        ("  traceId: String!\n  createdAt", "  traceId: String\n  createdAt"),
        ("  SUCCEEDED\n  FAILED\n", "  SUCCEEDED\n"),
        ("  idempotencyKey: String = null\n  subject", "  idempotencyKey: String!\n  subject"),
        ("steps(first: Int! = 50)", "steps(first: Int! = 20)"),
    ],
)
def test_gate_stops_a_sabotaged_schema(old: str, new: str) -> None:
    text = (HELD_TO / "baseline.graphql").read_text()
    assert old in text
    assert len(broken(build_schema(text), build_schema(text.replace(old, new)))) >= 1
