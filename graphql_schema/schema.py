"""The two schemas: a tenant's and the platform's. ``python -m graphql_schema`` prints them."""

from __future__ import annotations

import warnings

import strawberry
from strawberry.schema.config import StrawberryConfig

from graphql_schema.approvals import loaders as _approvals  # noqa: F401
from graphql_schema.approvals.mutations.approval_link import ApprovalLink
from graphql_schema.approvals.mutations.decide_approval import DecideApproval
from graphql_schema.approvals.queries import ApprovalQueries
from graphql_schema.bulk import loaders as _bulk  # noqa: F401
from graphql_schema.bulk.mutations.abort_bulk_operation import AbortBulkOperation
from graphql_schema.bulk.mutations.start_bulk_operation import StartBulkOperation
from graphql_schema.bulk.queries import BulkQueries
from graphql_schema.bulk.subscription import BulkSubscription
from graphql_schema.events import loaders as _events  # noqa: F401 - registers what lies below the types
from graphql_schema.events.mutations.ingest_event import IngestEvent
from graphql_schema.events.mutations.replay_event import ReplayEvent
from graphql_schema.events.mutations.save_source import SaveSource
from graphql_schema.events.queries import EventQueries
from graphql_schema.nodes import NodeQueries
from graphql_schema.outbox.mutations.redrive_jobs import RedriveJobs
from graphql_schema.outbox.queries import OutboxQueries
from graphql_schema.rules import loaders as _rules  # noqa: F401
from graphql_schema.rules.mutations.pause_rule import PauseRule
from graphql_schema.rules.mutations.resume_rule import ResumeRule
from graphql_schema.rules.mutations.save_rule import SaveRule
from graphql_schema.rules.queries import RuleQueries
from graphql_schema.runs import history_loaders as _history  # noqa: F401
from graphql_schema.runs import loaders as _runs  # noqa: F401
from graphql_schema.runs.failures import FailureQueries
from graphql_schema.runs.feed.subscription import FeedSubscription
from graphql_schema.runs.mutations.cancel_runs import CancelRuns
from graphql_schema.runs.mutations.pause_runs import PauseRuns
from graphql_schema.runs.mutations.resume_runs import ResumeRuns
from graphql_schema.runs.mutations.retry_runs import RetryRuns
from graphql_schema.runs.mutations.run_workflow import RunWorkflow
from graphql_schema.runs.plan_retry import RetryQueries
from graphql_schema.runs.queries import RunQueries
from graphql_schema.runs.types import ExecutionRun, StepRun
from graphql_schema.runs.under_way import UnderWayQueries
from graphql_schema.scalars import SCALARS
from graphql_schema.tenants.mutations.pause_own_tenant import PauseOwnTenant
from graphql_schema.tenants.mutations.resume_own_tenant import ResumeOwnTenant
from graphql_schema.tenants.mutations.resume_tenant import ResumeTenant
from graphql_schema.tenants.mutations.suspend_tenant import SuspendTenant
from graphql_schema.tenants.mutations.upsert_tenants import UpsertTenants
from graphql_schema.tenants.queries import TenantQueries
from graphql_schema.workflows import loaders as _workflows  # noqa: F401
from graphql_schema.workflows.mutations.pause_workflow import PauseWorkflow
from graphql_schema.workflows.mutations.publish_workflow import PublishWorkflow
from graphql_schema.workflows.mutations.resume_workflow import ResumeWorkflow
from graphql_schema.workflows.mutations.save_workflow import SaveWorkflow
from graphql_schema.workflows.queries import WorkflowQueries


@strawberry.type
class Query(
    NodeQueries,
    ApprovalQueries,
    BulkQueries,
    EventQueries,
    FailureQueries,
    RuleQueries,
    RunQueries,
    RetryQueries,
    UnderWayQueries,
    WorkflowQueries,
    OutboxQueries,
):
    pass


@strawberry.type
class Mutation(
    AbortBulkOperation,
    ApprovalLink,
    CancelRuns,
    DecideApproval,
    IngestEvent,
    PauseOwnTenant,
    PauseRule,
    PauseRuns,
    PauseWorkflow,
    PublishWorkflow,
    RedriveJobs,
    ReplayEvent,
    ResumeOwnTenant,
    ResumeRule,
    ResumeRuns,
    ResumeWorkflow,
    RetryRuns,
    RunWorkflow,
    SaveRule,
    SaveSource,
    SaveWorkflow,
    StartBulkOperation,
):
    pass


@strawberry.type
class Subscription(BulkSubscription, FeedSubscription):
    pass


@strawberry.type(name="Query")
class PlatformQuery(TenantQueries):
    pass


@strawberry.type(name="Mutation")
class PlatformMutation(ResumeTenant, SuspendTenant, UpsertTenants):
    pass


def _schema(
    query: type, mutation: type, subscription: type | None = None, types: tuple[type, ...] = ()
) -> strawberry.Schema:
    with warnings.catch_warnings():
        # Newer releases name the same mapping config.scalar_map; the oldest that we run on knows only this.
        warnings.simplefilter("ignore", DeprecationWarning)
        return strawberry.Schema(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            scalar_overrides=SCALARS,
            config=StrawberryConfig(auto_camel_case=True),
        )


tenant_schema = _schema(Query, Mutation, Subscription, (ExecutionRun, StepRun))
platform_schema = _schema(PlatformQuery, PlatformMutation)
