"""Members of the platform's staff, signed in, and what their pages hold."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from automate.kernel.ids import new_id
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.sql import execute
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from tests.support import rows

PASSWORD = "a long password of the staff"


def person(*, staff: bool = True, superuser: bool = False, permissions: tuple[str, ...] = ()) -> Any:
    """A stored person. permissions: codenames of ``tenants.staff.models``."""
    from django.contrib.auth.models import Permission

    from tenants.people.models import User

    with acting_for_platform("a test's person"):
        made = User.objects.create_user(
            f"person-{new_id().hex}@example.com", PASSWORD, is_staff=staff, is_superuser=superuser
        )
        found = Permission.objects.filter(content_type__app_label="staff", codename__in=permissions)
        made.user_permissions.set(found)
    return made


def signed_in(user: Any) -> Client:
    """A browser with the person's session."""
    client = Client(raise_request_exception=False)
    with acting_for_platform("a test's session", AUTHENTICATION_ROLE):
        client.force_login(user)
    return client


def superuser() -> Client:
    return signed_in(person(superuser=True))


def tenant_url(tenant: TenantRef, path: str = "") -> str:
    return f"/admin/t/{tenant.slug}/{path}"


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]


@dataclass
class Page(HTMLParser):
    """A parsed page. elements: all of them, in order. text: what a person reads, scripts and styles left out."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self, part: str) -> list[str]:
        return [one.attributes.get("href", "") for one in self.elements if part in one.attributes.get("href", "")]


def page_of(response: Any) -> Page:
    found = Page()
    found.feed(response.content.decode())
    return found


def dead_job(tenant: TenantRef, *, message: str = "It died.") -> uuid.UUID:
    row_id = new_id()
    with acting_for(tenant):
        execute(
            "INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts,"
            " parked, signals, trace_id, last_error, fingerprint, created_at, finished_at) VALUES (%s, %s, 'event.match', %s, 'dead',"
            " false, false, now(), 1, 5, 5, '', 0, %s, jsonb_build_object('code', 'INTERNAL', 'message', %s::text), %s, now(), now())",
            [row_id, tenant.id, new_id(), rows.TRACE, message, new_id()],
        )
    return row_id


PLATFORM_LISTS = (
    "tenants/tenant/",
    "people/user/",
    "people/membership/",
    "tenants/apitoken/",
    "tenants/platformauditentry/",
)
TENANT_LISTS = (
    "events/source/", "workflows/workflow/", "workflows/workflowversion/", "events/event/", "runs/executionrun/", "outbox/outboxjob/",
    "audit/auditentry/",
)  # fmt: skip


def pages_about(tenant: TenantRef) -> Iterator[str]:
    """Each list of a tenant's pages, and the page of each row on it, as a superuser sees them."""
    client = superuser()
    for one in TENANT_LISTS:
        shown = client.get(tenant_url(tenant, one))
        yield shown.content.decode()
        for link in dict.fromkeys(page_of(shown).links("/change/")):
            yield client.get(link).content.decode()
