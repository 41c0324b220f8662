"""What a press office does with its releases: each act that changes one, and what it may read."""
