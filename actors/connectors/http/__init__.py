"""The connector ``http.request``: makes one HTTP call with an idempotency key."""
