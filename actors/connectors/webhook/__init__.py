"""The connector ``webhook.send``: sends a signed message to an endpoint of the tenant."""
