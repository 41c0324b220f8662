"""Press releases as mail."""
