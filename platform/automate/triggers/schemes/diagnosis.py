"""Explains why a secret does not match a request's signature. The explanation contains no secret."""

from __future__ import annotations

import base64
import binascii
import enum
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from automate.kernel.errors import NormalizedError
from automate.kernel.text import sentence
from automate.triggers.schemes import catalogue, standard_webhooks, variants
from automate.triggers.schemes.credentials import credentials_in
from automate.triggers.schemes.options import hmac_recipe
from automate.triggers.schemes.recipes import MAX_SIGNATURES, Algorithm, Encoding, SigningRecipe, decode, fill
from automate.triggers.schemes.scheme import Scheme, SignedRequest
from automate.triggers.schemes.secrets import PUBLIC_KEY_PREFIX

ENCODINGS: Sequence[Encoding] = ("hex", "base64", "base64url")
ALGORITHMS: Sequence[Algorithm] = ("sha256", "sha1", "sha512")
TEMPLATES = (
    "{body}",
    "{timestamp}.{body}",
    "{timestamp}:{body}",
    "{timestamp}{body}",
    "v0:{timestamp}:{body}",
    "{id}.{timestamp}.{body}",
    "{id}.{body}",
    "{body}.{timestamp}",
)


class Cause(str, enum.Enum):
    """VERIFIED if a secret matches a signature, else the cause of the mismatch. The API has the same names."""

    VERIFIED = "VERIFIED"
    HEADER = "HEADER"
    TIMESTAMP = "TIMESTAMP"
    ENCODING = "ENCODING"
    ALGORITHM = "ALGORITHM"
    BODY = "BODY"
    TEMPLATE = "TEMPLATE"
    KEY_FORM = "KEY_FORM"
    SECRET = "SECRET"  # noqa: S105 - a cause


@dataclass(frozen=True)
class SignatureFinding:
    cause: Cause
    message: str


_RECIPES = {
    Scheme.STANDARD_WEBHOOKS: standard_webhooks.SHARED_KEY,
    Scheme.GITHUB: catalogue.GITHUB,
    Scheme.STRIPE: catalogue.STRIPE,
    Scheme.SLACK: catalogue.SLACK,
    Scheme.SHOPIFY: catalogue.SHOPIFY,
}


def diagnose(scheme: Scheme, secret: str, request: SignedRequest) -> SignatureFinding:
    if scheme is Scheme.UNSIGNED:
        return SignatureFinding(Cause.VERIFIED, "This source requires no signature.")
    try:
        catalogue.SCHEMES[scheme].verify(request, [secret])
    except NormalizedError as refusal:
        return _of(scheme, secret, request, refusal)
    return SignatureFinding(Cause.VERIFIED, "This secret made the signature.")


def _of(scheme: Scheme, secret: str, request: SignedRequest, refusal: NormalizedError) -> SignatureFinding:
    if scheme in (Scheme.BASIC, Scheme.BEARER):
        return _of_credentials(scheme, secret, request, refusal)
    recipe = _RECIPES.get(scheme) or hmac_recipe(request.options)
    try:
        items = recipe.items(request)
        values = recipe.values(request, items)
    except NormalizedError as error:
        return SignatureFinding(Cause.HEADER, sentence(error.message))
    if secret.startswith(PUBLIC_KEY_PREFIX) and scheme is Scheme.STANDARD_WEBHOOKS:
        return _of_public_key(secret, request, items, refusal)
    return _cause(secret, request, _Shown(recipe, items, values), refusal)


@dataclass(frozen=True)
class _Shown:
    recipe: SigningRecipe
    items: Sequence[str]
    values: dict[str, str]
    """The values of ``id`` and ``timestamp`` in the request."""

    @cached_property
    def texts(self) -> Sequence[str]:
        # If no item has the prefix: the first items of the header.
        prefix = self.recipe.prefix
        signed = [item.removeprefix(prefix) for item in self.items if item.startswith(prefix)]
        return (signed or self.items)[:MAX_SIGNATURES]

    def holds(self, digest: bytes, encoding: Encoding) -> bool:
        decoded = [decode(text, encoding) for text in self.texts]
        return any(one is not None and hmac.compare_digest(one, digest) for one in decoded)

    def names(self, template: str) -> bool:
        return all(name in self.values for name in ("id", "timestamp") if f"{{{name}}}" in template)


@dataclass(frozen=True)
class _Guess:
    finding: SignatureFinding
    key: bytes
    content: bytes
    algorithm: Algorithm
    encodings: Sequence[Encoding]

    def fits(self, shown: _Shown) -> bool:
        digest = hmac.digest(self.key, self.content, self.algorithm)
        return any(shown.holds(digest, encoding) for encoding in self.encodings)


def _cause(secret: str, request: SignedRequest, shown: _Shown, refusal: NormalizedError) -> SignatureFinding:
    recipe = shown.recipe
    key, content = recipe.key(secret), fill(recipe.signs, shown.values, request.body)
    if shown.holds(hmac.digest(key, content, recipe.algorithm), recipe.encoding):
        return _of_time(recipe, request, shown)
    guesses = chain(
        _other_writing(recipe, key, content),
        _other_contents(recipe, key, request, shown),
        _other_keys(recipe, secret, key, content),
    )
    found = (guess.finding for guess in guesses if guess.fits(shown))
    return next(found, None) or _unmatched(recipe, shown.items, refusal)


