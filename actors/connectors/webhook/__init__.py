"""webhook.send: a signed message to an endpoint of the tenant, as in the Standard Webhooks specification."""
