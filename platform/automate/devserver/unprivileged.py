"""How to run a program that refuses to be root, without adding users and without opening any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from automate.kernel.errors import NormalizedError

NOBODY = 65534
UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
"""Root outside, nobody inside a user namespace: files stay root's, so that folders of mode 700 are no obstacle."""

SETPRIV = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=+dac_override,+dac_read_search",
    "--ambient-caps=+dac_override,+dac_read_search",
)
"""Where user namespaces are refused (many containers): nobody, who may still pass root's folders."""


def _works(wrapper: tuple[str, ...]) -> bool:
    if shutil.which(wrapper[0]) is None:
        return False
    probe = [*wrapper, "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0  # noqa: S603 - constants


def wrapper() -> tuple[str, ...]:
    """The words to put before a command; none for an ordinary user. Raises UNAVAILABLE when root has no way."""
    if os.geteuid() != 0:
        return ()
    for candidate in (UNSHARE, SETPRIV):
        if _works(candidate):
            return candidate
    raise NormalizedError(
        "UNAVAILABLE",
        "PostgreSQL does not run as root, and neither unshare nor setpriv works here. "
        "Run as an ordinary user, or set DATABASE_URL to a server of your own.",
    )


def give(folder: Path, words: tuple[str, ...]) -> None:
    """Make the folder the wrapped user's own, which PostgreSQL demands of its data directory."""
    if words == SETPRIV:
        os.chown(folder, NOBODY, NOBODY)
