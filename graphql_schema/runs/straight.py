"""The SQL of the fields of runs, steps and log entries, for straight reads (reads that make no Python objects)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import orjson

from automate.effects.states import COMPENSATION_ITEM
from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.queries import rows_of
from automate.kernel.rows import DatabaseRow
from automate.runs import shown_queries
from automate.runs.choices import RunState, StepState
from automate.runs.history_queries import Copied
from automate.runs.states import RETRYING
from graphql_schema.completion import Uncommon
from graphql_schema.connections import list_limit, slice_of, space_of
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.planning import Selected
from graphql_schema.runs.log_sentences import message_of
from graphql_schema.runs.redacting import redacted
from graphql_schema.straight.columns import Below, Column, Computed, Inside, Made, One, id_of, named
from graphql_schema.straight.connections import by_id, connection_needs, connection_shape, own_row
from graphql_schema.straight.lists import list_needs, list_shape
from graphql_schema.straight.shapes import Shape

_IDS = "{0}.id::text"


def _error(stored: list[str]) -> ErrorAnswer:
    # `stored`: the error as JSON, and the trace id of the run.
    return stored_answer(orjson.loads(stored[0]), stored[1])


def _steps(runs: Sequence[str], field: Selected) -> list[object]:
    first, shape = list_limit(field.arguments, pages="stepConnection"), list_shape(field, "s")
    return _lists(shape, field, shown_queries.steps_shown(shape.wanted(field.plan, "s.run_id::text"), runs, first))


def _steps_inside(field: Selected, alias: str) -> Inside | None:
    first, shape = list_limit(field.arguments, pages="stepConnection"), list_shape(field, "s")
    sql = shown_queries.steps_of_run(shape.wanted(field.plan), f"{alias}.id", first)
    return None if sql is None else Inside(sql, lambda texts: _lists(shape, field, [rows_of(text) for text in texts]))


def _lists(shape: Shape, field: Selected, rows: Sequence[Sequence[DatabaseRow]]) -> list[object]:
    shown = iter(shape.complete(field.plan, [row for some in rows for row in some]))
    return [[next(shown) for _ in some] for some in rows]


def _attempts(steps: Sequence[tuple[str | None, DatabaseRow]], field: Selected) -> list[dict[str, object]]:
    # A pair for each step: the id of the step, and its row. If the row is the only attempt, the id is None.
    shape, space = connection_shape(field, "s"), space_of("StepRun.attempts")
    part = slice_of(space, field.arguments)
    if part.after is not None or part.before is not None or not part.limit:
        # Only SQL can decide whether the single attempt belongs to the page.
        raise Uncommon
    pages = shown_queries.attempts_shown(shape.wanted(shown_queries.STEP_ID), steps, part)
    return shape.complete(pages, by_id(space), ())


def _retries(runs: Sequence[str | None], field: Selected) -> list[dict[str, object]]:
    shape, space = connection_shape(field, "r"), space_of("ExecutionRun.retries")
    part = slice_of(space, field.arguments)
    pages = shown_queries.retries_shown(shape.wanted(shown_queries.RUN_ID), runs, part)
    return shape.complete(pages, by_id(space), ())


def _retries_inside(field: Selected, alias: str) -> Inside | None:
    shape, space = connection_shape(field, "r"), space_of("ExecutionRun.retries")
    part = slice_of(space, field.arguments)
    sql = shown_queries.retries_of_run(shape.wanted(shown_queries.RUN_ID), f"{alias}.id", part)
    return shape.inside(sql, part, by_id(space))


def _timeline(runs: Sequence[str], field: Selected) -> list[dict[str, object]]:
    shape, space = connection_shape(field, "l"), space_of("ExecutionRun.timeline")
    pages = shown_queries.timelines_shown(shape.wanted("l.id"), runs, slice_of(space, field.arguments))
    return shape.complete(pages, _by_number(space), ())


def _timeline_inside(field: Selected, alias: str) -> Inside | None:
    shape, space = connection_shape(field, "l"), space_of("ExecutionRun.timeline")
    part = slice_of(space, field.arguments)
    return shape.inside(
        shown_queries.timeline_of_run(shape.wanted("l.id"), f"{alias}.id", part), part, _by_number(space)
    )


def _by_number(space: CursorSpace) -> Callable[[DatabaseRow], str]:
    def seal(row: DatabaseRow) -> str:
        *_, number = row
        return space.seal(int(str(number)).to_bytes(16, "big"))

    return seal


def _not_waiting(runs: Sequence[str | None], _field: Selected) -> list[None]:
    # An ended run does not wait. Raises Uncommon for any other run.
    if any(run is not None for run in runs):
        raise Uncommon
    return [None] * len(runs)


def _texts(steps: Sequence[list[str] | None], field: Selected) -> list[Encoded | None]:
    # A list for each step: the size, the text if it is small, `true` if the tenant declares sensitive values, a key, and the
    # run's id.
    found = {step[3]: step for step in steps if step is not None}
    if any(text is None or guarded == "true" for _, text, guarded, *_ in found.values()):
        raise Uncommon

    def read(wanted: list[str]) -> dict[str, Encoded]:
        texts = [Copied(one, uuid.UUID(found[one][4]), found[one][1], guarded=False) for one in wanted if one in found]
        return redacted(texts, lambda value: value)

    keys = [step[3] if step is not None else "" for step in steps]
    sizes = [int(step[0]) if step is not None else 0 for step in steps]
    return _shown(field.plan.payload_bytes.show(keys, sizes, read))


def _shown(values: list[Encoded | NormalizedError | None]) -> list[Encoded | None]:
    if any(isinstance(value, NormalizedError) for value in values):
        raise Uncommon
    return values  # type: ignore[return-value] # no value is an error here, which mypy does not see


def _message(line: list[str | None]) -> str:
    step_key, item, attempt, *rest = line
    return message_of(step_key or "", int(item or 0), attempt, *(text or "" for text in rest))


_RETRYING = "{0}.state = '%s'" % RETRYING  # noqa: UP031 - the other braces are for the alias
EXECUTION_RUN: Computed = {
    "id": id_of("ExecutionRun"),
    "state": Column("{}.state", named(RunState)),
    "state_reason": Column("nullif({}.state_reason, '')"),
    "fingerprint": Column("replace({}.fingerprint::text, '-', '')"),
    "error": Made(shown_queries.ERROR_OF_RUN, _error),
    "workflow_version": One("WorkflowVersion", shown_queries.JOIN_VERSION),
    "workflow": One("Workflow", shown_queries.JOIN_WORKFLOW),
    "rule": One("RuleSpec", shown_queries.JOIN_RULE),
    "event": One("Event", shown_queries.JOIN_EVENT),
    "retry_of": One("ExecutionRun", shown_queries.JOIN_RETRIED),
    "steps": Below(_IDS, _steps, list_needs("s"), inside=_steps_inside),
    "retries": Below(shown_queries.RETRIED, _retries, connection_needs("r"), inside=_retries_inside),
    "timeline": Below(_IDS, _timeline, connection_needs("l"), inside=_timeline_inside),
    "waiting_for": Below("CASE WHEN {0}.finished_at IS NULL THEN {0}.id::text END", _not_waiting),
}
STEP_RUN: Computed = {
    "id": id_of("StepRun"),
    "run_id": id_of("ExecutionRun", "run_id"),
    "item": Column("CASE WHEN {0}.item >= 0 THEN {0}.item END"),
    "compensates": Column(f"{{}}.item = {COMPENSATION_ITEM}"),
    "state": Column("{}.state", named(StepState)),
    "error": Made(shown_queries.ERROR_OF_STEP, _error),
    "next_attempt_at": Column(f"CASE WHEN {_RETRYING} THEN {{0}}.due_at END"),
    "reason": Column(f"CASE WHEN {_RETRYING} THEN {{0}}.error ->> 'code' END"),
    "input": Below(shown_queries.SENT, _texts),
    "output": Below(shown_queries.OUTPUT, _texts),
    "idempotency_key": Column(shown_queries.KEY_SENT),
    "attempts": Below(shown_queries.REPEATED, _attempts, connection_needs("s"), own_row),
}
TIMELINE_ENTRY: Computed = {
    "at": Column("{}.occurred_at"),
    "kind": Column("CASE WHEN {0}.step_key = '' THEN 'run.' ELSE 'step.' END || {0}.to_state"),
    "step": Column("nullif({}.step_key, '')"),
    "item": Column(f"CASE WHEN {shown_queries.ITEM_OF_LINE} >= 0 THEN {shown_queries.ITEM_OF_LINE} END"),
    "compensates": Column(f"{shown_queries.ITEM_OF_LINE} = {COMPENSATION_ITEM}"),
    "message": Column(
        f"ARRAY[{{0}}.step_key, ({shown_queries.ITEM_OF_LINE})::text, {{0}}.attempt::text, {{0}}.from_state, {{0}}.to_state,"
        " {0}.reason]",
        _message,
    ),
}
