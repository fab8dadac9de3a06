"""The folder in which a local installation keeps its data, secrets and logs: mode 700, files of secrets mode 600."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from automate.kernel.errors import NormalizedError

DEFAULT_HOME = ".automate"


def home_of(environ: Mapping[str, str]) -> Path:
    """The absolute path of ``AUTOMATE_HOME``; nothing is created."""
    return Path(environ.get("AUTOMATE_HOME") or DEFAULT_HOME).absolute()


def prepare(home: Path) -> Path:
    """Create the folder and those inside it that processes write to. The parent folders' modes are never touched.

    Raises BAD_USER_INPUT where that cannot be done.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        for name in ("log", "locks", "secrets"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = f"AUTOMATE_HOME must be a folder that this user may make and own; {error.filename}: {error.strerror}."
        raise NormalizedError("BAD_USER_INPUT", message) from None
    return home


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically, mode 600: a reader sees the old text or the new one, whole."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(home: Path, name: str, make: Callable[[], str] | None = None) -> str:
    """A secret text, made on the first call and the same ever after: random, 43 URL-safe characters, where make is not given."""
    path = home / "secrets" / name
    if not path.exists():
        write_private(path, make() if make else secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8")


def keep_previous(log: Path) -> None:
    """Set the log of the run before aside as ``.log.1``, so that a log tells of one run and logs do not grow for ever."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int = 15) -> list[str]:
    """The end of a log, for a message that says why a process died; empty when there is no log."""
    if not log.exists():
        return []
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
