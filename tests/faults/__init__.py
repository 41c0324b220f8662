"""What becomes of an alert when something breaks in the middle of it: `run.py faults`."""
