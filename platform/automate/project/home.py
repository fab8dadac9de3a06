"""The folder with a local installation's data, secrets and logs: mode 700, files of secrets mode 600."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from automate.kernel.errors import NormalizedError

DEFAULT_HOME = ".automate"


def home_of(environ: Mapping[str, str]) -> Path:
    """The absolute path of ``AUTOMATE_HOME``. Creates nothing."""
    return Path(environ.get("AUTOMATE_HOME") or DEFAULT_HOME).absolute()


def prepare(home: Path) -> Path:
    """Create the folder and the subfolders of processes. The parent folders' modes are never changed.

    Raises NormalizedError BAD_USER_INPUT if that fails.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        for name in ("log", "locks", "secrets"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = (
            f"AUTOMATE_HOME must be a folder that this user may create and own; {error.filename}: {error.strerror}."
        )
        raise NormalizedError("BAD_USER_INPUT", message) from None
    return home


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically, mode 600: a reader sees the old text or the new one completely."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(home: Path, name: str, make: Callable[[], str] | None = None) -> str:
    """A stored secret, created on the first call. Without ``make`` it is random, with 43 URL-safe characters."""
    path = home / "secrets" / name
    if not path.exists():
        write_private(path, make() if make else secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8")


def keep_previous(log: Path) -> None:
    """Rename the log of the last run to ``.log.1``, so that a log covers one run and logs do not grow forever."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int = 15) -> list[str]:
    """The end of a log, for an error message; empty if there is no log."""
    if not log.exists():
        return []
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
