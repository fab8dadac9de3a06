"""The type Source."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.conf import settings
from django.db.models import TextChoices

from automate.events import models
from automate.events.choices import SourceScheme
from automate.events.queries import SourceRow, secrets_of
from automate.kernel.permissions import VIEW_EVENTS
from automate.kernel.shapes import read
from automate.kernel.tenancy import current_tenant
from automate.triggers.field_selectors import FieldSelector
from automate.triggers.schemes import Scheme, shown_options
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import KeySelector, SourceRate, SourceSettings, source_settings_of
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import lazily
from graphql_schema.enums import described
from graphql_schema.events.delivery_loaders import UNKEPT_DAYS, unkept_deliveries
from graphql_schema.events.straight import SOURCE
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.scalars import BigInt
from graphql_schema.shaped import output_of, shown
from graphql_schema.straight.columns import straight

StoredSource = SourceRow | models.Source
"""A source that SQL or a queryset has read."""


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
    url: str | None = strawberry_django.field(
        only=["scheme", "slug", "deleted_at"],
        description="The URL to which a sender posts. Null for a source of the API, and for a deleted source.",
    )
    secrets: list[SourceSecret]
    verification: SourceVerification | None = strawberry_django.field(
        only=["scheme", "options"], description="How a signature is read. Null for a scheme without a signature."
    )
    intake: SourceIntake | None = strawberry_django.field(only=["scheme"])
    created_at: strawberry.auto
    updated_at: strawberry.auto
    deleted_at: strawberry.auto
    row: strawberry.Private[StoredSource]

    @planned(unkept_deliveries, VIEW_EVENTS)
    @strawberry.field(
        description=f"How many deliveries of the last {UNKEPT_DAYS} days were counted but not stored, because there were too many. The number is "
        "a lower bound."
    )
    def unkept_deliveries(self, info: Info) -> BigInt:
        return prefetched(self, info)


def _scheme(row: StoredSource) -> SourceScheme:
    return SourceScheme(row.scheme)


def _url(row: StoredSource) -> str | None:
    if _scheme(row) is SourceScheme.API or row.deleted_at is not None:
        return None
    return f"{settings.AUTOMATE_BASE_URL}/t/{current_tenant().slug}/hooks/{row.slug}"


def _secrets(row: StoredSource) -> list[SourceSecret]:
    return [
        SourceSecret(version=secret.version, added_at=secret.added_at, last_used_at=secret.used_at)
        for secret in secrets_of(row.shown_secrets)
    ]


def _verification(row: StoredSource) -> SourceVerification | None:
    if _scheme(row) is SourceScheme.API:
        return None
    found = shown_options(Scheme(row.scheme), row.options)
    made: SourceVerification | None = shown(read(HmacOptions, found)) if found else None
    return made


def _intake(row: StoredSource) -> SourceIntake | None:
    return shown(source_settings_of(row.intake)) if _scheme(row) is not SourceScheme.API else None


_source = lazily(
    Source, SourceRow, scheme=_scheme, url=_url, secrets=_secrets, verification=_verification, intake=_intake
)


@makes(Source)
def source_of(row: StoredSource) -> Source:
    made = _source(row)
    if isinstance(row, SourceRow):
        # The row has all columns, and a subscription shows the URL outside of the tenant's scope.
        vars(made)["url"] = _url(row)
    return made
