"""The topic of bulk operations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.outbox import progress
from automate.outbox.registry import Topic
from automate.recovery.bulk import transitions
from automate.recovery.bulk.chunks import advance_bulk
from automate.recovery.bulk.services import BULK_ADVANCE


def _fail(operation_ids: Sequence[uuid.UUID], error: NormalizedError) -> None:
    progress.publish_after_commit(transitions.fail(operation_ids, error.as_json()))


TOPICS = (
    Topic(
        BULK_ADVANCE,
        "BulkOperation",
        "Process items of a bulk operation.",
        advance_bulk,
        fail=_fail,
        reopen=transitions.reopen,
        waits_after_restore=True,
    ),
)
