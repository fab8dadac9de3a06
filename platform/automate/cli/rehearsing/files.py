"""Functions that find, load and run the test files of workflows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automate.cli.applying.document import ConfigurationDocument, DocumentProblem, DocumentRefusedError, parse
from automate.cli.rehearsing import SUFFIX
from automate.cli.rehearsing.installed import installed_specs
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_text
from automate.rules.predicate import check_rule, compile_rule, verdict
from automate.simulation.rehearsal.case import Case, case_of
from automate.simulation.rehearsal.expectations import differences
from automate.simulation.rehearsal.script import UnansweredError
from automate.simulation.rehearsal.shape import shape_problems
from automate.simulation.rehearsal.simulator import Rehearsal, rehearse

INLINE = "recorded"
"""The slug of a workflow that is defined in the case itself and has no slug."""


@dataclass(frozen=True)
class CaseFile:
    """A test file with its case: an event, answers, and the expected outcome."""

    path: Path
    document: ConfigurationDocument
    case: Case
    rules: Mapping[str, JsonValue]
    """The conditions in the workflow's file, by slug."""


@dataclass(frozen=True)
class Tested:
    """The result of one test file."""

    path: Path
    problems: Sequence[DocumentProblem]
    """The failed expectations, with lines of the file. Empty for a success."""
    seen: Rehearsal | None = None
    """None if the case did not run to its end."""


def find(places: Sequence[Path]) -> list[Path]:
    """Find the test files among files and folders. Raises NormalizedError for a path that does not exist."""
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found.extend(sorted(place.rglob(f"*{SUFFIX}")))
        elif place.exists():
            found.append(place)
        else:
            raise NormalizedError("NOT_FOUND", f"The file or folder {place} does not exist. Check the path.")
    return list(dict.fromkeys(found))


def load(path: Path) -> CaseFile:
    """Load a test file.

    Raises DocumentRefusedError with all problems of the file, or OSError if the file cannot be read.
    """
    document = parse(path.read_bytes())
    problems = [document.problem(message, place) for message, place in shape_problems(document.value)]
    if problems:
        raise DocumentRefusedError(*problems)
    given = as_object(document.value)
    slug, rules = as_text(given.get("workflow", INLINE)), JsonObject()
    definition = given.get("definition")
    if definition is None:
        definition, rules = _of_file(document, path.parent / as_text(given["file"]), slug)
    try:
        case = case_of(given, workflow=slug, definition=as_object(definition))
    except NormalizedError as error:
        raise DocumentRefusedError(document.problem(error.message, error.path)) from None
    return CaseFile(path, document, case, rules)


def run_file(path: Path, *, case: Case | None = None) -> Tested:
    # If `case` is given, run `case` instead: for example, the case of the file with a stored event.
    try:
        loaded = load(path)
    except DocumentRefusedError as refused:
        return Tested(path, refused.problems)
    except OSError as error:
        return Tested(path, [DocumentProblem(f"it cannot be read: {error.strerror}")])
    played = case or loaded.case
    try:
        seen = rehearse(played, installed_specs())
    except UnansweredError as error:
        return Tested(path, [loaded.document.problem(error.message, error.place)])
    except NormalizedError as error:
        return Tested(path, [loaded.document.problem(error.message, error.path)])
    found = [loaded.document.problem(str(one), ("expect", *one.path)) for one in differences(played.expect, seen)]
    return Tested(path, [*found, *_rule_problems(loaded, played)], seen)


def _of_file(document: ConfigurationDocument, path: Path, slug: str) -> tuple[JsonValue, dict[str, JsonValue]]:
    try:
        other = parse(path.read_bytes())
    except OSError as error:
        raise DocumentRefusedError(document.problem(f"{path} cannot be read: {error.strerror}", ("file",))) from None
    except DocumentRefusedError as refused:
        located = [
            DocumentProblem(f"{path}:{problem.line}: {problem.message}", ("file",)) for problem in refused.problems
        ]
        raise DocumentRefusedError(*located) from None
    sections = other.value if isinstance(other.value, dict) else {}
    for entry in _entries(sections, "workflows"):
        if entry.get("slug") == slug:
            rules = {
                str(one["slug"]): one["when"] for one in _entries(sections, "rules") if "slug" in one and "when" in one
            }
            return entry.get("definition"), rules
    raise DocumentRefusedError(document.problem(f"{path} has no workflow {slug}", ("workflow",)))


def _entries(sections: Mapping[str, JsonValue], name: str) -> list[dict[str, JsonValue]]:
    listed = sections.get(name)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _rule_problems(loaded: CaseFile, case: Case) -> Iterator[DocumentProblem]:
    for slug, wanted in as_object(case.expect.get("rules", {})).items():
        path = ("expect", "rules", slug)
        if slug not in loaded.rules:
            yield loaded.document.problem(f"the workflow's file has no rule {slug}", path)
        elif (checked := check_rule(loaded.rules[slug])).problems:
            yield loaded.document.problem(checked.problems[0].message, path)
        else:
            got = verdict(compile_rule(loaded.rules[slug]), case.event.seen_by_rules())
            if got.verdict != wanted:
                reason = f" ({got.reason})" if got.reason else ""
                yield loaded.document.problem(f"rules.{slug}: expected {wanted}, got {got.verdict}{reason}", path)
