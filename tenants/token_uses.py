"""Which token was used from which address, and when: gathered in the process, and written once a minute for all tokens together."""

from __future__ import annotations

import atexit
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from django.db import Error, connection

from automate.audit import services as audit
from automate.kernel.addresses import network_of
from automate.kernel.principals import acting_as
from automate.kernel.roles import AUTHENTICATION_ROLE, OPERATOR_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from tenants.use_queries import known_addresses, write_uses

if TYPE_CHECKING:
    from tenants.authentication import Credential

log = structlog.get_logger(__name__)

WRITE_SECONDS = 60.0
MOST_GATHERED = 4_096
"""Pairs of token and address. Beyond that, uses from further addresses wait for the next minute."""
MOST_SHOWN = 10
"""Addresses that one entry of the audit record names; the entry counts all of them."""

Pair = tuple[uuid.UUID, str]


@dataclass
class TokenUses:
    """Of one process. Thread-safe. used: by token and address, the credential and the monotonic time of the last use."""

    used: dict[Pair, tuple[Credential, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None

    def note(self, credential: Credential, address: str) -> None:
        """Without SQL, and without waiting for any."""
        pair = uuid.UUID(credential.principal.id), network_of(address)[:64]
        with self.lock:
            if pair in self.used or len(self.used) < MOST_GATHERED:
                self.used[pair] = credential, time.monotonic()
            if self.thread is None:
                self.thread = threading.Thread(target=self._keep_writing, name="token-uses", daemon=True)
                self.thread.start()

    def write(self) -> None:
        """Write the uses since the last call. Uses that the database refuses are gathered again."""
        with self.lock:
            used, self.used = self.used, {}
        if not used:
            return
        try:
            _record_new_addresses(used)
            with acting_for_platform("token uses", AUTHENTICATION_ROLE):
                write_uses({pair: (_tenant_of(one), time.monotonic() - at) for pair, (one, at) in used.items()})
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


def _record_new_addresses(used: Mapping[Pair, tuple[Credential, float]]) -> None:
    """One audit entry for each token that new addresses have used. Written before the addresses are known: a crash repeats the entry."""
    with acting_for_platform("token uses", AUTHENTICATION_ROLE):
        known = known_addresses([token_id for token_id, _ in used])
    new: dict[uuid.UUID, list[str]] = defaultdict(list)
    for token_id, address in used.keys() - known:
        new[token_id].append(address)
    credentials = {token_id: credential for (token_id, _), (credential, _at) in used.items()}
    for token_id, addresses in new.items():
        try:
            _record(credentials[token_id], sorted(addresses))
        except Error as error:
            # The tenant may be gone, or the platform token revoked: the other tokens' entries are written all the same.
            log.warning("a new address was not recorded", token=str(token_id), error=str(error).strip())


def _record(credential: Credential, addresses: Sequence[str]) -> None:
    principal, tenant = credential.principal, credential.tenant
    about = ("api_token.new_address", "api_token", principal.id, principal.name)
    changes = {"addresses": (None, list(addresses[:MOST_SHOWN])), "count": (None, len(addresses))}
    with acting_as(principal):
        if tenant is not None:
            with acting_for(tenant), in_transaction():
                audit.record(*about, changes)
            return
        with acting_for_platform("token uses", OPERATOR_ROLE, proof=credential.proof), in_transaction():
            audit.record_of_platform(*about, changes, None)


uses = TokenUses()


def note_use(credential: Credential, address: str) -> None:
    """A request with a valid token, from the address of its client."""
    uses.note(credential, address)


@atexit.register
def write_uses_at_exit() -> None:
    """What was gathered since the last minute."""
    uses.write()
