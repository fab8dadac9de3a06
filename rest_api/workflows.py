"""``/api/v1/workflows``."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from automate.kernel.permissions import RUN_WORKFLOWS, VIEW_WORKFLOWS
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.ids import global_row_id_of
from graphql_schema.loaded import AnswerData
from graphql_schema.resources import RUN, WORKFLOW, WORKFLOW_DETAIL
from rest_api.described import DescribedMethod, Example
from rest_api.lists import ListView, RestList, Single
from rest_api.operations import ERRORS, RestResponse, refused
from rest_api.pagination import page_of
from rest_api.runs import ROOT as RUNS
from rest_api.runs import Run
from rest_api.shapes import shown_as, taken_as
from rest_api.views import KEY_FIELD, PlatformView

TAG = "workflows"
Workflow = shown_as("Workflow", "Workflow", WORKFLOW)
WorkflowDetail = shown_as("WorkflowDetail", "Workflow", WORKFLOW_DETAIL)
Start = taken_as("Start", "RunWorkflowInput", without={"workflow", KEY_FIELD})

_LIST = RestList("workflows", WORKFLOW)
_BY_ID = Single("workflow", "id", WORKFLOW_DETAIL, "workflow")
_BY_SLUG = Single("workflow", "slug", WORKFLOW_DETAIL, "workflow")
_RUN = FixedDocument.of(
    "mutation", "$input: RunWorkflowInput!", f"{{ runWorkflow(input: $input) {{ run {RUN} {ERRORS} }} }}"
)


class WorkflowList(ListView):
    """The view that returns a page of the list of workflows."""

    listed = _LIST

    described = {
        "get": DescribedMethod(
            "listWorkflows",
            TAG,
            "List workflows",
            "Workflows, newest first.",
            VIEW_WORKFLOWS,
            {200: page_of("WorkflowPage", Workflow)},
            query=_LIST.parameters,
        )
    }


class WorkflowOne(PlatformView):
    """The view that returns one workflow."""

    def get(self, _request: Request, workflow: str) -> Response:
        self.query({})
        if global_row_id_of(workflow, "Workflow") is not None:
            return self.perform(_BY_ID.document, {"id": workflow}, _BY_ID.shape)
        return self.perform(_BY_SLUG.document, {"slug": workflow}, _BY_SLUG.shape)

    described = {
        "get": DescribedMethod(
            "getWorkflow",
            TAG,
            "Get a workflow",
            "One workflow with its draft and its current version.",
            VIEW_WORKFLOWS,
            {200: WorkflowDetail},
            refusals=(404,),
            place={"workflow": "The workflow's slug or id."},
        )
    }


class WorkflowRuns(PlatformView):
    """The view that starts a run of a workflow."""

    in_body = True
    in_path = {"workflow": "workflow"}

    def post(self, _request: Request, workflow: str) -> Response:
        self.query({})
        return self.perform(_RUN, {"input": {**self.body(Start), "workflow": workflow, **self.key()}}, _started)

    described = {
        "post": DescribedMethod(
            "runWorkflow",
            TAG,
            "Run a workflow",
            "Starts a run of the workflow's current version. The same `Idempotency-Key` returns the first run.",
            RUN_WORKFLOWS,
            {202: Run},
            body=Start,
            refusals=(404, 409, 413, 415),
            keyed=True,
            examples=(Example({"payload": {"order": 4711}}),),
            place={"workflow": "The workflow's slug."},
        )
    }


def _started(data: AnswerData) -> RestResponse:
    payload = data["runWorkflow"]
    if payload["errors"]:
        raise refused(payload["errors"])
    return RestResponse(payload["run"], 202, {"Location": f"{RUNS}/{payload['run']['id']}"})
