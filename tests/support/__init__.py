"""What several tests lean on: servers on loopback, on free ports, stopped by process id."""
