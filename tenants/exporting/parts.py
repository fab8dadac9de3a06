"""Exports a tenant's data as a tar file, in parts."""

from __future__ import annotations

import hashlib
import json
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from automate.kernel.limits import MIB
from automate.kernel.tenancy import TenantRef, acting_for
from tenants.exporting.table_queries import HIDDEN, LEFT_OUT, TABLES, Table, rows_after

PART_BYTES = MIB
"""A file of the archive ends with the row that exceeds this size."""
BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
MANIFEST = "manifest.json"


@dataclass
class ManifestLine:
    """The manifest's entry for one table."""

    files: int = 0
    rows: int = 0
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    """The digest of all files of the table, in order."""

    def add(self, content: bytes, rows: int) -> None:
        self.files += 1
        self.rows += rows
        self.size += len(content)
        self.digest.update(content)

    def as_json(self) -> dict[str, object]:
        return {"files": self.files, "rows": self.rows, "bytes": self.size, "sha256": self.digest.hexdigest()}


def archive(tenant: TenantRef) -> Iterator[bytes]:
    """Yield the parts of the tar file. The manifest is the last file."""
    began = time.time()
    lines: dict[str, ManifestLine] = {}
    for table in TABLES:
        lines[table.name] = line = ManifestLine()
        for content, rows in _files(tenant, table):
            line.add(content, rows)
            yield _member(f"{table.name}/{line.files:06}.jsonl", content, began)
    manifest = {
        "format": 1,
        "tenant": {"id": str(tenant.id), "slug": tenant.slug},
        "exportedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
        "tables": {name: line.as_json() for name, line in lines.items()},
        "leftOut": dict(LEFT_OUT),
        "hidden": list(HIDDEN),
    }
    yield _member(MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n", began) + END


def _files(tenant: TenantRef, table: Table) -> Iterator[tuple[bytes, int]]:
    # Each with its number of rows.
    lines: list[bytes] = []
    size = 0
    after: tuple[object, ...] | None = None
    while True:
        with acting_for(tenant):
            found = rows_after(table, after)
        for *key, text in found:
            after = tuple(key)
            lines.append(text.encode() + b"\n")
            size += len(lines[-1])
            if size >= PART_BYTES:
                yield b"".join(lines), len(lines)
                lines, size = [], 0
        if len(found) < table.rows:
            break
    if lines:
        yield b"".join(lines), len(lines)


def _member(name: str, content: bytes, at: float) -> bytes:
    head = tarfile.TarInfo(name)
    head.size, head.mtime = len(content), int(at)
    return head.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % BLOCK)
