"""The query ``node(id)``. It returns null for malformed and unknown ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.effects.types import effect_of
from graphql_schema.endpoints.types import delivery_of, endpoint_of
from graphql_schema.events.delivery_types import kept_of
from graphql_schema.events.event_types import event_type_of
from graphql_schema.events.source_types import source_of
from graphql_schema.events.types import event_of
from graphql_schema.ids import global_id, parse_global_id
from graphql_schema.members.types import invitation_shown, mail_shown, member_shown
from graphql_schema.notices.types import notice_of
from graphql_schema.outbox.types import job_of
from graphql_schema.permissions import Requires, require, require_budget
from graphql_schema.planning import planned
from graphql_schema.rules.types import rule_of, window_of
from graphql_schema.runs.types import StepRun, run_of, step_of
from graphql_schema.schedules.types import schedule_of
from graphql_schema.secrets.listing import all_secrets
from graphql_schema.tokens.types import token_shown
from graphql_schema.workflows.types import version_of, workflow_of
from tenants.people.queries import invitation_of, member_of
from tenants.token_queries import token_of


@dataclass(frozen=True)
class Entity:
    """How to find the object of one type by its row id."""

    find: Callable[[uuid.UUID], Node | None]
    permission: str
    expires: str = ""
    """The data class whose retention removes the rows; empty if retention never removes them."""


def _api_token(row_id: uuid.UUID) -> Node | None:
    row = token_of(current_tenant().id, row_id)
    return token_shown(row) if row is not None else None


def _approval(row_id: uuid.UUID) -> Node | None:
    row = approvals_by_id([row_id]).get(row_id)
    return approval_of(row) if row is not None else None


def _audit_entry(row_id: uuid.UUID) -> Node | None:
    row = entries_by_id([row_id]).get(row_id)
    return entry_of(row) if row is not None else None


def _backtest(row_id: uuid.UUID) -> Node | None:
    row = backtests_by_id([row_id]).get(row_id)
    return backtest_of(row) if row is not None else None


def _breaker(row_id: uuid.UUID) -> Node | None:
    row = breakers_by_id([row_id]).get(row_id)
    return breaker_of(row) if row is not None else None


def _budget(row_id: uuid.UUID) -> Node | None:
    row = budgets_by_id(current_tenant().id, [row_id]).get(row_id)
    return budget_of(row) if row is not None else None


def _bulk(row_id: uuid.UUID) -> Node | None:
    row = operations_by_id([row_id]).get(row_id)
    return operation_of(row) if row is not None else None


def _effect(row_id: uuid.UUID) -> Node | None:
    row = effects_by_id([row_id]).get(row_id)
    return effect_of(row) if row is not None else None


def _event(row_id: uuid.UUID) -> Node | None:
    row = events_by_id([row_id]).get(row_id)
    return event_of(row) if row is not None else None


def _event_type(row_id: uuid.UUID) -> Node | None:
    row = event_types_by_id([row_id]).get(row_id)
    return event_type_of(row) if row is not None else None


def _secret(row_id: uuid.UUID) -> Node | None:
    return next((one for one in all_secrets() if one.id == global_id("Secret", row_id)), None)


def _source(row_id: uuid.UUID) -> Node | None:
    row = sources_by_id([row_id]).get(row_id)
    return source_of(row) if row is not None else None


def _rule(row_id: uuid.UUID) -> Node | None:
    row = rules_by_id([row_id]).get(row_id)
    return rule_of(row) if row is not None else None


def _window(row_id: uuid.UUID) -> Node | None:
    row = windows_by_id([row_id]).get(row_id)
    return window_of(row) if row is not None else None


def _mail(row_id: uuid.UUID) -> Node | None:
    row = mail_by_id(row_id)
    return mail_shown(row) if row is not None else None


def _member(row_id: uuid.UUID) -> Node | None:
    row = member_of(current_tenant().id, row_id)
    return member_shown(row) if row is not None else None


def _invitation(row_id: uuid.UUID) -> Node | None:
    row = invitation_of(current_tenant().id, row_id)
    return invitation_shown(row) if row is not None else None


def _run(row_id: uuid.UUID) -> Node | None:
    row = runs_by_id([row_id]).get(row_id)
    return run_of(row) if row is not None else None


def _step(row_id: uuid.UUID) -> StepRun | None:
    row = steps_by_id([row_id]).get(row_id)
    if row is None:
        return None
    run = runs_by_id([row.run_id]).get(row.run_id)
    return step_of(row, run.trace_id) if run is not None else None


def _job(row_id: uuid.UUID) -> Node | None:
    row = jobs_by_id([row_id]).get(row_id)
    return job_of(row) if row is not None else None


def _delivery(row_id: uuid.UUID) -> Node | None:
    row = deliveries_by_id([row_id]).get(row_id)
    return delivery_of(row) if row is not None else None


def _kept(row_id: uuid.UUID) -> Node | None:
    row = rejected_by_id([row_id]).get(row_id)
    return kept_of(row) if row is not None else None


def _schedule(row_id: uuid.UUID) -> Node | None:
    row = schedules_by_id([row_id]).get(row_id)
    return schedule_of(row) if row is not None else None


def _endpoint(row_id: uuid.UUID) -> Node | None:
    row = endpoints_by_id([row_id]).get(row_id)
    return endpoint_of(row) if row is not None else None


def _version(row_id: uuid.UUID) -> Node | None:
    row = versions_by_id([row_id]).get(row_id)
    return version_of(row) if row is not None else None


def _workflow(row_id: uuid.UUID) -> Node | None:
    row = workflows_by_id([row_id]).get(row_id)
    return workflow_of(row) if row is not None else None


def _notice(row_id: uuid.UUID) -> Node | None:
    row = notices_by_id([row_id]).get(row_id)
    return notice_of(row) if row is not None else None


ENTITIES: Mapping[str, Entity] = {
    "ApiToken": Entity(_api_token, VIEW_TOKENS),
    "Approval": Entity(_approval, VIEW_RUNS, RUNS),
    "AuditEntry": Entity(_audit_entry, VIEW_AUDIT),
    "Backtest": Entity(_backtest, VIEW_RULES),
    "CircuitBreaker": Entity(_breaker, VIEW_RUNS),
    "Budget": Entity(_budget, VIEW_BUDGETS),
    "BulkOperation": Entity(_bulk, VIEW_RUNS),
    "Delivery": Entity(_kept, VIEW_EVENTS, DELIVERIES),
    "Effect": Entity(_effect, VIEW_RUNS),
    "Event": Entity(_event, VIEW_EVENTS, RUNS),
    "EventType": Entity(_event_type, VIEW_EVENTS),
    "ExecutionRun": Entity(_run, VIEW_RUNS, RUNS),
    "Invitation": Entity(_invitation, MANAGE_MEMBERS),
    "Mail": Entity(_mail, MANAGE_MEMBERS),
    "Member": Entity(_member, VIEW_MEMBERS),
    "Notice": Entity(_notice, VIEW_RUNS),
    "OutboxJob": Entity(_job, VIEW_RUNS),
    "RuleSpec": Entity(_rule, VIEW_RULES),
    "RuleWindow": Entity(_window, VIEW_RULES),
    "Schedule": Entity(_schedule, VIEW_SCHEDULES),
    "Secret": Entity(_secret, VIEW_SECRETS),
    "Source": Entity(_source, VIEW_SOURCES),
    "StepRun": Entity(_step, VIEW_RUNS, RUNS),
    "WebhookDelivery": Entity(_delivery, VIEW_RUNS, DELIVERIES),
    "WebhookEndpoint": Entity(_endpoint, VIEW_ENDPOINTS),
    "Workflow": Entity(_workflow, VIEW_WORKFLOWS),
    "WorkflowVersion": Entity(_version, VIEW_WORKFLOWS),
}


@strawberry.type
class NodeQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_WORKFLOWS)],
        description="The object with a global id. Null if it does not exist. The error is EXPIRED if retention has "
        "removed the rows of that time: for a run, a step, an event, an approval or a delivery.",
    )
    def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002 - the schema's word
        parsed = parse_global_id(id)
        entity = ENTITIES.get(parsed[0]) if parsed is not None else None
        if parsed is None or entity is None:
            return None
        require(info.context.principal, entity.permission)
        found = entity.find(parsed[1])
        if isinstance(found, Budget):
            require_budget(info.context.principal, found.metric.value)
        if found is None and entity.expires:
            require_unexpired(parsed[1], entity.expires)
        return planned(info, found)
