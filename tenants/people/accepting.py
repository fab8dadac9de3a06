"""Accepts invitations."""

from __future__ import annotations

import uuid

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import acting_as
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from tenants.credentials import tenant_suspended
from tenants.people import links, transitions
from tenants.people.authentication import member_principal
from tenants.people.models import NAME_CHARACTERS, User
from tenants.people.queries import OfferedInvitation, open_offer

REASON = "accept an invitation"
MOST_PASSWORD_CHARACTERS = 1_000
"""Maximum characters of a password. A longer password would only take more time to hash."""


def offer_of(token: str) -> OfferedInvitation:
    """Return the open invitation to which a link leads. Raises NOT_FOUND, with one message for all invalid links."""
    offer = None
    if len(token) <= links.MOST_CHARACTERS:
        with acting_for_platform(REASON, AUTHENTICATION_ROLE):
            offer = open_offer(links.hash_of(token))
    if offer is None:
        raise _not_valid()
    return offer


def _not_valid() -> NormalizedError:
    return NormalizedError(
        "NOT_FOUND",
        "This invitation is not valid, because it was used, was revoked or has expired. Ask for a new invitation.",
        path=["token"],
    )


def accept(
    token: str, signed_in: uuid.UUID | None, *, name: str = "", password: str = ""
) -> tuple[uuid.UUID, OfferedInvitation]:
    """Make the invited person a member. Returns the person's id and the invitation.

    ``signed_in`` is the person of the session, or None.

    Raises NormalizedError:
    - NOT_FOUND for a link that is not valid.
    - FORBIDDEN for a person who is signed in with another address.
    - UNAUTHENTICATED without a session, if the invited address has an account.
    - BAD_USER_INPUT for an invalid name or password. For a password, ``details.reasons`` has the messages of the
      validators.
    - CONFLICT for a person who is already a member.
    - TENANT_SUSPENDED for a suspended tenant.
    """
    offer = offer_of(token)
    if offer.tenant.suspended:
        raise tenant_suspended()
    _check_session(offer, signed_in)
    user_id, person_name = offer.user_id, offer.user_name
    if user_id is None:
        user_id, person_name = _new_person(offer, name, password), name
    principal = member_principal(user_id, offer.email, person_name, offer.role)
    with acting_as(principal), acting_for(offer.tenant.ref, proof=links.proof_of(token)), in_transaction():
        transitions.lock_members(offer.tenant.ref.id)
        # Another request may have used or revoked the link in the meantime.
        if transitions.invited_email() != offer.email:
            raise _not_valid()
        made = transitions.insert_membership(offer.tenant.ref.id, user_id, offer.role)
        transitions.accept_invitation(offer.invitation_id)
        if made is None:
            raise NormalizedError(
                "CONFLICT", f"{offer.email} is already a member of {offer.tenant_name}. Sign in with this address."
            )
        audit.record("invitation.accept", "member", user_id, offer.email, {"role": (None, offer.role)})
    return user_id, offer


def _check_session(offer: OfferedInvitation, signed_in: uuid.UUID | None) -> None:
    if signed_in is not None and signed_in != offer.user_id:
        raise NormalizedError(
            "FORBIDDEN",
            f"This invitation is for {offer.email}, but you are signed in with another address. Sign out, then open the link again.",
            details={"email": offer.email},
        )
    if offer.user_id is None:
        return
    if signed_in is None or not offer.active:
        raise NormalizedError(
            "UNAUTHENTICATED",
            f"{offer.email} already has an account. Sign in with this address, then open the link again.",
            details={"email": offer.email},
        )


def _new_person(offer: OfferedInvitation, name: str, password: str) -> uuid.UUID:
    # Opening the link has verified the address.
    check_text(name, path=["name"], most=NAME_CHARACTERS, least=0)
    _check_password(offer, name, password)
    try:
        with acting_for_platform(REASON, AUTHENTICATION_ROLE), in_transaction():
            user = User.objects.create_user(offer.email, password, name=name)
    except IntegrityError:
        # Another request has just used the same link.
        raise NormalizedError(
            "UNAUTHENTICATED",
            f"{offer.email} already has an account, because another request has just used this link. Sign in with this address.",
            details={"email": offer.email},
        ) from None
    found: uuid.UUID = user.id
    return found


def _check_password(offer: OfferedInvitation, name: str, password: str) -> None:
    if not 0 < len(password) <= MOST_PASSWORD_CHARACTERS:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`password` has {len(password):,} characters, and must have 1 to {MOST_PASSWORD_CHARACTERS:,}. Choose another password.",
            path=["password"],
        )
    try:
        validate_password(password, User(email=offer.email, name=name))
    except ValidationError as refused:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The password is refused. {' '.join(refused.messages)} Choose another password.",
            details={"reasons": [*refused.messages]},
            path=["password"],
        ) from None
