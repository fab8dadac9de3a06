"""Downloads and checks a tenant's archive."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import TypedDict

import httpx2

from automate.client.api import SECONDS, tls_verify, unreachable
from automate.client.target import is_loopback
from automate.kernel.errors import NormalizedError

MANIFEST = "manifest.json"
PART_SECONDS = 120.0
"""The time limit for each part that the server sends."""


class ArchivedTable(TypedDict):
    rows: int
    sha256: str


class Manifest(TypedDict):
    """The manifest of an archive, with the fields that the commands read."""

    tables: dict[str, ArchivedTable]


def download(url: str, token: str, file: Path) -> None:
    """Download a URL into a file.

    Raises OSError if the file cannot be written. Raises UNAVAILABLE if the server refuses the download, does not
    answer, or ends the connection early.
    """
    headers = {"Authorization": f"Bearer {token}"}
    timeout = httpx2.Timeout(SECONDS, read=PART_SECONDS)
    try:
        with (
            httpx2.stream(
                "GET", url, headers=headers, timeout=timeout, trust_env=not is_loopback(url), verify=tls_verify(url)
            ) as answer,
            file.open("wb") as out,
        ):
            if answer.status_code != httpx2.codes.OK:
                answer.read()
                raise NormalizedError(
                    "UNAVAILABLE",
                    f"The server refused the download with status {answer.status_code}: {answer.text[:300]}",
                )
            for part in answer.iter_raw():
                out.write(part)
    except httpx2.ConnectError as error:
        raise unreachable(url, error) from None
    except httpx2.TransportError as error:
        raise NormalizedError("UNAVAILABLE", f"The download was interrupted: {error}. Run the command again.") from None


def checked(file: Path) -> Manifest:
    """Check an archive, and return its manifest. Raises UNAVAILABLE for an incomplete archive."""
    digests: dict[str, hashlib._Hash] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(file, "r|") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None:
                    continue
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                    continue
                digest = digests.setdefault(member.name.partition("/")[0], hashlib.sha256())
                digest.update(content.read())
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise _broken(str(error)) from None
    if manifest is None:
        raise _broken("it has no manifest")
    for name, table in manifest["tables"].items():
        if digests.get(name, hashlib.sha256()).hexdigest() != table["sha256"]:
            raise _broken(f"{name} differs from its SHA-256")
    return manifest


def _broken(why: str) -> NormalizedError:
    return NormalizedError("UNAVAILABLE", f"The archive is not complete: {why}. Run the command again.")
