"""The query verifyDelivery: explains why a source's secrets do not verify a request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timezone

import strawberry
from django.db.models import TextChoices

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.rejected_deliveries import MOST_HEADER_BYTES
from automate.triggers.schemes import Cause
from automate.triggers.verifying import Verification, verify_rejected, verify_request
from graphql_schema.context import Info
from graphql_schema.enums import described
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection

MOST_HEADERS = 100


@described
class VerificationCause(TextChoices):
    """Why a secret does not verify a request."""

    VERIFIED = "VERIFIED", "The secret verifies the sender."
    HEADER = "HEADER", "A header is missing, or has no well-formed signature."
    TIMESTAMP = "TIMESTAMP", "The signature is right, but its time is outside the tolerance."
    ENCODING = "ENCODING", "The secret is right, but the signature has another encoding."
    ALGORITHM = "ALGORITHM", "The secret is right, but another hash was used."
    BODY = "BODY", "The secret is right, but the body was changed after signing."
    TEMPLATE = "TEMPLATE", "The secret is right, but the signature covers other text."
    KEY_FORM = "KEY_FORM", "The secret is right, but its bytes were read in another way."
    SECRET = "SECRET", "The signature matches in no known way."


@strawberry.type(description="Why one of the source's secrets does not verify the request.")
class SecretVerification:
    version: int = strawberry.field(description="The version of the secret.")
    cause: VerificationCause = strawberry.field(description="The reason as a code.")
    message: str = strawberry.field(
        description="The reason as a text, and where to fix it. The text contains no secret and no expected signature."
    )


@strawberry.type(description="Whether a request's sender is verified, and why not.")
class DeliveryVerification:
    verified: bool = strawberry.field(description="Whether one of the secrets verifies the sender.")
    secret_version: int | None = strawberry.field(description="The version of the secret that verifies the sender.")
    secrets: list[SecretVerification] = strawberry.field(
        description="One finding for each secret, newest secret first. Empty for a source without signatures."
    )
    refusal: ErrorAnswer | None = strawberry.field(
        description="Why the request would be refused although its sender is verified. Null if it would be "
        "accepted, or if the sender is not verified."
    )


@strawberry.input(description="A header of a captured request.")
class CapturedHeader:
    name: str = strawberry.field(description="The name of the header. Upper and lower case are equal.")
    value: str = strawberry.field(description="The value.")


@strawberry.input(
    description="A request to examine. Either give `source`, `headers` and the body, or only a stored `delivery`."
)
class VerifyDeliveryInput:
    delivery: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a stored delivery, instead of headers and body."
    )
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    headers: list[CapturedHeader] | None = strawberry.field(
        default=None, description="The headers of a captured request."
    )
    body: str | None = strawberry.field(default=None, description="The body as text, in UTF-8.")
    body_base64: str | None = strawberry.field(default=None, description="The body as base64, instead of `body`.")
    received_at: datetime | None = strawberry.field(
        default=None, description="The time at which the request was received. Null means now."
    )


@strawberry.type
class VerificationQueries:
    @strawberry.field(
        extensions=[Requires(MANAGE_SOURCES)],
        description="Explain why each secret of a source does not verify a request. Nothing is ingested.",
    )
    def verify_delivery(self, info: Info, input: VerifyDeliveryInput) -> DeliveryVerification:
        if input.delivery is not None:
            if input.source is not None:
                raise NormalizedError(
                    "BAD_USER_INPUT",
                    "The input has `delivery` and `source`. Give `delivery` to check a stored delivery, or `source` "
                    "with a request of your own, but not both.",
                    path=["source"],
                )
            return load_selection(info, _shown(verify_rejected(row_id_of(input.delivery, "Delivery"))))
        if input.source is None:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "`source` is missing. Give the slug of the source to which the request was sent.",
                path=["source"],
            )
        received_at = input.received_at or datetime.now(timezone.utc)
        return load_selection(
            info,
            _shown(verify_request(input.source, _headers(input.headers or ()), _body(input), received_at.timestamp())),
        )


def _headers(given: Sequence[CapturedHeader]) -> dict[str, str]:
    # Names in lower case. The values of repeated headers are joined by commas.
    if len(given) > MOST_HEADERS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`headers` is too long. A request has at most {MOST_HEADERS} headers here.",
            path=["headers"],
        )
    if sum(len(header.name) + len(header.value) for header in given) > MOST_HEADER_BYTES:
        message = f"`headers` is too long. All headers together have at most {MOST_HEADER_BYTES} characters. Omit headers that are not signed."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["headers"])
    found: dict[str, list[str]] = {}
    for header in given:
        found.setdefault(header.name.strip().lower(), []).append(header.value)
    return {name: ",".join(values) for name, values in found.items()}


def _body(given: VerifyDeliveryInput) -> bytes:
    if given.body is not None and given.body_base64 is not None:
        raise NormalizedError(
            "BAD_USER_INPUT", "`body` and `bodyBase64` are both given. Give only one of them.", path=["bodyBase64"]
        )
    if given.body_base64 is None:
        body = (given.body or "").encode(errors="surrogatepass")
    else:
        try:
            body = base64.b64decode(given.body_base64, validate=True)
        except (binascii.Error, ValueError):
            raise NormalizedError(
                "BAD_USER_INPUT",
                "`bodyBase64` is no valid base64. Encode the bytes of the body with padding.",
                path=["bodyBase64"],
            ) from None
    if len(body) > LIMITS.event_bytes:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE", f"A body has at most {LIMITS.event_bytes} bytes.", path=["bodyBase64"]
        )
    return body


def _shown(found: Verification) -> DeliveryVerification:
    return DeliveryVerification(
        verified=found.verified,
        secret_version=found.secret_version,
        secrets=[
            SecretVerification(
                version=one.version,
                cause=VerificationCause(Cause(one.finding.cause).value),
                message=one.finding.message,
            )
            for one in found.findings
        ],
        refusal=answer_of(found.refusal) if found.refusal is not None else None,
    )
