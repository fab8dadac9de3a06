"""Loads the effects of many runs or steps at once. Also loads the sent requests of many effects at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.effects.queries import effects_by_id, effects_of, id_of
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import as_object
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RUNS
from automate.runs import history_queries
from automate.runs.queries import runs_by_id
from graphql_schema.connections import list_limit, objects_of
from graphql_schema.effects.types import Effect, effect_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.runs.history_loaders import Shown, effect_keys_of, redacted
from graphql_schema.runs.types import ExecutionRun, StepRun, run_of


@prefetch(ExecutionRun, "effects", VIEW_RUNS)
def effects_of_runs(runs: Sequence[ExecutionRun], field: Selected) -> list[list[Effect]]:
    wanted = field.arguments.get("states")
    in_states = None if wanted is None else [state.value for state in wanted]
    found = effects_of(sorted({run.row.id for run in runs}), in_states, list_limit(field.arguments))
    return [[effect_of(row) for row in found[run.row.id]] for run in runs]


@prefetch(StepRun, "effect", VIEW_RUNS)
def effects_of_steps(steps: Sequence[StepRun], _field: Selected) -> list[Effect | None]:
    keys = effect_keys_of(steps)
    found = {row.key: row for row in effects_by_id(sorted({id_of(key) for key in keys})).values()}
    return [effect_of(found[key]) if key in found else None for key in keys]


@prefetch(Effect, "run", VIEW_RUNS)
def runs_of_effects(effects: Sequence[Effect], _field: Selected) -> list[ExecutionRun | None]:
    return objects_of([effect.row.run_id for effect in effects], runs_by_id, run_of)


@prefetch(Effect, "request", VIEW_EVENTS)
def requests_of_effects(effects: Sequence[Effect], field: Selected) -> Shown:
    keys = [effect.key for effect in effects]
    sizes = history_queries.request_bytes(keys)

    def read(wanted: list[str]) -> dict[str, Encoded]:
        return redacted(history_queries.requests_of(wanted), lambda request: as_object(request)["input"])

    return field.plan.payload_bytes.show(keys, [sizes.get(key, 0) for key in keys], read)
