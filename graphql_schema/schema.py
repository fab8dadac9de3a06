"""The GraphQL schemas of tenants and of the platform."""

from __future__ import annotations

import strawberry

from graphql_schema.approvals.feed.subscription import ApprovalFeedSubscription
from graphql_schema.approvals.mutations.approval_link import ApprovalLink
from graphql_schema.approvals.mutations.decide_approval import DecideApproval
from graphql_schema.approvals.queries import ApprovalQueries
from graphql_schema.audit.queries import AuditQueries
from graphql_schema.backtests.mutations.abort_backtest import AbortBacktest
from graphql_schema.backtests.mutations.backtest_rule import BacktestRule
from graphql_schema.backtests.queries import BacktestQueries
from graphql_schema.backtests.subscription import BacktestSubscription
from graphql_schema.breakers.mutations.set_breaker import SetBreaker
from graphql_schema.breakers.queries import BreakerQueries
from graphql_schema.budgets.mutations.delete_budget import DeleteBudget
from graphql_schema.budgets.mutations.set_budget import SetBudget
from graphql_schema.budgets.queries import BudgetQueries
from graphql_schema.bulk.mutations.abort_bulk_operation import AbortBulkOperation
from graphql_schema.bulk.mutations.start_bulk_operation import StartBulkOperation
from graphql_schema.bulk.queries import BulkQueries
from graphql_schema.bulk.subscription import BulkSubscription
from graphql_schema.configuration.mutations.apply_configuration import ApplyConfiguration
from graphql_schema.configuration.queries import ConfigurationQueries
from graphql_schema.effects.mutations.resolve_effect import ResolveEffect
from graphql_schema.effects.queries import EffectQueries
from graphql_schema.endpoints.mutations.delete_webhook_endpoint import DeleteWebhookEndpoint
from graphql_schema.endpoints.mutations.resend_webhook_deliveries import ResendWebhookDeliveries
from graphql_schema.endpoints.mutations.save_webhook_endpoint import SaveWebhookEndpoint
from graphql_schema.endpoints.queries import EndpointQueries
from graphql_schema.error_codes import ErrorCodeQueries
from graphql_schema.events.event_types import EventTypeQueries
from graphql_schema.events.feed.subscription import EventFeedSubscription
from graphql_schema.events.mutations.ingest_event import IngestEvent
from graphql_schema.events.mutations.ingest_events import IngestEvents
from graphql_schema.events.mutations.lifecycle import EventLifecycle
from graphql_schema.events.mutations.redeliver import Redeliver
from graphql_schema.events.mutations.replay_event import ReplayEvent
from graphql_schema.events.mutations.reveal_payload import RevealPayload
from graphql_schema.events.mutations.save_event_type import SaveEventType
from graphql_schema.events.mutations.save_source import SaveSource
from graphql_schema.events.queries import EventQueries
from graphql_schema.events.revealed import RevealedQueries
from graphql_schema.events.verify_delivery import VerificationQueries
from graphql_schema.explain_cost import CostQueries
from graphql_schema.exports.subscription import ExportSubscription
from graphql_schema.making import schema_of
from graphql_schema.members.mutations.change_members import ChangeMembers
from graphql_schema.members.mutations.invite_member import InviteMember
from graphql_schema.members.mutations.leave_tenant import LeaveTenant
from graphql_schema.members.queries import MemberQueries
from graphql_schema.members.types import Mail
from graphql_schema.nodes import NodeQueries
from graphql_schema.notices.mutations.save_notice_policy import SaveNoticePolicy
from graphql_schema.notices.queries import NoticeQueries
from graphql_schema.outbox.mutations.redrive_jobs import RedriveJobs
from graphql_schema.outbox.mutations.release_restored import ReleaseRestored
from graphql_schema.outbox.queries import OutboxQueries
from graphql_schema.recipes.mutations.install_recipe import InstallRecipe
from graphql_schema.recipes.queries import RecipeQueries
from graphql_schema.retention.mutations.hold_retention import HoldRetention
from graphql_schema.retention.mutations.save_retention import SaveRetention
from graphql_schema.retention.platform_queries import TenantRetentionQueries
from graphql_schema.retention.queries import RetentionQueries
from graphql_schema.rules.mutations.lifecycle import RuleLifecycle
from graphql_schema.rules.mutations.save_rule import SaveRule
from graphql_schema.rules.queries import RuleQueries
from graphql_schema.runs.counts import RunCountsQueries
from graphql_schema.runs.failures import FailureQueries
from graphql_schema.runs.feed.subscription import FeedSubscription
from graphql_schema.runs.mutations.control_runs import ControlRuns
from graphql_schema.runs.mutations.resolve_failures import ResolveFailures
from graphql_schema.runs.mutations.retry_runs import RetryRuns
from graphql_schema.runs.mutations.run_workflow import RunWorkflow
from graphql_schema.runs.plan_retry import RetryQueries
from graphql_schema.runs.queries import RunQueries
from graphql_schema.runs.steps import StepRunQueries
from graphql_schema.runs.types import ExecutionRun, StepRun
from graphql_schema.runs.under_way import UnderWayQueries
from graphql_schema.saved_views.mutations.delete_view import DeleteView
from graphql_schema.saved_views.mutations.save_view import SaveView
from graphql_schema.saved_views.queries import SavedViewQueries
from graphql_schema.schedules.mutations.lifecycle import ScheduleLifecycle
from graphql_schema.schedules.mutations.run_schedule_now import RunScheduleNow
from graphql_schema.schedules.mutations.save_schedule import SaveSchedule
from graphql_schema.schedules.queries import ScheduleQueries
from graphql_schema.secrets.mutations.delete_secret import DeleteSecret
from graphql_schema.secrets.mutations.save_secret import SaveSecret
from graphql_schema.secrets.mutations.set_secret import SetSecret
from graphql_schema.secrets.queries import SecretQueries
from graphql_schema.tenants.fairness import FairnessQueries
from graphql_schema.tenants.mutations.delete_own_tenant import DeleteOwnTenant
from graphql_schema.tenants.mutations.export_tenant import ExportTenant
from graphql_schema.tenants.mutations.lifecycle import TenantLifecycle
from graphql_schema.tenants.mutations.pause_own_tenant import PauseOwnTenant
from graphql_schema.tenants.mutations.resume_own_tenant import ResumeOwnTenant
from graphql_schema.tenants.mutations.save_plan import SavePlan
from graphql_schema.tenants.mutations.upsert_tenants import UpsertTenants
from graphql_schema.tenants.queries import TenantQueries
from graphql_schema.testing.mutations.test_step import TestStep
from graphql_schema.testing.mutations.test_workflow import TestWorkflow
from graphql_schema.tokens.mutations.create_token import CreateToken
from graphql_schema.tokens.mutations.reissue_tenant_token import ReissueTenantToken
from graphql_schema.tokens.mutations.revoke_tenant_token import RevokeTenantToken
from graphql_schema.tokens.mutations.revoke_token import RevokeToken
from graphql_schema.tokens.mutations.rotate_token import RotateToken
from graphql_schema.tokens.queries import TenantTokenQueries, TokenQueries
from graphql_schema.usage.queries import PlatformUsageQueries, UsageQueries
from graphql_schema.viewer.queries import OwnTenantQueries, ViewerQueries
from graphql_schema.workflows.connectors import ConnectorQueries
from graphql_schema.workflows.mutations.archive_workflow import ArchiveWorkflow
from graphql_schema.workflows.mutations.lifecycle import WorkflowLifecycle
from graphql_schema.workflows.mutations.publish_workflow import PublishWorkflow
from graphql_schema.workflows.mutations.roll_back_workflow import RollBackWorkflow
from graphql_schema.workflows.mutations.save_workflow import SaveWorkflow
from graphql_schema.workflows.preview_step import PreviewQueries
from graphql_schema.workflows.publish_checklist import ChecklistQueries
from graphql_schema.workflows.queries import WorkflowQueries
from graphql_schema.workflows.validate_workflow import ValidateQueries
from graphql_schema.workflows.workflow_diff import DiffQueries


