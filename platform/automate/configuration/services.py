"""Applies a configuration to a tenant, completely or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from automate.audit import services as audit
from automate.configuration.archived import Archived, Found
from automate.configuration.exporting import MOST_BYTES, chunks, export_configuration, fingerprint
from automate.configuration.kinds import KINDS, ObjectKind, Saved, StoredEntry, without
from automate.configuration.shape import MOST_OBJECTS, SECTIONS, Entry, Path, key_of, shape_problems
from automate.configuration.transitions import take_turn
from automate.kernel import faults
from automate.kernel.canonical import canonical_json
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list, as_object, as_text, as_texts
from automate.kernel.problems import problems_of
from automate.kernel.text import sentence
from automate.kernel.transactions import one_commit, only_tried
from automate.recovery.once import transacted
from automate.workflows.diffing import ChangedValue

__all__ = ["Applied", "ObjectChange", "apply_configuration", "export_configuration"]

ChangeKind = Literal["unchanged", "created", "changed", "pruned"]
MOST_PROBLEMS = 200
"""Maximum number of problems in one answer. A file can have a problem in each of its values."""
_PARTS = {"INVALID_WORKFLOW": ("definition",)}
"""Error code -> the path, within an entry, of the field that has the problems of such an error."""


NOTHING = Saved()


@dataclass(frozen=True)
class ObjectChange:
    """The change that a configuration makes to one object."""

    kind: str
    """As ``ObjectKind.name``."""
    slug: str
    outcome: ChangeKind
    places: Sequence[ChangedValue] = ()
    """The differences."""
    version: int | None = None
    """The number of the published version."""
    warnings: Sequence[dict[str, JsonValue]] = ()
    """``{message, path}`` about the saved object, with paths from the entry."""
    left_out: int = 0
    """Number of differences that are not in ``places``."""


@dataclass(frozen=True)
class Applied:
    """The result of applying or planning a configuration."""

    changes: Sequence[ObjectChange]
    before: str
    """The fingerprint of the tenant's configuration before the change."""
    after: str | None
    """The fingerprint after; None if nothing was written."""


def apply_configuration(
    configuration: JsonValue,
    *,
    prune: bool = False,
    expected: str | None = None,
    plan_only: bool = False,
    then: Callable[[Sequence[ObjectChange]], object] | None = None,
) -> Applied:
    """Change the tenant to match the configuration, in one transaction.

    - prune: also disable, archive or delete objects that the configuration does not name.
    - expected: the fingerprint that the caller has seen. If it is None, the fingerprint is not checked.
    - plan_only: execute everything and then roll back.
    - then: a function for further work in the same transaction.

    Raises BAD_USER_INPUT with up to MOST_PROBLEMS problems in ``details.problems``. Raises CONFLICT if the fingerprint
    is not the expected one, or if another transaction saves an object. After an error, nothing is changed.
    """
    wrong = list(shape_problems(configuration, may_be_empty=prune))
    sound = _sound(configuration, {path[:2] for _, path in wrong})

    def act() -> Applied:
        take_turn()
        made = _Making(
            sound,
            _named(configuration),
            [_problem("BAD_USER_INPUT", _sentence(said, path), path) for said, path in wrong],
        )
        made.find_touched(prune=prune)
        if not plan_only:
            made.lock(*KINDS)
        before = fingerprint()
        if expected is not None and before != expected:
            message = "The tenant's configuration has changed since it was read. Plan again."
            raise NormalizedError("CONFLICT", message, path=["expectedFingerprint"])
        with audit.written_together():
            made.make()
            if prune:
                made.prune()
            made.check_archived()
        if made.problems:
            raise _refused(made.problems)
        if then is not None:
            then(made.changes)
        return Applied(made.changes, before, None if plan_only else fingerprint())

    return transacted(act, partial(one_commit, kept=not plan_only))


Sound = dict[str, list[tuple[int, Entry]]]


