"""Runs a program as an ordinary user, because the program refuses to run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from automate.kernel.errors import NormalizedError

UNPRIVILEGED_ID = 65534
UNSHARE = ("unshare", "--user", f"--map-user={UNPRIVILEGED_ID}", f"--map-group={UNPRIVILEGED_ID}")
"""The user is root outside and `nobody` inside a user namespace. Files still belong to root, so folders of mode 700 can be entered."""

SETPRIV = (
    "setpriv",
    f"--reuid={UNPRIVILEGED_ID}",
    f"--regid={UNPRIVILEGED_ID}",
    "--clear-groups",
    "--inh-caps=+dac_override,+dac_read_search",
    "--ambient-caps=+dac_override,+dac_read_search",
)
"""The start of the command on systems without user namespaces, such as many containers. The program then runs as the user
`nobody`, and may still enter the folders of root."""


def _works(wrapper: tuple[str, ...]) -> bool:
    if shutil.which(wrapper[0]) is None:
        return False
    probe = [*wrapper, "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0  # noqa: S603 - constants


def wrapper() -> tuple[str, ...]:
    """Return a command prefix that runs a command as an ordinary user instead of root.

    Raises UNAVAILABLE if neither unshare nor setpriv can switch to an ordinary user.
    """
    if os.geteuid() != 0:
        return ()
    for candidate in (UNSHARE, SETPRIV):
        if _works(candidate):
            return candidate
    raise NormalizedError(
        "UNAVAILABLE",
        "PostgreSQL refuses to run as root, and the commands unshare and setpriv cannot change the user here. "
        "Run this command as an ordinary user, or set DATABASE_URL to your own server.",
    )


def give(folder: Path, words: tuple[str, ...]) -> None:
    """Change the owner of a folder to the unprivileged user."""
    if words == SETPRIV:
        os.chown(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
