"""Records the addresses from which tokens were used. The addresses are written once a minute."""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from django.db import Error, connection

from automate.audit.tallies import MOST_ADDRESSES
from automate.audit.tally_queries import TallyRow, write_tallies
from automate.kernel.addresses import network_of
from automate.kernel.last_writes import write_last
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.transactions import in_transaction
from tenants.credentials import Credential
from tenants.use_queries import Pair, write_uses

log = structlog.get_logger(__name__)

WRITE_SECONDS = 60.0
MOST_GATHERED = 4_096
"""Pairs of token and address. Beyond this number, uses from further addresses wait for the next minute."""


@lru_cache(MOST_GATHERED)
def _pair(token: str, address: str) -> Pair:
    return uuid.UUID(token), network_of(address)[:64]


@dataclass
class TokenUses:
    """Collects the uses of tokens in one process. Thread-safe."""

    used: dict[Pair, tuple[Credential, float]] = field(default_factory=dict)
    """By token and address: the credential, and the monotonic time of the last use."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None

    def note(self, credential: Credential, address: str) -> None:
        """Record in memory that a token was used from an address."""
        pair = _pair(credential.principal.id, address)
        with self.lock:
            if pair in self.used or len(self.used) < MOST_GATHERED:
                self.used[pair] = credential, time.monotonic()
            if self.thread is None:
                self.thread = threading.Thread(target=self._keep_writing, name="token-uses", daemon=True)
                self.thread.start()

    def write(self) -> None:
        """Write the collected uses of tokens to the database. If the write fails, the next call writes these uses."""
        with self.lock:
            used, self.used = self.used, {}
        if not used:
            return
        try:
            with acting_for_platform("token uses", AUTHENTICATION_ROLE), in_transaction():
                # When several processes insert the same address, one of them counts it.
                new = write_uses({pair: (_tenant_of(one), time.monotonic() - at) for pair, (one, at) in used.items()})
                if new:
                    write_tallies(_new_addresses(new, used))
        except Error as error:
            log.warning("uses of tokens were not written", tokens=len(used), error=str(error).strip())
            with self.lock:
                self.used = {**used, **self.used}
        finally:
            connection.close()

    def _keep_writing(self) -> None:
        while True:
            time.sleep(WRITE_SECONDS)
            self.write()


def _tenant_of(credential: Credential) -> uuid.UUID | None:
    return credential.tenant.id if credential.tenant is not None else None


def _new_addresses(new: AbstractSet[Pair], used: Mapping[Pair, tuple[Credential, float]]) -> list[TallyRow]:
    # For the audit record.
    of_tokens: dict[uuid.UUID, list[Pair]] = defaultdict(list)
    for pair in sorted(new):
        of_tokens[pair[0]].append(pair)
    return [_row(used[pairs[0]][0], [address for _, address in pairs]) for pairs in of_tokens.values()]


def _row(credential: Credential, addresses: Sequence[str]) -> TallyRow:
    principal = credential.principal
    return TallyRow(
        tenant_id=_tenant_of(credential),
        action="api_token.new_address",
        reason="",
        who=principal.id,
        actor={"kind": principal.kind, "id": principal.id, "name": principal.name},
        object={"kind": "api_token", "id": principal.id, "label": principal.name},
        addresses=addresses[:MOST_ADDRESSES],
        times=len(addresses),
    )


uses = TokenUses()


def note_use(credential: Credential, address: str) -> None:
    """Record that a request used a valid token. Also record the client's address."""
    uses.note(credential, address)


def write_uses_at_end() -> None:
    uses.write()


write_last(write_uses_at_end)
