"""Authenticates requests to the REST API."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from graphql_schema.views import credential_for
from tenants.credentials import Credential


class PlatformAuthentication(BaseAuthentication):
    """Authenticates requests with the same credentials as ``/graphql`` does."""

    def authenticate(self, request: Request) -> tuple[Principal, Credential]:
        """Return the caller of a request.

        Raises UNAUTHENTICATED or TENANT_SUSPENDED, and FORBIDDEN for a platform token.
        """
        credential = credential_for(request._request)  # noqa: SLF001 - DRF's own name for Django's request
        if credential.tenant is None:
            raise NormalizedError(
                "FORBIDDEN",
                "This is a platform token, but the resources of this API belong to a tenant. Send a token of the tenant.",
            )
        return credential.principal, credential

    def authenticate_header(self, _request: Request) -> str:
        return "Bearer"
