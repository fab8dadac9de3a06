"""webhook.send: a signed message to an endpoint of the tenant's, as the Standard Webhooks specification has it."""
