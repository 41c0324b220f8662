"""Ways of proving who one is: passwords, codes of an authenticator app, passkeys, recovery codes.

It stores nothing and decides nothing about access.
"""
