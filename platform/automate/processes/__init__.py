"""What each process does besides its work: it shows that it is alive, notifies systemd, and serves metrics."""
