"""The URL of the page to which a notice links."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from django.conf import settings

from automate.kernel.json_values import JsonValue
from automate.kernel.tenancy import current_tenant
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILING, FAILURE, HOST


def url_of(kind: str, cause: str, about: Mapping[str, JsonValue]) -> str:
    """Build the URL of the page for a notice. Text from the tenant is percent-encoded."""
    url = str(settings.AUTOMATE_NOTICE_URL)
    return url.replace("{tenant}", quote(current_tenant().slug, safe="")).replace("{path}", _path(kind, cause, about))


def _path(kind: str, cause: str, about: Mapping[str, JsonValue]) -> str:
    if kind == FAILURE:
        return f"runs/{quote(str(about['run']), safe='')}"
    if kind == FAILING:
        return f"workflows/{quote(str(about['workflow']), safe='')}"
    return {APPROVAL: f"approvals/{quote(cause, safe='')}", BUDGET: "budgets", HOST: "connectors", DIGEST: "failures"}[
        kind
    ]
