"""The commands that run a whole installation on one machine."""

from __future__ import annotations

import importlib
import os

from automate.devserver.installation import stop_all
from automate.devserver.up import up as run_up
from automate.project.home import home_of

MADE_LATER = "the secret key in AUTOMATE_HOME, which is created if it is missing"


def _check_settings() -> None:
    # Each process would refuse them at its start.
    made_later = not os.environ.get("AUTOMATE_SECRET_KEY")
    if made_later:
        os.environ["AUTOMATE_SECRET_KEY"] = MADE_LATER
    try:
        importlib.import_module(os.environ.get("DJANGO_SETTINGS_MODULE") or "automate.project.settings")
    finally:
        if made_later:
            del os.environ["AUTOMATE_SECRET_KEY"]


def up() -> None:
    """Start the servers and all processes on this machine, and keep them running until Ctrl-C."""
    _check_settings()
    run_up()


def stop() -> None:
    """End the installation in AUTOMATE_HOME. If its supervisor was killed, also end the processes that remain."""
    stop_all(home_of(os.environ), print)


def demo() -> None:
    """Send a recorded GitHub webhook and show its effects."""
    _check_settings()
    importlib.import_module("automate.demo.demo").demo()
