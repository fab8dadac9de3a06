"""``automate restored`` beside ``make up``: the installation's folder says all that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from automate.devserver import upfile
from automate.devserver.database_urls import with_parts
from automate.kernel.roles import ADMIN_LOGIN as ADMIN
from automate.kernel.roles import WEB_LOGIN
from automate.project.home import prepare, write_private

pytestmark = pytest.mark.slow
"""It starts a process that imports Django."""


def test_restore_is_stated_without_settings_beside_make_up(
    database: Any, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    owner = os.environ["AUTOMATE_ADMIN_DATABASE_URL"]
    home = prepare(tmp_path)
    (home / "secrets").mkdir(exist_ok=True)
    for name, kept in (
        ("secret_key", os.environ["AUTOMATE_SECRET_KEY"]),
        (ADMIN, unquote(urlsplit(owner).password or "")),
    ):
        write_private(home / "secrets" / name, kept)
    web = with_parts(owner, user=WEB_LOGIN, password="none")
    up: Any = {"database_url": web, "redis_url": os.environ["REDIS_URL"]}
    upfile.write(home, up)
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    try:
        stated = subprocess.run(
            [sys.executable, "-m", "automate.cli", "restored", "--reason", "a snapshot"],
            env={**bare, "AUTOMATE_HOME": str(home)}, text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        ((epoch,),) = superuser.execute("SELECT epoch FROM database_epoch").fetchall()
    finally:
        superuser.execute("UPDATE database_epoch SET epoch = 1, raised_at = NULL, reason = '', system_identifier = ''")
    assert (stated.returncode, epoch) == (0, 2), stated.stderr
