"""Ways of proving who one is: passwords, codes of an authenticator app, passkeys, recovery codes.

A craft: it keeps nothing and decides nothing about access.
"""
