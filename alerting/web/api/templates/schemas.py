"""The JSON shapes of the library: scenarios and template versions."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.templates.scenarios import MAX_FILE_CHARS
from alerting.compose.scenarios import Scenario
from alerting.domain.authority import Level
from alerting.domain.authority_list import AuthorityList
from alerting.domain.language import Language
from alerting.domain.template_version import TemplateVersion


class ValueOut(BaseModel):
    """A detail a scenario asks for."""

    name: str
    type: str
    required: bool
    by_language: Annotated[
        bool, Field(description="Words, given for each language; else once for all")
    ]
    help: dict[Language, str]
    choices: dict[str, dict[Language, str]]
    list: Annotated[
        AuthorityList | None,
        Field(description="Entries of this list of the user's authority are choices too"),
    ]


class ScenarioOut(BaseModel):
    """A kind of emergency the library has texts for."""

    name: str
    titles: dict[Language, str]
    severity: str
    channels: list[str]
    valid_minutes: int
    pre_approved: Annotated[
        bool, Field(description="A duty officer may send it without a second person")
    ]
    alone_from: Annotated[
        Level, Field(description="The lowest level of authority for which that holds")
    ]
    needs_expert: Annotated[
        str, Field(description="What an expert must still decide about its texts; usually empty")
    ]
    values: list[ValueOut]

    @classmethod
    def of(cls, scenario: Scenario) -> "ScenarioOut":
        """From the library."""
        return cls(
            name=scenario.name,
            titles=dict(scenario.titles),
            severity=scenario.hazard.severity,
            channels=list(scenario.channels),
            valid_minutes=int(scenario.validity.total_seconds() // 60),
            pre_approved=scenario.pre_approved,
            alone_from=scenario.alone_from,
            needs_expert=scenario.needs_expert,
            values=[
                ValueOut(
                    name=declaration.name,
                    type=declaration.kind,
                    required=declaration.required,
                    by_language=declaration.by_language,
                    help=dict(declaration.help),
                    choices={key: dict(texts) for key, texts in declaration.choices.items()},
                    list=declaration.list,
                )
                for declaration in scenario.values
            ],
        )


class FaultOut(BaseModel):
    """An error in the library, or a passage that may be misread."""

    model_config = ConfigDict(from_attributes=True)

    file: str
    line: int
    language: str
    reason: str


class WordingIn(BaseModel):
    """New content for one file of the library."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100, examples=["chem_shelter/sms.toml"])]
    content: Annotated[str, Field(max_length=MAX_FILE_CHARS)]
    fingerprint: Annotated[
        str,
        Field(
            max_length=64,
            description="SHA-256, hexadecimal, of the active content that it was made from: "
            "refused if another version is active now. Empty: not compared",
        ),
    ] = ""


class WordingOut(BaseModel):
    """One version of one file."""

    number: int
    name: str
    author: str
    created_at: datetime
    approver: str
    approved_at: datetime | None
    content: str

    @classmethod
    def of(cls, version: TemplateVersion) -> "WordingOut":
        """From the store."""
        return cls(
            number=version.id,
            name=f"{version.scenario}/{version.file}.toml",
            author=version.author,
            created_at=version.created_at,
            approver=version.approver,
            approved_at=version.approved_at,
            content=version.content,
        )


class Proposed(BaseModel):
    """The number of a proposed template version."""

    number: int
