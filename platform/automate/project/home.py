"""The home of a local installation: a folder with data, secrets and logs.

Only the owner of this folder can read it. Folders have mode 700, and files with secrets have mode 600.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from automate.kernel.errors import NormalizedError

DEFAULT_HOME = ".automate"


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the absolute path of ``AUTOMATE_HOME``."""
    return Path(environ.get("AUTOMATE_HOME") or DEFAULT_HOME).absolute()


def prepare(home: Path) -> Path:
    """Create the folder of the installation, with subfolders for logs, locks and secrets.

    Raises BAD_USER_INPUT if a folder cannot be created or used.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        for name in ("log", "locks", "secrets"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = (
            f"{error.filename} cannot be created or used: {error.strerror}. Set AUTOMATE_HOME to a folder that this user may "
            "create and own."
        )
        raise NormalizedError("BAD_USER_INPUT", message) from None
    return home


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically. The file has mode 600."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(home: Path, name: str, make: Callable[[], str] | None = None) -> str:
    """Read a secret from its file. If the file is missing, first write a new secret to the file.

    ``make`` returns the new secret. If ``make`` is None, the new secret is a random text.
    """
    path = home / "secrets" / name
    if not path.exists():
        # 64 characters: Django's `check --deploy` asks for at least 50 in a secret key.
        write_private(path, make() if make else secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8")


def keep_previous(log: Path) -> None:
    """Rename the log of the previous start to ``.log.1``."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int = 15) -> list[str]:
    """Return the last lines of a log."""
    if not log.exists():
        return []
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
