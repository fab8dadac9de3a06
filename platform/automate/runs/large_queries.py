"""Reads large values that are no longer in memory. Each statement reads one row."""

from __future__ import annotations

import uuid
from functools import partial

from automate.kernel.large import Read
from automate.kernel.patient_queries import read_text

OUTPUT = "SELECT output::text FROM step_run WHERE id = %s"
OUTCOME = "SELECT (outcome -> 'output')::text FROM step_wait WHERE step_id = %s"
REQUEST = "SELECT request::text FROM effect WHERE key = %s"
INPUT = "SELECT input::text FROM step_input WHERE run_id = %s AND key = %s"


class RowStore:
    """Reads large values of the current tenant. Each method returns a function that reads one row."""

    def output_of(self, step_id: uuid.UUID) -> Read:
        return partial(read_text, OUTPUT, [step_id])

    def outcome_of(self, step_id: uuid.UUID) -> Read:
        return partial(read_text, OUTCOME, [step_id])

    def request_of(self, effect_key: str) -> Read:
        return partial(read_text, REQUEST, [effect_key])

    def input_of(self, run_id: uuid.UUID, key: str) -> Read:
        return partial(read_text, INPUT, [run_id, key])


STORE = RowStore()
