"""The pools of threads of a worker process, by the names that topics use."""

from __future__ import annotations

from django.conf import settings

from actors.crew import Crew
from actors.heartbeat import heartbeat_of_settings
from automate.outbox.registry import MAILS, RUNS

MAIL_THREADS = 2
"""The number of tenants for which one process sends mails at the same time."""

heartbeat = heartbeat_of_settings()
crew = Crew(settings.WORKER_THREADS, heartbeat)
mail_crew = Crew(min(MAIL_THREADS, settings.WORKER_THREADS), heartbeat)
POOLS = {RUNS: crew, MAILS: mail_crew}
