"""The wire of the providers on loopback: two mail servers, Twilio, Sinch and X, as far as used.

Nothing here knows the product. `python -m channels.sandbox` starts them all; `server.running` does
the same inside a test.
"""
