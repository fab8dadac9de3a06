"""The cost of budgets of runs, steps, calls and cost for a tenant's throughput.

Two tenants drain the same backlog in turn, and each goes first in turn. One has only the budget CONCURRENT_RUNS, as
every tenant has. The other has budgets of all metrics that runs use, and prices. All limits are too high to be
reached.
"""

from __future__ import annotations

from decimal import Decimal

from automate.budgets.kinds import CALLS, COST, RUNS, STEPS
from automate.budgets.models import DAY, HOUR, MONTH, REJECT, THROTTLE
from automate.budgets.settings import PlannedBudget
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for_platform
from bench.drain import Drained, Rows, drain
from bench.figure import figure, ratio_figure
from bench.rounds import Rounds
from bench.system import System
from bench.tenant import log_step, make_tenant, set_up
from tenants.plan_services import save_plan
from tenants.plan_specs import PlanSpec

STEP_COUNT = 3
NAME, WARM_UP = "budgeted", 500
LIMIT = 1_000_000_000
PRICE = Decimal("0.0001")
MOST_LOSS = 0.05
"""The maximum loss of throughput."""
ALL = (
    PlannedBudget(RUNS, HOUR, LIMIT, THROTTLE),
    PlannedBudget(STEPS, DAY, LIMIT, THROTTLE),
    PlannedBudget(CALLS, DAY, LIMIT, REJECT),
    PlannedBudget(COST, MONTH, LIMIT, REJECT),
)
USED = "SELECT metric, used FROM budget WHERE tenant_id = %s AND metric <> 'concurrent_runs'"


def measure(system: System, rounds: Rounds, events: int) -> None:
    """Add the two throughputs. Requires relay and workers.

    Raises AssertionError if a budget has not counted the use of the runs.
    """
    save_plan(PlanSpec("bench-budgets", budgets=ALL, prices=[("log.write", PRICE)]), None)
    free, budgeted = make_tenant("without-budgets"), make_tenant("with-budgets", "bench-budgets")
    for tenant in (free, budgeted):
        set_up(tenant, NAME, [log_step(f"s{number}") for number in range(STEP_COUNT)])

    def drained(tenant: TenantRef, count: int) -> Drained:
        return drain(system, tenant, NAME, count, Rows.of_steps(STEP_COUNT))

    for tenant in (free, budgeted):
        drained(tenant, WARM_UP)
    found: dict[TenantRef, list[Drained]] = {free: [], budgeted: []}
    for number in range(rounds.count):
        for tenant in (free, budgeted) if number % 2 else (budgeted, free):
            found[tenant].append(drained(tenant, events))
    _check_counted(budgeted, WARM_UP + rounds.count * events)
    without, others = f"log_write_{STEP_COUNT}_steps_without_budgets", found[free]
    rates = [each.runs_per_s for each in others]
    rounds.add(figure(without, rates, "ev/s"))
    rounds.add(
        ratio_figure(
            f"log_write_{STEP_COUNT}_steps_with_budgets",
            [each.runs_per_s for each in found[budgeted]],
            "ev/s",
            of=without,
            others=rates,
            at_least=1 - MOST_LOSS,
        )
    )
    for kind in ("worker", "servers"):
        cost, spent = f"cpu_of_{kind}_without_budgets", [each.cpu_ms_per_run[kind] for each in others]
        rounds.add(figure(cost, spent, "ms"))
        mine = [each.cpu_ms_per_run[kind] for each in found[budgeted]]
        rounds.add(ratio_figure(f"cpu_of_{kind}_with_budgets", mine, "ms", of=cost, others=spent))


def _check_counted(tenant: TenantRef, runs: int) -> None:
    with acting_for_platform("read what the budgets counted"):
        used: dict[str, int] = dict(fetch(USED, [tenant.id]))
    steps = runs * STEP_COUNT
    wanted = {RUNS: runs, STEPS: steps, CALLS: steps, COST: steps * int(PRICE * 1_000_000)}
    assert used == wanted, (used, wanted)
