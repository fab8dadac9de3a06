"""A file sent to the API, whole, and what came back, as a person reads it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automate.cli.applying.document import Document, Path, Problem
from automate.client import operations
from automate.client.api import CONFIGURING_SECONDS, NOT_KNOWN, Api
from automate.configuration.plans import plan_of
from automate.configuration.references import REFERENCE
from automate.kernel.errors import Json

Row = Mapping[str, Any]
VALUE_CHARACTERS = 100
"""Of a value that a difference shows."""
_PRUNED = {"WORKFLOW": "archived", "SCHEDULE": "deleted"}
_SECTIONS = {
    "SECRET": "secrets",
    "EVENT_TYPE": "eventTypes",
    "SOURCE": "sources",
    "WEBHOOK_ENDPOINT": "webhookEndpoints",
    "WORKFLOW": "workflows",
    "RULE": "rules",
    "SCHEDULE": "schedules",
    "NOTICE_POLICY": "noticePolicies",
}
_WITH_SECRETS = ("sources", "webhookEndpoints")


@dataclass
class Changes:
    """said: kind, slug and what became of each object, in order. differences: what differs of each, line by line.

    problems: what the API refused; nothing was changed then. warnings: what it noticed of rules that it saved, and of what it published. before: the
    fingerprint of the tenant's configuration that this was made of. changed, pruned: how many objects.
    """

    said: list[tuple[str, str, str]] = field(default_factory=list)
    differences: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    before: str | None = None
    changed: int = 0
    pruned: list[tuple[str, str]] = field(default_factory=list)


def plan(api: Api, document: Document, *, prune: bool) -> Changes:
    """What an application would change, with nothing changed."""
    values = {"configuration": _with_secrets(document.value), "prune": prune}
    answer = api.query(operations.PLAN_CONFIGURATION, {"input": values}, seconds=CONFIGURING_SECONDS)[
        "planConfiguration"
    ]
    return _read(answer, document, {})


def make(api: Api, document: Document, *, prune: bool, expected: str | None) -> Changes:
    """Bring the tenant to what the file says, whole or not at all. expected: the ``before`` of a plan."""
    values = {"configuration": _with_secrets(document.value), "prune": prune, "expectedFingerprint": expected}
    answer = api.attempt(operations.APPLY_CONFIGURATION, values, seconds=CONFIGURING_SECONDS, then=NOT_KNOWN)
    created = any(row["kind"] == "SOURCE" and row["outcome"] == "CREATED" for row in answer["changes"])
    urls = {row["slug"]: row["url"] for row in api.rows(operations.SOURCES)} if created else {}
    return _read(answer, document, urls)


def _with_secrets(value: Json) -> Json:
    """The configuration with the secrets that variables of this process hold. What has another shape is the API's to refuse."""
    if not isinstance(value, dict):
        return value
    known = {
        name: [_entry_with_secrets(entry) for entry in value[name]]
        for name in _WITH_SECRETS
        if isinstance(value.get(name), list)
    }
    return {**value, **known}


def _entry_with_secrets(entry: Json) -> Json:
    listed = entry.get("secrets") if isinstance(entry, dict) else None
    return {**entry, "secrets": [_resolved(secret) for secret in listed]} if isinstance(listed, list) else entry


def _resolved(secret: Json) -> Json:
    if not isinstance(secret, str) or not secret.startswith(REFERENCE):
        return secret
    return os.environ.get(secret.removeprefix(REFERENCE)) or secret


def _read(answer: Row, document: Document, urls: Mapping[str, str]) -> Changes:
    found = Changes(before=answer["fingerprintBefore"])
    for error in answer["errors"]:
        path = _steps_of(error["path"])
        found.problems.append(document.problem(error["message"], path[1:] if path[:1] == ("configuration",) else path))
    numbers = dict.fromkeys(_SECTIONS, 0)
    for row in answer["changes"]:
        kind, slug = row["kind"], row["slug"]
        entry: Path = (_SECTIONS[kind], numbers[kind])
        numbers[kind] += 1
        word = kind.lower().replace("_", " ")
        found.said.append(
            (word, slug, _outcome(row, urls.get(slug), _sentence(document, entry) if kind == "SCHEDULE" else ""))
        )
        told = [_difference(place) for place in row["places"] if place["path"]]
        found.differences.append([*told, f"and {row['leftOut']} more"] if row["leftOut"] else told)
        found.changed += row["outcome"] != "UNCHANGED"
        if row["outcome"] == "PRUNED":
            found.pruned.append((word, slug))
        for warning in row["warnings"]:
            place = (*entry, *_steps_of(warning["path"]))
            found.warnings.append(document.problem(f"warning: {warning['message']}", place))
    return found


def _outcome(row: Row, url: str | None, sentence: str) -> str:
    if row["outcome"] == "PRUNED":
        return _PRUNED.get(row["kind"], "switched off")
    told: str = row["outcome"].lower()
    if row["version"] is not None:
        told += f", published as version {row['version']}"
    if url and row["outcome"] == "CREATED" and row["kind"] == "SOURCE":
        told += f", at {url}"
    return f"{told}: {sentence}" if sentence and row["outcome"] != "UNCHANGED" else told


def _sentence(document: Document, path: Path) -> str:
    """Of a schedule that was applied, how its plan reads; empty of one that is pruned."""
    section, number = path
    listed = document.value.get(section) or []
    return plan_of(listed[number]).sentence if isinstance(number, int) and number < len(listed) else ""


def _difference(place: Row) -> str:
    where = ".".join(place["path"])
    if not place["wasThere"]:
        return f"+ {where}: {_shown(place['after'])}"
    if not place["isThere"]:
        return f"- {where}: {_shown(place['before'])}"
    return f"~ {where}: {_shown(place['before'])} -> {_shown(place['after'])}"


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_CHARACTERS else f"{text[: VALUE_CHARACTERS - 1]}…"


def _steps_of(path: Sequence[str]) -> Path:
    """The API writes places in lists as texts."""
    return tuple(int(part) if part.isascii() and part.isdecimal() else part for part in path)
