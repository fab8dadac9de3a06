"""The functions that the child process of the quarantine calls. The import of this module sets up Django."""

from __future__ import annotations

import django

django.setup()

from actors.heartbeat import heartbeat_of_settings  # noqa: E402 - models may be imported now
from actors.solo import work_off  # noqa: E402 - the same

heartbeat = heartbeat_of_settings()

__all__ = ["heartbeat", "work_off"]
