"""What the public sees, made from what was sent: pages, feeds and CAP messages, and when."""
