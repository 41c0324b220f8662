"""The providers' wire on loopback: a mail server, Twilio and X, as far as this product uses them.

Nothing here knows the product. `python -m channels.sandbox` starts them all; `server.running` does
the same inside a test.
"""
