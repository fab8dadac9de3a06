"""What connectors quote of the other side, and of the input, is cut nowhere where the scrubber could not see that it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.graphql.errors import errors_failure
from actors.connectors.guard import OutboundResponse
from actors.connectors.guard.headers import checked_headers
from actors.connectors.slack.errors import refusal
from actors.connectors.webhook.errors import not_found
from automate.kernel.json_values import JsonValue
from automate.kernel.redaction import Scrubber

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc9999"
NONE = OutboundResponse(200, (), b"")


def of_graphql(text: str, data: JsonValue = None) -> ConnectorError:
    return errors_failure(NONE, [{"message": text, "path": [text], "extensions": {"code": text}}], data)


def of_header(text: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        checked_headers([(text + " ", "a")])
    return caught.value


@pytest.mark.parametrize(
    "told",
    [
        of_graphql,
        lambda text: of_graphql(text, {"a": 1}),
        lambda text: of_graphql("m", {text: 1, "a": 2, f"{text}b": 3}),
        lambda text: refusal(text, NONE, text),
        of_header,
        not_found,
    ],
)
@pytest.mark.parametrize("most", [64, 100, 200, 512])
def test_no_part_of_a_secret_is_left_of_what_was_cut(told: Callable[[str], ConnectorError], most: int) -> None:
    scrubber = Scrubber([SECRET])
    for kept in range(4, len(SECRET) + 1):
        error = told("x" * (most - kept) + SECRET)
        shown = scrubber.scrub_text(error.message) + str(scrubber.scrub(error.details))
        assert SECRET[:4] not in shown
