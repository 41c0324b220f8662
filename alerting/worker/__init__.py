"""Jobs that wake delivery, and the loop that keeps them running."""
