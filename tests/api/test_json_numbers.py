"""Numbers in JSON that a double does not hold go over the wire and back as they were written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.api import Api

EXPLAIN = "query($w: JSON!, $e: ID!) { explainRule(when: $w, event: $e) { matched } }"
INGEST = 'mutation($p: JSON!) { ingestEvent(input: {type: "t", payload: $p}) { event { id payload } errors { code } } }'


def sent(api: Api, document: str, variables: str) -> Any:
    return api.post(b'{"query": %s, "variables": %s}' % (json.dumps(document).encode(), variables.encode()))


@pytest.mark.parametrize("number", ["1234567890123456789", "12345678901234567890", "-9007199254740993"])
def test_integer_keeps_its_digits(api: Api, number: str) -> None:
    answer = sent(api, INGEST, f'{{"p": {{"id": {number}}}}}')
    assert f'"payload":{{"id":{number}}}' in answer.content.decode().replace(": ", ":")
    event = answer.json()["data"]["ingestEvent"]["event"]["id"]
    for compared, matched in ((number, True), (str(int(number) + 1), False)):
        when = f'{{"==": [{{"var": "payload.id"}}, {compared}]}}'
        said = sent(api, EXPLAIN, f'{{"w": {when}, "e": "{event}"}}').json()
        assert said["data"]["explainRule"]["matched"] is matched


def test_number_that_is_too_large_for_a_double_is_refused_and_not_altered(api: Api) -> None:
    assert sent(api, INGEST, '{"p": 1e400}').json()["errors"][0]["extensions"]["code"] == "INVALID_JSON"
