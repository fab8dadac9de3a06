"""Copies of the project: a clone of a commit, with a virtual environment that has an editable install of the clone.

Each slot has its own environment, so that no other code can shadow its code: ``sys.executable`` of a test leads
every subprocess to the slot. ``prove`` checks this before each run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from importlib.util import source_hash
from pathlib import Path

import psutil

from scripts.faults.model import ROOT, Fault

WORK = ROOT / ".faults"
UNCOMPILED = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
"""Compiled files must be beside their sources, where ``was_imported`` looks for them."""
OWN = re.compile(r"^(PYTHON|PYTEST|VIRTUAL_ENV|AUTOMATE_|FAULT_|DATABASE_URL|REDIS_URL|DJANGO_|PG|COV_)")
"""Variables that would lead a slot to other code or servers."""

GONE_SECONDS = 10.0
NOTE = slice(8, 16)
"""The position in a compiled file that describes its source."""


class WrongCodeError(Exception):
    """A slot's interpreter imports a module from another place."""


class Slot:
    """One copy. It is created once for a commit and reused."""

    def __init__(self, name: str, commit: str, work: Path = WORK) -> None:
        self.root, self.commit = work / name, commit
        self.python = self.root / ".venv" / "bin" / "python"

    def make(self) -> None:
        """Clone, check out, install. An existing slot only switches to the commit."""
        if not (self.root / ".git").is_dir():
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self._run("git", "clone", "--quiet", "--no-checkout", str(ROOT), str(self.root), cwd=ROOT)
        self._run("git", "fetch", "--quiet", "origin")
        self.reset()
        self._run("env", f"PYTHON={sys.executable}", "sh", "scripts/bootstrap")
        libraries = self._run(str(self.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        shutil.copy(Path(__file__).with_name("plugin.py"), Path(libraries) / "fault_plugin.py")

    def reset(self) -> None:
        """Restore the commit's files, and remove compiled files of other text."""
        self._run("git", "checkout", "--quiet", "--force", "--detach", self.commit)
        self._run("git", "clean", "--quiet", "--force", "-d")
        for package in ("platform", "tenants", "graphql_schema", "rest_api", "actors"):
            for compiled in (self.root / package).rglob("__pycache__"):
                shutil.rmtree(compiled, ignore_errors=True)

    def commit_changes(self, message: str) -> None:
        """Commit the fault: some tests clone the project and must find it as well."""
        who = ("-c", "user.name=faults", "-c", "user.email=faults@localhost")
        self._run("git", "add", "--all")
        self._run("git", *who, "commit", "--quiet", "--no-verify", "--message", message)

    def prove(self, fault: Fault) -> None:
        """Check that this slot's Python imports the fault's file, from within the slot and from elsewhere.

        Raises WrongCodeError if it does not.
        """
        package, *rest = fault.module.split(".")
        # find_spec() of a package imports nothing, so a fault that breaks the import is not hidden here.
        code = f"import importlib.util as u; print(u.find_spec({package!r}).submodule_search_locations[0])"
        for folder in (self.root, Path("/")):
            done = subprocess.run(
                [str(self.python), "-c", code],
                check=False,
                capture_output=True,
                text=True,
                cwd=folder,
                env=self.environ(),
            )
            found = Path(done.stdout.strip(), *rest)
            if found.with_suffix(".py") != self.root / fault.file and found / "__init__.py" != self.root / fault.file:
                raise WrongCodeError(
                    f"{fault.id}: Python imports {fault.module} from {found}, not from {self.root}. {done.stderr}"
                    "Remove the slot; the next run creates it again."
                )

    def was_imported(self, fault: Fault) -> bool:
        """Whether a process of the run compiled the faulty text.

        A compiled file describes its source: Python by time and size, pytest by a hash.
        """
        source = self.root / fault.file
        known = source.stat()
        stamp = b"".join((int(number) & 0xFFFFFFFF).to_bytes(4, "little") for number in (known.st_mtime, known.st_size))
        notes = {stamp, source_hash(source.read_bytes())}
        compiled = (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")
        return any(path.read_bytes()[NOTE] in notes for path in compiled)

    @property
    def temporary(self) -> Path:
        """The folder for the files of this slot's runs. Short, since some servers limit the length of a path."""
        return Path(tempfile.gettempdir(), f"f-{sha256(str(self.root).encode()).hexdigest()[:8]}")

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a test run in the slot, without the variables of the caller's project."""
        kept = {name: value for name, value in os.environ.items() if not (OWN.match(name) or name in UNCOMPILED)}
        return {**kept, "TMPDIR": str(self.temporary), "FAULT_SLOT": str(self.root), **more}

    def sweep(self) -> None:
        """End every process that a run has left, and remove its files."""
        left = [process for process in psutil.process_iter() if self._owns(process)]
        for process in left:
            _kill(process)
        psutil.wait_procs(left, timeout=GONE_SECONDS)
        shutil.rmtree(self.temporary, ignore_errors=True)

    def _owns(self, process: psutil.Process) -> bool:
        """Whether a run of this slot started a process: it inherits the slot's name, or its command line has a path of
        the run."""
        try:
            named = process.environ().get("FAULT_SLOT") == str(self.root)
            return process.pid != os.getpid() and (
                named or any(f"{self.temporary}/" in word for word in process.cmdline())
            )
        except psutil.Error:
            return False

    def _run(self, *command: str, cwd: Path | None = None) -> str:
        self.temporary.mkdir(mode=0o755, exist_ok=True)
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=cwd or self.root, env=self.environ()
        )
        if done.returncode:
            raise RuntimeError(
                f"`{' '.join(command)}` exited with {done.returncode} in {self.root}: {done.stdout}{done.stderr}"
            )
        return done.stdout


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
