"""Messages to officers: in their inbox and by mail."""
