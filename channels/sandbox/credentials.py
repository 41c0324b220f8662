"""Keys that open nothing: accepted by the sandbox on loopback, and by no provider anywhere."""

from typing import Final

TWILIO_SID: Final = "AC" + "0" * 32
TWILIO_TOKEN: Final = "loopback-only-twilio-token"  # noqa: S105 - opens the sandbox alone

SINCH_PLAN: Final = "loopbackonlyserviceplan"
SINCH_TOKEN: Final = "loopback-only-sinch-token"  # noqa: S105 - the same
SINCH_SECRET: Final = "loopback-only-sinch-secret"  # noqa: S105 - the same

X_CONSUMER_KEY: Final = "loopback-only-consumer-key"
X_CONSUMER_SECRET: Final = "loopback-only-consumer-secret"  # noqa: S105 - the same
X_ACCESS_TOKEN: Final = "1-loopback-only-access-token"  # noqa: S105 - the same
X_ACCESS_SECRET: Final = "loopback-only-access-secret"  # noqa: S105 - the same
