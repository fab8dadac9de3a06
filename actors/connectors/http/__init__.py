"""The connector ``http.request``: makes one HTTP call through the outbound guard, with an idempotency key."""
