"""The inputs of saveSource, made from the declarations of a source's settings."""

from __future__ import annotations

from automate.triggers.field_selectors import FieldSelector
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import KeySelector, SourceRate, SourceSettings
from graphql_schema.events.source_types import SignatureAlgorithm, SignatureEncoding
from graphql_schema.shaped import ShapeInput, input_of


@input_of(
    HmacOptions,
    "How a signature is read. HMAC uses all fields; other schemes that sign a time use only `toleranceSeconds`. The "
    "defaults suit most senders: a hexadecimal HMAC-SHA256 of the body in the header X-Signature, and 300 seconds.",
)
class SourceVerificationInput(ShapeInput):
    encoding: SignatureEncoding | None
    algorithm: SignatureAlgorithm | None


@input_of(SourceRate)
class SourceRateLimitInput(ShapeInput):
    pass


@input_of(FieldSelector, "The place of a value. Give exactly one of the two fields.")
class SourcePlaceInput(ShapeInput):
    pass


@input_of(KeySelector, "The place of the idempotency key. Give at most one of `header` and `expression`.")
class SourceKeyPlaceInput(ShapeInput):
    pass


@input_of(SourceSettings)
class SourceIntakeInput(ShapeInput):
    pass
