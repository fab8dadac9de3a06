"""The metrics that each process serves on a port of its own, for Prometheus."""
