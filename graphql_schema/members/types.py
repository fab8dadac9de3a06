"""Member and Invitation: the people of a tenant, and those who are asked to join."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.audit.choices import PrincipalKind
from automate.mail import models as mail
from automate.mail.choices import MailState
from automate.mail.queries import MailRow
from graphql_schema.audit.types import AuditActor
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.enums import described
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, taken
from tenants.people import models, queries
from tenants.people.queries import InvitationRow, MemberRow


@described
class InvitationState(TextChoices):
    """OPEN: the link works. ACCEPTED, REVOKED and EXPIRED: it does not. An expired invitation can be sent again."""

    OPEN = queries.OPEN, "The link works."
    ACCEPTED = queries.ACCEPTED, "The person has joined."
    REVOKED = queries.REVOKED, "A member revoked the invitation."
    EXPIRED = queries.EXPIRED, "The link has expired. The invitation can be sent again."


@strawberry_django.type(models.Membership, description="A person with a role in the tenant.")
class Member(Node):
    user_id: str = strawberry.field(description="The person, as `viewer.id` and audit entries name the person.")
    email: str = strawberry.field(description="The address with which the person signs in.")
    name: str = strawberry.field(description="Empty where the person gave none.")
    role: strawberry.auto
    active: bool = strawberry.field(description="False: the platform has deactivated the person, who cannot sign in.")
    joined_at: datetime = strawberry.field(description="The time at which the person joined.")


@planned_by("graphql_schema.members.loaders")
@strawberry_django.type(models.Invitation, description="An offer of a role to an address, with a link that works once.")
class Invitation(Node):
    email: strawberry.auto
    role: strawberry.auto
    state: InvitationState = strawberry.field(description="Whether the link works.")
    invited_by: AuditActor
    created_at: strawberry.auto
    expires_at: strawberry.auto
    row: strawberry.Private[InvitationRow]

    @strawberry.field(description="What became of the mail with the current link. Null after 90 days.")
    def mail(self, info: Info) -> MailState | None:
        return taken(self, info)


@strawberry_django.type(mail.Mail, description="A mail of the platform to one person.")
class Mail(Node):
    recipient: strawberry.auto
    state: MailState
    tries: strawberry.auto
    created_at: strawberry.auto


def mail_shown(row: MailRow) -> Mail:
    return Mail(
        id=strawberry.ID(global_id("Mail", row.id)),
        recipient=row.recipient,
        state=MailState(row.state),
        tries=row.tries,
        created_at=row.created_at,
    )


def member_shown(row: MemberRow) -> Member:
    return Member(
        id=strawberry.ID(global_id("Member", row.id)),
        user_id=str(row.user_id),
        email=row.email,
        name=row.name,
        role=row.role,
        active=row.active,
        joined_at=row.created_at,
    )


def invitation_shown(row: InvitationRow) -> Invitation:
    who = row.invited_by
    return Invitation(
        id=strawberry.ID(global_id("Invitation", row.id)),
        email=row.email,
        role=row.role,
        state=InvitationState(row.state),
        invited_by=AuditActor(kind=PrincipalKind(who["kind"]), id=who["id"], name=who["name"]),
        created_at=row.created_at,
        expires_at=row.expires_at,
        row=row,
    )
