"""The JSON shapes of approving and sending: what was read, and what was accepted."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
READ = "Of what was read: `fingerprint` of the alert or of its preview. 409 if it has changed since"


class SeenIn(BaseModel):
    """What was read."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fingerprint": EXAMPLE}]}
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]


class ReasonIn(BaseModel):
    """What was read, and why it is approved despite missing texts or findings; both are logged."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fingerprint": EXAMPLE}]}
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    reason: Annotated[str, Field(default="", max_length=500)]
    accept_lists: Annotated[
        bool,
        Field(
            default=False,
            description="If the lists changed too much since it was approved: the preview's "
            "`list_changes` were read, and it may be sent to the recipients on them now",
        ),
    ]


AcceptSame = Annotated[
    bool,
    Field(
        default=False,
        description="If the same alert is in progress or scheduled in part of its area: that was "
        "read, and recipients may be alerted twice",
    ),
]


class ConfirmIn(BaseModel):
    """The last confirmation before a real alert is sent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"fingerprint": EXAMPLE, "confirm": "ALERT"}]},
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    confirm: Annotated[
        str,
        Field(
            default="",
            max_length=4000,
            description="For a real alert: the word ALERT, or the name of its area, in any of our "
            "languages",
        ),
    ]
    accept_times: Annotated[
        bool,
        Field(
            default=False,
            description="If times in its texts no longer fit when it is sent: they were read, and "
            "it may be sent as it is",
        ),
    ]
    accept_same: AcceptSame
