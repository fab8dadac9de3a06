"""In the place of django-dramatiq's, whose worker processes know neither leases nor stops of ours."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

WORKER = ("-m", "automate.cli", "worker")


class Command(BaseCommand):
    """Takes the one option of django-dramatiq's command that the worker has as well, and refuses all others."""

    help = "Starts the worker of `automate worker` in the place of this process."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            *("--threads", "-t"),
            type=int,
            default=settings.WORKER_THREADS,
            help="How many tenants' jobs the worker does at once. The default is AUTOMATE_WORKER_THREADS.",
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        os.environ["AUTOMATE_WORKER_THREADS"] = str(options["threads"])
        # The name of this process is none that the worker's login and settings follow from.
        os.environ.pop("AUTOMATE_PROCESS", None)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *WORKER])  # noqa: S606 - the command ends here
