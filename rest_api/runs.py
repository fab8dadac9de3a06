"""``/api/v1/runs``."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import CONTROL_RUNS, RETRY_RUNS, VIEW_RUNS
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.loaded import AnswerData
from graphql_schema.resources import RUN, RUN_DETAIL
from rest_api.described import DescribedMethod, Example
from rest_api.lists import ListView, RestList, Single
from rest_api.operations import ERRORS, RestResponse, Shape, refused
from rest_api.pagination import page_of
from rest_api.shapes import shown_as, taken_as, text_bounds
from rest_api.views import KEY_FIELD, PlatformView

TAG = "runs"
ROOT = "/api/v1/runs"
Run = shown_as("Run", "ExecutionRun", RUN)
RunDetail = shown_as("RunDetail", "ExecutionRun", RUN_DETAIL)
_REASON = text_bounds(LIMITS.text_characters, 1)
Cancel = taken_as("Cancel", "CancelRunsInput", without={"runs", KEY_FIELD}, bounds={"reason": _REASON})
Retry = taken_as(
    "Retry", "RetryRunsInput", without={"runs", KEY_FIELD}, bounds={"reason": text_bounds(LIMITS.text_characters)}
)

_LIST = RestList("runs", RUN)
_ONE = Single("run", "id", RUN_DETAIL, "run")
_CANCEL = FixedDocument.of(
    "mutation", "$input: CancelRunsInput!", f"{{ cancelRuns(input: $input) {{ runs {RUN} {ERRORS} }} }}"
)
_RETRY = FixedDocument.of(
    "mutation", "$input: RetryRunsInput!", f"{{ retryRuns(input: $input) {{ runs {RUN} {ERRORS} }} }}"
)
_PLACE = {"run": "The run's id, or its UUID."}


class RunList(ListView):
    """The view that returns a page of the list of runs."""

    listed = _LIST

    described = {
        "get": DescribedMethod(
            "listRuns",
            TAG,
            "List runs",
            "Runs, newest first, or with `order=COMMITTED` in the order of their commits.",
            VIEW_RUNS,
            {200: page_of("RunPage", Run)},
            query=_LIST.parameters,
            refusals=(410,),
        )
    }


class RunOne(PlatformView):
    """The view that returns one run."""

    def get(self, _request: Request, run: str) -> Response:
        self.query({})
        return self.perform(_ONE.document, {"id": run}, _ONE.shape)

    described = {
        "get": DescribedMethod(
            "getRun",
            TAG,
            "Get a run",
            "One run with the current attempt of each of its top-level steps.",
            VIEW_RUNS,
            {200: RunDetail},
            refusals=(404, 410),
            place=_PLACE,
        )
    }


class RunCancel(PlatformView):
    """Cancel a run."""

    in_body = True
    in_path = {"runs": "run"}

    def post(self, _request: Request, run: str) -> Response:
        self.query({})
        given: JsonObject = {**self.body(Cancel), "runs": [run], **self.key()}
        return self.perform(_CANCEL, {"input": given}, _first_of("cancelRuns"))

    described = {
        "post": DescribedMethod(
            "cancelRun",
            TAG,
            "Cancel a run",
            "Cancels a run. A run that has begun is CANCELLING until its calls have ended and its effects are compensated.",
            CONTROL_RUNS,
            {202: Run},
            body=Cancel,
            refusals=(404, 409, 410, 413, 415),
            keyed=True,
            examples=(Example({"reason": "The order was a test."}),),
            place=_PLACE,
        )
    }


class RunRetry(PlatformView):
    """Retry a run: queue a new run that replaces the ended run."""

    in_body = True
    in_path = {"runs": "run"}

    def post(self, _request: Request, run: str) -> Response:
        self.query({})
        given: JsonObject = {**self.body(Retry), "runs": [run], **self.key()}
        return self.perform(_RETRY, {"input": given}, _first_of("retryRuns"))

    described = {
        "post": DescribedMethod(
            "retryRun",
            TAG,
            "Retry a run",
            "Queues a new run that replaces the ended run. The new run keeps the results that need not be repeated.",
            RETRY_RUNS,
            {202: Run},
            body=Retry,
            refusals=(404, 409, 410, 413, 415),
            keyed=True,
            examples=(Example({"from": "FAILED_STEP", "reason": "The receiver is back."}),),
            place=_PLACE,
        )
    }


def _first_of(field: str) -> Shape:
    def shape(data: AnswerData) -> RestResponse:
        payload = data[field]
        if payload["errors"]:
            raise refused(payload["errors"])
        if not payload["runs"]:
            # Retention has removed the run since the first request with this key.
            raise NormalizedError(
                "EXPIRED",
                "An earlier request with this Idempotency-Key started a run, and retention has removed this run. "
                "Send a new key to start another run.",
            )
        (run,) = payload["runs"]
        return RestResponse(run, 202, {"Location": f"{ROOT}/{run['id']}"})

    return shape
