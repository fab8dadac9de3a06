"""Short ways to ask for an approval's page in tests, and to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from automate.approvals import links
from automate.approvals.links import Link
from automate.kernel.tenancy import acting_for
from automate.runs.approvals.queries import ApprovalRow
from tests.support.plane import Plane

FORM_TYPE = "application/x-www-form-urlencoded"
ADA = "ada@example.com"
HOSTILE = "\"><script>alert('x')</script>{{ style }}{% include 'approval.html' %}&\u202e<!--"


def path_of(plane: Plane, approval: ApprovalRow, recipient: str = ADA, role: str = "owner") -> str:
    with acting_for(plane.tenant):
        token = links.token_of(Link(approval.run_id, approval.id, role, recipient))
    return f"/t/{plane.tenant.slug}/approvals/{token}"


def send(path: str, values: Mapping[str, str], **headers: str) -> Any:
    return Client().post(path, data=urlencode(values), content_type=FORM_TYPE, headers=headers)


def approve(approval: ApprovalRow, **values: str) -> dict[str, str]:
    return {"outcome": "approved", "shown": approval.shown_sha256, **values}


def text_of(response: Any) -> str:
    return response.content.decode()


def everything(plane: Plane) -> list[Any]:
    """All rows that a decision could touch."""
    tables = ("approval", "approval_decision", "step_wait", "step_run", "execution_run", "run_log", "audit_entry")
    return [plane.rows(f"SELECT t::text FROM {table} t ORDER BY 1") for table in tables] + [plane.jobs()]
