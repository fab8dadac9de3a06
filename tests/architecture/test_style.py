"""What every file of the project keeps to."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.support.tree import ROOT, name_of, nodes, package_files, project_files, python_files

SHARED = ROOT.parent / "shared"
LOCK = ROOT / "requirements.lock"
MOST_LINES, MOST_TEST_LINES = 400, 500

# Put together here, so that this file does not hold what it forbids.
UNFINISHED = re.compile(
    "|".join([r"\bTO" + "DO", r"\bFIX" + "ME", r"\bX" + "XX", r"\bHA" + "CK", "NotImplemented" + "Error"])
)
UNCOVERED = "pragma: " + "no cover"
MACHINE = re.compile("|".join([r"(?<![\w.])/(work|root)" + r"\b", r"(?<![\w.])/tm" + r"p\b", r"/\.lib" + "rary"]))
REGISTRIES = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "go" + "proxy", "proxy" + r"\.golang"])
)

BLIND_EDGES = {
    "actors/connectors/installed.py": 1,  # a stranger's module does what it likes when it is imported: it is refused by name
    "actors/sdk/contract/base.py": 1,  # whatever else a connector raises fails the check, and says what it was
    "actors/connectors/guard/caching_resolver.py": 1,  # an executor hands whatever is raised on to who waits for it
    "actors/calls.py": 2,  # a connector is a stranger's code: whatever it raises becomes the step's error, scrubbed or unsaid
    "actors/tenant_scheduler.py": 2,  # the edge of a pass: one tenant queue's fault ends neither its thread nor another tenant queue
    "actors/call_loop.py": 1,  # a task of a connector may not end the loop of all calls
    "actors/tenant_queue.py": 1,  # the edge of a set: its jobs begin one by one then
    "actors/recording.py": 3,  # the edge of a set: one job's fault is written to that job and ends nothing else
    "graphql_schema/answers.py": 1,  # the edge of a socket's or stream's operation: the client gets INTERNAL, the log the rest
    "graphql_schema/feeds/hubs.py": 2,  # the edge of a feed's task and of one view: their subscribers get the fault
    "platform/automate/serving/fair_threads.py": 1,  # the edge of a thread: the request that waits for the job gets its fault
    "platform/automate/heavy/child.py": 1,  # the edge of a child: web raises the fault and logs it
    "platform/automate/vault/resolving.py": 1,  # the edge of a secret backend of another package: its calls fail, the pass continues
    "tenants/provisioning.py": 2,  # the edges of threads: the first fault is raised once the others have ended
    "tenants/sign_in/mail.py": 1,  # the edge of a thread: a mail that fails may not hold up the next
    "platform/automate/web/direct.py": 1,  # the edge of a request, as in Django: logged, and answered with INTERNAL
    "platform/automate/devserver/servers.py": 1,  # raises again, after stopping what was started
}
"""Where a process meets what it cannot foresee, and how often; everywhere else an except names its errors."""


def texts() -> list[tuple[str, str]]:
    """Every text file of the project, by name. Python's lock is a machine's work and is judged for hosts alone."""
    found = []
    for path in project_files():
        try:
            found.append((name_of(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def holding(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in texts()
        if name != name_of(LOCK)
        for match in pattern.finditer(text)
    ]


def test_nothing_is_left_unfinished() -> None:
    assert holding(UNFINISHED) == []
    assert holding(re.compile(UNCOVERED)) == []


def test_no_file_names_this_machine() -> None:
    assert holding(MACHINE) == []


def test_no_file_names_a_package_registry() -> None:
    assert [name for name, text in texts() if REGISTRIES.search(text)] == []


def test_nothing_made_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    made = re.compile(r"(^|/)(\.venv|\.automate|__pycache__|node_modules|dist|\.[a-z]+_cache)/|\.pyc$|(^|/)up\.json$")
    assert [name for name in listed.splitlines() if made.search(name)] == []


def test_files_stay_within_one_idea() -> None:
    long = {}
    for path in python_files():
        lines = len(path.read_text().splitlines())
        if lines > (MOST_TEST_LINES if path.is_relative_to(ROOT / "tests") else MOST_LINES):
            long[name_of(path)] = lines
    assert long == {}


def test_answer_to_an_unknown_id_says_where_ids_are_listed() -> None:
    """The CLI aside: there the tenant may be the wrong one, and no query is at hand."""
    sources = [path for path in package_files() if "cli" not in path.parts]
    found = [name_of(path) for path in sources if "has this id. Check the id." in path.read_text()]
    assert found == []


def test_blind_excepts_stand_at_edges_alone() -> None:
    found = Counter(
        name_of(path)
        for path in package_files()
        for node in nodes(path, ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and _is_blind(node.type)
    )
    assert found == BLIND_EDGES


def _is_blind(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_blind(one) for one in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"})


@pytest.mark.parametrize(
    "source",
    [
        "try: pass\nexcept: pass",
        "try: pass\nexcept Exception: pass",
        "try: pass\nexcept (OSError, BaseException): pass",
    ],
)
def test_blind_except_is_recognised(source: str) -> None:
    (handler,) = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler)]
    assert _is_blind(handler.type)


def test_functions_are_annotated() -> None:
    bare = [
        f"{name_of(path)}:{node.lineno}"
        for path in package_files()
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("carried", "shared"),
    [("tests/api/contract", "contract"), ("bench/limit_a.py", "bench/limit_a.py")],
)
def test_carried_files_are_unchanged(carried: str, shared: str) -> None:
    origin, ours = SHARED / shared, ROOT / carried
    if not origin.exists():
        pytest.skip("the folder that these files were carried from is not beside this clone")
    names = [path.relative_to(origin) for path in origin.rglob("*") if path.is_file()] if origin.is_dir() else [Path()]
    assert names
    for name in names:
        assert (ours / name).read_bytes() == (origin / name).read_bytes(), name
