"""Sends a configuration file to the API and formats the result for people."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automate.cli.applying.document import ConfigurationDocument, DocumentProblem, Path
from automate.client import answers, operations
from automate.client.api import CONFIGURING_SECONDS, NOT_KNOWN, Api
from automate.configuration.plans import plan_of
from automate.configuration.references import REFERENCE
from automate.kernel.json_values import JsonValue, as_object, as_objects

VALUE_CHARACTERS = 100
"""The maximum length of a value in a difference."""
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
class ApplyReport:
    """The result of applying or planning a configuration file."""

    said: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, slug and change of each object, in order."""
    differences: list[list[str]] = field(default_factory=list)
    """The differences of each object, line by line."""
    problems: list[DocumentProblem] = field(default_factory=list)
    """The errors of the API. If there is one, nothing was changed."""
    warnings: list[DocumentProblem] = field(default_factory=list)
    """The warnings of the API about saved rules and published workflows."""
    before: str | None = None
    """The fingerprint of the tenant's configuration before the change."""
    changed: int = 0
    """The number of changed objects."""
    pruned: list[tuple[str, str]] = field(default_factory=list)
    """Kind and slug of each pruned object."""


def plan(api: Api, document: ConfigurationDocument, *, prune: bool) -> ApplyReport:
    """Ask the API how a configuration would change the tenant. The API changes nothing."""
    values = {"configuration": _with_secrets(document.value), "prune": prune}
    answer = api.query(operations.PLAN_CONFIGURATION, {"input": values}, seconds=CONFIGURING_SECONDS)[
        "planConfiguration"
    ]
    return _read(answer, document, {})


def make(api: Api, document: ConfigurationDocument, *, prune: bool, expected: str | None) -> ApplyReport:
    """Apply a configuration. ``expected`` is the fingerprint from a plan, or None."""
    values = {"configuration": _with_secrets(document.value), "prune": prune, "expectedFingerprint": expected}
    answer = api.attempt(operations.APPLY_CONFIGURATION, values, seconds=CONFIGURING_SECONDS, then=NOT_KNOWN)
    created = any(row["kind"] == "SOURCE" and row["outcome"] == "CREATED" for row in answer["changes"])
    urls = {row["slug"]: row["url"] for row in api.rows(operations.SOURCES)} if created else {}
    return _read(answer, document, urls)


def _with_secrets(value: JsonValue) -> JsonValue:
    # Malformed values are not changed, because the API refuses them.
    if not isinstance(value, dict):
        return value
    known = {
        name: [_entry_with_secrets(entry) for entry in listed]
        for name in _WITH_SECRETS
        if isinstance(listed := value.get(name), list)
    }
    return {**value, **known}


def _entry_with_secrets(entry: JsonValue) -> JsonValue:
    if not isinstance(entry, dict) or not isinstance(listed := entry.get("secrets"), list):
        return entry
    return {**entry, "secrets": [_resolved(secret) for secret in listed]}


def _resolved(secret: JsonValue) -> JsonValue:
    if not isinstance(secret, str) or not secret.startswith(REFERENCE):
        return secret
    return os.environ.get(secret.removeprefix(REFERENCE)) or secret


def _read(
    answer: answers.ConfigurationPayload, document: ConfigurationDocument, urls: Mapping[str, str]
) -> ApplyReport:
    found = ApplyReport(before=answer["fingerprintBefore"])
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
        differences = [_difference(place) for place in row["places"] if place["path"]]
        found.differences.append([*differences, f"and {row['leftOut']} more"] if row["leftOut"] else differences)
        found.changed += row["outcome"] != "UNCHANGED"
        if row["outcome"] == "PRUNED":
            found.pruned.append((word, slug))
        for warning in row["warnings"]:
            place = (*entry, *_steps_of(warning["path"]))
            found.warnings.append(document.problem(f"warning: {warning['message']}", place))
    return found


def _outcome(row: answers.ConfigurationChange, url: str | None, sentence: str) -> str:
    if row["outcome"] == "PRUNED":
        return _PRUNED.get(row["kind"], "switched off")
    text: str = row["outcome"].lower()
    if row["version"] is not None:
        text += f", published as version {row['version']}"
    if url and row["outcome"] == "CREATED" and row["kind"] == "SOURCE":
        text += f", at {url}"
    return f"{text}: {sentence}" if sentence and row["outcome"] != "UNCHANGED" else text


def _sentence(document: ConfigurationDocument, path: Path) -> str:
    # Empty for a schedule that was pruned.
    section, number = path
    listed = as_objects(as_object(document.value).get(str(section)) or [])
    return plan_of(listed[number]).sentence if isinstance(number, int) and number < len(listed) else ""


def _difference(place: answers.ChangedPlace) -> str:
    where = ".".join(place["path"])
    if not place["wasThere"]:
        return f"+ {where}: {_shown(place['after'])}"
    if not place["isThere"]:
        return f"- {where}: {_shown(place['before'])}"
    return f"~ {where}: {_shown(place['before'])} -> {_shown(place['after'])}"


def _shown(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_CHARACTERS else f"{text[: VALUE_CHARACTERS - 1]}…"


def _steps_of(path: Sequence[str]) -> Path:
    # The API writes list indexes as strings.
    return tuple(int(part) if part.isascii() and part.isdecimal() else part for part in path)
