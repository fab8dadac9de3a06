"""Saves, enables and deletes sources of events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.events.models import BUILT_IN_SOURCES, Source
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue, ReadableJson
from automate.kernel.problems import no_such, refusal_of
from automate.kernel.revisions import DELETE_IT, SAVE_IT, check_revision, write_revision
from automate.kernel.shape_checks import problems_of, refusals
from automate.kernel.text import check_slug
from automate.kernel.transactions import in_transaction
from automate.triggers.schemes import (
    OPTIONS,
    TRUST,
    Scheme,
    option_problems,
    secret_problems,
    signed_headers,
    trust_warnings,
)
from automate.triggers.secret_versions import SecretChange, SigningSecret, secrets_of
from automate.triggers.source_settings import SourceSettings
from automate.triggers.unsigned_places import unsigned_place_problems

__all__ = ["delete_source", "keeping_trust", "save_source", "set_enabled", "trust_warnings"]

AUDITED = ("scheme", "options", "intake", "enabled")


def save_source(
    *,
    slug: str,
    scheme: str,
    secrets: Sequence[str] | None = None,
    options: Mapping[str, JsonValue] | None,
    enabled: bool | None = None,
    expected_revision: int | None,
    add_secrets: Sequence[str] = (),
    revoke_secrets: Sequence[int] = (),
    intake: Mapping[str, JsonValue] | None = None,
    field: str = OPTIONS,
) -> uuid.UUID:
    """Create or change a source, and return its id. An argument that is None keeps the stored value.

    The newest secret is first in ``add_secrets``. ``revoke_secrets`` lists the versions to remove.

    Raises BAD_USER_INPUT with all problems of the fields. Raises CONFLICT if the revision is not the expected one.
    """
    check_slug(slug)
    _check_not_built_in(slug, "slug")
    if options is not None and not isinstance(options, dict):
        raise NormalizedError("BAD_USER_INPUT", "options must be a JSON object.", path=["options"])
    kind = _scheme(scheme)
    change = SecretChange(secrets, add_secrets, revoke_secrets)
    with in_transaction():
        found = _live(slug)
        check_revision(found, expected_revision)
        source_id = found.id if found else new_id()
        same = found if found and found.scheme == kind.value else None
        kept = secrets_of(same, replaced=secrets is not None) if same else []
        wanted = change.applied(kept, found.last_secret_version if found else 0)
        stored = same.options if same else {}
        settings = keeping_trust(options, stored) if options is not None else stored
        takes = dict(intake) if intake is not None else (found.intake if found else {})
        texts = [secret.text for secret in wanted]
        wrong = [*secret_problems(kind, texts, field=change.field), *setting_problems(scheme, settings, takes, field)]
        if wrong:
            raise refusal_of(wrong)
        values: dict[str, object] = {"scheme": kind.value, "options": settings}
        values["enabled"] = enabled if enabled is not None else found is None or found.enabled
        values["intake"] = takes
        before = {name: getattr(found, name) for name in AUDITED} if found else {}
        changed = _versions(wanted) != _versions(kept)
        if found and not changed and before == values:
            unchanged: uuid.UUID = found.id
            return unchanged
        changes = audit.differences(before, values)
        if changed or found is None:
            values |= _secret_columns(source_id, found, wanted)
        if changed:
            # Only the versions are audited, never a secret.
            changes["secret_count"] = (len(kept), len(wanted))
            changes["versions"] = (_versions(kept), _versions(wanted))
        write_revision(Source, found, source_id, slug, values)
        audit.record("source.update" if found else "source.create", "source", source_id, slug, changes)
    return source_id


def setting_problems(
    scheme: str, options: Mapping[str, JsonValue], intake: Mapping[str, JsonValue], field: str = OPTIONS
) -> list[NormalizedError]:
    """Return all problems of a source's options and settings, but not of its secrets.

    Raises BAD_USER_INPUT for an unknown scheme.
    """
    kind = _scheme(scheme)
    wrong = [*option_problems(kind, options, field=field), *source_settings_problems(intake)]
    # Signed headers can be determined from correct options only.
    return wrong or list(unsigned_place_problems(intake, signed_headers(kind, options)))


def source_settings_problems(given: ReadableJson) -> list[NormalizedError]:
    """Return all problems of stored settings. Each problem is a BAD_USER_INPUT whose path has the names of the API."""
    return refusals(problems_of(SourceSettings, given, ("intake",), stored=True))


def keeping_trust(options: Mapping[str, JsonValue], stored: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the options to store. Null options are omitted. A missing ``trust_unsigned_headers`` keeps its stored value."""
    kept = {TRUST: stored[TRUST]} if TRUST in stored else {}
    given = {**kept, **{name: value for name, value in options.items() if value is not None}}
    return {name: value for name, value in given.items() if name != TRUST or value is not False}


