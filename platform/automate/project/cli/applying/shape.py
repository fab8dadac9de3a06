"""The shape of a file: ``sources``, ``workflows`` and ``rules``, whose entries are the API's inputs. Checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import check_integer, check_slug, check_text
from automate.project.cli.applying.document import Document, Path, Problem
from automate.rules.predicate import check_rule
from automate.triggers.schemes import Scheme


@dataclass(frozen=True)
class Field:
    """kind: the Python type of the JSON value; object is any. words: the kind, for people.

    check: raises the NormalizedError that the API would refuse a value of the kind with.
    """

    kind: type
    words: str
    required: bool = False
    check: Callable[[Any], object] | None = None


SCHEMES = tuple(scheme.value for scheme in Scheme)


def _check_name(name: str) -> None:
    check_text(name, path=["name"], most=LIMITS.name_characters)


def _check_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise NormalizedError("BAD_USER_INPUT", f"scheme must be one of {', '.join(SCHEMES)}")


def _check_priority(priority: int) -> None:
    check_integer(priority, path=["priority"], most=LIMITS.rule_priority)


_SLUG = Field(str, "a text", required=True, check=check_slug)
_NAME = Field(str, "a text", required=True, check=_check_name)
_SWITCH, _TEXTS = Field(bool, "true or false"), Field(list, "a list of texts")
SECTIONS: Mapping[str, Mapping[str, Field]] = {
    "sources": {
        "slug": _SLUG,
        "scheme": Field(str, "a text", required=True, check=_check_scheme),
        "secrets": _TEXTS,
        "options": Field(dict, "a mapping"),
        "enabled": _SWITCH,
    },
    "workflows": {"slug": _SLUG, "name": _NAME, "definition": Field(dict, "a mapping", required=True)},
    "rules": {
        "slug": _SLUG,
        "name": _NAME,
        "workflow": Field(str, "the slug of a workflow", required=True),
        "when": Field(object, "a condition", required=True),
        "enabled": _SWITCH,
        "priority": Field(int, "a whole number", check=_check_priority),
    },
}


def problems_of(document: Document) -> list[Problem]:
    """All that can be seen without asking the API."""
    return [document.problem(message, path) for message, path in _problems(document.value)]


def entries(document: Document, section: str) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = document.value.get(section) or []
    return found


def _problems(value: Json) -> Iterator[tuple[str, Path]]:
    if not isinstance(value, dict):
        yield f"a file holds a mapping with {_names(SECTIONS)}", ()
        return
    for name, section in value.items():
        if name not in SECTIONS:
            yield f"there is no such section; a file has {_names(SECTIONS)}", (name,)
        elif not isinstance(section, list | None):
            yield "this must be a list", (name,)
        else:
            yield from _section_problems(name, section or [])
    if not value or all(value.get(name, []) in (None, []) for name in SECTIONS):
        yield f"there is nothing to apply; a file has {_names(SECTIONS)}", ()


def _section_problems(name: str, section: Sequence[Json]) -> Iterator[tuple[str, Path]]:
    seen: set[str] = set()
    for number, entry in enumerate(section):
        path = (name, number)
        if not isinstance(entry, dict):
            yield f"this must be a mapping with {_names(SECTIONS[name])}", path
            continue
        yield from _entry_problems(SECTIONS[name], entry, path)
        slug = entry.get("slug")
        if isinstance(slug, str) and slug in seen:
            yield f"the slug {slug!r} stands in {name} twice", (*path, "slug")
        elif isinstance(slug, str):
            seen.add(slug)
        if name == "rules" and "when" in entry:
            for problem in check_rule(entry["when"]).problems:
                yield problem.message, (*path, "when", *problem.path)


def _entry_problems(fields: Mapping[str, Field], entry: dict[str, Json], path: Path) -> Iterator[tuple[str, Path]]:
    for name in entry:
        if name not in fields:
            yield f"there is no such field; there are {_names(fields)}", (*path, name)
    for name, wanted in fields.items():
        value = entry.get(name)
        if value is None:
            if wanted.required:
                yield f"{name} is missing; it must be {wanted.words}", path
        elif not isinstance(value, wanted.kind) or (wanted.kind is int and isinstance(value, bool)):
            yield f"this must be {wanted.words}", (*path, name)
        elif wanted is _TEXTS and isinstance(value, list) and not all(isinstance(item, str) for item in value):
            yield "each of these must be a text; put it in quotes", (*path, name)
        elif wanted.check is not None:
            try:
                wanted.check(value)
            except NormalizedError as refusal:
                yield refusal.message, (*path, name)


def _names(names: Mapping[str, object]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}"
