"""The URLs below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from graphql_schema.exports.records import RecordKind
from rest_api import events, exports, pages, runs, tenant_exports, workflows

urlpatterns = [
    path("events", events.EventList.as_view()),
    path("events/batch", events.EventBatch.as_view()),
    path("events/<str:event>", events.EventOne.as_view()),
    path("runs", runs.RunList.as_view()),
    path("runs/<str:run>", runs.RunOne.as_view()),
    path("runs/<str:run>/cancel", runs.RunCancel.as_view()),
    path("runs/<str:run>/retry", runs.RunRetry.as_view()),
    path("workflows", workflows.WorkflowList.as_view()),
    path("workflows/<str:workflow>", workflows.WorkflowOne.as_view()),
    path("workflows/<str:workflow>/runs", workflows.WorkflowRuns.as_view()),
    *(path(f"exports/{records.noun}", exports.export_of(records).as_view()) for records in RecordKind),
    path("exports/tenant", tenant_exports.TenantExport.as_view()),
    path("openapi.json", pages.openapi),
    path("docs", pages.docs),
    path("docs/<str:name>", pages.asset),
]