def set_enabled(slug: str, *, enabled: bool, expected_revision: int | None) -> uuid.UUID:
    """Enable or disable a source, and return its id. A disabled source answers as if it did not exist.

    Raises NOT_FOUND for an unknown source, and BAD_USER_INPUT for a built-in source. Raises CONFLICT if the revision is
    not the expected one.
    """
    with in_transaction():
        found = _existing(slug, expected_revision)
        if found.enabled != enabled:
            write_revision(Source, found, found.id, slug, {"enabled": enabled})
            verb = "source.enable" if enabled else "source.disable"
            audit.record(verb, "source", found.id, slug, {"enabled": (found.enabled, enabled)})
        source_id: uuid.UUID = found.id
    return source_id


def delete_source(slug: str, *, expected_revision: int | None) -> uuid.UUID:
    """Delete a source and its secrets, and return the id of the source. The events of the source are kept.

    Raises NOT_FOUND for an unknown source, and BAD_USER_INPUT for a built-in source. Raises CONFLICT if the revision is
    not the expected one.
    """
    with in_transaction():
        found = _existing(slug, expected_revision, DELETE_IT)
        gone = {"enabled": False, "secrets": [], "secret_uses": {}, "deleted_at": Now()}
        write_revision(Source, found, found.id, slug, gone)
        changes = {"secret_count": (len(found.secrets), 0), "enabled": (found.enabled, False)}
        audit.record("source.delete", "source", found.id, slug, changes)
        source_id: uuid.UUID = found.id
    return source_id


def _live(slug: str) -> Source | None:
    found: Source | None = Source.objects.filter(slug=slug, deleted_at__isnull=True).first()
    return found


def _existing(slug: str, expected_revision: int | None, then: str = SAVE_IT) -> Source:
    _check_not_built_in(slug, "source")
    found = _live(slug)
    if found is None:
        raise no_such("source", "slug", "sources", "source")
    check_revision(found, expected_revision, then)
    return found


def _check_not_built_in(slug: str, field: str) -> None:
    if slug in BUILT_IN_SOURCES:
        raise NormalizedError(
            "BAD_USER_INPUT", f"The source {slug} is built in and cannot be changed. Choose another slug.", path=[field]
        )


def _scheme(name: str) -> Scheme:
    try:
        return Scheme(name)
    except ValueError:
        known = ", ".join(scheme.value for scheme in Scheme)
        raise NormalizedError("BAD_USER_INPUT", f"scheme must be one of {known}.", path=["scheme"]) from None


def _versions(secrets: Sequence[SigningSecret]) -> list[int]:
    return sorted(secret.version for secret in secrets)


def _secret_columns(
    source_id: uuid.UUID, found: Source | None, wanted: Sequence[SigningSecret]
) -> dict[str, JsonValue]:
    last = found.last_secret_version if found else 0
    return {
        "secrets": [secret.stored(source_id) for secret in wanted],
        "last_secret_version": max([last, *_versions(wanted)]),
    }
