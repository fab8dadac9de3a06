"""The thread pools of a worker process. The topic of a job determines the pool that runs the job."""

from __future__ import annotations

from django.conf import settings

from actors.heartbeat import heartbeat_of_settings
from actors.tenant_scheduler import TenantScheduler
from automate.outbox.registry import MAILS, RUNS

MAIL_THREADS = 2
"""The number of tenants for which one process sends mails at the same time."""

heartbeat = heartbeat_of_settings()
run_scheduler = TenantScheduler(settings.WORKER_THREADS, heartbeat)
mail_scheduler = TenantScheduler(min(MAIL_THREADS, settings.WORKER_THREADS), heartbeat)
POOLS = {RUNS: run_scheduler, MAILS: mail_scheduler}
