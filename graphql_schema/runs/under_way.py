"""The query runsUnderWay: the number of open runs, and its limit."""

from __future__ import annotations

import strawberry

from automate.kernel.limits import LIMITS
from automate.kernel.permissions import VIEW_RUNS
from automate.runs.queries import under_way
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection


@strawberry.type(description="How many runs are open: working, waiting, paused or being cancelled.")
class RunsUnderWay:
    count: int = strawberry.field(
        description="The number of open runs: exact up to 10,000; 10,001 means at least that many."
    )
    working: int = strawberry.field(
        description="The number of open runs that hold a run slot. A waiting run holds none."
    )
    budget: int | None = strawberry.field(
        description="The number of run slots, set by the budget concurrent_runs. Null if runs need no slot."
    )
    limit: int = strawberry.field(
        description="The maximum of `count`: the limit waiting_runs. It does not depend on the budget."
    )
    held_back: int = strawberry.field(
        description="The number of runs that wait for a run slot. At the limit waiting_runs, they wait until "
        "another run ends."
    )


@strawberry.type
class UnderWayQueries:
    @strawberry.field(extensions=[Requires(VIEW_RUNS)], description="How many runs are open, and how many may be.")
    def runs_under_way(self, info: Info) -> RunsUnderWay:
        found = under_way()
        return load_selection(
            info,
            RunsUnderWay(
                count=found.count,
                working=found.working,
                budget=found.budget,
                limit=LIMITS.waiting_runs,
                held_back=found.held_back,
            ),
        )
