"""Authenticate requests of REST."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from graphql_schema.views import credential_for
from tenants.credentials import Credential


class PlatformAuthentication(BaseAuthentication):
    """The credential of a request, as at ``/graphql``, for every kind of caller that GraphQL accepts."""

    def authenticate(self, request: Request) -> tuple[Principal, Credential]:
        """Raises NormalizedError UNAUTHENTICATED, TENANT_SUSPENDED, or FORBIDDEN for the platform's own token."""
        credential = credential_for(request._request)  # noqa: SLF001 - DRF's own name for Django's request
        if credential.tenant is None:
            raise NormalizedError(
                "FORBIDDEN",
                "This is the platform's token, but these resources belong to a tenant. Send a tenant's token.",
            )
        return credential.principal, credential

    def authenticate_header(self, _request: Request) -> str:
        return "Bearer"
