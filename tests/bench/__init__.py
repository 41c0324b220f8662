"""How fast it is, beside how fast others are: `run.py bench`. No tests; nothing here asserts."""
