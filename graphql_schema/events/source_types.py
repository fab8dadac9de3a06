"""The type Source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import strawberry
import strawberry_django
from django.conf import settings
from django.db.models import TextChoices

from automate.events import models
from automate.events.choices import SourceScheme
from automate.events.queries import SourceRow, SourceSecretRow
from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import VIEW_EVENTS
from automate.kernel.shapes import read
from automate.kernel.tenancy import current_tenant
from automate.triggers.field_selectors import FieldSelector
from automate.triggers.schemes import Scheme, shown_options
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import KeySelector, SourceRate, SourceSettings, source_settings_of
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.enums import described
from graphql_schema.events.delivery_loaders import UNKEPT_DAYS, unkept_deliveries
from graphql_schema.events.straight import SOURCE
from graphql_schema.ids import global_id
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.scalars import BigInt
from graphql_schema.shaped import output_of, shown
from graphql_schema.straight.columns import straight


@described
class SignatureEncoding(TextChoices):
    """The encoding in which a signature is written."""

    HEX = "hex", "Hexadecimal digits."
    BASE64 = "base64", "Base64."
    BASE64URL = "base64url", "Base64 with - and _."


@described
class SignatureAlgorithm(TextChoices):
    """The hash function within an HMAC."""

    SHA1 = "sha1", "HMAC-SHA1."
    SHA256 = "sha256", "HMAC-SHA256."
    SHA512 = "sha512", "HMAC-SHA512."


@strawberry.type(description="One of a source's secrets, without its value.")
class SourceSecret:
    version: int = strawberry.field(description="The number of the secret. Numbers rise and are never reused.")
    added_at: datetime = strawberry.field(description="The time at which the secret was added.")
    last_used_at: datetime | None = strawberry.field(
        description="The last time that the secret verified a request, exact to a minute. Null: never."
    )


@output_of(HmacOptions, "How a signature is read. Values that the scheme fixes or does not use are null.")
class SourceVerification:
    encoding: SignatureEncoding | None
    algorithm: SignatureAlgorithm | None
    tolerance_seconds: int | None = strawberry.field(
        description="The largest difference between the signed time and the clock, in seconds. Null for a scheme "
        "without signed time.",
    )
    trust_unsigned_headers: bool | None = strawberry.field(
        description="Whether headers without a signature may set an event's type, subject and idempotency key.",
    )


@output_of(
    SourceRate,
    "The rate at which webhooks are accepted. Webhooks beyond this rate are refused with 429 and Retry-After.",
    nulls=False,
)
class SourceRateLimit:
    pass


@output_of(FieldSelector, "A header, or a JMESPath expression over `payload` and `headers`.", nulls=False)
class SourcePlace:
    pass


@output_of(KeySelector, "Where an event's idempotency key is read, and how long it is remembered.", nulls=False)
class SourceKeyPlace:
    pass


@output_of(SourceSettings, "The limits of a source, and where it reads values of an event.", nulls=False)
class SourceIntake:
    pass


@straight(SOURCE)
@strawberry_django.type(models.Source, description="A source of events: either a webhook sender or the API.")
class Source(Node):
    slug: strawberry.auto
    scheme: SourceScheme
    enabled: strawberry.auto
    built_in: strawberry.auto
    revision: strawberry.auto
    url: str | None = strawberry.field(
        description="The URL to which a sender posts. Null for a source of the API, and for a deleted source."
    )
    secrets: list[SourceSecret] = strawberry.field(description="The secrets that are accepted, newest first.")
    verification: SourceVerification | None = strawberry.field(
        description="How a signature is read. Null for a scheme without a signature."
    )
    intake: SourceIntake | None = strawberry.field(
        description="The limits of the source, and where it reads values of an event. Null for a source of the API."
    )
    created_at: strawberry.auto
    updated_at: strawberry.auto
    deleted_at: strawberry.auto
    row: strawberry.Private[SourceRow]

    @planned(unkept_deliveries, VIEW_EVENTS)
    @strawberry.field(
        description=f"How many deliveries of the last {UNKEPT_DAYS} days were counted but not stored, because there were too many. The number is "
        "a lower bound."
    )
    def unkept_deliveries(self, info: Info) -> BigInt:
        return prefetched(self, info)


_source = copier(Source, SourceRow, "id", "scheme", "url", "secrets", "verification", "intake", "row")


@makes(Source)
def source_of(row: SourceRow) -> Source:
    scheme = SourceScheme(row.scheme)
    url = f"{settings.AUTOMATE_BASE_URL}/t/{current_tenant().slug}/hooks/{row.slug}"
    return _source(
        row,
        id=strawberry.ID(global_id("Source", row.id)),
        scheme=scheme,
        url=url if scheme is not SourceScheme.API and row.deleted_at is None else None,
        secrets=[_secret_of(secret) for secret in row.secrets],
        verification=_verification_of(scheme, row.options),
        intake=shown(source_settings_of(row.intake)) if scheme is not SourceScheme.API else None,
        row=row,
    )


def _secret_of(row: SourceSecretRow) -> SourceSecret:
    return SourceSecret(version=row.version, added_at=row.added_at, last_used_at=row.used_at)


def _verification_of(scheme: SourceScheme, options: Mapping[str, JsonValue]) -> SourceVerification | None:
    if scheme is SourceScheme.API:
        return None
    found = shown_options(Scheme(scheme.value), options)
    made: SourceVerification | None = shown(read(HmacOptions, found)) if found else None
    return made
