"""Bring a tenant to what a configuration says, or say what that would change: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from automate.audit import services as audit
from automate.configuration.archived import Archived, Found
from automate.configuration.exporting import MOST_BYTES, chunks, export_configuration, fingerprint
from automate.configuration.kinds import KINDS, Kind, Known, Saved, without
from automate.configuration.shape import MOST_OBJECTS, SECTIONS, Entry, Path, key_of, shape_problems
from automate.configuration.transitions import take_turn
from automate.kernel import faults
from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.transactions import one_commit, only_tried
from automate.recovery.once import transacted
from automate.workflows.diffing import Place

__all__ = ["Applied", "Change", "apply_configuration", "export_configuration"]

Outcome = Literal["unchanged", "created", "changed", "pruned"]
MOST_PROBLEMS = 200
"""That one answer tells; a file may be wrong in each of its values."""
_PARTS = {"INVALID_WORKFLOW": ("definition",)}
"""Below which field of an entry the problems of such an error lie."""


NOTHING = Saved()


@dataclass(frozen=True)
class Change:
    """What became of one object. kind: as ``Kind.name``. version: the number that it was published as. places: what differs;
    left_out: how many more there are than are told. warnings: ``{message, path}`` of what was saved, path from the entry.
    """

    kind: str
    slug: str
    outcome: Outcome
    places: Sequence[Place] = ()
    version: int | None = None
    warnings: Sequence[dict[str, Json]] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Applied:
    """before, after: fingerprints of the tenant's configuration; after is None where nothing was kept."""

    changes: Sequence[Change]
    before: str
    after: str | None


