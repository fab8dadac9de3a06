"""The inputs of saveSource, and their conversion to columns."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from automate.kernel.errors import Json
from automate.kernel.limits import DAY_SECONDS
from automate.triggers.source_settings import DEFAULT_BURST, DEFAULT_PER_SECOND, DELIVERIES_DAYS, KEY_SECONDS
from graphql_schema.events.source_types import SignatureAlgorithm, SignatureEncoding


def _given(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}


@strawberry.input(
    description="How a signature is read. HMAC uses all fields; other schemes that sign a time use only "
    "`toleranceSeconds`. The defaults suit most senders: a hexadecimal HMAC-SHA256 of the body in "
    "the header X-Signature, and 300 seconds."
)
class SourceVerificationInput:
    header: str | None = strawberry.field(default=None, description="The header with the signature.")
    prefix: str | None = strawberry.field(default=None, description="The text before the signature, such as sha256=")
    encoding: SignatureEncoding | None = strawberry.field(default=None, description="The encoding of the signature.")
    algorithm: SignatureAlgorithm | None = strawberry.field(default=None, description="The hash function of the HMAC.")
    signs: str | None = strawberry.field(
        default=None,
        description="The template of the signed content, such as {timestamp}.{body}. It has {body} once. It may "
        "have {timestamp} and {id}, if they have a header.",
    )
    timestamp_header: str | None = strawberry.field(default=None, description="The header with the signed time.")
    id_header: str | None = strawberry.field(default=None, description="The header with the message id.")
    tolerance_seconds: int | None = strawberry.field(
        default=None, description="The largest difference between the signed time and the clock, in seconds."
    )
    trust_unsigned_headers: bool | None = strawberry.field(
        default=None,
        description="Whether headers without a signature may set an event's type, subject and idempotency key. Null "
        "keeps the stored value. For a new source the default is false.",
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
    per_second: int = strawberry.field(
        default=DEFAULT_PER_SECOND, description="The sustained rate: webhooks per second."
    )
    burst: int = strawberry.field(
        default=DEFAULT_BURST, description="The burst: how many webhooks are accepted at once after a pause."
    )

    def stored(self) -> dict[str, Json]:
        return {"per_second": self.per_second, "burst": self.burst}


@strawberry.input(description="The place of a value. Give exactly one of the two fields.")
class SourcePlaceInput:
    header: str | None = strawberry.field(default=None, description="The header.")
    expression: str | None = strawberry.field(
        default=None, description="JMESPath over `payload` and `headers`. The names of headers are in lower case."
    )

    def stored(self) -> dict[str, Json]:
        return _given({"header": self.header, "expression": self.expression})


@strawberry.input(description="The place of the idempotency key. Give at most one of `header` and `expression`.")
class SourceKeyPlaceInput:
    header: str | None = strawberry.field(default=None, description="The header with the key.")
    expression: str | None = strawberry.field(default=None, description="JMESPath over `payload` and `headers`.")
    keep_seconds: int | None = strawberry.field(
        default=None,
        description=f"How long a key is remembered; by default {KEY_SECONDS // DAY_SECONDS} days.",
    )

    def stored(self) -> dict[str, Json]:
        return _given({"header": self.header, "expression": self.expression, "keep_seconds": self.keep_seconds})


@strawberry.input
class SourceIntakeInput:
    rate_limit: SourceRateLimitInput | None = strawberry.field(
        default=None, description="The rate at which webhooks are accepted. Null: the default."
    )
    max_bytes: int | None = strawberry.field(default=None, description="The largest body, in bytes. Null: the default.")
    idempotency_key: SourceKeyPlaceInput | None = None
    event_type: SourcePlaceInput | None = strawberry.field(
        default=None, description="Where the type of an event is read. Null: the place that is usual for the scheme."
    )
    subject: SourcePlaceInput | None = strawberry.field(
        default=None, description="Where the subject of an event is read. Null: the place that is usual for the scheme."
    )
    keep_deliveries_days: int | None = strawberry.field(
        default=None, description=f"The days for which `deliveries` are stored; by default {DELIVERIES_DAYS}."
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
