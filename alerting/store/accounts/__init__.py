"""Rows of accounts, credentials, memberships and one-time tokens."""
