"""The sandbox, driven by the providers' own clients on real sockets."""
