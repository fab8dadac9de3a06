"""Replaces the command ``rundramatiq`` of django-dramatiq."""

from __future__ import annotations

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

WORKER = ("-m", "automate.cli", "worker")


class Command(BaseCommand):
    """Starts the worker. Accepts ``--threads``."""

    help = "Replaces this process with `automate worker`."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            *("--threads", "-t"),
            type=int,
            default=settings.WORKER_THREADS,
            help="The number of tenants whose jobs the worker processes at the same time. The default is AUTOMATE_WORKER_THREADS.",
        )

    def handle(self, *_arguments: object, **options: object) -> None:
        os.environ["AUTOMATE_WORKER_THREADS"] = str(options["threads"])
        # The worker's login and settings cannot be derived from the name of this process.
        os.environ.pop("AUTOMATE_PROCESS", None)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *WORKER])  # noqa: S606 - the command ends here
