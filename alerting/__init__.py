"""The alerting service: what may be said, by whom, to whom, and the proof that it arrived."""

__version__ = "0.1.0"
