"""Set and delete the values of secrets, and set the rules for their use."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.problems import no_such
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_pattern
from automate.kernel.transactions import in_transaction, require_transaction
from automate.vault.allowed import READERS, read_lists
from automate.vault.envelope import seal_for_workers
from automate.vault.models import Secret, SecretVersion
from automate.vault.places import secret_place
from automate.vault.queries import count_secrets
from automate.vault.resolving import is_text
from automate.vault.rules import NAME, WANTED_NAME

MOST_SECRETS = 1_000
"""Maximum number of secrets of one tenant. So all secrets fit into one list without pages."""
MOST_VERSIONS = 20
"""Maximum number of readable versions of one secret."""
MOST_VALUE_BYTES = 32 * 1024
"""Maximum bytes of one value. Key files of service accounts have about 2,500 bytes."""
LONGEST_OVERLAP = timedelta(days=366)


def save_secret(*, name: str, allowed: Mapping[str, Sequence[str] | None], expected_revision: int | None) -> None:
    """Set the rules that limit the use of a secret. The value of the secret does not change.

    A list that is None allows everything, and an empty list allows nothing. ``expected_revision=None`` skips the check
    of the revision.

    Raises BAD_USER_INPUT or LIMIT_EXCEEDED with all problems of the lists. Raises CONFLICT if the secret has another
    revision.
    """
    check_pattern(name, NAME, path=["name"], wanted=WANTED_NAME)
    read = read_lists(allowed)
    with in_transaction():
        found = _locked(name)
        check_revision(found, expected_revision)
        values, changes = _rule_change(found, read)
        if found and not changes:
            return
        secret_id = _write(found, name, values)
        audit.record("secret.update" if found else "secret.create", "secret", secret_id, name, changes)


def set_secret(
    *,
    name: str,
    value: str,
    allowed: Mapping[str, Sequence[str] | None],
    overlap_seconds: int | None,
    expected_revision: int | None,
) -> int:
    """Store a new version of a secret, and return the number of the version.

    ``overlap_seconds``: for how long older versions stay readable. With 0, older versions end at once. With None,
    older versions stay until they are deleted.

    Raises BAD_USER_INPUT for an invalid value. Raises LIMIT_EXCEEDED for too many secrets, versions or list
    entries. Raises CONFLICT if the secret has another revision, and VAULT_KEY_MISSING if the installation cannot
    encrypt values.
    """
    check_pattern(name, NAME, path=["name"], wanted=WANTED_NAME)
    _check_value(value)
    _check_overlap(overlap_seconds)
    read = read_lists(allowed)
    with in_transaction():
        found = _locked(name)
        check_revision(found, expected_revision)
        before = found.last_version if found else 0
        number = before + 1
        values, changes = _rule_change(found, read)
        secret_id = _write(found, name, {**values, "last_version": number})
        _end_older(secret_id, overlap_seconds)
        sealed = seal_for_workers(value, secret_place(current_tenant().id, name, number))
        SecretVersion.objects.create(secret_id=secret_id, number=number, sealed=sealed, created_at=Now())
        audit.record("secret.set", "secret", secret_id, name, {**changes, "version": (before or None, number)})
    return number


def remove_version(found: Secret, version: int) -> None:
    """Delete one version of a locked secret. Requires a transaction. Raises NOT_FOUND for an unknown version."""
    require_transaction()
    if not SecretVersion.objects.filter(secret_id=found.id, number=version).delete()[0]:
        raise NormalizedError(
            "NOT_FOUND",
            f"{found.slug} has no version {version}. `secrets {{ versions }}` lists its versions.",
            path=["version"],
        )
    write_revision(Secret, found, found.id, found.slug, {})
    audit.record("secret.delete_version", "secret", found.id, found.slug, {"version": (version, None)})


def remove_secret(found: Secret) -> None:
    """Delete a secret with its versions and rules. Requires a transaction that has locked the secret's row."""
    require_transaction()
    versions = SecretVersion.objects.filter(secret_id=found.id)
    count = versions.count()
    versions.delete()
    Secret.objects.filter(id=found.id).delete()
    changes: audit.Changes = {field: (getattr(found, field), None) for field in READERS}
    audit.record("secret.delete", "secret", found.id, found.slug, {**changes, "version_count": (count, 0)})


