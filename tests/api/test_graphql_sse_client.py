"""The public client of the protocol that we say we speak, npm's graphql-sse, against a real server."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

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


def node(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *words], capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.fixture
def client_installed() -> None:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed here")
    if node("-e", 'require("graphql-sse")').returncode:
        pytest.skip("Node does not find graphql-sse: `npm install graphql-sse graphql`, and NODE_PATH says where")


@pytest.mark.usefixtures("client_installed")
def test_public_client_asks_changes_subscribes_and_is_refused(api: Any, web: str) -> None:
    start = "mutation { startBulkOperation(input: {kind: RETRY, runs: {}}) { operation { id } } }"
    operation = api.data(start)["startBulkOperation"]["operation"]["id"]
    done = node("-e", PROGRAM, f"http://{web}/graphql/stream", api.token, operation)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["query"][0]["data"] == {"__typename": "Query"}
    assert said["invalid"][0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert said["abort"][0]["data"]["abortBulkOperation"]["operation"] == {"state": "ABORTED"}
    assert said["progress"] == [{"data": {"bulkProgress": {"state": "ABORTED"}}}]
    assert said["feed"] == {"data": {"runFeed": {"kind": "CHECKPOINT"}}}
    assert said["nobody"] == 401
    assert {len(said[name]) for name in ("query", "invalid", "abort", "progress")} == {1}
