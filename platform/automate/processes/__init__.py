"""The monitoring of processes: heartbeats, notices to systemd, and metrics."""
