"""Recognises keys that have secret values. Only the name of a key decides, for example ``api_key``."""

# ruff: noqa: SIM905 - a list of words reads best as one text

from __future__ import annotations

import re
from functools import lru_cache

MAX_NAME_CHARACTERS = 256

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Long enough to have this meaning anywhere, also in names without separators.
_ANYWHERE = re.compile(
    "password|passwd|passphrase|passcode|authorization|apikey|(?:access|refresh|auth|bearer|csrf|xsrf|session|security)token"
    "|clientsecret|(?:secret|access|private|signing|encryption|session|master)key|creditcard|cardnumber|sessionid|setcookie"
    "|connectionstring"
)
# Whole words only: "keyboard", "monkey", "secretary", "pinned" and "authors" do not count.
_WORDS = frozenset(
    "secret secrets token tokens pwd cookie cookies credential credentials jwt bearer cvv cvv2 cvc cvc2 pin otp totp ssn pan auth "
    "csrf xsrf mnemonic sig".split()
)
_WHOLE_NAMES = frozenset("dbpass userpass smtppass ftppass sid sessid phpsessid jsessionid seedphrase".split())

# "… key" names a secret unless the word before it names another kind of key.
_HARMLESS_KEYS = frozenset(
    "idempotency primary foreign public sort partition step event issue cache routing object group parent project lookup "
    "message row dedup dedupe deduplication concurrency translation record hash range shard index unique natural business "
    "external item column feature label job correlation ordering".split()
)
# A last word that describes a secret without being one: "token_type", "password_changed_at".
_ABOUT = frozenset(
    "type count used limit at in expires expiry expiration expired length policy version name required enabled set ttl "
    "method strength algorithm status scope scopes remaining".split()
)
_COUNTABLE = frozenset({"tokens", "cookies", "secrets", "credentials"})


def is_sensitive(name: str, value: object = "") -> bool:
    """Return whether the value under a key must be hidden.

    A number under a plural name, such as "total_tokens", is a count. Counts are not hidden.
    """
    verdict = _verdict(name[:MAX_NAME_CHARACTERS])
    return verdict == _SECRET or (verdict == _SECRET_UNLESS_COUNT and not isinstance(value, (int, float)))


_HARMLESS, _SECRET, _SECRET_UNLESS_COUNT = range(3)


@lru_cache(maxsize=4096)
def _verdict(name: str) -> int:
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _ABOUT:
        return _HARMLESS
    squashed = "".join(words)
    if _ANYWHERE.search(squashed) or squashed in _WHOLE_NAMES or squashed in _WORDS - _COUNTABLE:
        return _SECRET
    if words[-1] == "key" and (len(words) == 1 or words[-2] not in _HARMLESS_KEYS):
        return _SECRET
    found = _WORDS.intersection(words)
    if not found:
        return _HARMLESS
    return _SECRET_UNLESS_COUNT if found <= _COUNTABLE else _SECRET
