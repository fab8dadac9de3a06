"""Ready automations. Each one is a configuration with parameters, and installing it applies the configuration."""
