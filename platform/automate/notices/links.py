"""The URL of the page to which a notice links."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from django.conf import settings

from automate.kernel.json_values import JsonValue
from automate.kernel.tenancy import current_tenant
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILING, FAILURE, HOST


def url_of(kind: str, cause: str, about: Mapping[str, JsonValue]) -> str:
    """Build the URL of the page to which a notice links. Text from the tenant is percent-encoded."""
    url = str(settings.AUTOMATE_NOTICE_URL)
    return url.replace("{tenant}", quote(current_tenant().slug, safe="")).replace("{path}", _path(kind, cause, about))


def _path(kind: str, cause: str, about: Mapping[str, JsonValue]) -> str:
    if kind == FAILURE:
        return f"runs/{quote(str(about['run']), safe='')}"
    if kind == FAILING:
        return f"workflows/{quote(str(about['workflow']), safe='')}"
    if kind == APPROVAL:
        # The id of an approval in the API, as the portal's own links have it.
        return f"approvals/{quote(b64encode(f'Approval:{cause}'.encode()), safe='')}"
    return {BUDGET: "settings/budgets", HOST: "breakers", DIGEST: "failures"}[kind]