def forget_expired() -> None:
    """Delete all expired versions of secrets."""
    SecretVersion.objects.filter(expires_at__lte=Now()).delete()


def locked_secret(name: str, expected_revision: int | None) -> Secret:
    """Lock and return a secret. Until the transaction ends, no call of a connector can begin to use the secret.

    Raises NOT_FOUND for an unknown secret. Raises CONFLICT if the secret has another revision.
    """
    found = _locked(name, alone=True)
    if found is None:
        raise no_such("secret", "name", "secrets", "name")
    check_revision(found, expected_revision, DELETE_IT)
    return found


def _locked(name: str, *, alone: bool = False) -> Secret | None:
    # `alone` also prevents calls from starting to use the secret.
    require_transaction()
    found: Secret | None = Secret.objects.select_for_update(no_key=not alone).filter(slug=name).first()
    return found


def _rule_change(found: Secret | None, read: Mapping[str, list[str] | None]) -> tuple[dict[str, object], audit.Changes]:
    values: dict[str, object] = {field: getattr(found, field) if found else None for field in READERS} | dict(read)
    before = {field: getattr(found, field) for field in READERS} if found else {}
    return values, audit.differences(before, values) if before != values else {}


def _write(found: Secret | None, name: str, values: Mapping[str, object]) -> uuid.UUID:
    if found is None and count_secrets() >= MOST_SECRETS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This tenant has {MOST_SECRETS:,} secrets, which is the maximum. Delete one with deleteSecret.",
            details={"limit": "secrets", "maximum": MOST_SECRETS},
        )
    secret_id: uuid.UUID = found.id if found else new_id()
    write_revision(Secret, found, secret_id, name, values)
    return secret_id


def _end_older(secret_id: uuid.UUID, overlap_seconds: int | None) -> None:
    # With None, the versions do not end.
    versions = SecretVersion.objects.filter(secret_id=secret_id)
    if overlap_seconds is not None:
        end = Now() + timedelta(seconds=overlap_seconds)
        versions.filter(Q(expires_at=None) | Q(expires_at__gt=end)).update(expires_at=end)
    versions.filter(expires_at__lte=Now()).delete()
    if versions.count() >= MOST_VERSIONS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This secret has {MOST_VERSIONS} readable versions, which is the maximum. Delete one with deleteSecret, or pass overlapSeconds.",
            details={"limit": "secret_versions", "maximum": MOST_VERSIONS},
            path=["overlapSeconds"],
        )


def _check_value(value: str) -> None:
    # Messages do not contain the value.
    if not is_text(value) or "\0" in value:
        wrong = "`value` must be UTF-8 text without the character NUL. Encode binary values, for example as base64."
        raise NormalizedError("BAD_USER_INPUT", wrong, path=["value"])
    if len(value.strip()) < MIN_SECRET_CHARACTERS:
        wrong = (
            f"`value` must have at least {MIN_SECRET_CHARACTERS} characters besides white space: a shorter one cannot be redacted "
            "from the outputs of steps. Set a longer value."
        )
        raise NormalizedError("BAD_USER_INPUT", wrong, path=["value"])
    if (size := len(value.encode())) > MOST_VALUE_BYTES:
        wrong = f"`value` has {size:,} bytes; the maximum is {MOST_VALUE_BYTES:,}. Store a key or a token instead of a file."
        raise NormalizedError("PAYLOAD_TOO_LARGE", wrong, path=["value"])


def _check_overlap(seconds: int | None) -> None:
    most = int(LONGEST_OVERLAP.total_seconds())
    if seconds is not None and not 0 <= seconds <= most:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`overlapSeconds` is {seconds}; it must be between 0 and {most:,}, which is {LONGEST_OVERLAP.days} days.",
            path=["overlapSeconds"],
        )
