"""A browser that keeps cookies and sends the CSRF token as a page of ours does, over Django's test client."""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from automate.kernel.tenancy import TenantRef, acting_for_platform

FLOWS = "/account/browser/v1"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Person:
    id: uuid.UUID
    email: str
    password: str = PASSWORD


def person(*memberships: tuple[TenantRef, str], email: str = "", **fields: Any) -> Person:
    """A stored person. memberships: pairs of a tenant and a role."""
    from django.db.models.functions import Now

    from tenants.people.models import Membership, User

    address = email or f"{uuid.uuid4().hex[:12]}@example.com"
    with acting_for_platform("make a person for a test"):
        user = User.objects.create_user(address, PASSWORD, **fields)
        for tenant, role in memberships:
            Membership.objects.create(tenant_id=tenant.id, user=user, role=role, created_at=Now())
    return Person(user.id, address)


def new_address() -> str:
    """Of its own, so that no test meets the limits that another one has used up."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


@dataclass
class Browser:
    """address: of the client, as web knows it."""

    address: str = field(default_factory=new_address)
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True, raise_request_exception=False))

    @property
    def session_key(self) -> str | None:
        cookie = self.client.cookies.get("automate_session")
        return cookie.value or None if cookie else None

    @session_key.setter
    def session_key(self, value: str) -> None:
        self.client.cookies["automate_session"] = value

    @property
    def csrf_token(self) -> str:
        if "automate_csrf" not in self.client.cookies:
            self.flow("GET", "/auth/session")
        return self.client.cookies["automate_csrf"].value

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """headers: in place of those of our own page."""
        data = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, path, data, content_type="application/json", headers=headers, REMOTE_ADDR=self.address
        )

    def flow(self, method: str, path: str, body: Any = None) -> Any:
        """One step of a flow of sign-in."""
        token = {} if method == "GET" else {"X-CSRFToken": self.csrf_token}
        return self.send(method, f"{FLOWS}{path}", body, **token)

    def sign_in(self, who: Person, password: str = "") -> Any:
        return self.flow("POST", "/auth/login", {"email": who.email, "password": password or who.password})

    def graphql(self, url: str, query: str, **variables: Any) -> Any:
        """The response to an operation."""
        return self.send("POST", url, {"query": query, "variables": variables}, **{"X-CSRFToken": self.csrf_token})

    def tenant(self, slug: str, query: str, **variables: Any) -> Any:
        return self.graphql(f"/t/{slug}/graphql", query, **variables)

    def account(self, query: str, **variables: Any) -> Any:
        return self.graphql("/graphql/account", query, **variables)


def signed_in(who: Person) -> Browser:
    browser = Browser()
    response = browser.sign_in(who)
    assert response.status_code == 200, response.content
    return browser


def form_headers(page: Any) -> dict[str, str]:
    """The headers with which a browser sends the form of this page. A page that allows no referrer sends no origin."""
    request = page.wsgi_request
    hidden = page.headers["Referrer-Policy"] == "no-referrer"
    return {"origin": "null" if hidden else f"{request.scheme}://{request.get_host()}"}
