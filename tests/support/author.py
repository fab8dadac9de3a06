"""A person who writes a package beside the platform: a fresh environment where pip and pytest work, and no registry is asked."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.tree import ROOT

SECONDS = 300


class Author:
    """An environment of their own that also sees this one's packages, and ``automate``. lines: run one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        made = folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", str(made)], check=True, timeout=SECONDS)
        libraries = Path(sysconfig.get_path("purelib", vars={"base": str(made), "platbase": str(made)}))
        seen = [ROOT, ROOT / "platform", Path(sysconfig.get_path("purelib"))]
        (libraries / "seen.pth").write_text("".join(f"{path}\n" for path in seen))
        programs = made / "bin"
        for name, module in {"automate": "automate.cli", "pytest": "pytest"}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{programs}/python" -m {module} "$@"\n')
            (programs / name).chmod(0o755)
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "PYTHONPATH"}
        }
        self.environ = {
            **kept,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "AUTOMATE_HOME": str(folder / "home"),
            "AUTOMATE_SECRET_KEY": "x" * 40,
            # What an author's pip would fetch lies in this environment already.
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:randomly",
        }

    def run(self, *commands: str) -> list[tuple[int, list[str]]]:
        """The commands in one shell, each with its status and the lines that it printed on both channels."""
        end = "\x1e"
        script = "\n".join([f'{command}\nprintf "{end}%s{end}" $?' for command in commands])
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1\n{script}"],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environ,
            timeout=SECONDS,
        )
        parts = done.stdout.split(end)
        return [(int(status), said.splitlines()) for said, status in zip(parts[::2], parts[1::2], strict=False)]
