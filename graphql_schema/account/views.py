"""Serves GraphQL over HTTP at ``/graphql/account``. A caller needs no tenant."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from automate.kernel.addresses import network_of
from automate.kernel.principals import Principal
from graphql_schema.account.context import AccountCaller
from graphql_schema.views import ExecutableRequest, answered, body_of, operation_in_request
from tenants.credentials import Credential
from tenants.people.models import User
from tenants.people.sign_ins import proof_of_session
from tenants.sign_in.csrf import require_own_page

ANONYMOUS = Principal(kind="system", name="anonymous")


def account(request: HttpRequest) -> HttpResponse:
    """Serve requests as ``/graphql`` does. API tokens are ignored."""
    return answered(request, asked_by)


def asked_by(request: HttpRequest) -> ExecutableRequest:
    """Authenticate a request, and compute its price.

    Raises NormalizedError if the request is refused. Raises InvalidDocument if the document is invalid.
    """
    body = body_of(request)
    require_own_page(request)
    credential = credential_of(request)
    caller = AccountCaller(credential.principal, None, proof=credential.proof, browser=request)
    return ExecutableRequest(credential, operation_in_request(request, body, credential), caller)


def credential_of(request: HttpRequest) -> Credential:
    """Return the credential of the signed-in person, or of an anonymous caller."""
    person = request.user
    if not isinstance(person, User):
        return Credential(ANONYMOUS, None, False, purse=f"address {network_of(request.META.get('REMOTE_ADDR', ''))}")
    principal = Principal(kind="member", name=person.get_full_name(), id=str(person.id), person=str(person.id))
    key = request.session.session_key
    return Credential(principal, None, False, proof=proof_of_session(key) if key else "", purse=f"person {person.id}")
