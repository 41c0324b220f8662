"""What may be misread in a library of templates: its sources and the messages made from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alerting.checks.check_input import SUBJECT, CheckInput
from alerting.checks.wording.articles import before_placeholders
from alerting.checks.wording.check import check_wording
from alerting.compose.composer import Composer, Draft
from alerting.compose.jinja import Text
from alerting.compose.library_check import NOON, TemplateFault
from alerting.compose.scenarios import Scenario
from alerting.compose.values import ValueKind, words_of
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES, profile_of
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.geo.gazetteer import Gazetteer
from alerting.services import place_names

SAMPLE_AREA = "Eupen"
ARTICLE_BEFORE = msgid(
    "“{words}” has an article before a detail, which does not fit every word that may be filled in."
)
LABEL_INSTEAD = msgid("Write a label and a colon: “River: Vesdre”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateWarning(TemplateFault):
    """A passage that may be misread; the finding says so in every language."""

    finding: Finding = field(compare=False)


def check_wording_of(
    composer: Composer, gazetteer: Gazetteer, names: Sequence[str] = ()
) -> list[TemplateWarning]:
    """What the checks of wording say about a library, all of it or some scenarios: warnings.

    Read are the sources, and every message with all the samples, with the least there may be, and
    with each choice.
    In one piece: one walk over the library, whose parts share what they gather.
    """
    warnings: list[TemplateWarning] = []
    for name in names or composer.library.names():
        scenario = composer.library.scenario(name)
        warnings += _articles(scenario)
        full = {declaration.name: declaration.sample for declaration in scenario.values}
        least = {
            declaration.name: declaration.sample
            for declaration in scenario.values
            if declaration.required
        }
        chosen = [
            {**full, declaration.name: key}
            for declaration in scenario.values
            for key in declaration.choices
            if key != declaration.sample
        ]
        for values in (full, least, *chosen):
            draft = Draft(
                scenario=name,
                values=values,
                area=gazetteer.resolve(SAMPLE_AREA),
                languages=tuple(Language),
                channels=tuple(PROFILES),
                alert_class=scenario.only or AlertClass.ALERT,
                now=NOON,
                expires_at=NOON + scenario.validity,
            )
            check_input = CheckInput(
                messages=composer.compose_now(draft),
                required=draft.languages,
                alert_class=draft.alert_class,
                now=draft.now,
                expires_at=draft.expires_at,
                typed={
                    declaration.name: words_of(
                        declaration, values.get(declaration.name, declaration.default)
                    )
                    for declaration in scenario.values
                    if declaration.kind is ValueKind.TEXT
                },
                known_places=place_names(gazetteer),
            )
            warnings += [_where(scenario, finding) for finding in check_wording(check_input)]
    return list(dict.fromkeys(warnings))


def _articles(scenario: Scenario) -> Iterator[TemplateWarning]:
    """Articles before a detail that is a name; one whose sample is a measure takes “de” and “à”."""
    for texts in scenario.texts.values():
        for language, text in texts.items():
            names = {
                declaration.name
                for declaration in scenario.values
                if declaration.kind in {ValueKind.TEXT, ValueKind.PLACE}
                and not words_of(declaration, declaration.sample).get(language, "")[:1].isdigit()
            }
            for start, end in before_placeholders(
                text.source, language, names | {"area", "authority"}
            ):
                line = text.line + text.source.count("\n", 0, start)
                finding = Finding(
                    severity=FindingSeverity.WARNS,
                    rule="article",
                    says=ARTICLE_BEFORE,
                    remedy=LABEL_INSTEAD,
                    language=language,
                    facts={"words": text.source[start:end]},
                )
                yield _warning(text, line, finding)


def _where(scenario: Scenario, finding: Finding) -> TemplateWarning:
    profile = profile_of(finding.channel)
    while profile.borrows and (profile.file, profile.parts[-1]) not in scenario.texts:
        profile = profile.borrows
    part = profile.parts[0 if finding.field == SUBJECT else -1]
    language = finding.language or Language.EN
    text = scenario.texts[profile.file, part][language]
    return _warning(text, text.line, finding)


def _warning(text: Text, line: int, finding: Finding) -> TemplateWarning:
    return TemplateWarning(
        file=text.file,
        line=line,
        reason=finding.in_english(),
        language=finding.language or "",
        finding=finding,
    )
