"""The JSON shapes of approving and sending: what was read, and what was agreed to."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
READ = "Of what was read: `fingerprint` of the alert, or of its preview. 409 if it says else by now"


class ReasonIn(BaseModel):
    """What was read, and why it goes out in what is ready; both stand in the ledger."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fingerprint": EXAMPLE}]}
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    reason: Annotated[str, Field(default="", max_length=500)]
    accept_lists: Annotated[
        bool,
        Field(
            default=False,
            description="Where the lists changed too much since it was approved: the preview's "
            "`list_changes` were read, and it may go to those who stand there now",
        ),
    ]


AcceptSame = Annotated[
    bool,
    Field(
        default=False,
        description="Where the same alert is under way or scheduled in part of its area: that was "
        "read, and people may be alerted twice",
    ),
]


class ConfirmIn(BaseModel):
    """The last question before a real alert leaves."""

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
            description="Where hours in its texts do not fit when it leaves: they were read, and "
            "it may leave as it is",
        ),
    ]
    accept_same: AcceptSame
