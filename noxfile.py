"""The suite on each supported pair of Python and Django: `make lanes`.

A lane whose Python this machine lacks is skipped, and nox says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nox

LOCK = "requirements.lock"
"""The everyday packages, for every Python."""


@dataclass(frozen=True)
class Lane:
    """A pair, and the locked packages that it runs on: the everyday ones, or those of a Django of its own."""

    python: str
    django: str
    lock: str = LOCK

    @property
    def name(self) -> str:
        return f"{self.python}-django-{self.django}"

    @property
    def constraint(self) -> str:
        """Where a lock of its own says which Django it is for."""
        return self.lock.replace(".txt", ".in")


OLDEST = Lane("3.10", "4.2", "lanes/django-4.2.txt")
LANES = (OLDEST, Lane("3.11", "5.2"), Lane("3.12", "5.2"), Lane("3.13", "6.1", "lanes/django-6.1.txt"))

DOCS = Lane("3.11" if sys.version_info < (3, 11) else "{}.{}".format(*sys.version_info), "", "lanes/docs.txt")
"""What builds the documentation's site; no Django. This Python, where zensical runs on it."""

WHOLE = ("-n", "auto")
"""Pytest's arguments where none are given, as `make test-all` has them."""

FAST = ("-m", "not slow", "--hypothesis-profile=fast", *WHOLE)
"""The arguments of `make test`."""

CORE = ("tests/tenancy", "tests/control_plane", "tests/execution", "tests/api", "--core", *FAST)
"""What Django, django-tenants and Python could break: our backend, SQL, migrations, the path of an event, GraphQL. ``--core`` leaves
out the tests of these folders that meet neither a server nor Django."""

nox.needs_version = ">=2025.2.9"
nox.options.tags = ["lanes"]
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
# uv trusts what this machine trusts, as scripts/bootstrap has it.
os.environ.setdefault("UV_SYSTEM_CERTS", "1")


def runs(python: str, version: str) -> bool:
    """Whether an interpreter starts and is of this version: pyenv puts names on PATH that it then refuses to start."""
    show = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        done = subprocess.run([python, "-c", show], check=False, capture_output=True, text=True, timeout=10)  # noqa: S603 - names and paths made here
    except OSError:
        return False
    return done.stdout.strip() == version


def interpreter(version: str) -> str:
    """The first that runs, on PATH or among pyenv's; else the bare version, which nox will not find either."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [f"python{version}", *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))]
    return next((python for python in candidates if runs(python, version)), version)


def run_pytest(session: nox.Session, lane: Lane, *arguments: str) -> None:
    session.install("--require-hashes", "-r", lane.lock)
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("python", "-m", "pytest", *arguments)


def add_lane(lane: Lane, python: str) -> None:
    @nox.session(name=f"lane-{lane.name}", python=python, tags=["lanes"])
    def whole(session: nox.Session) -> None:
        """The whole suite."""
        run_pytest(session, lane, *(session.posargs or WHOLE))


def add_core(lane: Lane, python: str) -> None:
    @nox.session(name=f"core-{lane.name}", python=python, tags=["core"])
    def core(session: nox.Session) -> None:
        """What a change is most likely to break on the lane furthest from the everyday one."""
        run_pytest(session, lane, *CORE, *session.posargs)


for each in LANES:
    add_lane(each, interpreter(each.python))
add_core(OLDEST, interpreter(OLDEST.python))


@nox.session(python=interpreter(DOCS.python), reuse_venv=True, default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation's site into .site/html, strictly: `make docs`."""
    session.install("-q", "--require-hashes", "-r", DOCS.lock)
    session.run("python", "-m", "scripts.docs_site")


@nox.session(python=False, default=False)
def lock(session: nox.Session) -> None:
    """Compile anew the locks of the lanes that have one of their own: `make lock`."""
    for lane in LANES:
        if lane.lock != LOCK:
            session.run(
                *(sys.executable, "-m", "uv", "pip", "compile", "-q", "--python-version", lane.python),
                *("--generate-hashes", "--no-emit-index-url", "--all-extras", "--group", "dev"),
                *("--constraint", lane.constraint, "--custom-compile-command", "make lock"),
                *("--output-file", lane.lock, "pyproject.toml"),
            )
    session.run(
        *(sys.executable, "-m", "uv", "pip", "compile", "-q", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-emit-index-url", "--group", "docs"),
        *("--custom-compile-command", "make lock", "--output-file", DOCS.lock),
    )