def _sound(configuration: JsonValue, wrong: set[Path]) -> Sound:
    # Members that are null are removed.
    given = configuration if isinstance(configuration, dict) and () not in wrong else {}
    return {
        section: [
            (number, {name: member for name, member in as_object(entry).items() if member is not None})
            for number, entry in enumerate(as_list(given.get(section) or []))
            if (section, number) not in wrong
        ]
        for section in SECTIONS
        if (section,) not in wrong
    }


def _named(configuration: JsonValue) -> dict[str, set[str]]:
    # Also those of invalid entries.
    named: dict[str, set[str]] = {}
    for section in SECTIONS:
        listed = configuration.get(section) if isinstance(configuration, dict) else None
        slugs = (
            [entry.get(key_of(section)) for entry in listed if isinstance(entry, dict)]
            if isinstance(listed, list)
            else []
        )
        named[section] = {slug for slug in slugs if isinstance(slug, str)}
    return named


@dataclass
class _Making:
    # Requires `one_commit`.
    sound: Sound
    named: dict[str, set[str]]
    problems: list[dict[str, JsonValue]] = field(default_factory=list)
    changes: list[ObjectChange] = field(default_factory=list)
    left: int = MOST_BYTES
    touched: dict[str, set[str]] = field(default_factory=dict)

    def find_touched(self, *, prune: bool) -> None:
        self.touched = {kind.section: set() for kind in KINDS if kind.locks}
        for kind in KINDS:
            if not kind.locks:
                continue
            for _, entry, known in self._entries(kind):
                if known is None or kind.places(known, entry):
                    self._touch(kind, entry)
            for some in chunks(self._unnamed(kind)) if prune else ():
                for known in kind.named(some).values():
                    self._touch(kind, known.entry)

    def lock(self, *kinds: ObjectKind) -> None:
        # In the order of matching and ticking, which prevents a deadlock. A plan locks the rows of each kind later, with the
        # weakest lock that the change needs, so that matching continues.
        for kind in kinds:
            if slugs := self.touched.get(kind.section):
                rows = kind.model._default_manager.select_for_update(no_key=only_tried())  # noqa: SLF001 - Django's name
                list(rows.filter(slug__in=slugs).order_by("id").values_list("id"))

    def _touch(self, kind: ObjectKind, entry: Entry) -> None:
        self.touched[kind.section].add(as_text(entry[kind.key]))
        if kind.of_workflow:
            self.touched["workflows"].add(as_text(entry["workflow"]))

    def make(self) -> None:
        for kind in KINDS:
            if only_tried():
                self.lock(kind)
            for number, entry, known in self._entries(kind):
                self._try((kind.section, number), partial(self._save, kind, entry, known), entry)

    def prune(self) -> None:
        # Objects that start work are pruned first, so they cannot start objects that are pruned later.
        for kind in reversed(KINDS):
            slugs = self._unnamed(kind)
            if len(slugs) > MOST_OBJECTS:
                message = f"The file leaves out {len(slugs):,} objects of this kind; at most {MOST_OBJECTS:,} can be pruned at once. Prune in several files."
                self.problems.append(_problem("LIMIT_EXCEEDED", message, (kind.section,)))
                continue
            for some in chunks(slugs):
                for slug, known in sorted(kind.named(some).items()):
                    self._try((kind.section,), partial(self._archive_or_delete, kind, slug, known))

    def check_archived(self) -> None:
        # A rule gets a problem, and a step gets a warning.
        rules, workflows = self.sound.get("rules", []), self.sound.get("workflows", [])
        archived = Archived([entry for _, entry in rules], [entry for _, entry in workflows])
        reported = {tuple(as_texts(problem["path"])) for problem in self.problems}
        for number, entry in rules:
            found = archived.of_rule(entry)
            if found is not None and entry["workflow"] not in self.named["workflows"]:
                problem = _problem("CONFLICT", found[0], ("rules", number, *found[1]))
                self.problems += [] if tuple(as_texts(problem["path"])) in reported else [problem]
        warned = {as_text(entry["slug"]): list(archived.of_workflow(entry)) for _, entry in workflows}
        self.changes = [
            replace(change, warnings=[*change.warnings, *map(_warning, warned[change.slug])])
            if change.kind == "workflow" and warned.get(change.slug)
            else change
            for change in self.changes
        ]

    def _entries(self, kind: ObjectKind) -> Iterator[tuple[int, Entry, StoredEntry | None]]:
        for some in chunks(self.sound.get(kind.section, [])):
            known = kind.named([as_text(entry[kind.key]) for _, entry in some])
            yield from ((number, entry, known.get(as_text(entry[kind.key]))) for number, entry in some)

    def _unnamed(self, kind: ObjectKind) -> list[str]:
        slugs = kind.in_force().order_by("slug").values_list("slug", flat=True)
        return [slug for slug in slugs if slug not in self.named[kind.section]]

    def _save(self, kind: ObjectKind, entry: Entry, known: StoredEntry | None) -> None:
        slug = as_text(entry[kind.key])
        if known is None:
            saved = kind.save(entry, None)
            self._say(
                kind, slug, "created", [ChangedValue((), None, without(entry, {"secrets"}), (False, True))], saved
            )
            return
        found = kind.places(known, entry)
        if not found and "secrets" not in entry:
            self._say(kind, slug, "unchanged", [], Saved(warnings=kind.warnings(entry, known)))
            return
        saved = kind.save(entry, known)
        if not found and kind.rows().values_list("revision", flat=True).get(slug=slug) != known.revision:
            found = [ChangedValue(("secrets",), f"{known.secrets} secrets", "others")]
        self._say(kind, slug, "changed" if found else "unchanged", found, saved)

    def _archive_or_delete(self, kind: ObjectKind, slug: str, known: StoredEntry) -> None:
        self._say(kind, slug, "pruned", [kind.archive_or_delete(known)])

    def _say(
        self, kind: ObjectKind, slug: str, outcome: ChangeKind, places: Sequence[ChangedValue], saved: Saved = NOTHING
    ) -> None:
        # Differences that no longer fit into the answer are only counted.
        shown = []
        for place in places:
            self.left -= len(canonical_json([place.before, place.after]))
            if self.left < 0:
                break
            shown.append(place)
        left_out = len(places) - len(shown)
        self.changes.append(ObjectChange(kind.name, slug, outcome, shown, saved.version, saved.warnings, left_out))

    def _try(self, path: Path, act: Callable[[], object], entry: Entry | None = None) -> None:
        # The errors of all actions are reported together.
        try:
            act()
        except NormalizedError as error:
            if faults.is_ours(error):
                raise
            if entry is not None and error.path == ["workflow"] and entry.get("workflow") in self.named["workflows"]:
                return  # the workflow itself is refused, and has the reason
            part = _PARTS.get(error.code, ())
            self.problems += [
                _problem(one.code, one.message, (*path, *(() if one is error else part), *one.path))
                for one in problems_of(error)
            ]


def _problem(code: str, message: str, path: Path) -> dict[str, JsonValue]:
    return {"code": code, "message": message, "path": ["configuration", *map(str, path)]}


def _warning(found: Found) -> dict[str, JsonValue]:
    return {"message": found[0], "path": [str(part) for part in found[1]]}


def _refused(problems: list[dict[str, JsonValue]]) -> NormalizedError:
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return NormalizedError(
        "BAD_USER_INPUT",
        f"{problems[0]['message']}{more} Nothing was changed.",
        details={"problems": [*problems[:MOST_PROBLEMS]]},
        path=as_texts(problems[0]["path"]),
    )


def _sentence(text: str, path: Path) -> str:
    # The name of a field at its start keeps its lower-case letter.
    begins = sentence(text)
    return text[:1] + begins[1:] if path and text.startswith(f"{path[-1]} ") else begins
