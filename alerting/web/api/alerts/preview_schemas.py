"""The JSON shapes of what would leave, and of what the checks found."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.alerts import under_way
from alerting.actions.alerts.queries import Preview
from alerting.domain.alert import Bypass
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.i18n import Translator
from alerting.web.api.alerts.schemas import TextOut


class Hole(BaseModel):
    """A text the law requires and the alert lacks."""

    channel: str
    language: Language


class FindingOut(BaseModel):
    """One thing a check found: how grave, where, and how to mend it, in the asker's language."""

    severity: str
    rule: Annotated[str, Field(description="A stable name")]
    channel: str
    language: Language | None
    field: str
    start: int | None
    end: int | None
    says: str
    remedy: str

    @classmethod
    def of(cls, finding: Finding, words: Translator) -> "FindingOut":
        """From the domain."""
        return cls(
            severity=finding.severity,
            rule=finding.rule,
            channel=finding.channel,
            language=finding.language,
            field=finding.field,
            start=finding.where.start if finding.where else None,
            end=finding.where.end if finding.where else None,
            says=words(finding.says, **finding.facts),
            remedy=words(finding.remedy, **finding.facts) if finding.remedy else "",
        )


class EstimateOut(BaseModel):
    """What one channel would cost and how long handing it over would take."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    recipients: int
    units: Annotated[int, Field(description="Segments or minutes; 0 where nothing is billed")]
    euros: Decimal
    seconds: int


class ListChangesOut(BaseModel):
    """Addresses of one channel, compared with those the alert was approved for."""

    model_config = ConfigDict(from_attributes=True)

    approved: int
    added: int
    removed: int
    changed: Annotated[int, Field(description="Still reached, at another address")]


class PreviewOut(BaseModel):
    """What would leave, and to how many."""

    fingerprint: str = Field(description="Of these texts: approving and sending ask for it")
    required_languages: list[Language]
    missing: list[Hole]
    audience: dict[str, dict[Language, int]]
    texts: list[TextOut]
    findings: list[FindingOut]
    same_under_way: Annotated[
        list[int],
        Field(description="Alerts in force that say the same there: update one of them instead"),
    ]
    estimates: list[EstimateOut]
    list_changes: Annotated[
        dict[str, ListChangesOut],
        Field(description="Channel to what changed on the lists since it was approved"),
    ]
    left_out: Annotated[
        dict[str, str],
        Field(description="Channel to why nothing is posted there in the authority's name"),
    ]
    one_person: Annotated[
        Bypass | None,
        Field(description="The way past the second person that there is for alerts of its kind"),
    ]
    second_person: Annotated[
        str, Field(description="Why this one cannot go that way; empty: one person may send it")
    ]

    @classmethod
    def of(cls, preview: Preview, words: Translator) -> "PreviewOut":
        """From the action."""
        return cls(
            fingerprint=preview.alert.fingerprint(),
            required_languages=list(preview.required),
            missing=[Hole(channel=channel, language=lang) for channel, lang in preview.holes],
            audience={name: dict(counts) for name, counts in preview.audience.items()},
            texts=[TextOut.model_validate(message) for message in preview.alert.as_sent().messages],
            findings=[FindingOut.of(one, words) for one in preview.findings],
            same_under_way=under_way.numbers(preview.findings),
            estimates=[EstimateOut.model_validate(one) for one in preview.estimates],
            list_changes={
                name: ListChangesOut.model_validate(one)
                for name, one in preview.list_changes.items()
            },
            left_out={name: words.error(why) for name, why in preview.left_out.items()},
            one_person=preview.bypass,
            second_person=words.error(preview.keeps) if preview.keeps else "",
        )
