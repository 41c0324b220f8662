"""What can be said about a draft's texts by reading them; only spelling asks another process."""
