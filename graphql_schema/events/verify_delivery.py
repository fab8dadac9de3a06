"""verifyDelivery: why a request's signature fails, secret by secret."""

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
from automate.triggers.kept import MOST_HEADER_BYTES
from automate.triggers.schemes import Cause
from automate.triggers.verifying import Verification, verify_kept, verify_request
from graphql_schema.context import Info
from graphql_schema.enums import described
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned

MOST_HEADERS = 100


@described
class VerificationCause(TextChoices):
    """HEADER: a header is missing, or its content is no signature. TIMESTAMP: the signature fits, its time does not. ENCODING, ALGORITHM, TEMPLATE, KEY_FORM: the secret is right and is used in another way. BODY: the secret is right and the body is not what was signed. SECRET: nothing fits."""

    VERIFIED = "VERIFIED", "The secret proves the sender."
    HEADER = "HEADER", "A header is missing, or its content is no signature."
    TIMESTAMP = "TIMESTAMP", "The signature is right, and its time is not within the tolerance."
    ENCODING = "ENCODING", "The secret is right, and the signature is written in another encoding."
    ALGORITHM = "ALGORITHM", "The secret is right, and another hash was used."
    BODY = "BODY", "The secret is right, and the body is not the one that was signed."
    TEMPLATE = "TEMPLATE", "The secret is right, and the signature covers other text."
    KEY_FORM = "KEY_FORM", "The secret is right, and its bytes were read in another way."
    SECRET = "SECRET", "Nothing fits."


@strawberry.type(description="What one of the source's secrets says of a request.")
class SecretVerification:
    version: int = strawberry.field(description="The version of the secret.")
    cause: VerificationCause = strawberry.field(description="What is wrong.")
    message: str = strawberry.field(
        description="What is wrong, and where to mend it. Never a secret, nor what was expected."
    )


@strawberry.type(description="Whether a request proves its sender, and why not.")
class DeliveryVerification:
    verified: bool = strawberry.field(description="Whether one of the secrets proves the sender.")
    secret_version: int | None = strawberry.field(description="Which secret proves the sender.")
    secrets: list[SecretVerification] = strawberry.field(
        description="Newest first; none where the source asks for none."
    )
    refusal: ErrorAnswer | None = strawberry.field(
        description="Why it would be refused although its sender is proved. Null where it would be taken in, and where it is not proved."
    )


@strawberry.input(description="A header of a captured request.")
class CapturedHeader:
    name: str = strawberry.field(description="The name, in any case.")
    value: str = strawberry.field(description="The value.")


@strawberry.input(description="A request, by its `source`, `headers` and body; or a kept `delivery` alone.")
class VerifyDeliveryInput:
    delivery: strawberry.ID | None = strawberry.field(
        default=None, description="The id of a stored delivery, in the place of headers and body."
    )
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    headers: list[CapturedHeader] | None = strawberry.field(
        default=None, description="The headers of a captured request."
    )
    body: str | None = strawberry.field(default=None, description="As text. It is taken as UTF-8.")
    body_base64: str | None = strawberry.field(default=None, description="As its bytes were; in place of `body`.")
    received_at: datetime | None = strawberry.field(
        default=None, description="By whose clock its time is judged. Null: now."
    )


@strawberry.type
class VerificationQueries:
    @strawberry.field(
        extensions=[Requires(MANAGE_SOURCES)],
        description="Say of a request why its signature fails, secret by secret. Nothing is taken in.",
    )
    def verify_delivery(self, info: Info, input: VerifyDeliveryInput) -> DeliveryVerification:  # noqa: A002 - the schema's word
        if input.delivery is not None:
            if input.source is not None:
                raise NormalizedError("BAD_USER_INPUT", "Name a delivery or a request, not both.", path=["source"])
            return planned(info, _shown(verify_kept(row_id_of(input.delivery, "Delivery"))))
        if input.source is None:
            raise NormalizedError("BAD_USER_INPUT", "Name the source that the request was sent to.", path=["source"])
        moment = input.received_at or datetime.now(timezone.utc)
        return planned(
            info, _shown(verify_request(input.source, _headers(input.headers or ()), _body(input), moment.timestamp()))
        )


def _headers(given: Sequence[CapturedHeader]) -> dict[str, str]:
    """What was repeated is joined by commas, as the door sees it."""
    if len(given) > MOST_HEADERS:
        raise NormalizedError("LIMIT_EXCEEDED", f"A request has at most {MOST_HEADERS} headers here.", path=["headers"])
    if sum(len(header.name) + len(header.value) for header in given) > MOST_HEADER_BYTES:
        message = f"The headers of a request have at most {MOST_HEADER_BYTES} characters together; leave out those that sign nothing."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["headers"])
    found: dict[str, list[str]] = {}
    for header in given:
        found.setdefault(header.name.strip().lower(), []).append(header.value)
    return {name: ",".join(values) for name, values in found.items()}


def _body(given: VerifyDeliveryInput) -> bytes:
    if given.body is not None and given.body_base64 is not None:
        raise NormalizedError("BAD_USER_INPUT", "Give body or bodyBase64, not both.", path=["bodyBase64"])
    if given.body_base64 is None:
        body = (given.body or "").encode(errors="surrogatepass")
    else:
        try:
            body = base64.b64decode(given.body_base64, validate=True)
        except (binascii.Error, ValueError):
            raise NormalizedError("BAD_USER_INPUT", "bodyBase64 is not base64.", path=["bodyBase64"]) from None
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
