"""``automate vault``: the key pair of tenants' secrets."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.kernel.errors import NormalizedError
from automate.project.cli.output import line
from automate.vault.keys import PRIVATE, PUBLIC, new_pair

vault = typer.Typer(no_args_is_help=True, help="Make the keys of tenants' secrets.")


@vault.command("new-key")
def new_key(
    key_id: Annotated[str, typer.Argument(help="Its name, such as k2: letters, digits and underscores.")] = "k1",
) -> None:
    """Print a new key pair, as its two settings take it. Nothing is stored."""
    if not (key_id.isascii() and key_id.isidentifier()):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The name of the key is {key_id!r}; it must consist of letters, digits and underscores, and begin with a letter.",
        )
    public, private = new_pair(key_id)
    line(f"{PUBLIC}={public}")
    line(f"{PRIVATE}={private}")
