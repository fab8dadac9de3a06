"""The facts that a text for people has to carry, whatever its words are."""

from __future__ import annotations

import re
from typing import Any


class Naming:
    """Equals each text that names all of these facts: values, names, numbers, or the one word that sets a cause apart.

    A fact stands as a whole word: 5 is not in "50". One in lower case may begin a sentence.
    """

    def __init__(self, *facts: str) -> None:
        assert facts, "a text without facts proves nothing"
        assert all(facts), "an empty fact stands in every text"
        self.facts = facts

    def __eq__(self, text: object) -> bool:
        return isinstance(text, str) and all(_stands_in(fact, text) for fact in self.facts)

    # Texts that differ equal the same facts, so no hash fits: as a key of a set it raises.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"naming({', '.join(map(repr, self.facts))})"


def naming(*facts: object) -> Any:
    """To compare a text with, alone or within lists: ``assert message == naming("payload.total", 50)``."""
    return Naming(*map(str, facts))


def _stands_in(fact: str, text: str) -> bool:
    begins, ends = (r"(?<!\w)" if fact[0].isalnum() else ""), (r"(?!\w)" if fact[-1].isalnum() else "")
    return re.search(begins + re.escape(fact) + ends, text, re.IGNORECASE if fact.islower() else 0) is not None
