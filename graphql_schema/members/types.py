"""The types Member and Invitation: people with a role in the tenant, and people who were invited."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.audit.choices import PrincipalKind
from automate.kernel.choices import MemberRole
from automate.kernel.json_values import as_text
from automate.kernel.permissions import MANAGE_MEMBERS
from automate.mail import models as mail
from automate.mail.choices import MailState
from automate.mail.queries import MailRow
from graphql_schema.audit.types import AuditActor
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.enums import described
from graphql_schema.ids import global_id
from graphql_schema.members.loaders import mails_of_invitations
from graphql_schema.planning import planned, prefetched
from tenants.people import models, queries
from tenants.people.queries import InvitationRow, MemberRow


@described
class InvitationState(TextChoices):
    """Whether the link of an invitation works."""

    OPEN = queries.OPEN, "The link works."
    ACCEPTED = queries.ACCEPTED, "The person has joined."
    REVOKED = queries.REVOKED, "A member revoked the invitation."
    EXPIRED = queries.EXPIRED, "The link has expired. The invitation can be sent again."


@strawberry_django.type(models.Membership, description="A person with a role in the tenant.")
class Member(Node):
    user_id: str
    email: str = strawberry.field(description="The address with which the person signs in.")
    name: str = strawberry.field(description="The name of the person. Empty if the person gave none.")
    role: MemberRole
    active: bool = strawberry.field(
        description="Whether the person can sign in. False if the platform has deactivated the person."
    )
    joined_at: datetime = strawberry.field(description="The time at which the person joined.")


@strawberry_django.type(models.Invitation, description="An offer of a role to an address, with a link that works once.")
class Invitation(Node):
    email: strawberry.auto
    role: MemberRole
    state: InvitationState = strawberry.field(description="Whether the link works.")
    invited_by: AuditActor
    created_at: strawberry.auto
    expires_at: strawberry.auto
    row: strawberry.Private[InvitationRow]

    @planned(mails_of_invitations, MANAGE_MEMBERS)
    @strawberry.field(description="The state of the mail that has the current link. Null after 90 days.")
    def mail(self, info: Info) -> MailState | None:
        return prefetched(self, info)


@strawberry_django.type(mail.Mail, description="A mail of the platform to one person.")
class Mail(Node):
    recipient: strawberry.auto
    state: MailState
    tries: strawberry.auto
    created_at: strawberry.auto


_mail = copier(Mail, MailRow, "id", "state")


def mail_shown(row: MailRow) -> Mail:
    return _mail(row, id=strawberry.ID(global_id("Mail", row.id)), state=MailState(row.state))


_member = copier(Member, MemberRow, "id", "user_id", "role", "joined_at")


def member_shown(row: MemberRow) -> Member:
    return _member(
        row,
        id=strawberry.ID(global_id("Member", row.id)),
        user_id=str(row.user_id),
        role=MemberRole(row.role),
        joined_at=row.created_at,
    )


_invitation = copier(Invitation, InvitationRow, "id", "role", "state", "invited_by", "row")


def invitation_shown(row: InvitationRow) -> Invitation:
    who = row.invited_by
    return _invitation(
        row,
        id=strawberry.ID(global_id("Invitation", row.id)),
        role=MemberRole(row.role),
        state=InvitationState(row.state),
        invited_by=AuditActor(
            kind=PrincipalKind(as_text(who["kind"])), id=as_text(who["id"]), name=as_text(who["name"])
        ),
        row=row,
    )
