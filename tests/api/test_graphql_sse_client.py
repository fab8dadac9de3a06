"""The public client of the protocol that we say we speak, npm's graphql-sse, against a real server."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from bench.node import FLAGS, node
from tests.clients.install import INSTALLED, MODULES

SECONDS = 60
PROGRAM = """
const { createClient } = require("graphql-sse");
const [url, token, operation] = process.argv.slice(1);
const client = (token) => createClient({ url, retryAttempts: 0, headers: { Authorization: `Bearer ${token}` } });
const all = async (token, query, variables) => {
  const found = [];
  for await (const one of client(token).iterate({ query, variables })) found.push(one);
  return found;
};
(async () => {
  const said = {};
  said.query = await all(token, "query A { __typename }");
  said.invalid = await all(token, "{ nope }");
  said.abort = await all(token, `mutation($i: AbortBulkOperationInput!) { abortBulkOperation(input: $i) {
    operation { state } } }`, { i: { operation, reason: "by a test" } });
  said.progress = await all(token, "subscription($id: ID!) { bulkProgress(operation: $id) { state } }", { id: operation });
  const feed = client(token).iterate({ query: "subscription { runFeed { kind } }" });
  said.feed = (await feed.next()).value;
  await feed.return();
  said.nobody = await all("nobody", "{ __typename }").catch((error) => error.response.status);
  console.log(JSON.stringify(said));
})();
"""


@pytest.fixture
def script() -> list[str]:
    """The command that executes a script of the client."""
    found = node()
    if found is None or not INSTALLED.exists():
        pytest.skip("The public client is absent: run `make clients`.")
    return [str(found), *FLAGS, "-e", PROGRAM]


def test_public_client_asks_changes_subscribes_and_is_refused(api: Any, web: str, script: list[str]) -> None:
    start = "mutation { startBulkOperation(input: {kind: RETRY, runs: {}}) { operation { id } } }"
    operation = api.data(start)["startBulkOperation"]["operation"]["id"]
    words = [*script, f"http://{web}/graphql/stream", api.token, operation]
    environ = {**os.environ, "NODE_PATH": str(MODULES)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False, env=environ)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["query"][0]["data"] == {"__typename": "Query"}
    assert said["invalid"][0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert said["abort"][0]["data"]["abortBulkOperation"]["operation"] == {"state": "ABORTED"}
    assert said["progress"] == [{"data": {"bulkProgress": {"state": "ABORTED"}}}]
    assert said["feed"] == {"data": {"runFeed": {"kind": "CHECKPOINT"}}}
    assert said["nobody"] == 401
    assert {len(said[name]) for name in ("query", "invalid", "abort", "progress")} == {1}
