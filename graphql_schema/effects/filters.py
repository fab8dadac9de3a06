"""The filter of a list of effects."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.effects.list_queries import EffectsFilter
from automate.runs.choices import EffectState
from automate.workflows.connectors import read_target
from graphql_schema.ids import row_id_of
from graphql_schema.runs.filters import NOTHING


@strawberry.input
class EffectFilter:
    states: list[EffectState] | None = None
    unresolved: bool | None = strawberry.field(
        default=None,
        description="True: UNCERTAIN effects that no operator has decided yet. False: all other effects.",
    )
    connector: str | None = strawberry.field(
        default=None, description="The connector, as in a step's uses, such as http.request."
    )
    target: str | None = strawberry.field(
        default=None, description="The host, with its port unless that is the default of HTTP or HTTPS."
    )
    step: str | None = strawberry.field(default=None, description="The step's key.")
    run: strawberry.ID | None = strawberry.field(default=None, description="The run of the last attempt.")
    intended_from: datetime | None = None
    intended_before: datetime | None = None

    def rows(self) -> EffectsFilter:
        """Convert this input to the filter of the query. Raises BAD_USER_INPUT for an invalid host."""
        return EffectsFilter(
            states=tuple(state.value for state in self.states) if self.states is not None else None,
            unresolved=self.unresolved,
            connector=self.connector,
            target=None if self.target is None else read_target(self.target, ["filter", "target"]),
            step=self.step,
            run_id=None if self.run is None else row_id_of(self.run, "ExecutionRun") or NOTHING,
            since=self.intended_from,
            until=self.intended_before,
        )
