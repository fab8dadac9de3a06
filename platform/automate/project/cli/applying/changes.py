"""Bring a tenant to what a file says, through the API, and touch nothing that is so already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automate.kernel.canonical import checksum
from automate.kernel.errors import Json
from automate.project.cli.applying.document import Document, Path, Problem
from automate.project.cli.applying.shape import entries
from automate.project.client import operations
from automate.project.client.api import Api

Row = Mapping[str, Any]


@dataclass
class Changes:
    """said: kind, slug and what became of it, in order. published: slugs of workflows that new events now start anew.

    problems: what the API refused.
    """

    api: Api
    document: Document
    advance: Callable[[], None]
    said: list[tuple[str, str, str]] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def make(self) -> None:
        """Save drafts and sources first: while there are problems nothing is published and no rule is saved.

        What the API refuses after that, such as a rule that somebody else saved meanwhile, finds workflows published.
        """
        workflows, rules = self._found(operations.WORKFLOWS), self._found(operations.RULES)
        drafts = entries(self.document, "workflows")
        known = {*workflows, *(draft["slug"] for draft in drafts)}
        for number, rule in enumerate(entries(self.document, "rules")):
            if rule["workflow"] not in known:
                self._refuse("there is no workflow of this slug, here or in the tenant", ("rules", number, "workflow"))
        if self.problems:
            return
        sources = self._found(operations.SOURCES) if entries(self.document, "sources") else {}
        for number, source in enumerate(entries(self.document, "sources")):
            self._save_source(source, sources.get(source["slug"]), ("sources", number))
        saved = [
            self._save_draft(draft, workflows.get(draft["slug"]), ("workflows", number))
            for number, draft in enumerate(drafts)
        ]
        if self.problems:
            return
        for number, (draft, outcome) in enumerate(zip(drafts, saved, strict=True)):
            self._publish(draft, workflows.get(draft["slug"]), outcome, ("workflows", number))
        if self.problems:
            return
        for number, rule in enumerate(entries(self.document, "rules")):
            self._save_rule(rule, rules.get(rule["slug"]), ("rules", number))

    def _found(self, document: str) -> dict[str, Row]:
        return {row["slug"]: row for row in self.api.rows(document)}

    def _save_source(self, source: Row, found: Row | None, path: Path) -> None:
        wanted = {"enabled": True, **source}
        hidden = {"secrets", "options"} & set(source)  # the API does not show them, so it must compare
        if found and not hidden and all(found[name] == wanted[name] for name in ("scheme", "enabled")):
            self._say("source", source, "unchanged")
            return
        answer = self._mutate(operations.SAVE_SOURCE, {**wanted, **_seen(found)}, path)
        if answer is not None:
            same = found is not None and answer["source"]["revision"] == found["revision"]
            url = answer["source"]["url"]
            where = f", at {url}" if url and not found else ""
            self._say("source", source, "unchanged" if same else _outcome(found) + where)

    def _save_draft(self, draft: Row, found: Row | None, path: Path) -> str:
        outcome, saved = "unchanged", found
        if (
            found is None
            or found["name"] != draft["name"]
            or checksum(found["draft"]["definition"]) != checksum(draft["definition"])
        ):
            outcome = _outcome(found)
            answer = self._mutate(operations.SAVE_WORKFLOW, {**draft, **_seen(found)}, path)
            saved = answer["workflow"] if answer else None
        for problem in saved["draft"]["problems"] if saved else []:
            self._refuse(problem["message"], (*path, "definition", *_steps_of(problem["path"])))
        return outcome

    def _publish(self, draft: Row, found: Row | None, outcome: str, path: Path) -> None:
        current = found["currentVersion"] if found else None
        if current is None or current["checksum"] != checksum(draft["definition"]):
            answer = self._mutate(operations.PUBLISH, {"workflow": draft["slug"]}, path)
            if answer is None:
                return
            self.published.append(draft["slug"])
            outcome += f", published as version {answer['workflowVersion']['number']}"
        self._say("workflow", draft, outcome)

    def _save_rule(self, rule: Row, found: Row | None, path: Path) -> None:
        wanted = {"enabled": True, "priority": 0, **rule}
        if found and _same_rule(found, wanted):
            self._say("rule", rule, "unchanged")
        elif self._mutate(operations.SAVE_RULE, {**wanted, **_seen(found)}, path) is not None:
            self._say("rule", rule, _outcome(found))

    def _mutate(self, document: str, values: Row, path: Path) -> Row | None:
        """The payload; None where the API refused, which is noted."""
        answer = self.api.attempt(document, values)
        for error in answer["errors"]:
            self._refuse(error["message"], (*path, *_steps_of(error["path"])))
        return None if answer["errors"] else answer

    def _refuse(self, message: str, path: Path) -> None:
        self.problems.append(self.document.problem(message, path))

    def _say(self, kind: str, entry: Row, outcome: str) -> None:
        self.said.append((kind, entry["slug"], outcome))
        self.advance()


def _seen(found: Row | None) -> dict[str, Json]:
    """Whoever saved meanwhile is not overwritten."""
    return {"expectedRevision": found["revision"] if found else None}


def _outcome(found: Row | None) -> str:
    return "changed" if found else "created"


def _same_rule(found: Row, wanted: Row) -> bool:
    plain = all(found[name] == wanted[name] for name in ("name", "enabled", "priority"))
    return (
        plain
        and found["workflow"]["slug"] == wanted["workflow"]
        and checksum(found["when"]) == checksum(wanted["when"])
    )


def _steps_of(path: list[str]) -> Path:
    """The API writes places in lists as texts."""
    return tuple(int(part) if part.isascii() and part.isdecimal() else part for part in path)
