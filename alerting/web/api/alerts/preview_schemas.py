"""The JSON shapes of what would be sent, and of what the checks found."""

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
    """A text that the law requires and the alert lacks."""

    channel: str
    language: Language


class FindingOut(BaseModel):
    """A finding of a check: severity, place and how to correct it, in the user's language."""

    severity: str
    rule: Annotated[str, Field(description="The name of the rule, which does not change")]
    channel: str
    language: Language | None
    field: str
    start: int | None
    end: int | None
    says: str
    remedy: str

    @classmethod
    def of(cls, finding: Finding, translate: Translator) -> "FindingOut":
        """From the domain."""
        return cls(
            severity=finding.severity,
            rule=finding.rule,
            channel=finding.channel,
            language=finding.language,
            field=finding.field,
            start=finding.where.start if finding.where else None,
            end=finding.where.end if finding.where else None,
            says=translate(finding.says, **finding.facts),
            remedy=translate(finding.remedy, **finding.facts) if finding.remedy else "",
        )


class EstimateOut(BaseModel):
    """What one channel would cost and how long sending would take."""

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
    """What would be sent, and to how many recipients."""

    fingerprint: str = Field(description="Of these texts; needed to approve and to send")
    required_languages: list[Language]
    missing: list[Hole]
    audience: dict[str, dict[Language, int]]
    inhabitants: Annotated[int, Field(description="Of the area, rounded to hundreds")]
    texts: list[TextOut]
    findings: list[FindingOut]
    same_under_way: Annotated[
        list[int],
        Field(
            description="The same alerts already active in this area: update one of them instead"
        ),
    ]
    estimates: list[EstimateOut]
    list_changes: Annotated[
        dict[str, ListChangesOut],
        Field(description="By channel: changes of the lists since it was approved"),
    ]
    left_out: Annotated[
        dict[str, str],
        Field(description="By channel: why nothing is posted there in the authority's name"),
    ]
    one_person: Annotated[
        Bypass | None,
        Field(description="How alerts of its kind can be sent without a second person, if at all"),
    ]
    second_person: Annotated[
        str,
        Field(description="Why this alert needs a second person; empty: one person may send it"),
    ]

    @classmethod
    def of(cls, preview: Preview, translate: Translator) -> "PreviewOut":
        """From the action."""
        return cls(
            fingerprint=preview.alert.fingerprint(),
            required_languages=list(preview.required),
            missing=[Hole(channel=channel, language=lang) for channel, lang in preview.holes],
            audience={name: dict(counts) for name, counts in preview.audience.items()},
            inhabitants=preview.inhabitants,
            texts=[TextOut.model_validate(message) for message in preview.alert.as_sent().messages],
            findings=[FindingOut.of(finding, translate) for finding in preview.findings],
            same_under_way=under_way.numbers(preview.findings),
            estimates=[EstimateOut.model_validate(estimate) for estimate in preview.estimates],
            list_changes={
                name: ListChangesOut.model_validate(changes)
                for name, changes in preview.list_changes.items()
            },
            left_out={
                name: translate.error(alerting_error)
                for name, alerting_error in preview.left_out.items()
            },
            one_person=preview.bypass,
            second_person=translate.error(preview.bypass_refusal) if preview.bypass_refusal else "",
        )
