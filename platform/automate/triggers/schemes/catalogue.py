"""The table of schemes, and the two verbs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.kernel.errors import Json, NormalizedError
from automate.triggers.schemes import credentials, standard_webhooks
from automate.triggers.schemes import options as checks
from automate.triggers.schemes import secrets as forms
from automate.triggers.schemes.recipes import Recipe
from automate.triggers.schemes.scheme import Delivery, Entry, Scheme

MAX_SECRETS = 10
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

_GITHUB = Recipe(header="X-Hub-Signature-256", prefix="sha256=")
_STRIPE = Recipe(header="Stripe-Signature", prefix="v1=", separator=",", signs="{timestamp}.", timestamp_field="t=")
_SLACK = Recipe(
    header="X-Slack-Signature", prefix="v0=", signs="v0:{timestamp}:", timestamp_header="X-Slack-Request-Timestamp"
)
_SHOPIFY = Recipe(header="X-Shopify-Hmac-Sha256", encoding="base64")


def _verify_hmac(delivery: Delivery, keys: Sequence[str]) -> None:
    checks.hmac_recipe(delivery.options).verify(delivery, keys)


def _verify_unsigned(_delivery: Delivery, _keys: Sequence[str]) -> None:
    """The source said that anybody may send."""


SCHEMES: Mapping[Scheme, Entry] = {
    Scheme.STANDARD_WEBHOOKS: Entry(standard_webhooks.verify, forms.check_standard_webhooks, checks.check_tolerance),
    Scheme.GITHUB: Entry(_GITHUB.verify, forms.check_text, checks.check_none),
    Scheme.STRIPE: Entry(_STRIPE.verify, forms.check_text, checks.check_tolerance),
    Scheme.SLACK: Entry(_SLACK.verify, forms.check_text, checks.check_tolerance),
    Scheme.SHOPIFY: Entry(_SHOPIFY.verify, forms.check_text, checks.check_none),
    Scheme.HMAC: Entry(_verify_hmac, forms.check_text, checks.check_hmac),
    Scheme.BASIC: Entry(credentials.verify_basic, forms.check_basic, checks.check_none),
    Scheme.BEARER: Entry(credentials.verify_bearer, forms.check_bearer, checks.check_none),
    Scheme.UNSIGNED: Entry(_verify_unsigned, forms.check_text, checks.check_none, takes_secrets=False),
}


def verify(  # noqa: PLR0917 - the six things that a verification takes
    scheme: Scheme,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    options: Mapping[str, Json],
) -> None:
    """Hold a request to its source's scheme. headers: lower-case names. now: seconds since 1970.

    Raises NormalizedError INVALID_SIGNATURE or INVALID_TIMESTAMP, telling the sender what is wrong and nothing secret;
    UNSUPPORTED_MEDIA_TYPE for a form, once its signature is right.
    """
    SCHEMES[scheme].verify(Delivery(headers, body, now, options), secrets)
    content_type = headers.get("content-type", "").lower()
    if content_type.startswith(_FORMS):
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            "the body is a form; set the webhook's content type to application/json at the sender",
            details={"content_type": content_type[:64]},
        )


def check_secrets(scheme: Scheme, keys: Sequence[str], settings: Mapping[str, Json] | None = None) -> None:
    """Hold a source's configuration to its scheme, before it is saved. settings: its options.

    Raises NormalizedError BAD_USER_INPUT with the path of the field, never with a secret.
    """
    entry = SCHEMES[scheme]
    if not entry.takes_secrets and keys:
        raise _bad(
            f"the scheme {scheme.value} takes no secrets; leave them out or choose a scheme that signs", "secrets"
        )
    if entry.takes_secrets and not keys:
        raise _bad(f"the scheme {scheme.value} needs at least one secret, or anybody could send", "secrets")
    if len(keys) > MAX_SECRETS:
        raise _bad(
            f"{len(keys)} secrets are given and at most {MAX_SECRETS} are taken; drop the retired ones", "secrets"
        )
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise _bad(f"secret {index + 1} is given twice", "secrets", index)
        try:
            entry.check_secret(key)
        except ValueError as error:
            raise _bad(f"secret {index + 1} {error}", "secrets", index) from None
    try:
        entry.check_options(settings or {})
    except ValueError as error:
        raise _bad(str(error), "options") from None


def _bad(message: str, *path: str | int) -> NormalizedError:
    return NormalizedError("BAD_USER_INPUT", message, path=path)
