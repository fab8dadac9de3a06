"""``automate manage``: run Django's own commands. They also work while ``make up`` runs."""

from __future__ import annotations

import os

import typer

from automate.cli.commands import run
from automate.devserver import upfile
from automate.project.home import home_of

SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def manage(context: typer.Context) -> None:
    """Run one of Django's commands, such as createsuperuser. The command runs as the database role that owns the tables."""
    if not os.environ.get("DATABASE_URL"):
        os.environ.update(upfile.read_environ(home_of(os.environ)))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    run(["automate manage", *context.args])
