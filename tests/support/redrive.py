"""Redrive dead jobs of a tenant, as an operator does: ``python -m tests.support.redrive TENANT_ID JOB_ID...``."""

from __future__ import annotations

import os
import sys
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.kernel.tenancy import acting_for  # noqa: E402 - Django has to be ready before
from automate.recovery.poison import redrive  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402

if __name__ == "__main__":
    with acting_for(tenant_by_id(uuid.UUID(sys.argv[1])).ref):
        print(*redrive([uuid.UUID(job) for job in sys.argv[2:]]).jobs)
