"""Serves the page of an approval link. GET shows the approval, and POST records a decision about the approval."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from automate.approvals import links
from automate.approvals.links import Link
from automate.approvals.pages import shown
from automate.approvals.rendering import see, unknown
from automate.approvals.services import decide
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import KIB
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import scope_or_none
from automate.runs.approvals import queries
from automate.runs.approvals.fields import answers_of
from automate.runs.approvals.queries import ApprovalRow
from automate.workflows.flow_steps.outcomes import OUTCOMES, outcome_named

BODY_BYTES = 64 * KIB
MOST_FIELDS = 1_000
FORM_TYPE = "application/x-www-form-urlencoded"
NOTHING = uuid.UUID(int=0)


def approval_page(request: HttpRequest, tenant: str, token: str) -> HttpResponse:  # noqa: ARG001 - the middleware's
    """Serve the page of a link. All unknown tokens get the same answer."""
    if scope_or_none() is None:
        return unknown()
    link = links.opened(token)
    # Always look up the token: an unknown token takes as long as another tenant's.
    approval_id = NOTHING if link is None else link.approval_id
    found = queries.approvals_by_id([approval_id]).get(approval_id)
    holder = None if link is None else link.principal()
    if link is None or holder is None or found is None or found.run_id != link.run_id:
        return unknown()
    if request.method in {"GET", "HEAD"}:
        return shown(found, link, holder)
    if request.method == "POST":
        return _decided(request, found, link, holder)
    response = shown(
        found, link, holder, NormalizedError("METHOD_NOT_ALLOWED", "Use GET to read this page, or POST to decide.")
    )
    response["Allow"] = "GET, HEAD, POST"
    return response


def _decided(request: HttpRequest, approval: ApprovalRow, link: Link, holder: Principal) -> HttpResponse:
    posted: dict[str, str] = {}
    try:
        _check_origin(request)
        posted = _posted(request)
        outcome = _outcome(posted)
        schema = approval.form_schema
        with acting_as(holder):
            decide(
                approval.id,
                outcome=outcome,
                form=None if schema is None else answers_of(schema, posted),
                shown_sha256=posted.get("shown", ""),
            )
    except NormalizedError as error:
        now = queries.approvals_by_id([approval.id]).get(approval.id)
        return unknown() if now is None else shown(now, link, holder, error, posted)
    return see(request.path)


def _outcome(posted: Mapping[str, str]) -> str:
    # Raises BAD_USER_INPUT if no button was pressed.
    chosen = outcome_named(posted.get("outcome", ""))
    if chosen not in OUTCOMES:
        raise NormalizedError("BAD_USER_INPUT", "Choose to approve or to reject.", path=["outcome"])
    return chosen


def _check_origin(request: HttpRequest) -> None:
    # Our page sends no referrer, so browsers send `Origin: null`. The header Sec-Fetch-Site then decides. Over plain HTTP,
    # browsers omit it, and only the token and the checksum protect the form.
    host = request.get_host()
    ours = {"null", f"http://{host}", f"https://{host}", settings.AUTOMATE_BASE_URL}
    site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", "null")
    if site != "same-origin" or origin not in ours:
        raise NormalizedError(
            "FORBIDDEN",
            "Another site sent this form, so the form was refused. To decide about the approval, use the form on this page.",
        )


def _posted(request: HttpRequest) -> dict[str, str]:
    if request.content_type != FORM_TYPE:
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            "The request does not have the format of a form. Send the form of this page with a browser.",
        )
    body = request.read(BODY_BYTES + 1)
    if len(body) > BODY_BYTES:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE", f"The form is larger than {BODY_BYTES // KIB} KiB. Shorten the answers."
        )
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError:
        raise NormalizedError(
            "BAD_REQUEST",
            "The request has fields that the form on the page does not have. Load the page again, and send its form.",
        ) from None
    return dict(pairs)
