"""What saveSource takes beside names and secrets, as the rows of ``automate.triggers`` have it."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from automate.kernel.errors import Json
from automate.kernel.limits import DAY_SECONDS
from automate.triggers.intake import DEFAULT_BURST, DEFAULT_PER_SECOND, DELIVERIES_DAYS, KEY_SECONDS
from graphql_schema.events.source_types import SignatureAlgorithm, SignatureEncoding


def _given(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}


@strawberry.input(
    description="How a signature is read: everything for HMAC, `toleranceSeconds` for whatever signs a time. What is left out "
    "is as in most places: a hexadecimal HMAC-SHA256 of the body in X-Signature, and 300 seconds."
)
class SourceVerificationInput:
    header: str | None = None
    prefix: str | None = strawberry.field(default=None, description="What stands before the signature, such as sha256=")
    encoding: SignatureEncoding | None = None
    algorithm: SignatureAlgorithm | None = None
    signs: str | None = strawberry.field(
        default=None,
        description="What is signed, such as {timestamp}.{body}: {body} once, and {timestamp} and {id} where there is a header.",
    )
    timestamp_header: str | None = None
    id_header: str | None = None
    tolerance_seconds: int | None = None
    trust_unsigned_headers: bool | None = strawberry.field(
        default=None,
        description="Let headers that the signature does not cover name an event's type, subject and idempotency key. "
        "Null keeps the stored value; a new source does not trust them.",
    )

    def options(self) -> dict[str, Json]:
        return _given(
            {
                "header": self.header,
                "prefix": self.prefix,
                "encoding": self.encoding and self.encoding.value,
                "algorithm": self.algorithm and self.algorithm.value,
                "signs": self.signs,
                "timestamp_header": self.timestamp_header,
                "id_header": self.id_header,
                "tolerance_seconds": self.tolerance_seconds,
                "trust_unsigned_headers": self.trust_unsigned_headers,
            }
        )


@strawberry.input
class SourceRateLimitInput:
    per_second: int = DEFAULT_PER_SECOND
    burst: int = DEFAULT_BURST

    def stored(self) -> dict[str, Json]:
        return {"per_second": self.per_second, "burst": self.burst}


@strawberry.input(description="One of the two.")
class SourcePlaceInput:
    header: str | None = None
    expression: str | None = strawberry.field(
        default=None, description="JMESPath over `payload` and `headers`, whose names are in lower case."
    )

    def stored(self) -> dict[str, Json]:
        return _given({"header": self.header, "expression": self.expression})


@strawberry.input(description="One of the two, or neither.")
class SourceKeyPlaceInput:
    header: str | None = None
    expression: str | None = None
    keep_seconds: int | None = strawberry.field(
        default=None,
        description=f"How long a key is remembered: {KEY_SECONDS // DAY_SECONDS} days where nothing is said.",
    )

    def stored(self) -> dict[str, Json]:
        return _given({"header": self.header, "expression": self.expression, "keep_seconds": self.keep_seconds})


@strawberry.input
class SourceIntakeInput:
    rate_limit: SourceRateLimitInput | None = None
    max_bytes: int | None = None
    idempotency_key: SourceKeyPlaceInput | None = None
    event_type: SourcePlaceInput | None = None
    subject: SourcePlaceInput | None = None
    keep_deliveries_days: int | None = strawberry.field(
        default=None, description=f"{DELIVERIES_DAYS} where nothing is said."
    )

    def stored(self) -> dict[str, Json]:
        return _given(
            {
                "rate_limit": self.rate_limit and self.rate_limit.stored(),
                "max_bytes": self.max_bytes,
                "idempotency_key": self.idempotency_key and self.idempotency_key.stored(),
                "event_type": self.event_type and self.event_type.stored(),
                "subject": self.subject and self.subject.stored(),
                "keep_deliveries_days": self.keep_deliveries_days,
            }
        )
