"""Options and arguments that several commands share."""

from __future__ import annotations

import base64
import os
import uuid
from pathlib import Path
from typing import Annotated

import typer

from automate.client.api import Api
from automate.client.target import ServerTarget, target_of
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import MEMBER_ROLES
from automate.kernel.strict_json import loads

Tenant = Annotated[str, typer.Option(help="A tenant of `make up`, such as globex.", metavar="SLUG")]
Payload = Annotated[str, typer.Option(help="The event's payload: JSON, or @FILE with JSON.", metavar="JSON")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: a repeated key starts nothing again.")]


def chosen(tenant: str) -> ServerTarget:
    """Return the server to which a command sends requests, and the token of these requests.

    Raises NormalizedError if the environment names no server and no installation runs on this machine.
    """
    return target_of(os.environ, tenant)


def role_of(text: str) -> str:
    """Convert a role to its name in the API. Raises BAD_USER_INPUT for an unknown role."""
    if text.lower() not in MEMBER_ROLES:
        raise NormalizedError(
            "BAD_USER_INPUT", f"There is no role {text[:64]!r}. Choose one of {', '.join(MEMBER_ROLES)}."
        )
    return text.upper()


def api_of(target: ServerTarget) -> Api:
    return Api(target.graphql, target.token)


def global_id(kind: str, text: str) -> str:
    """Convert a UUID to a global id of the API. Other texts are unchanged."""
    try:
        return base64.b64encode(f"{kind}:{uuid.UUID(text)}".encode()).decode()
    except ValueError:
        return text


def bare_id(global_text: str) -> str:
    return base64.b64decode(global_text).decode().partition(":")[2]


def json_of(text: str, where: str) -> JsonValue:
    """Parse a text as JSON. If the text is ``@FILE``, parse the content of this file.

    Raises BAD_USER_INPUT if the file cannot be read, and INVALID_JSON for invalid JSON.
    """
    # `where` is the name of the option. Python passes invalid UTF-8 as halves of surrogate pairs. As the original
    # bytes, the error names the position.
    body = text.encode(errors="surrogateescape")
    if text.startswith("@"):
        where = text[1:]
        body = read_file(Path(where))
    try:
        return loads(body)
    except NormalizedError as error:
        raise NormalizedError(error.code, f"{where}: {error.message}") from None


def read_file(path: Path) -> bytes:
    """Read a file. Raises BAD_USER_INPUT if the file does not exist or cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NormalizedError("BAD_USER_INPUT", f"The file {path} does not exist. Check the path.") from None
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"The file {path} cannot be read: {error.strerror}.") from None
