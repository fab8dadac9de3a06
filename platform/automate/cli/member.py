"""``automate member``: list, invite, change and remove a tenant's members through the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen, global_id, role_of
from automate.cli.output import line, table
from automate.client import answers
from automate.client.api import Api
from automate.client.operations import (
    CHANGE_MEMBER_ROLE,
    INVITATIONS,
    INVITE_MEMBER,
    MEMBERS,
    REMOVE_MEMBER,
    REVOKE_INVITATION,
)
from automate.kernel.errors import NormalizedError

member = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, invite, change and remove the tenant's members."
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address of a person.")]
Who = Annotated[str, typer.Argument(metavar="MEMBER", help="Address or id of a member.")]
Role = Annotated[str, typer.Option(help="owner, admin, editor, operator or viewer; with at most your own permissions.")]


@member.command("list")
def list_members(*, tenant: Tenant = "") -> None:
    """Show the tenant's members, then its open invitations."""
    with api_of(chosen(tenant)) as api:
        rows = [_cells(row) for row in api.rows(MEMBERS)]
        rows += [_invited(row) for row in api.rows(INVITATIONS)]
    table(rows)


@member.command()
def invite(email: Email, *, role: Role, tenant: Tenant = "") -> None:
    """Send an invitation by mail. A repeated call sends a new link with the new role."""
    with api_of(chosen(tenant)) as api:
        line(*_invited(api.mutate(INVITE_MEMBER, {"email": email, "role": role_of(role)})["invitation"]))


@member.command()
def role(who: Who, new_role: Annotated[str, typer.Argument(metavar="ROLE")], *, tenant: Tenant = "") -> None:
    """Give a member another role. The change takes effect within one second."""
    with api_of(chosen(tenant)) as api:
        values = {"member": _find(api, who)["id"], "role": role_of(new_role)}
        line(*_cells(api.mutate(CHANGE_MEMBER_ROLE, values)["member"]))


@member.command()
def remove(who: Who, *, tenant: Tenant = "") -> None:
    """Remove a member, or revoke an open invitation. The person loses access within one second."""
    with api_of(chosen(tenant)) as api:
        invited = next((row for row in api.rows(INVITATIONS) if who.strip().lower() == row["email"]), None)
        if invited is not None:
            line(*_invited(api.mutate(REVOKE_INVITATION, {"invitation": invited["id"]})["invitation"]))
            return
        found = _find(api, who)
        line(*_cells(api.mutate(REMOVE_MEMBER, {"member": found["id"]})["member"]))


def _find(api: Api, who: str) -> answers.Member:
    # Raises NOT_FOUND if neither exists.
    known, address = global_id("Member", who), who.strip().lower()
    members: Iterator[answers.Member] = api.rows(MEMBERS)
    for row in members:
        if row["id"] == known or row["email"] == address:
            return row
    raise NormalizedError(
        "NOT_FOUND", f"No member has the address or id {who!r}. `automate member list` shows all members."
    )


def _cells(row: answers.Member) -> list[str]:
    return [row["role"].lower(), "active" if row["active"] else "inactive", row["email"], row["name"] or "-", row["id"]]


def _invited(row: answers.Invitation) -> list[str]:
    mail = f"mail {row['mail'].lower()}" if row["mail"] else "no mail"
    return [
        row["role"].lower(),
        f"{row['state'].lower()}, {mail}",
        row["email"],
        f"until {row['expiresAt']}",
        row["id"],
    ]
