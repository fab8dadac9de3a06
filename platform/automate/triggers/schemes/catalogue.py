"""The table of verification schemes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import refusal_of
from automate.kernel.shape_checks import problems_of, refusals
from automate.kernel.shapes import fields_of
from automate.kernel.text import api_name
from automate.triggers.schemes import credentials, standard_webhooks
from automate.triggers.schemes import options as checks
from automate.triggers.schemes import secrets as forms
from automate.triggers.schemes.recipes import SigningRecipe
from automate.triggers.schemes.scheme import DEFAULT_TOLERANCE_SECONDS, Entry, Scheme, SignedRequest

MAX_SECRETS = 10
OPTIONS = "options"
"""If this field is the path of a fault, options have the names of the database row. Under any other field,
options have the API's names."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

GITHUB = SigningRecipe(header="X-Hub-Signature-256", prefix="sha256=")
STRIPE = SigningRecipe(
    header="Stripe-Signature", prefix="v1=", separator=",", signs="{timestamp}.{body}", timestamp_field="t="
)
SLACK = SigningRecipe(
    header="X-Slack-Signature",
    prefix="v0=",
    signs="v0:{timestamp}:{body}",
    timestamp_header="X-Slack-Request-Timestamp",
)
SHOPIFY = SigningRecipe(header="X-Shopify-Hmac-Sha256", encoding="base64")


def _verify_hmac(request: SignedRequest, keys: Sequence[str]) -> int:
    return checks.hmac_recipe(request.options).verify(request, keys)


def _verify_unsigned(_request: SignedRequest, _keys: Sequence[str]) -> None:
    """Accept every request. Signatures are not checked."""


SCHEMES: Mapping[Scheme, Entry] = {
    Scheme.STANDARD_WEBHOOKS: Entry(standard_webhooks.verify, forms.check_standard_webhooks, checks.TimedOptions),
    Scheme.GITHUB: Entry(GITHUB.verify, forms.check_text, checks.NoOptions),
    Scheme.STRIPE: Entry(STRIPE.verify, forms.check_text, checks.TimedOptions),
    Scheme.SLACK: Entry(SLACK.verify, forms.check_text, checks.TimedOptions),
    Scheme.SHOPIFY: Entry(SHOPIFY.verify, forms.check_text, checks.NoOptions),
    Scheme.HMAC: Entry(_verify_hmac, forms.check_text, checks.HmacOptions),
    Scheme.BASIC: Entry(credentials.verify_basic, forms.check_basic, checks.NoOptions),
    Scheme.BEARER: Entry(credentials.verify_bearer, forms.check_bearer, checks.NoOptions),
    Scheme.UNSIGNED: Entry(_verify_unsigned, forms.check_text, checks.NoOptions, takes_secrets=False),
}


def verify(  # noqa: PLR0917 - the six things that a verification takes
    scheme: Scheme,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    options: Mapping[str, JsonValue],
) -> int | None:
    """Verify the sender of a request, and return the index of the matching secret.

    Returns None for UNSIGNED. ``now`` is in seconds since 1970.

    Raises INVALID_SIGNATURE or INVALID_TIMESTAMP. Raises UNSUPPORTED_MEDIA_TYPE for a correctly signed HTML form.
    """
    fitting = SCHEMES[scheme].verify(SignedRequest(headers, body, now, options), secrets)
    content_type = headers.get("content-type", "").lower()
    if content_type.startswith(_FORMS):
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is an HTML form, but a webhook must be JSON. Set the content type to application/json at the sender.",
            details={"content_type": content_type[:64]},
        )
    return fitting


TIMED = frozenset({Scheme.STANDARD_WEBHOOKS, Scheme.STRIPE, Scheme.SLACK})


def shown_options(scheme: Scheme, options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the options of a source by name, with defaults."""
    tolerance = options.get(checks.TOLERANCE)
    tolerance = DEFAULT_TOLERANCE_SECONDS if tolerance is None else tolerance
    trust = options.get(checks.TRUST) or False
    if scheme is not Scheme.HMAC:
        return {checks.TOLERANCE: tolerance, checks.TRUST: trust} if scheme in TIMED else {}
    recipe = checks.hmac_recipe(options)
    shown: dict[str, JsonValue] = {
        name: getattr(recipe, name, options.get(name))
        for name in fields_of(checks.HmacOptions)
        if name != checks.TOLERANCE
    }
    return {**shown, checks.TRUST: trust, **({checks.TOLERANCE: tolerance} if recipe.timestamp_header else {})}


def check_secrets(
    scheme: Scheme, keys: Sequence[str], settings: Mapping[str, JsonValue] | None = None, *, field: str = "secrets"
) -> None:
    """Check a source's secrets and options. Raises one error with all problems."""
    problems = [*secret_problems(scheme, keys, field=field), *option_problems(scheme, settings or {})]
    if problems:
        raise refusal_of(problems)


def secret_problems(scheme: Scheme, keys: Sequence[str], *, field: str = "secrets") -> Iterator[NormalizedError]:
    # Messages contain no secret. The path of each fault begins with `field`.
    entry = SCHEMES[scheme]
    if not entry.takes_secrets and keys:
        yield _bad(f"the scheme {scheme.value} takes no secrets; leave out the secrets or use another scheme", field)
        return
    if entry.takes_secrets and not keys:
        yield _bad(f"the scheme {scheme.value} needs at least one secret; without one, anyone could send", field)
    if len(keys) > MAX_SECRETS:
        yield _bad(f"{len(keys)} secrets are given; the maximum is {MAX_SECRETS}. Drop the retired ones", field)
        return
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield _bad(f"secret {index + 1} is given twice", field, index)
            continue
        try:
            entry.check_secret(key)
        except ValueError as error:
            yield _bad(f"secret {index + 1} {error}", field, index)


def option_problems(
    scheme: Scheme, settings: Mapping[str, JsonValue], *, field: str = OPTIONS
) -> Iterator[NormalizedError]:
    """Yield the problems of a source's options. The path of each problem begins with ``field``."""
    yield from refusals(
        problems_of(
            SCHEMES[scheme].options, settings, (field,), stored=True, spell=str if field == OPTIONS else api_name
        )
    )


def _bad(message: str, *path: str | int) -> NormalizedError:
    return NormalizedError("BAD_USER_INPUT", message, path=path)