def _other_writing(recipe: SigningRecipe, key: bytes, content: bytes) -> Iterator[_Guess]:
    for encoding in ENCODINGS:
        said = f"it is written as {encoding}; this source reads {recipe.encoding}"
        finding = SignatureFinding(Cause.ENCODING, f"The signature is this secret's, but {said}.")
        yield _Guess(finding, key, content, recipe.algorithm, [encoding])
    for algorithm in ALGORITHMS:
        said = f"made with {algorithm}; this source expects {recipe.algorithm}"
        finding = SignatureFinding(Cause.ALGORITHM, f"The signature is this secret's, but {said}.")
        yield _Guess(finding, key, content, algorithm, ENCODINGS)


def _other_contents(recipe: SigningRecipe, key: bytes, request: SignedRequest, shown: _Shown) -> Iterator[_Guess]:
    for what, body in variants.bodies(request.body):
        finding = SignatureFinding(Cause.BODY, f"This secret signed {what}.")
        yield _Guess(finding, key, fill(recipe.signs, shown.values, body), recipe.algorithm, [recipe.encoding])
    for template in filter(shown.names, TEMPLATES):
        said = f"This secret signed {template}; this source expects {recipe.signs} to be signed."
        content = fill(template, shown.values, request.body)
        yield _Guess(SignatureFinding(Cause.TEMPLATE, said), key, content, recipe.algorithm, [recipe.encoding])


def _other_keys(recipe: SigningRecipe, secret: str, key: bytes, content: bytes) -> Iterator[_Guess]:
    for how, other in variants.keys(secret, key):
        finding = SignatureFinding(Cause.KEY_FORM, f"The sender used another key of this secret: {how}.")
        yield _Guess(finding, other, content, recipe.algorithm, [recipe.encoding])


def _of_time(recipe: SigningRecipe, request: SignedRequest, shown: _Shown) -> SignatureFinding:
    if not any(item.startswith(recipe.prefix) for item in shown.items):
        said = (
            f"The signature is this secret's, but the prefix {recipe.prefix}, which this source requires, is missing."
        )
        return SignatureFinding(Cause.HEADER, said)
    try:
        recipe.covered(request, shown.items)
        recipe.candidates(shown.items)
    except NormalizedError as error:
        cause = Cause.TIMESTAMP if error.code == "INVALID_TIMESTAMP" else Cause.HEADER
        return SignatureFinding(cause, f"The signature is this secret's, but {error.message.rstrip('.?')}.")
    return SignatureFinding(Cause.VERIFIED, "This secret made the signature.")


def _unmatched(recipe: SigningRecipe, items: Sequence[str], refusal: NormalizedError) -> SignatureFinding:
    if refusal.details.get("header"):
        return SignatureFinding(Cause.HEADER, sentence(refusal.message))
    if not any(item.startswith(recipe.prefix) for item in items):
        return SignatureFinding(Cause.HEADER, f"No signature in {recipe.header} begins with {recipe.prefix}.")
    if refusal.code == "INVALID_TIMESTAMP":
        return SignatureFinding(Cause.SECRET, f"This secret did not sign this body; and {refusal.message}.")
    return SignatureFinding(
        Cause.SECRET,
        "This secret did not sign this body in any known form. Either the sender holds another secret, or the body or a "
        "signed header was changed after signing.",
    )


def _of_public_key(
    secret: str, request: SignedRequest, items: Sequence[str], refusal: NormalizedError
) -> SignatureFinding:
    recipe = standard_webhooks.SHARED_KEY
    signatures = standard_webhooks.public_key_signatures(items)
    if not signatures:
        return SignatureFinding(
            Cause.HEADER,
            f"{recipe.header} has no v1a signature, and this secret is a public key, which verifies only v1a.",
        )
    values = recipe.values(request, items)
    if standard_webhooks.fits_public_key(secret, signatures, fill(recipe.signs, values, request.body)):
        return SignatureFinding(Cause.TIMESTAMP, f"The signature is this key's, but {refusal.message}.")
    for what, body in variants.bodies(request.body):
        if standard_webhooks.fits_public_key(secret, signatures, fill(recipe.signs, values, body)):
            return SignatureFinding(Cause.BODY, f"This key signed {what}.")
    return SignatureFinding(
        Cause.SECRET,
        "This key did not sign this body. Either the sender signs with another private key, or the body, webhook-id or "
        "webhook-timestamp was changed after signing.",
    )


def _of_credentials(scheme: Scheme, secret: str, request: SignedRequest, refusal: NormalizedError) -> SignatureFinding:
    try:
        shown = credentials_in(request, scheme.value.title())
        text = base64.b64decode(shown, validate=True).decode() if scheme is Scheme.BASIC else shown
    except (NormalizedError, binascii.Error, ValueError):
        return SignatureFinding(Cause.HEADER, sentence(refusal.message))
    if text.strip().strip("\"'") == secret:
        return SignatureFinding(Cause.KEY_FORM, "The credentials are right, but quotes or white space surround them.")
    if scheme is Scheme.BASIC and text.partition(":")[0] == secret.partition(":")[0]:
        return SignatureFinding(Cause.SECRET, "The user is right and the password is not.")
    return SignatureFinding(Cause.SECRET, "The credentials in Authorization are not these.")
