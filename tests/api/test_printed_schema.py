"""The printed schemas match the code. The CHANGELOG names each change that breaks clients of the last release."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, find_breaking_changes, find_dangerous_changes

from tests.support.facts import naming
from tests.support.releases import releases
from tests.support.tree import ROOT

FOLDER = ROOT / "graphql_schema"
NAMES = ["schema.graphql", "platform.graphql", "account.graphql"]
CHANGELOG = ROOT / "CHANGELOG.md"
HEADING = "### Breaking changes of the API"

HARMLESS = (
    "VALUE_ADDED_TO_ENUM",
    "OPTIONAL_INPUT_FIELD_ADDED",
    "OPTIONAL_ARG_ADDED",
    "IMPLEMENTED_INTERFACE_ADDED",
)
"""Dangerous by the library's word. Clients must ignore unknown enum values; they do not send or select the others."""

COORDINATE = re.compile(
    r"(?:(?:A required argument|A required field|Argument|Field|Enum value|Standard scalar|Directive) )?"
    r"(@?\w+(?:\.\w+)?(?:\(\w+:\))?) "
)
"""The schema coordinate at the beginning of the library's description of a change."""


def broken(before: GraphQLSchema, after: GraphQLSchema) -> dict[str, str]:
    """Each change that breaks clients: its description by its coordinate, such as ``Type.field(argument:)``."""
    changes = [*find_breaking_changes(before, after), *find_dangerous_changes(before, after)]
    return {
        coordinate_of(change.description): change.description for change in changes if change.type.name not in HARMLESS
    }


def coordinate_of(description: str) -> str:
    found = COORDINATE.match(description)
    assert found, description
    return found[1]


def named(changelog: str) -> set[str]:
    """The coordinates at the beginning of each line of the lists of breaking changes, where a version is not released."""
    sections = [part for part in re.split(r"^(?=## )", changelog, flags=re.MULTILINE) if "(not released)" in part]
    lists = [re.split(r"^#+ ", part, flags=re.MULTILINE)[0] for one in sections for part in one.split(HEADING)[1:]]
    lines = [line for text in lists for line in re.findall(r"^- ((?:`[^`]+`(?:, )?)+)", text, re.MULTILINE)]
    return {coordinate for line in lines for coordinate in re.findall(r"`([^`]+)`", line)}


def verdict(changes: dict[str, str], changelog: str) -> list[str]:
    """What to do about each breaking change without a name, and about each name without a breaking change."""
    keep, names = "Keep it and deprecate it, or name it: add a line", named(changelog)
    return [
        *(
            f"{description} {keep} '- `{coordinate}`: what clients do now' below '{HEADING}' in CHANGELOG.md, "
            "in the section of the version that is not released."
            for coordinate, description in changes.items()
            if coordinate not in names
        ),
        *(
            f"CHANGELOG.md names `{name}`, which does not break. Remove it there."
            for name in sorted(names - changes.keys())
        ),
    ]


def changes_since(release: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    # A release without one of the schemas has no clients of it.
    for name in filter(lambda name: (release / name).exists(), NAMES):
        # That an argument which may be left out is null then was printed, and breaks nobody where it no longer is.
        former = (release / name).read_text().replace(" = null", "")
        found |= broken(build_schema(former), build_schema((FOLDER / name).read_text()))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_printed_schema_matches_the_code(name: str) -> None:
    from graphql_schema.__main__ import printed

    assert (FOLDER / name).read_text() == printed()[FOLDER / name], "run `python -m graphql_schema`"


@pytest.mark.parametrize("name", NAMES)
def test_no_default_is_null(name: str) -> None:
    """An argument that may be left out is nullable; that says it all."""
    assert "= null" not in (FOLDER / name).read_text()


def test_changelog_names_each_breaking_change() -> None:
    assert verdict(changes_since(releases()[-1]), CHANGELOG.read_text()) == []


SABOTAGE = [
    ("  stateReason: String\n", "", ["ExecutionRun.stateReason"]),
    ("  traceId: String!\n  createdAt", "  traceId: String\n  createdAt", ["ExecutionRun.traceId"]),
    ("  SUCCEEDED\n  FAILED\n", "  SUCCEEDED\n", ["RunState.FAILED"]),
    (
        "  idempotencyKey: String = null\n  subject",
        "  idempotencyKey: String!\n  subject",
        ["IngestEventInput.idempotencyKey"],
    ),
    ("steps(first: Int! = 50)", "steps(first: Int! = 20)", ["ExecutionRun.steps(first:)"]),
    ("steps(first: Int! = 50)", "steps", ["ExecutionRun.steps(first:)"]),
    ("steps(first: Int! = 50)", "steps(first: Int! = 50, last: Int!)", ["ExecutionRun.steps(last:)"]),
    ("input IngestEventInput {", "input IngestEventInput {\n  zone: String!", ["IngestEventInput.zone"]),
    ("type ExecutionRun implements Node {", "type ExecutionRun {", ["ExecutionRun"]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new", "coordinates"), SABOTAGE)
def test_sabotaged_schema_needs_its_name_in_the_changelog(old: str, new: str, coordinates: list[str]) -> None:
    text = (releases()[-1] / "schema.graphql").read_text()
    assert old in text
    changes = broken(build_schema(text), build_schema(text.replace(old, new)))
    assert set(changes) >= set(coordinates)
    assert len(verdict(changes, changelog())) == len(changes)
    assert verdict(changes, changelog(*changes)) == []


def changelog(*coordinates: str, head: str = "0.2.0 (not released)", heading: str = HEADING) -> str:
    lines = "".join(f"- `{coordinate}`: read `Query.other` instead.\n" for coordinate in coordinates)
    return f"# Changes\n\n## {head}\n\n- `Query.runs` is new.\n\n{heading}\n\n{lines}\n### Other\n\n- `Query.x`\n\n## 0.1.0\n"


def test_name_without_a_breaking_change_is_refused() -> None:
    assert verdict({}, changelog("Query.gone")) == [naming("CHANGELOG.md", "Query.gone")]


@pytest.mark.parametrize(
    "text",
    [
        changelog("Query.gone", head="0.2.0 (2027-01-01)"),
        changelog("Query.gone", heading="### Fixes"),
        changelog("Query.gone(first:)"),
        changelog("Query"),
    ],
)
def test_name_elsewhere_or_of_something_else_does_not_count(text: str) -> None:
    changes = {"Query.gone": "Query.gone was removed."}
    assert any("add a line '- `Query.gone`: " in one for one in verdict(changes, text))


def test_line_may_name_several() -> None:
    text = changelog("Query.a`, `Query.b(first:)")
    assert named(text) == {"Query.a", "Query.b(first:)"}
