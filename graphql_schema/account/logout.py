"""The mutations logout (ends this session) and signOutEverywhere (ends all sessions of the person)."""

from __future__ import annotations

import strawberry
from django.contrib.auth import logout

from graphql_schema.account.context import AccountInfo
from graphql_schema.errors import ErrorAnswer, refusals_in
from tenants.sign_in.members import no_session
from tenants.sign_in.record import record
from tenants.sign_in.sessions import end_all
from tenants.sign_in.signals import address_of


@strawberry.type
class LogoutPayload:
    signed_out: bool | None = strawberry.field(
        default=None, description="True when the session has ended, even if it had ended before."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SignOutEverywherePayload:
    signed_out: bool | None = strawberry.field(
        default=None, description="True after all sessions of the person have ended, this one included."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class Logout:
    @strawberry.mutation(description="End this session. Its cookie is refused everywhere within one second.")
    @refusals_in(LogoutPayload)
    def logout(self, info: AccountInfo) -> LogoutPayload:
        logout(info.context.browser)
        return LogoutPayload(signed_out=True)

    @strawberry.mutation(
        description="End all sessions of the person, on all devices. Sockets and streams end within one second. "
        "API tokens stay valid."
    )
    @refusals_in(SignOutEverywherePayload)
    def sign_out_everywhere(self, info: AccountInfo) -> SignOutEverywherePayload:
        browser, person = info.context.browser, info.context.person
        if person is None:
            raise no_session()
        end_all(person.id)
        logout(browser)
        record(person, "signed_out_everywhere", {"address": address_of(browser)})
        return SignOutEverywherePayload(signed_out=True)
