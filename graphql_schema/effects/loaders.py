"""Loads the effects of many runs or steps at once. Also loads the sent requests of many effects at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.effects.queries import effects_by_id, effects_of, id_of
from automate.effects.rows import EffectRow
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import as_object
from automate.runs import history_queries
from automate.runs.queries import RunRow, StepRow, runs_by_id
from graphql_schema.connections import list_limit, objects_of
from graphql_schema.planning import Of, Selected
from graphql_schema.runs.history_loaders import Texts, effect_keys_of
from graphql_schema.runs.redacting import redacted


def effects_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[list[object]]:
    wanted = field.arguments.get("states")
    in_states = None if wanted is None else [state.value for state in wanted]
    found = effects_of(sorted({run.row.id for run in runs}), in_states, list_limit(field.arguments))
    return [[field.make(row) for row in found[run.row.id]] for run in runs]


def effects_of_steps(steps: Sequence[Of[StepRow]], field: Selected) -> list[object]:
    keys = effect_keys_of(steps)
    found = {row.key: row for row in effects_by_id(sorted({id_of(key) for key in keys})).values()}
    return [field.make(found[key]) if key in found else None for key in keys]


def runs_of_effects(effects: Sequence[Of[EffectRow]], field: Selected) -> list[object]:
    return objects_of([effect.row.run_id for effect in effects], runs_by_id, field.make)


def requests_of_effects(effects: Sequence[Of[EffectRow]], field: Selected) -> Texts:
    keys = [effect.row.key for effect in effects]
    sizes = history_queries.request_bytes(keys)

    def read(wanted: list[str]) -> dict[str, Encoded]:
        return redacted(history_queries.requests_of(wanted), lambda request: as_object(request)["input"])

    return field.plan.payload_bytes.show(keys, [sizes.get(key, 0) for key in keys], read)
