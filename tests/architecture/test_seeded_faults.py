"""Seeded faults: the draw is a function of tree and seed, each operator makes its change, and a fault finds its place again."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from scripts.faults.draw import Candidate, candidates, draw
from scripts.faults.model import BASE, DRAWN, Fault, load, save
from scripts.faults.placing import NotPlacedError, apply, place
from scripts.faults.sources import Source, tree_of_commit
from scripts.faults.strata import STRATA, folders_of_room, room_of, stratum_of
from tests.support.tree import ROOT

QUERY = '''
TAKE = """
SELECT id FROM job WHERE open AND due_at <= now() AND id IN (SELECT a FROM b WHERE c > 1 AND d = 2) ORDER BY id
FOR UPDATE SKIP LOCKED
"""
'''
CASES = [
    ("def f(a): return a < 1", "compare", "a <= 1"),
    ("def f(a): return a == 1", "compare", "a != 1"),
    ("def f(a): return a is None", "compare", "a is not None"),
    ("def f(a): return a not in ()", "compare", "a in ()"),
    ("def f(a, b):\n    if a:\n        b()", "negate-if", "if not (a):"),
    ("def f(a, b): return a and b and 1", "swap-and-or", "a or b or 1"),
    ("def f(a): return not a", "drop-not", "return a"),
    ("def f(a) -> bool: return a", "return", "return False"),
    ("def f(a) -> list[int]: return a", "return", "return []"),
    ("def f(a) -> str | None: return a", "return", "return None"),
    ("def f(a): raise a", "delete-raise", "def f(a): pass"),
    ("async def f(a):\n    await a()", "delete-call", "    pass"),
    ("A = 8 * 1024", "off-by-one", "A = 9 * 1024"),
    ("A = min(1, 2)", "swap-min-max", "A = max(1, 2)"),
    (QUERY, "sql-drop-and", "WHERE open AND id IN (SELECT"),
    (QUERY, "sql-drop-and", "WHERE open AND due_at <= now() ORDER BY id"),
    (QUERY, "sql-drop-and", "WHERE c > 1) ORDER BY id"),
    (QUERY, "sql-compare", "due_at < now()"),
    (QUERY, "sql-drop-lock", 'ORDER BY id\n"""'),
    (QUERY, "sql-drop-skip-locked", "FOR UPDATE\n"),
    ('A = "UPDATE a SET b = 1 WHERE c IS NULL"', "sql-null", "c IS NOT NULL"),
    ('A = "INSERT INTO a SELECT 1 ON CONFLICT (b) DO UPDATE SET c = 1 RETURNING d"', "sql-drop-conflict", "SELECT 1 RETURNING d"),
    ('A = f"SELECT 1 WHERE a = {b["c"]} AND {HELD} LIMIT 1"'.replace('["c"]', ".c"), "sql-drop-and", "{b.c} LIMIT 1"),
]  # fmt: skip
UNCHANGED = [
    '"""A docstring with 1 < 2."""',
    "def f(a: Literal[1]) -> tuple[Literal[2]]: ...",
    "log.info('x', a=1 < 2)",
    "class A:\n    def __repr__(self):\n        return str(1)",
    'A = "SELECT 1 WHERE a BETWEEN 1 AND 2"',
    "if TYPE_CHECKING:\n    A = 1",
]
MODULE = """
def first(lease):
    return lease < 1


def second(lease):
    return lease < 1


LEASE_SECONDS = 30
"""
ROOMS = ("runs", "outbox", "events")
TREE = {f"platform/automate/{room}/{name}.py": MODULE for room in ROOMS for name in ("first", "second")}


def made(text: str) -> list[Candidate]:
    return list(candidates(Source("actors/a.py", text)))


@pytest.mark.parametrize(("text", "operator", "shown"), CASES)
def test_operator_makes_its_change(text: str, operator: str, shown: str) -> None:
    changed = [one.changed() for one in made(text) if one.edit.operator == operator]
    assert [one for one in changed if shown in one], changed
    for one in changed:
        assert ast.dump(ast.parse(one)) != ast.dump(ast.parse(text))


@pytest.mark.parametrize("text", UNCHANGED)
def test_rules_leave_code_out(text: str) -> None:
    assert [one.changed() for one in made(text)] == []


def test_columns_count_characters() -> None:
    (one,) = [one for one in made('A = "…" and 1 < 2') if one.edit.operator == "compare"]
    assert one.changed() == 'A = "…" and 1 <= 2'


def test_draw_is_a_function_of_tree_and_seed() -> None:
    drawn = draw(TREE, 1)
    assert drawn == draw(dict(reversed(TREE.items())), 1)
    assert drawn != draw(TREE, 2)
    assert len({room_of(fault.file) for fault in drawn}) == len(ROOMS), "each room is thrown before one comes again"
    assert len({(fault.file, fault.scope) for fault in drawn}) == len(drawn)


def test_stratum_is_that_of_path_name_or_operator() -> None:
    assert stratum_of("return", "platform/automate/kernel/redaction.py", "", "") == "redaction"
    assert stratum_of("return", "actors/a.py", "renew", "return 1") == "leases"
    assert stratum_of("return", "actors/a.py", "release", "return 1  # a lease") is None
    assert stratum_of("sql-null", "actors/a.py", "", "a IS NULL") == "sql predicates"


def test_each_room_has_tests() -> None:
    for fault in load():
        assert all((ROOT / folder).is_dir() for folder in folders_of_room(fault.file)), fault.file


def test_committed_faults_are_four_of_each_stratum(tmp_path: Path) -> None:
    faults = load()
    assert [fault.stratum for fault in faults] == [stratum.name for stratum in STRATA for _ in range(4)]
    save(faults, tmp_path / "again")
    assert (tmp_path / "again").read_text() == DRAWN.read_text()
    assert all(fault.diff().count("@@") == 2 for fault in faults)


@pytest.mark.slow
def test_committed_faults_are_those_of_their_commit() -> None:
    known = subprocess.run(["git", "cat-file", "-e", BASE], check=False, capture_output=True, cwd=ROOT).returncode == 0
    if not known:
        pytest.skip("this clone does not hold the commit of the draw")
    assert draw(tree_of_commit(ROOT, BASE)) == load()


def fault_of(text: str, scope: str = "second") -> Fault:
    return next(one for seed in range(99) for one in draw({"actors/a.py": text}, seed) if one.scope == scope)


def test_fault_is_placed_by_context(tmp_path: Path) -> None:
    fault = fault_of(MODULE)
    later = MODULE.replace("def first", "MORE = ()\n\n\ndef first").replace("LEASE_SECONDS = 30", "LEASE_SECONDS = 60")
    (tmp_path / "actors").mkdir()
    (tmp_path / fault.file).write_text(later)
    changed = apply(fault, tmp_path).read_text()
    assert changed.split("\n")[place(fault, later)] == fault.after[0]
    assert changed.count(fault.before[0]) == later.count(fault.before[0]) - 1
    assert changed.index(fault.after[0]) > later.index("def second"), "the same line of another function is left alone"


@pytest.mark.parametrize(
    "text",
    ["", MODULE.replace("lease < 1", "lease < 2"), "\n\ndef second(lease):\n    return lease < 1\n\n" * 2],
)
def test_fault_without_its_place_is_refused(text: str) -> None:
    with pytest.raises(NotPlacedError, match="exactly once in second"):
        place(fault_of(MODULE), text)


def test_fault_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotPlacedError, match="does not exist"):
        apply(fault_of(MODULE), tmp_path)
