"""The modules that a quarantine needs to process jobs. Importing this sets Django up."""

from __future__ import annotations

import django

django.setup()

from actors.crew import heartbeat, work_off  # noqa: E402 - models may be imported now

__all__ = ["heartbeat", "work_off"]
