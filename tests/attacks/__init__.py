"""What cannot be done, one file for each kind of attempt."""
