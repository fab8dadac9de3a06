"""A temporary installation for the isolation report."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from automate.devserver import upfile
from automate.devserver.ports import free_port
from automate.isolation.report import Party, Staff
from automate.kernel.errors import NormalizedError

START_SECONDS = 180.0
STOP_SECONDS = 60.0
POINTS_PER_SECOND = 10_000_000
"""The prober sends some thousand requests at full speed."""
OUTSIDE = (
    "DATABASE_URL",
    "REDIS_URL",
    "AUTOMATE_ADMIN_DATABASE_URL",
    "AUTOMATE_URL",
    "AUTOMATE_TOKEN",
    "DJANGO_SETTINGS_MODULE",
)
"""Variables that name another installation. The stack gets none of them."""


@contextmanager
def own_stack() -> Iterator[tuple[str, tuple[Party, Party], Staff]]:
    """Start an installation, and stop it after the block. Yields the installation's URL, two tenants, and a superuser.

    Raises UNAVAILABLE if the installation does not start.
    """
    with tempfile.TemporaryDirectory(prefix="automate-isolation-") as folder:
        home = Path(folder) / "home"
        environment = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
        environment |= {
            "AUTOMATE_HOME": str(home),
            "AUTOMATE_PORT": str(free_port()),
            "AUTOMATE_API_POINTS_PER_SECOND": str(POINTS_PER_SECOND),
        }
        log = Path(folder) / "up.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "automate.cli", "up"],
                env=environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
            try:
                up = _started(process, home, log)
                parties = [Party(slug, token["token"]) for slug, token in sorted(up["tenants"].items())]
                yield up["graphql"].removesuffix("/graphql"), (parties[0], parties[1]), _superuser(environment)
            finally:
                _stop(process)


def _started(process: subprocess.Popen[bytes], home: Path, log: Path) -> upfile.RunningInstallation:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        up = upfile.read(home)
        if up is not None:
            return up
        time.sleep(0.1)
    tail = log.read_text(errors="replace")[-2_000:]
    raise NormalizedError(
        "UNAVAILABLE",
        f"The isolation report starts a separate installation. This installation did not start within {START_SECONDS:.0f} s. Its output:\n{tail}",
    )


def _superuser(environment: Mapping[str, str]) -> Staff:
    made = Staff("isolation-report@example.com", secrets.token_urlsafe(24))
    given = {"DJANGO_SUPERUSER_EMAIL": made.email, "DJANGO_SUPERUSER_PASSWORD": made.password}
    done = subprocess.run(
        [sys.executable, "-m", "automate.cli", "manage", "createsuperuser", "--noinput"],
        env={**environment, **given},
        check=False,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    if done.returncode:
        raise NormalizedError(
            "UNAVAILABLE",
            f"The isolation report needs a superuser, but `createsuperuser` failed. Its output:\n{done.stderr[-2_000:]}",
        )
    return made


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
