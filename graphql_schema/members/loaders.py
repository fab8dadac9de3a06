"""Load related data of many invitations at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.mail.choices import MailState
from automate.mail.models import INVITATION
from automate.mail.queries import latest_states
from graphql_schema.planning import Of, Selected
from tenants.people.queries import InvitationRow


def mails_of_invitations(invitations: Sequence[Of[InvitationRow]], _field: Selected) -> list[MailState | None]:
    found = latest_states(INVITATION, [invitation.row.id for invitation in invitations])
    states = [found.get(invitation.row.id) for invitation in invitations]
    return [None if state is None else MailState(state) for state in states]