def apply_configuration(
    configuration: Json,
    *,
    prune: bool = False,
    expected: str | None = None,
    plan_only: bool = False,
    then: Callable[[Sequence[Change]], object] | None = None,
) -> Applied:
    """Make the tenant what the configuration says, in one transaction; what is so already stays untouched.

    prune: what it does not name is taken out of force, too: rules, sources and endpoints are switched off, workflows archived,
    schedules deleted. expected: the fingerprint of the tenant's configuration that was looked at; None does not ask.
    plan_only: nothing is kept of it, but all is tried. then: what else belongs to its commit.
    Raises NormalizedError BAD_USER_INPUT with all problems in ``details.problems``, up to MOST_PROBLEMS, CONFLICT for another
    fingerprint or for somebody who saved meanwhile; then nothing is changed.
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
        made.look(prune=prune)
        if not plan_only:
            made.lock(*KINDS)
        before = fingerprint()
        if expected is not None and before != expected:
            message = "The tenant's configuration has changed since it was looked at. Plan again."
            raise NormalizedError("CONFLICT", message, path=["expectedFingerprint"])
        with audit.written_together():
            made.make()
            if prune:
                made.prune()
            made.look_at_archived()
        if made.problems:
            raise _refused(made.problems)
        if then is not None:
            then(made.changes)
        return Applied(made.changes, before, None if plan_only else fingerprint())

    return transacted(act, partial(one_commit, kept=not plan_only))


Sound = dict[str, list[tuple[int, Entry]]]


def _sound(configuration: Json, wrong: set[Path]) -> Sound:
    """Entries in which nothing was found wrong, by section, each with its place; without members that are null, which say nothing."""
    given = configuration if isinstance(configuration, dict) and () not in wrong else {}
    return {
        section: [
            (number, {name: member for name, member in entry.items() if member is not None})
            for number, entry in enumerate(given.get(section) or ())
            if (section, number) not in wrong
        ]
        for section in SECTIONS
        if (section,) not in wrong
    }


def _named(configuration: Json) -> dict[str, set[str]]:
    """All slugs that a configuration has, also of entries that are wrong."""
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
    """One application. Requires ``one_commit``."""

    sound: Sound
    named: dict[str, set[str]]
    problems: list[dict[str, Json]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    left: int = MOST_BYTES
    touched: dict[str, set[str]] = field(default_factory=dict)

    def look(self, *, prune: bool) -> None:
        """See what is to change, and so what ``lock`` locks."""
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

    def lock(self, *kinds: Kind) -> None:
        """Hold what is to change before anything is changed, in the order in which matching and ticking lock it: else each could
        wait for the other. What is only tried is held when its turn comes, and as softly as its change itself will: matching
        goes on.
        """
        for kind in kinds:
            if slugs := self.touched.get(kind.section):
                rows = kind.model._default_manager.select_for_update(no_key=only_tried())  # noqa: SLF001 - Django's name
                list(rows.filter(slug__in=slugs).order_by("id").values_list("id"))

    def _touch(self, kind: Kind, entry: Entry) -> None:
        self.touched[kind.section].add(entry[kind.key])
        if kind.of_workflow:
            self.touched["workflows"].add(entry["workflow"])

    def make(self) -> None:
        for kind in KINDS:
            if only_tried():
                self.lock(kind)
            for number, entry, known in self._entries(kind):
                self._try((kind.section, number), partial(self._save, kind, entry, known), entry)

    def prune(self) -> None:
        """What starts work first, so that nothing starts what is put away."""
        for kind in reversed(KINDS):
            slugs = self._unnamed(kind)
            if len(slugs) > MOST_OBJECTS:
                message = f"{len(slugs):,} of these are not named; at most {MOST_OBJECTS:,} are pruned at once."
                self.problems.append(_problem("LIMIT_EXCEEDED", message, (kind.section,)))
                continue
            for some in chunks(slugs):
                for slug, known in sorted(kind.named(some).items()):
                    self._try((kind.section,), partial(self._put_away, kind, slug, known))

    def look_at_archived(self) -> None:
        """What is named and an archived workflow lets stand still is a problem where it is a rule; of a step, it is a warning."""
        rules, workflows = self.sound.get("rules", []), self.sound.get("workflows", [])
        archived = Archived([entry for _, entry in rules], [entry for _, entry in workflows])
        told = {tuple(problem["path"]) for problem in self.problems}
        for number, entry in rules:
            found = archived.of_rule(entry)
            if found is not None and entry["workflow"] not in self.named["workflows"]:
                problem = _problem("CONFLICT", found[0], ("rules", number, *found[1]))
                self.problems += [] if tuple(problem["path"]) in told else [problem]
        warned = {entry["slug"]: list(archived.of_workflow(entry)) for _, entry in workflows}
        self.changes = [
            replace(change, warnings=[*change.warnings, *map(_warning, warned[change.slug])])
            if change.kind == "workflow" and warned.get(change.slug)
            else change
            for change in self.changes
        ]

    def _entries(self, kind: Kind) -> Iterator[tuple[int, Entry, Known | None]]:
        for some in chunks(self.sound.get(kind.section, [])):
            known = kind.named([entry[kind.key] for _, entry in some])
            yield from ((number, entry, known.get(entry[kind.key])) for number, entry in some)

    def _unnamed(self, kind: Kind) -> list[str]:
        slugs = kind.in_force().order_by("slug").values_list("slug", flat=True)
        return [slug for slug in slugs if slug not in self.named[kind.section]]

    def _save(self, kind: Kind, entry: Entry, known: Known | None) -> None:
        slug = entry[kind.key]
        if known is None:
            saved = kind.save(entry, None)
            self._say(kind, slug, "created", [Place((), None, without(entry, {"secrets"}), (False, True))], saved)
            return
        found = kind.places(known, entry)
        if not found and "secrets" not in entry:
            self._say(kind, slug, "unchanged", [], Saved(warnings=kind.warnings(entry, known)))
            return
        saved = kind.save(entry, known)
        if not found and kind.rows().values_list("revision", flat=True).get(slug=slug) != known.revision:
            found = [Place(("secrets",), f"{known.secrets} secrets", "others")]
        self._say(kind, slug, "changed" if found else "unchanged", found, saved)

    def _put_away(self, kind: Kind, slug: str, known: Known) -> None:
        self._say(kind, slug, "pruned", [kind.put_away(known)])

    def _say(self, kind: Kind, slug: str, outcome: Outcome, places: Sequence[Place], saved: Saved = NOTHING) -> None:
        """With as many places as fit into one answer."""
        told = []
        for place in places:
            self.left -= len(canonical_json([place.before, place.after]))
            if self.left < 0:
                break
            told.append(place)
        left_out = len(places) - len(told)
        self.changes.append(Change(kind.name, slug, outcome, told, saved.version, saved.warnings, left_out))

    def _try(self, path: Path, act: Callable[[], object], entry: Entry | None = None) -> None:
        """What act refuses is kept for the end, so that all is told at once."""
        try:
            act()
        except NormalizedError as error:
            if faults.is_ours(error):
                raise
            if entry is not None and error.path == ["workflow"] and entry.get("workflow") in self.named["workflows"]:
                return  # which is refused itself, and says why
            part = _PARTS.get(error.code, ())
            self.problems += [
                _problem(problem["code"], problem["message"], (*path, *part, *problem["path"]))
                for problem in error.details.get("problems", ())
            ] or [_problem(error.code, error.message, (*path, *error.path))]


def _problem(code: str, message: str, path: Path) -> dict[str, Json]:
    return {"code": code, "message": message, "path": ["configuration", *map(str, path)]}


def _warning(found: Found) -> dict[str, Json]:
    return {"message": found[0], "path": [str(part) for part in found[1]]}


def _refused(problems: list[dict[str, Json]]) -> NormalizedError:
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return NormalizedError(
        "BAD_USER_INPUT",
        f"{problems[0]['message']}{more} Nothing was changed.",
        details={"problems": problems[:MOST_PROBLEMS]},
        path=problems[0]["path"],
    )


def _sentence(text: str, path: Path) -> str:
    """A field's name is left as it is written."""
    begins = text if path and text.startswith(f"{path[-1]} ") else text[0].upper() + text[1:]
    return begins + ("" if text.endswith((".", "?")) else ".")
