"""Draw seeded faults: a pure function of a tree and a seed, so that the choice is not manual."""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.faults import sql
from scripts.faults.model import CONTEXT_LINES, Fault
from scripts.faults.operators import OPERATORS, Edit
from scripts.faults.sources import Site, Source, Tree
from scripts.faults.strata import STRATA, room_of, stratum_of

SEED = 20261128
EACH = 4
"""The number of faults in each stratum."""


@dataclass(frozen=True)
class Candidate:
    source: Source
    site: Site
    edit: Edit

    @property
    def rows(self) -> tuple[int, int]:
        """The first changed line, from 0, and the line after the last one."""
        return self.source.row(self.edit.start), self.source.row(self.edit.end) + 1

    @property
    def old(self) -> str:
        first, last = self.rows
        return "\n".join(self.source.lines[first:last])

    def changed(self) -> str:
        """The whole file with the fault in it."""
        return self.source.text[: self.edit.start] + self.edit.new + self.source.text[self.edit.end :]


def candidates(source: Source) -> Iterator[Candidate]:
    """Every edit that an operator can make in a file, in the order of the text."""
    for site in source.sites():
        for operator in (*OPERATORS, sql.edits):
            for edit in operator(source, site):
                yield Candidate(source, site, edit)


def draw(tree: Tree, seed: int = SEED, each: int = EACH) -> list[Fault]:
    """The faults of a tree: ``each`` of every stratum, from as many rooms as it has, never two in one function."""
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for name in sorted(tree):
        for candidate in candidates(Source(name, tree[name])):
            if stratum := stratum_of(candidate.edit.operator, name, candidate.site.scope, candidate.old):
                strata[stratum].append(candidate)
    return [
        _fault(f"{stratum.name.replace(' ', '-')}-{number}", stratum.name, candidate)
        for stratum in STRATA
        for number, candidate in enumerate(
            _sample(strata[stratum.name], random.Random(f"{seed} {stratum.name}"), each), start=1
        )
    ]


def _sample(found: list[Candidate], dice: random.Random, each: int) -> list[Candidate]:
    """Choose a room, then an operator, then a candidate at random, so that no large room dominates."""
    taken: list[Candidate] = []
    left: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in found:
        left[room_of(candidate.source.name)].append(candidate)
    rooms: list[str] = []
    while len(taken) < each and left:
        if not rooms:
            rooms = dice.sample(sorted(left), len(left))
        room = rooms.pop()
        if room not in left:
            continue
        operator = dice.choice(sorted({candidate.edit.operator for candidate in left[room]}))
        one = dice.choice([candidate for candidate in left[room] if candidate.edit.operator == operator])
        if _is_sound(one):
            taken.append(one)
            place = (one.source.name, one.site.scope)
            left[room] = [other for other in left[room] if (other.source.name, other.site.scope) != place]
        else:
            left[room].remove(one)
        if not left[room]:
            del left[room]
    return taken


def _is_sound(candidate: Candidate) -> bool:
    """Whether the changed file is valid Python and differs from the original."""
    try:
        changed = ast.parse(candidate.changed())
    except SyntaxError:
        return False
    return ast.dump(changed) != ast.dump(candidate.source.module)


def _fault(name: str, stratum: str, candidate: Candidate) -> Fault:
    first, last = candidate.rows
    lines = candidate.source.lines
    new = candidate.changed().split("\n")
    return Fault(
        id=name,
        stratum=stratum,
        operator=candidate.edit.operator,
        file=candidate.source.name,
        scope=candidate.site.scope,
        line=first + 1,
        before=tuple(lines[first:last]),
        after=tuple(new[first : last + len(new) - len(lines)]),
        above=tuple(lines[max(0, first - CONTEXT_LINES) : first]),
        below=tuple(lines[last : last + CONTEXT_LINES]),
    )
