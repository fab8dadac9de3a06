"""What the page behind a link looks like, in each state of its approval. Templates are escaped by Django's engine."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path

from django.http import HttpResponse
from django.template import Context, Engine

from automate.kernel.errors import Json, NormalizedError
from automate.runs import states
from automate.runs.approvals import queries
from automate.runs.approvals.fields import fields_of
from automate.runs.approvals.links import Link
from automate.runs.approvals.queries import ApprovalRow, DecisionRow
from automate.runs.approvals.services import decision_of

_FOLDER = Path(__file__).parent / "templates"
_ENGINE = Engine(dirs=[str(_FOLDER)], autoescape=True)
_STYLE = (_FOLDER / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TITLES = {
    states.APPROVED: "Approved",
    states.REJECTED: "Rejected",
    queries.EXPIRED: "Expired",
    queries.CANCELLED: "Ended",
}


def unknown() -> HttpResponse:
    """For whatever leads to nothing here, all alike."""
    return _response("unknown.html", {}, HTTPStatus.NOT_FOUND)


def refused(error: NormalizedError) -> HttpResponse:
    """Where nothing of the approval may be shown."""
    return _response("refused.html", {"message": error.message}, error.status)


def see(path: str) -> HttpResponse:
    """After a POST: the outcome is what the GET shows, so that reading it again sends nothing again."""
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={**HEADERS, "Location": path})


def shown(
    approval: ApprovalRow, link: Link, error: NormalizedError | None = None, posted: Mapping[str, str] | None = None
) -> HttpResponse:
    """error: why a POST was refused. posted: what it had filled in."""
    decisions = queries.decisions_of([approval.id])[approval.id]
    mine = decision_of(decisions, link.principal)
    open_ = approval.state == queries.PENDING and mine is None
    problems = _problems(error)
    fields = fields_of(approval.form_schema or {}, posted or None, problems)
    unplaced = [message for key, message in problems.items() if key not in {field.key for field in fields}]
    context = {
        "approval": approval,
        "link": link,
        "open": open_,
        "mine": mine,
        "heading": TITLES.get(approval.state, ""),
        "decisions": [_told(made) for made in decisions],
        "approvals": sum(made.outcome == states.APPROVED for made in decisions),
        "expires": _moment(approval.expires_at),
        "requested": _moment(approval.requested_at),
        "decided": None if approval.decided_at is None else _moment(approval.decided_at),
        "roles": ", ".join(approval.roles),
        "data": _data(approval),
        "fields": fields,
        "message": "" if error is None else error.message,
        "unplaced": unplaced,
    }
    return _response("approval.html", context, HTTPStatus.OK if error is None else error.status)


def _problems(error: NormalizedError | None) -> dict[str, str]:
    """The first problem of each property; those of none stand under the empty name."""
    found: dict[str, str] = {}
    for problem in [] if error is None else error.details.get("problems", []):
        _, *path = problem["path"]
        found.setdefault(path[0] if path else "", problem["message"])
    return found


def _told(made: DecisionRow) -> dict[str, Json]:
    answers = made.form if isinstance(made.form, dict) else {}
    return {
        "by": made.by_name,
        "role": made.role,
        "approved": made.outcome == states.APPROVED,
        "at": _moment(made.at),
        "answers": [(key, _plain_or_json(value)[0]) for key, value in answers.items()],
    }


def _data(approval: ApprovalRow) -> list[tuple[str, str, bool]]:
    """Name (empty where the data is no object), text, and whether the text is JSON."""
    value = None if approval.data is None else json.loads(approval.data)
    if value is None:
        return []
    if isinstance(value, dict):
        return [(name, *_plain_or_json(member)) for name, member in value.items()]
    return [("", *_plain_or_json(value))]


def _plain_or_json(value: Json) -> tuple[str, bool]:
    if isinstance(value, str):
        return value, False
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, indent=2), True
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value], False
    return json.dumps(value), False


def _moment(at: datetime) -> tuple[str, str]:
    """For machines and for people. Whole minutes, and always UTC: the server does not know where its reader is."""
    utc = at.astimezone(timezone.utc)
    return utc.isoformat(), f"{utc:%d %B %Y, %H:%M} UTC".lstrip("0")


def _response(template: str, context: Mapping[str, object], status: int) -> HttpResponse:
    page = _ENGINE.get_template(template).render(Context({**context, "style": _STYLE}))
    return HttpResponse(page, status=status, content_type="text/html; charset=utf-8", headers=HEADERS)
