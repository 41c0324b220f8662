"""The public folder over HTTP, and the question whether an alert is genuine."""
