"""The worker's door: jobs that wake delivery, and the loop that keeps them running."""
