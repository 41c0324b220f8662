"""The console: what officers see and do in a browser."""
