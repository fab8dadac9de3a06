"""Finds secrets of a known shape in texts, such as card numbers and bearer tokens. The search takes linear time."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence

import re2

from automate.kernel.sensitive_names import is_sensitive

REDACTED = "[redacted]"
MAX_TEXT_CHARACTERS = 1_048_576

_KNOWN_PREFIXES = (
    r"(?:whsec_|whsk_|[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|npm_|pypi-|hvs\.|SG\.|AIza)"
    r"[A-Za-z0-9+/=._-]{4,}"
    r"|\bsk-[A-Za-z0-9_-]{16,}"
    r"|\bautomate_[A-Za-z0-9_-]{43,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
)
_JWT = r"eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{2,}(?:\.{1,2}[A-Za-z0-9_-]+){0,3}"
_PEM = (
    r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\z)"
)
_USERINFO = r"(?i)\b([a-z][a-z0-9+.-]*://)[^/?#\s]*@"
_PARAMETER = r"([?&;])([A-Za-z0-9_.%\[\]-]{2,64})=([^&;#\s\"'<>]+)"
_BEARER = r"(?i)\b(bearer)(\s+)([A-Za-z0-9._~+/=-]{4,})"
_BASIC = r"(?i)\b(basic)(\s+)([A-Za-z0-9+/_-]{4,}={0,2})"
_DIGITS = r"[0-9](?:[ -]?[0-9]){12,}"

# Whether the text may contain any of these shapes. This also holds for JSON text, with escaped quotes and line ends.
_TRIGGER = re2.compile(
    r"(?i)bearer[\s\\]|basic[\s\\]|eyJ|-----BEGIN |://[^/?#\s]*@|[?&;][a-z0-9_.%\[\]-]{2,64}=|[2-6](?:[ -]?[0-9]){12}"
    r"|whsec_|whsk_|[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|npm_|pypi-|hvs\.|sg\.|aiza|sk-|automate_"
    r"|akia|asia"
)

_BEARER_SURE_CHARACTERS = 20
# The first digits and lengths of the card networks: otherwise one timestamp in ten would pass for a card.
_CARD = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|3[0689][0-9]{12}"
    r"|6(?:011|4[4-9]|5)[0-9]{12,13}|35[0-9]{14}|(?:62|50|5[6-9]|6[0-9])[0-9]{14,17}"
)
_MAX_CARD_DIGITS = 19
_LONGEST_DIGEST = 64
_DIGEST_LENGTHS = frozenset({32, 40, _LONGEST_DIGEST})
_HEX = re.compile(r"[0-9a-f]*[a-f][0-9a-f]*")
_WORD_END, _WORD_START = re.compile(r"[0-9A-Za-z]+\Z"), re.compile(r"[0-9A-Za-z]+")
_GROUP = re.compile(r"[0-9]+")


def may_hold_secrets(text: str | bytes) -> bool:
    # False is certain, True is not. `text` may be UTF-8 bytes.
    return _TRIGGER.search(text) is not None


def redact_text(text: str) -> str:
    """Replace secrets of a known shape by ``[redacted]``."""
    if len(text) > MAX_TEXT_CHARACTERS:
        return REDACTED
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    if not may_hold_secrets(text):
        return text
    for pattern, replace in _SHAPES:
        text = pattern.sub(replace, text)
    return text


def is_card_number(digits: str) -> bool:
    # The check digit is correct, and a card network uses this beginning and length.
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(sum(divmod(number, 10)) for number in doubled)) % 10 == 0


def _whole(_match: re.Match[str]) -> str:
    return REDACTED


def _userinfo(match: re.Match[str]) -> str:
    return f"{match[1]}{REDACTED}@"


def _parameter(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}={REDACTED}" if is_sensitive(match[2]) else match[0]


def _bearer(match: re.Match[str]) -> str:
    # The word is a token if it has other characters than letters, is long, or ends a text of only "bearer" and the word.
    token = match[3]
    alone = match.start() == 0 and match.end() == len(match.string)
    secret = alone or not token.rstrip(".").isalpha() or len(token) >= _BEARER_SURE_CHARACTERS
    return f"{match[1]}{match[2]}{REDACTED}" if secret else match[0]


def _basic(match: re.Match[str]) -> str:
    # Credentials are the base64 of `user:password`.
    text = match[3].rstrip("=")
    try:
        credentials = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return match[0]
    return f"{match[1]}{match[2]}{REDACTED}" if b":" in credentials else match[0]


def _word_around(match: re.Match[str], start: int, end: int) -> str:
    text, at = match.string, match.start()
    before = _WORD_END.search(text[max(0, at + start - _LONGEST_DIGEST) : at + start])
    after = _WORD_START.match(text[at + end : at + end + _LONGEST_DIGEST])
    return f"{before[0] if before else ''}{text[at + start : at + end]}{after[0] if after else ''}"


def _is_digest(word: str) -> bool:
    # Some checksums contain digits that are a valid card number by chance.
    return len(word) in _DIGEST_LENGTHS and _HEX.fullmatch(word) is not None


def _cards(match: re.Match[str]) -> str:
    # A card number consists of whole groups.
    text = match[0]
    groups = [(group.start(), group.end()) for group in _GROUP.finditer(text)]
    kept, done, first = [], 0, 0
    while first < len(groups):
        digits = ""
        for last in range(first, len(groups)):
            digits += text[slice(*groups[last])]
            if len(digits) > _MAX_CARD_DIGITS:
                break
            if is_card_number(digits) and not (first == last and _is_digest(_word_around(match, *groups[first]))):
                kept += [text[done : groups[first][0]], REDACTED]
                done, first = groups[last][1], last
                break
        first += 1
    return "".join([*kept, text[done:]])


_SHAPES: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re2.compile(_PEM), _whole),
    (re2.compile(_USERINFO), _userinfo),
    (re2.compile(_BEARER), _bearer),
    (re2.compile(_BASIC), _basic),
    (re2.compile(_JWT), _whole),
    (re2.compile(_KNOWN_PREFIXES), _whole),
    (re2.compile(_PARAMETER), _parameter),
    (re2.compile(_DIGITS), _cards),
]
