"""``automate token``: list, create, revoke and rotate a tenant's tokens through the API."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen, global_id, role_of
from automate.cli.output import line, note, table
from automate.client import answers
from automate.client.api import Api
from automate.client.operations import CREATE_TOKEN, REVOKE_TOKEN, ROTATE_TOKEN, TOKENS
from automate.kernel.errors import NormalizedError

token = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, revoke and rotate the tenant's tokens."
)

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,9})([smhd])")

Which = Annotated[
    str, typer.Argument(metavar="TOKEN", help="Id or prefix of a token, or its name if only one active token has it.")
]
ExpiresIn = Annotated[str, typer.Option(metavar="TIME", help="For example 90d, 12h or 30m. The default is never.")]


@token.command("list")
def list_tokens(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also list revoked and expired tokens.")] = False,
    tenant: Tenant = "",
) -> None:
    """Show the tenant's tokens, without their values."""
    with api_of(chosen(tenant)) as api:
        found = [row for row in api.rows(TOKENS) if everything or row["state"] == "ACTIVE"]
    table(_cells(row) for row in found)


@token.command()
def create(
    name: Annotated[str, typer.Argument(help="A name for people, such as `deploy pipeline`.")],
    *,
    role: Annotated[str, typer.Option(help="owner, admin, editor, operator or viewer.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="A permission of the role; may be repeated. The default is all.")
    ] = None,
    allow_ip: Annotated[
        list[str] | None,
        typer.Option(help="An address or network that may use the token; may be repeated. The default is all."),
    ] = None,
    expires_in: ExpiresIn = "",
    tenant: Tenant = "",
) -> None:
    """Create a token with at most your own permissions. The token's value is printed once, alone on standard output."""
    values = {
        "name": name,
        "role": role_of(role),
        "scopes": scope,
        "allowedIps": allow_ip,
        "expiresAt": _time_in(expires_in),
    }
    with api_of(chosen(tenant)) as api:
        made = api.mutate(CREATE_TOKEN, values)
    _show(made["token"], made["value"])


@token.command()
def revoke(
    which: Which,
    *,
    and_its_tokens: Annotated[
        bool, typer.Option("--and-its-tokens", help="Also revoke the active tokens that this token created.")
    ] = False,
    tenant: Tenant = "",
) -> None:
    """Revoke a token. Within one second, the token is refused everywhere.

    Lists active tokens that the revoked token created.
    """
    with api_of(chosen(tenant)) as api:
        ended = api.mutate(REVOKE_TOKEN, {"token": _id_of(api, which), "andItsTokens": and_its_tokens})
    for row in (ended["token"], *ended["itsTokens"]):
        line(*_cells(row))
    if ended["itsTokens"] and not and_its_tokens:
        line(
            f"{len(ended['itsTokens'])} tokens that the revoked token created are still active. To revoke these tokens as well, add --and-its-tokens.",
            console=note,
        )


@token.command()
def rotate(
    which: Which,
    *,
    overlap: Annotated[
        str,
        typer.Option(metavar="TIME", help="How long the old token is still accepted, such as 1h; 0s ends it at once."),
    ],
    expires_in: ExpiresIn = "",
    tenant: Tenant = "",
) -> None:
    """Create a token that replaces an old token. The new value is printed once, alone on standard output."""
    values = {"overlapSeconds": _seconds("--overlap", overlap), "expiresAt": _time_in(expires_in)}
    with api_of(chosen(tenant)) as api:
        made = api.mutate(ROTATE_TOKEN, {"token": _id_of(api, which), **values})
    _show(made["token"], made["value"])


def _show(token: answers.ApiToken, value: str) -> None:
    line(*_cells(token), console=note)
    line(value)


def _cells(row: answers.ApiToken) -> list[str]:
    role = row["role"].lower()
    return [
        row["state"].lower(),
        row["prefix"],
        role if row["scopes"] is None else f"{role}:{','.join(row['scopes'])}",
        f"expires {row['expiresAt']}" if row["expiresAt"] else "no expiry",
        f"used {row['lastUsedAt']} from {row['lastUsedFrom']}" if row["lastUsedAt"] else "not used",
        row["id"],
        row["name"],
    ]


def _id_of(api: Api, which: str) -> str:
    # Raises NOT_FOUND, or CONFLICT if several active tokens have the name or prefix.
    rows = list(api.rows(TOKENS))
    known = global_id("ApiToken", which)
    found = [row for row in rows if row["id"] == known]
    found = found or [row for row in rows if row["state"] == "ACTIVE" and which in (row["name"], row["prefix"])]
    if not found:
        raise NormalizedError(
            "NOT_FOUND",
            f"No token has the id {which!r}, and no active token has this name or prefix. `automate token list` shows all tokens.",
        )
    if len(found) > 1:
        raise NormalizedError(
            "CONFLICT",
            f"{len(found)} active tokens have the name or prefix {which!r}. Give the id of one of them, from `automate token list`.",
        )
    return str(found[0]["id"])


def _time_in(duration: str) -> str | None:
    if not duration:
        return None
    seconds = _seconds("--expires-in", duration)
    try:
        return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"--expires-in is {duration!r}, so the token would expire after the year 9999. Give a shorter time. For a token that never expires, omit --expires-in.",
        ) from None


def _seconds(option: str, duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise NormalizedError(
            "BAD_USER_INPUT", f"{option} is {duration!r}. Write a number and a unit instead, such as 30m, 12h or 90d."
        )
    return int(match[1]) * _SECONDS[match[2]]
