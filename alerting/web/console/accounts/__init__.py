"""Pages of sign-in, accounts and officers."""