@strawberry.type
class Query(
    NodeQueries,
    ApprovalQueries,
    AuditQueries,
    BacktestQueries,
    BreakerQueries,
    BudgetQueries,
    BulkQueries,
    ChecklistQueries,
    ConfigurationQueries,
    ConnectorQueries,
    CostQueries,
    ErrorCodeQueries,
    DiffQueries,
    EffectQueries,
    EndpointQueries,
    EventQueries,
    EventTypeQueries,
    FailureQueries,
    MemberQueries,
    NoticeQueries,
    OwnTenantQueries,
    PreviewQueries,
    RecipeQueries,
    RetentionQueries,
    RuleQueries,
    RunQueries,
    StepRunQueries,
    RetryQueries,
    RevealedQueries,
    SavedViewQueries,
    SecretQueries,
    ScheduleQueries,
    TokenQueries,
    UnderWayQueries,
    RunCountsQueries,
    UsageQueries,
    ValidateQueries,
    VerificationQueries,
    ViewerQueries,
    WorkflowQueries,
    OutboxQueries,
):
    pass


@strawberry.type
class Mutation(
    AbortBacktest,
    AbortBulkOperation,
    ApplyConfiguration,
    ApprovalLink,
    ArchiveWorkflow,
    BacktestRule,
    CreateToken,
    DecideApproval,
    DeleteBudget,
    DeleteOwnTenant,
    DeleteWebhookEndpoint,
    ScheduleLifecycle,
    DeleteView,
    EventLifecycle,
    ExportTenant,
    IngestEvent,
    IngestEvents,
    ChangeMembers,
    InstallRecipe,
    InviteMember,
    LeaveTenant,
    PauseOwnTenant,
    ControlRuns,
    WorkflowLifecycle,
    PublishWorkflow,
    Redeliver,
    RedriveJobs,
    ReleaseRestored,
    ReplayEvent,
    ResendWebhookDeliveries,
    ResolveEffect,
    ResolveFailures,
    ResumeOwnTenant,
    RetryRuns,
    RevealPayload,
    RevokeToken,
    RotateToken,
    RunScheduleNow,
    RollBackWorkflow,
    RunWorkflow,
    SaveEventType,
    SaveNoticePolicy,
    SaveRetention,
    SaveRule,
    RuleLifecycle,
    SaveSecret,
    SetSecret,
    DeleteSecret,
    SaveSchedule,
    SaveSource,
    SaveView,
    SaveWebhookEndpoint,
    SaveWorkflow,
    SetBreaker,
    SetBudget,
    StartBulkOperation,
    TestStep,
    TestWorkflow,
):
    pass


@strawberry.type
class Subscription(
    BacktestSubscription,
    BulkSubscription,
    ExportSubscription,
    FeedSubscription,
    EventFeedSubscription,
    ApprovalFeedSubscription,
):
    pass


@strawberry.type(name="Query")
class PlatformQuery(
    TenantQueries,
    FairnessQueries,
    TenantRetentionQueries,
    TenantTokenQueries,
    CostQueries,
    ErrorCodeQueries,
    PlatformUsageQueries,
    ViewerQueries,
):
    pass


@strawberry.type(name="Mutation")
class PlatformMutation(
    HoldRetention,
    ReissueTenantToken,
    RevokeTenantToken,
    SavePlan,
    TenantLifecycle,
    UpsertTenants,
):
    pass


tenant_schema = schema_of(Query, Mutation, Subscription, (ExecutionRun, Mail, StepRun))
platform_schema = schema_of(PlatformQuery, PlatformMutation)
