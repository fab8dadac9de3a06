"""A git repository whose checkouts are measured by fake sides, for the tests of ``make bench-pair``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAKE = Path(__file__).with_name("fake_bench_side.py")
BOOTSTRAP = f"""set -eu
cd "$(dirname "$0")/.."
[ ! -e fail ] || {{ echo 'no such package'; exit 1; }}
mkdir -p .venv/bin
printf '#!/bin/sh\\nexec "{sys.executable}" -S "$@"\\n' >.venv/bin/python
chmod +x .venv/bin/python
"""
FIGURES = {"rate": 100.0, "cost": 2.0, "latency": 10.0}
IDENTITY = {f"GIT_{who}_{what}": "bench@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENVIRON = {**IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull}
"""A user's own settings of git, such as signed commits, do not matter here."""


@dataclass(frozen=True)
class Repository:
    root: Path

    @classmethod
    def made(cls, root: Path) -> Repository:
        """Its first commit has no side; ``HEAD`` has one, with FIGURES."""
        root.mkdir()
        made = cls(root)
        made.git("init", "-q")
        made.write(".gitignore", ".venv/\nbench/out/\n__pycache__/\n")
        made.write("requirements.lock", "")
        made.write("scripts/bootstrap", BOOTSTRAP)
        made.commit()
        made.write("bench/side.py", FAKE.read_text())
        made.speed("base", FIGURES)
        made.commit()
        subprocess.run(["sh", "scripts/bootstrap"], check=True, cwd=root)
        return made

    def git(self, *words: str) -> str:
        environ = {**os.environ, **ENVIRON}
        done = subprocess.run(["git", *words], check=True, capture_output=True, text=True, cwd=self.root, env=environ)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def speed(self, name: str, figures: dict[str, float], **more: Any) -> None:
        """The figures of this checkout's side, and what else it does."""
        self.write("speed.json", json.dumps({"name": name, "figures": figures, **more}))

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", "A commit")
        return self.git("rev-parse", "HEAD")
