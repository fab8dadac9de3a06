"""Ready automations: each a configuration with parameters, installed by applying it."""
