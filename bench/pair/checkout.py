"""The base's checkout: a clone in a temporary folder, with an environment from the base's own lock.

A clone, not a git worktree: a killed comparison leaves nothing behind in the user's repository.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.pair.refusal import Refusal

SIDE = "bench/side.py"
BASELINE = "baseline"
LOG_LINES = 15
MISLEADING = {"PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "VIRTUAL_ENV"}


def clean_environ() -> dict[str, str]:
    """The environment of this process, without variables that could point git or Python at another checkout."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING and not name.startswith("GIT_")}


def git(root: Path, *words: str) -> str:
    """Raises Refusal with git's own message."""
    done = subprocess.run(
        ["git", "-C", str(root), *words], check=False, capture_output=True, text=True, env=clean_environ()
    )
    if done.returncode != 0:
        raise Refusal(" ".join(done.stderr.split()) or f"git {words[0]} failed")
    return done.stdout.strip()


def commit_of(root: Path, base: str) -> str:
    """The full hash of a commit that can be measured. base: any name that git knows, or ``baseline``.

    Raises Refusal.
    """
    named = (root / "bench" / "baseline.txt").read_text().strip() if base == BASELINE else base
    try:
        commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{named}^{{commit}}")
    except Refusal:
        raise Refusal(f"BASE={named} names no commit of this repository.") from None
    if not git(root, "ls-tree", "--name-only", commit, SIDE):
        first = git(root, "log", "--diff-filter=A", "--format=%h", "-1", "HEAD", "--", SIDE)
        oldest = f" The oldest commit that has it is {first}." if first else ""
        raise Refusal(f"BASE={named} has no {SIDE}, which measures a side, so it cannot be compared.{oldest}")
    return commit


@contextmanager
def checked_out(root: Path, commit: str) -> Iterator[Path]:
    """A checkout of the commit, with ``.venv``. It is removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="automate-pair-"))
    try:
        checkout = home / "base"
        git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(checkout))
        git(checkout, "checkout", "--quiet", "--detach", commit)
        # The same interpreter on both sides: Python's version must not make the difference.
        _run(["sh", "scripts/bootstrap"], checkout, {**clean_environ(), "PYTHON": sys.executable})
        yield checkout
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(command: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    """Run a command to its end. A signal to this process ends the command and its children.

    Raises Refusal with the output.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0:
        last = "\n".join(output.splitlines()[-LOG_LINES:])
        raise Refusal(f"The base's environment could not be created by {' '.join(command)}:\n{last}")
