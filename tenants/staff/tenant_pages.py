"""Pages in Django admin that show the data of one tenant. The queries run in the scope of this tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from django.contrib.admin import action
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from automate.audit.models import AuditEntry
from automate.events.models import Event, Source
from automate.kernel.json_values import JsonValue
from automate.kernel.tenancy import current_tenant
from automate.kernel.written import as_written
from automate.outbox.models import OutboxJob
from automate.outbox.states import DEAD
from automate.runs.models import ExecutionRun, StepRun
from automate.runs.sensitive_queries import hiders_of
from automate.runs.states import RUN_MOVES
from automate.workflows.models import Workflow, WorkflowVersion
from tenants.staff.acts import redrive_jobs
from tenants.staff.event_pages import EventPage
from tenants.staff.models import REDRIVE_JOBS, VIEW_AUDIT, VIEW_TENANT_DATA, named
from tenants.staff.pages import ActionRedirect, ChoiceFilter, ReadOnlyAdmin, chosen, load_slugs, uuid_in
from tenants.staff.rows import AdminOption, AdminRow, Rows
from tenants.staff.showing import (
    actor,
    column,
    document,
    flag,
    inert,
    message_of,
    pill,
    reference,
    state,
    table,
    text,
    timestamp,
    written,
)

MOST_STEPS = 200
"""The maximum number of steps on the page of a run."""


class FoundBySlug(ReadOnlyAdmin):
    """A page whose search box finds rows by their whole slug."""

    def found(self, queryset: Rows, term: str) -> Rows:
        return super().found(queryset, term) if uuid_in(term) is not None else queryset.filter(slug=term)

    def label(self, row: AdminRow) -> str:
        return str(row.slug)


class SourcePage(FoundBySlug):
    permission = VIEW_TENANT_DATA
    names = "Sources"
    hidden = ("secrets", "secret_uses")
    searched = "whole slug, or id"
    shown = (
        text("slug"),
        text("scheme"),
        flag("enabled"),
        timestamp("deleted_at", "deleted"),
        timestamp("updated_at", "changed"),
    )
    details = (
        *shown, flag("built_in"), document("options", lambda row: row.options), document("intake", lambda row: row.intake),
        reference("last_secret_version", "secrets given out"), reference("revision"), timestamp("created_at", "created"), reference("id"),
    )  # fmt: skip


class WorkflowPage(FoundBySlug):
    permission = VIEW_TENANT_DATA
    names = "Workflows"
    searched = "whole slug, or id"
    shown = (
        text("slug"),
        text("name"),
        flag("enabled"),
        timestamp("paused_at", "paused"),
        timestamp("updated_at", "changed"),
    )
    details = (
        *shown, timestamp("archived_at", "archived"), reference("revision"), reference("current_version_id", "current version"),
        document("definition", lambda row: as_written(row.definition, row.written), "draft"), document("problems", lambda row: row.problems), reference("id"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Rows:
        found = super().get_queryset(request)
        return (
            found
            if request.resolver_match and "object_id" in request.resolver_match.kwargs
            else found.defer("definition", "written", "problems")
        )


class VersionPage(ReadOnlyAdmin):
    permission = VIEW_TENANT_DATA
    names = "Workflow versions"
    searched = "whole slug or id of a workflow, or id of a version"
    shown = (
        column("workflow", lambda row: inert(row.workflow.slug)), reference("number"), timestamp("published_at", "published"),
        text("published_by"),
    )  # fmt: skip
    details = (
        *shown, reference("restores", "restores version"), document("definition", lambda row: as_written(row.definition, row.written)), reference("checksum"),
        reference("id"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Rows:
        found = (
            super()
            .get_queryset(request)
            .select_related("workflow")
            .defer("workflow__definition", "workflow__written", "workflow__problems")
        )
        return (
            found
            if request.resolver_match and "object_id" in request.resolver_match.kwargs
            else found.defer("definition", "written")
        )

    def found(self, queryset: Rows, term: str) -> Rows:
        row_id = uuid_in(term)
        if row_id is not None:
            return queryset.filter(Q(pk=row_id) | Q(workflow_id=row_id))
        return queryset.filter(workflow_id__in=Workflow.objects.filter(slug=term).values("id"))

    def label(self, row: WorkflowVersion) -> str:
        return f"{row.workflow.slug}, version {row.number}"


class RunStateFilter(ChoiceFilter):
    title = parameter_name = "state"
    words = tuple((one, one.replace("_", " ")) for one in RUN_MOVES)

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:  # noqa: ARG002 - Django's call
        return queryset.filter(state=self.value()) if self.value() in RUN_MOVES else queryset


def _hidden(run: AdminRow, error: Mapping[str, JsonValue] | None) -> str:
    # A value may have been declared sensitive after the error was stored. If the payload was removed, these values are
    # unknown, and only the code is shown. `run`: as `get_object` returns it.
    if not error or run.hider is None:
        return message_of(error)
    return message_of({"code": error.get("code", ""), "message": run.hider.scrub_text(str(error.get("message", "")))})


def _steps(run: AdminRow) -> SafeString:
    found = StepRun.objects.filter(run_id=run.id).order_by("started_at", "id").defer("output")[:MOST_STEPS]
    rows = [
        (
            inert(step.key),
            step.item if step.item >= 0 else "",
            step.attempt,
            pill(step.state),
            written(step.started_at),
            written(step.finished_at),
            _hidden(run, step.error),
        )
        for step in found
    ]
    return table(("step", "item", "attempt", "state", "started", "finished", "error"), rows)


class RunPage(ReadOnlyAdmin):
    permission = VIEW_TENANT_DATA
    names = "Runs"
    list_filter = (RunStateFilter,)
    searched = "id of a run, of its event, or of its workflow"
    shown = (
        text("workflow_slug", "workflow"), state("state"), timestamp("created_at", "created"), timestamp("finished_at", "finished"),
        reference("id"),
    )  # fmt: skip
    details = (
        reference("id"), text("workflow_slug", "workflow"), state("state"), text("state_reason"),
        column("error", lambda row: _hidden(row, row.error)), column("steps", _steps, f"steps, at most {MOST_STEPS}"),
        reference("event_id", "event"), reference("retry_of_id", "retry of"), text("started_by"), flag("test"), reference("trace_id"),
        timestamp("created_at", "created"), timestamp("started_at", "started"), timestamp("finished_at", "finished"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        row_id = uuid_in(term)
        if row_id is None:
            return queryset.none()
        if Workflow.objects.filter(pk=row_id).exists():
            return queryset.filter(workflow_id=row_id)
        return queryset.filter(Q(pk=row_id) | Q(event_id=row_id))

    def load_related(self, rows: Sequence[Model]) -> None:
        load_slugs(rows, Workflow, "workflow")

    def load_details(self, row: AdminRow) -> None:
        row.hider = hiders_of([row.id]).get(row.id)


class JobStanding(ChoiceFilter):
    """A filter for dead jobs or open jobs. Finished jobs have no filter, because they have no index."""

    title, parameter_name = "standing", "standing"
    words = (("open", "open"),)

    def choices(self, changelist: ChangeList) -> AdminOption:
        for choice in super().choices(changelist):
            yield {**choice, "display": "dead"} if choice["display"] == "All" else choice

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:  # noqa: ARG002 - Django's call
        own = queryset.filter(tenant_id=current_tenant().id)
        return own.filter(open=True) if self.value() == "open" else own.filter(fingerprint__isnull=False, state=DEAD)


class JobPage(ReadOnlyAdmin):
    permission = VIEW_TENANT_DATA
    names = "Jobs"
    actions = ("redrive",)
    list_filter = (JobStanding,)
    shown = (
        text("topic"), state("state"), reference("attempts"), text("parked"), timestamp("created_at", "created"),
        column("error", lambda row: message_of(row.last_error)), reference("id"),
    )  # fmt: skip
    details = (
        *shown, reference("subject_id", "is about"), reference("max_attempts", "most attempts"), timestamp("finished_at", "finished"),
        reference("trace_id"),
    )  # fmt: skip

    def has_redrive_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(named(REDRIVE_JOBS)))

    @action(description="Redrive", permissions=["redrive"])
    def redrive(self, request: HttpRequest, _queryset: Rows) -> ActionRedirect:
        reason, proof = request.POST.get("reason", ""), request.staff_proof  # type: ignore[attr-defined] # set by StaffMiddleware; django-stubs knows no attributes of ours
        return ActionRedirect(
            request.get_full_path(), partial(redrive_jobs, current_tenant(), chosen(request), reason, proof)
        )


class AuditPage(ReadOnlyAdmin):
    """The tenant's own audit record."""

    permission = VIEW_AUDIT
    names = "The tenant's audit record"
    searched = "id of an object or of an entry"
    shown = (
        timestamp("at", "time"),
        actor(),
        text("action"),
        text("object_kind"),
        text("object_label", "object"),
    )
    details = (
        *shown, reference("object_id"), document("changes", lambda row: row.changes), reference("trace_id"), reference("hash"),
        reference("id"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        row_id = uuid_in(term)
        return queryset.none() if row_id is None else queryset.filter(Q(pk=row_id) | Q(object_id=str(row_id)))

    def label(self, row: AuditEntry) -> str:
        return str(row.action)


PAGES: dict[type[Model], type[ReadOnlyAdmin]] = {
    Source: SourcePage,
    Workflow: WorkflowPage,
    WorkflowVersion: VersionPage,
    Event: EventPage,
    ExecutionRun: RunPage,
    OutboxJob: JobPage,
    AuditEntry: AuditPage,
}
