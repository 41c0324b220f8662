"""What cannot be done to the service: one file for each kind of attack."""
