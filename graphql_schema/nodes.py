"""The query ``node(id)``. It returns null for malformed and unknown ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import strawberry

from automate.audit.queries import entries_by_id
from automate.budgets.queries import budgets_by_id
from automate.effects.breakers.queries import breakers_by_id
from automate.effects.queries import effects_by_id
from automate.endpoints.queries import deliveries_by_id, endpoints_by_id
from automate.events.deliveries.queries import rejected_by_id
from automate.events.event_types.queries import event_types_by_id
from automate.events.queries import events_by_id, sources_by_id
from automate.kernel.permissions import (
    MANAGE_MEMBERS,
    VIEW_AUDIT,
    VIEW_BUDGETS,
    VIEW_ENDPOINTS,
    VIEW_EVENTS,
    VIEW_MEMBERS,
    VIEW_RULES,
    VIEW_RUNS,
    VIEW_SCHEDULES,
    VIEW_SECRETS,
    VIEW_SOURCES,
    VIEW_TOKENS,
    VIEW_WORKFLOWS,
)
from automate.kernel.tenancy import current_tenant
from automate.mail.queries import mail_by_id
from automate.notices.queries import notices_by_id
from automate.outbox.queries import jobs_by_id
from automate.recovery.bulk.queries import operations_by_id
from automate.retention.classes import DELIVERIES, RUNS
from automate.retention.expiry_queries import require_unexpired
from automate.rules.backtests.queries import backtests_by_id
from automate.rules.queries import rules_by_id
from automate.rules.windows.queries import windows_by_id
from automate.runs.approvals.queries import approvals_by_id
from automate.runs.queries import runs_by_id, steps_by_id
from automate.triggers.schedules.queries import schedules_by_id
from automate.workflows.queries import versions_by_id, workflows_by_id
from graphql_schema.approvals.types import approval_of
from graphql_schema.audit.types import entry_of
from graphql_schema.backtests.types import backtest_of
from graphql_schema.breakers.types import breaker_of
from graphql_schema.budgets.types import Budget, budget_of
from graphql_schema.bulk.types import operation_of
from graphql_schema.connections import Node, found_by
from graphql_schema.context import Info
from graphql_schema.effects.types import effect_of
from graphql_schema.endpoints.types import delivery_of, endpoint_of
from graphql_schema.events.delivery_types import rejected_delivery_of
from graphql_schema.events.event_types import event_type_of
from graphql_schema.events.source_types import source_of
from graphql_schema.events.types import event_of
from graphql_schema.ids import global_id, parse_global_id
from graphql_schema.members.types import invitation_shown, mail_shown, member_shown
from graphql_schema.notices.types import notice_of
from graphql_schema.outbox.types import job_of
from graphql_schema.permissions import Requires, require_budget
from graphql_schema.planning import load_selection
from graphql_schema.rules.types import rule_of, window_of
from graphql_schema.runs.types import StepRun, run_of, step_of
from graphql_schema.schedules.types import schedule_of
from graphql_schema.secrets.listing import all_secrets
from graphql_schema.tokens.types import token_shown
from graphql_schema.workflows.types import version_of, workflow_of
from tenants.people.queries import invitation_of, member_of
from tenants.token_queries import token_of

Row = TypeVar("Row")


@dataclass(frozen=True)
class Entity:
    """Finds an object of one type by its row id."""

    find: Callable[[uuid.UUID], Node | None]
    permission: str
    expires: str = ""
    """The data class whose retention removes the rows; empty if retention never removes them."""


def _of_tenant(
    load: Callable[[uuid.UUID, uuid.UUID], Row | None], make: Callable[[Row], Node]
) -> Callable[[uuid.UUID], Node | None]:
    """Make a function that reads one object of the current tenant from the tables of the platform."""

    def find(row_id: uuid.UUID) -> Node | None:
        row = load(current_tenant().id, row_id)
        return make(row) if row is not None else None

    return find


def _budget(row_id: uuid.UUID) -> Node | None:
    row = budgets_by_id(current_tenant().id, [row_id]).get(row_id)
    return budget_of(row) if row is not None else None


def _secret(row_id: uuid.UUID) -> Node | None:
    return next((one for one in all_secrets() if one.id == global_id("Secret", row_id)), None)


def _mail(row_id: uuid.UUID) -> Node | None:
    row = mail_by_id(row_id)
    return mail_shown(row) if row is not None else None


def _step(row_id: uuid.UUID) -> StepRun | None:
    row = steps_by_id([row_id]).get(row_id)
    if row is None:
        return None
    run = runs_by_id([row.run_id]).get(row.run_id)
    return step_of(row, run.trace_id) if run is not None else None


ENTITIES: Mapping[str, Entity] = {
    "ApiToken": Entity(_of_tenant(token_of, token_shown), VIEW_TOKENS),
    "Approval": Entity(found_by(approvals_by_id, approval_of), VIEW_RUNS, RUNS),
    "AuditEntry": Entity(found_by(entries_by_id, entry_of), VIEW_AUDIT),
    "Backtest": Entity(found_by(backtests_by_id, backtest_of), VIEW_RULES),
    "CircuitBreaker": Entity(found_by(breakers_by_id, breaker_of), VIEW_RUNS),
    "Budget": Entity(_budget, VIEW_BUDGETS),
    "BulkOperation": Entity(found_by(operations_by_id, operation_of), VIEW_RUNS),
    "Delivery": Entity(found_by(rejected_by_id, rejected_delivery_of), VIEW_EVENTS, DELIVERIES),
    "Effect": Entity(found_by(effects_by_id, effect_of), VIEW_RUNS),
    "Event": Entity(found_by(events_by_id, event_of), VIEW_EVENTS, RUNS),
    "EventType": Entity(found_by(event_types_by_id, event_type_of), VIEW_EVENTS),
    "ExecutionRun": Entity(found_by(runs_by_id, run_of), VIEW_RUNS, RUNS),
    "Invitation": Entity(_of_tenant(invitation_of, invitation_shown), MANAGE_MEMBERS),
    "Mail": Entity(_mail, MANAGE_MEMBERS),
    "Member": Entity(_of_tenant(member_of, member_shown), VIEW_MEMBERS),
    "Notice": Entity(found_by(notices_by_id, notice_of), VIEW_RUNS),
    "OutboxJob": Entity(found_by(jobs_by_id, job_of), VIEW_RUNS),
    "RuleSpec": Entity(found_by(rules_by_id, rule_of), VIEW_RULES),
    "RuleWindow": Entity(found_by(windows_by_id, window_of), VIEW_RULES),
    "Schedule": Entity(found_by(schedules_by_id, schedule_of), VIEW_SCHEDULES),
    "Secret": Entity(_secret, VIEW_SECRETS),
    "Source": Entity(found_by(sources_by_id, source_of), VIEW_SOURCES),
    "StepRun": Entity(_step, VIEW_RUNS, RUNS),
    "WebhookDelivery": Entity(found_by(deliveries_by_id, delivery_of), VIEW_RUNS, DELIVERIES),
    "WebhookEndpoint": Entity(found_by(endpoints_by_id, endpoint_of), VIEW_ENDPOINTS),
    "Workflow": Entity(found_by(workflows_by_id, workflow_of), VIEW_WORKFLOWS),
    "WorkflowVersion": Entity(found_by(versions_by_id, version_of), VIEW_WORKFLOWS),
}


class RequiresForNode(Requires):
    """Also requires the permission for objects of the type in the id."""

    def needs(self, arguments: Mapping[str, object]) -> Iterable[str]:
        yield self.permission
        parsed = parse_global_id(str(arguments["id"]))
        if parsed is not None and parsed[0] in ENTITIES:
            yield ENTITIES[parsed[0]].permission


@strawberry.type
class NodeQueries:
    @strawberry.field(
        extensions=[RequiresForNode(VIEW_WORKFLOWS)],
        description="The object with a global id. Null if it does not exist. The error is EXPIRED if retention has "
        "removed the rows of that time: for a run, a step, an event, an approval or a delivery.",
    )
    def node(self, info: Info, id: strawberry.ID) -> Node | None:
        parsed = parse_global_id(id)
        entity = ENTITIES.get(parsed[0]) if parsed is not None else None
        if parsed is None or entity is None:
            return None
        found = entity.find(parsed[1])
        if isinstance(found, Budget):
            require_budget(info.context.principal, found.metric.value)
        if found is None and entity.expires:
            require_unexpired(parsed[1], entity.expires)
        return load_selection(info, found)
