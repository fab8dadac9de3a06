"""Ready-made automations. A recipe is a configuration with parameters."""
