"""Work off what is due, as a worker does, until somebody ends it: ``python -m tests.support.noticing_process TENANT_ID [MISCHIEF]``."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Sequence
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.kernel.transactions import one_commit  # noqa: E402 - Django has to be ready before
from automate.notices import transitions as notices  # noqa: E402
from automate.notices.kinds import NOTIFIED  # noqa: E402
from automate.notices.transitions import NOTICE_TELL  # noqa: E402
from automate.outbox import claims  # noqa: E402
from automate.outbox.jobs import ClaimedJob  # noqa: E402
from automate.runs.step_call import StepCall  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402
from tests.support import plane  # noqa: E402
from tests.support.refusing import refusing  # noqa: E402

NOBODY: Any = None


def forgetful(_run_set: Any, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """The sabotaged teller: a notice has ended before anybody is told, and the process dies in between."""
    with one_commit():
        claims.finish(jobs)
        for notice in notices.read([job.subject_id for job in jobs]):
            notices.end(notice, NOTIFIED, notice.about)
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def main() -> None:
    tenant = tenant_by_id(uuid.UUID(sys.argv[1])).ref
    if sys.argv[2:] == ["forgetful"]:
        plane.BEGIN = {**plane.BEGIN, NOTICE_TELL: forgetful}
    working = plane.Plane(tenant, NOBODY)
    print("ready", flush=True)
    with plane.connectors(refusing()):
        while True:
            working.work(1)


if __name__ == "__main__":
    main()
