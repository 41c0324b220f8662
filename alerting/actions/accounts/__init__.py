"""Officers: sign-in, sessions, tokens, invitations, memberships."""
