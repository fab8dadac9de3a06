"""What each process of the platform does beside its work: signs of life, notices to systemd, and its metrics."""
