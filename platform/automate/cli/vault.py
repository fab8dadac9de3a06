"""``automate vault``: create a key pair for tenants' secrets, and encrypt stored secrets again with new keys."""

from __future__ import annotations

import os
import time
from typing import Annotated

import typer

from automate.cli.checkup.environment import adopt_installation
from automate.cli.output import line, note, waiting
from automate.cli.processes import make_django_ready
from automate.kernel.errors import NormalizedError
from automate.project.environment import choose_login
from automate.vault.keys import PRIVATE, PUBLIC, READER, new_pair

INTERRUPTED = 130

vault = typer.Typer(add_completion=False, no_args_is_help=True, help="Create and rotate the keys of secrets.")


@vault.command("new-key")
def new_key(
    key_id: Annotated[
        str, typer.Argument(help="The name of the key, such as k2: letters, digits and underscores.")
    ] = "k1",
) -> None:
    """Print a new key pair as two settings. Nothing is stored."""
    if not (key_id.isascii() and key_id.isidentifier()):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The name of the key is {key_id!r}. Use only letters, digits and underscores, and begin with a letter.",
        )
    public, private = new_pair(key_id)
    line(f"{PUBLIC}={public}")
    line(f"{PRIVATE}={private}")


@vault.command()
def rotate() -> None:
    """Find stored values that an older key encrypted, and encrypt these values again with the current keys.

    The processes of the platform can run during this command. The command can be interrupted and repeated.
    """
    os.environ.update(adopt_installation(os.environ))
    if not os.environ.get(PRIVATE):
        raise NormalizedError(
            "VAULT_KEY_MISSING",
            f"{PRIVATE} is missing. Run this command with the settings of the workers. Set {PRIVATE} to the new key, followed by the old keys.",
        )
    choose_login(READER)
    begun = time.monotonic()
    try:
        with waiting("Sealing the secrets of tenants") as work:
            make_django_ready()
            from tenants import vault_rotation  # noqa: PLC0415 - with Django ready

            done = vault_rotation.rotate(work.reached)
    except KeyboardInterrupt:
        line(
            f"Interrupted after {work.done:,} of {work.total or 0:,} tenants. Run the command again to continue.",
            console=note,
        )
        raise typer.Exit(INTERRUPTED) from None
    line(
        f"Sealed {done.values:,} {'value' if done.values == 1 else 'values'} again in {time.monotonic() - begun:.1f} s"
    )
    for name in done.unopened:
        line(f"Not opened: {name}", console=note)
    if done.unopened:
        raise typer.Exit(1)
