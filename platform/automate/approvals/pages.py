"""Renders the page of an approval link."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from django.http import HttpResponse

from automate.approvals.links import Link
from automate.approvals.rendering import response
from automate.approvals.services import decision_of
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list, as_object, as_text, as_texts
from automate.kernel.principals import Principal
from automate.runs import states
from automate.runs.approvals import queries
from automate.runs.approvals.fields import fields_of
from automate.runs.approvals.queries import ApprovalDecisionRow, ApprovalRow

TITLES = {
    states.APPROVED: "Approved",
    states.REJECTED: "Rejected",
    states.EXPIRED: "Expired",
    states.CANCELLED: "Ended",
}


def shown(
    approval: ApprovalRow,
    link: Link,
    holder: Principal,
    error: NormalizedError | None = None,
    posted: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render the page of an approval. If a POST was refused, ``error`` is the reason, and ``posted`` has the input."""
    decisions = queries.decisions_of([approval.id])[approval.id]
    mine = decision_of(decisions, holder)
    open_ = approval.state == states.PENDING and mine is None
    problems = _problems(error)
    fields = fields_of(approval.form_schema or {}, posted or None, problems)
    unplaced = [message for key, message in problems.items() if key not in {field.key for field in fields}]
    context = {
        "approval": approval,
        "link": link,
        "open": open_,
        "mine": mine,
        "heading": TITLES.get(approval.state, ""),
        "decisions": [_decision_fields(made) for made in decisions],
        "approvals": sum(made.outcome == states.APPROVED for made in decisions),
        "expires": _timestamp(approval.expires_at),
        "requested": _timestamp(approval.requested_at),
        "decided": None if approval.decided_at is None else _timestamp(approval.decided_at),
        "roles": _listed([*approval.roles, *approval.members]),
        "data": _data(approval),
        "fields": fields,
        "message": "" if error is None else error.message,
        "unplaced": unplaced,
    }
    return response("approval.html", context, error)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _problems(error: NormalizedError | None) -> dict[str, str]:
    # Problems without a field are under the empty name.
    found: dict[str, str] = {}
    for problem in [] if error is None else map(as_object, as_list(error.details.get("problems", []))):
        _, *path = as_texts(problem["path"])
        found.setdefault(path[0] if path else "", as_text(problem["message"]))
    return found


def _decision_fields(made: ApprovalDecisionRow) -> dict[str, object]:
    answers = made.form if isinstance(made.form, dict) else {}
    return {
        "by": made.by_name,
        "role": made.role,
        "approved": made.outcome == states.APPROVED,
        "at": _timestamp(made.at),
        "answers": [(key, _plain_or_json(value)[0]) for key, value in answers.items()],
    }


def _data(approval: ApprovalRow) -> list[tuple[str, str, bool]]:
    # A name, a text, and whether the text is JSON. The name is empty for a single value.
    value = None if approval.data is None else json.loads(approval.data)
    if value is None:
        return []
    if isinstance(value, dict):
        return [(name, *_plain_or_json(member)) for name, member in value.items()]
    return [("", *_plain_or_json(value))]


def _plain_or_json(value: JsonValue) -> tuple[str, bool]:
    if isinstance(value, str):
        return value, False
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, indent=2), True
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value], False
    return json.dumps(value), False


def _timestamp(at: datetime) -> tuple[str, str]:
    # People see whole minutes in UTC, because their time zone is unknown.
    utc = at.astimezone(timezone.utc)
    return utc.isoformat(), f"{utc:%d %B %Y, %H:%M} UTC".lstrip("0")
