"""What leaves as CAP says what the page says: in the order of the law, where it holds, with what
came before; and nothing of an exercise leaves."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from alerting.actions.public.cap_messages import (
    cap_message,
    compose_message,
    eu_level,
    signed_message,
)
from alerting.actions.public.cap_texts import INSTRUCTION_LEADS, OVER, part_text
from alerting.cap.geometry import points_of
from alerting.cap.message import CapArea, CapMessage, CapStatus, MessageType, Named
from alerting.cap.profile.rules import profile_findings
from alerting.cap.reader import parse, to_message
from alerting.cap.schema import schema_errors
from alerting.cap.signature import verify
from alerting.cap.terms import EMMA, NIS
from alerting.domain.alert import AlertClass, FollowUp, ResponseType, Severity, Urgency
from alerting.domain.belgian_time import local
from alerting.domain.errors import CapNotRight
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, PublicStatus, PublicText
from alerting.domain.shape import circle, polygon
from alerting.geo.outlines import provinces
from alerting.i18n import translator_for
from tests.cap.made import (
    ALL_OF_BELGIUM,
    IDENTITY,
    SITE,
    every_kind,
    follow_up,
    public_alert,
    signer,
    signing_key,
)
from tests.compose.samples import LIBRARY, NOW, PLACES

FR, NL, DE, EN = Language


def message(*chain: PublicAlert, **site: Any) -> CapMessage:
    return compose_message(chain[-1], chain, replace(SITE, **site), identity=IDENTITY)


def area(one: PublicAlert, **site: Any) -> CapArea:
    (found,) = message(one, **site).infos[0].areas
    return found


def codes(of: CapArea, name: str) -> list[str]:
    return [one.value for one in of.geocodes if one.name == name]


@pytest.mark.parametrize("alert_class", AlertClass)
@pytest.mark.parametrize("scenario", LIBRARY.names())
def test_every_scenario_leaves_without_a_fault(scenario: str, alert_class: AlertClass) -> None:
    if (LIBRARY.scenario(scenario).only or alert_class) is not alert_class:
        return
    for chain in every_kind(scenario, alert_class):
        data = signed_message(chain[-1], chain, SITE, identity=IDENTITY, signer=signer())
        root = parse(data)
        assert schema_errors(root) == []
        found = profile_findings(to_message(root))
        assert [one.rule.name for one in found if one.rule.is_error] == []
        assert "different-texts" not in {one.rule.name for one in found}
        assert verify(root, [signing_key().certificate]) is not None


@pytest.mark.parametrize("alert_class", [AlertClass.EXERCISE, AlertClass.TEST])
def test_nothing_is_published_of_exercises_and_tests(alert_class: AlertClass) -> None:
    one = public_alert(alert_class=alert_class)
    assert cap_message(one, [one], SITE, identity=IDENTITY, signer=signer()) is None


@pytest.mark.parametrize(
    ("alert_class", "status"),
    [(AlertClass.EXERCISE, CapStatus.EXERCISE), (AlertClass.TEST, CapStatus.TEST)],
)
def test_what_is_written_of_them_says_what_it_is(
    alert_class: AlertClass, status: CapStatus
) -> None:
    made = message(public_alert(alert_class=alert_class))
    assert made.status is status
    assert "Nothing has happened." in made.note
    assert made.infos[0].parameters == (Named("EU-Alert", status.value),)


def test_the_same_alert_always_gives_the_same_bytes() -> None:
    one = public_alert()
    made = [cap_message(one, [one], SITE, identity=IDENTITY, signer=signer()) for _ in range(2)]
    assert made[0] == made[1] is not None


def test_later_states_of_an_alert_change_nothing_of_its_message() -> None:
    one = public_alert()
    ended = replace(one, status=PublicStatus.ENDED, replaced_at=NOW + timedelta(hours=1))
    assert message(one) == message(ended)


def test_an_identifier_is_year_and_number_below_the_arc() -> None:
    made = message(public_alert(number=71))
    assert made.identifier == "urn:oid:2.49.0.1.56.9.2026.71"
    assert made.sender == "alerts@example.org"


def test_times_are_belgian_and_whole_seconds() -> None:
    made = message(replace(public_alert(), sent_at=NOW.replace(microsecond=5)))
    assert made.sent.isoformat() == "2026-11-23T14:05:00+01:00"
    assert made.infos[0].effective == made.sent


def test_each_language_has_an_info_of_its_own_in_the_order_of_the_law() -> None:
    made = message(public_alert(area=("23099",), languages=(NL, FR, EN)))
    assert [one.language for one in made.infos] == ["nl-BE", "fr-BE", "en"]
    assert [one.web for one in made.infos] == [
        f"https://alerts.example.org/public/a/2026/12/{one}/" for one in ("nl", "fr", "en")
    ]
    assert [one.areas[0].description for one in made.infos] == ["Kraainem"] * 3
    assert len({one.sender_name for one in made.infos}) > 1


def test_a_language_that_was_approved_without_a_text_is_left_out() -> None:
    one = public_alert(languages=(FR, EN))
    made = message(replace(one, texts={FR: one.texts[FR]}))
    assert [info.language for info in made.infos] == ["fr-BE"]


class TestChain:
    def test_an_update_refers_to_what_has_not_expired(self) -> None:
        first = public_alert()
        second = follow_up(first, FollowUp.UPDATE, number=13)
        third = follow_up(second, FollowUp.UPDATE, number=14)
        made = message(first, second, third)
        assert made.message_type is MessageType.UPDATE
        assert [one.identifier[-2:] for one in made.references] == ["12", "13"]
        assert made.references[0].sent == first.sent_at

        expired = replace(first, expires_at=first.sent_at + timedelta(minutes=1))
        made = message(expired, second, third)
        assert [one.identifier[-2:] for one in made.references] == ["13"]

    def test_it_never_refers_to_nothing(self) -> None:
        first = replace(public_alert(), expires_at=NOW + timedelta(minutes=1))
        made = message(first, follow_up(first, FollowUp.UPDATE))
        assert [one.identifier[-2:] for one in made.references] == ["12"]

    def test_what_came_later_is_not_referred_to(self) -> None:
        first = public_alert()
        second = follow_up(first, FollowUp.UPDATE)
        made = compose_message(first, [first, second], SITE, identity=IDENTITY)
        assert made.references == ()
        assert made.message_type is MessageType.ALERT

    @pytest.mark.parametrize(
        ("how", "note"),
        [
            pytest.param(FollowUp.ALL_CLEAR, "The danger is over.", id="all-clear"),
            pytest.param(FollowUp.FALSE_ALERT, "It was a false alarm.", id="false alarm"),
        ],
    )
    def test_an_end_is_a_cancellation_with_a_note_and_words(self, how: FollowUp, note: str) -> None:
        first = public_alert()
        made = message(first, follow_up(first, how))
        assert made.message_type is MessageType.CANCEL
        assert note in made.note
        assert made.note.count(" / ") == 1
        assert made.infos[0].response_types == (ResponseType.ALL_CLEAR,)
        assert made.infos[0].description

    def test_a_follow_up_is_about_what_the_first_was_about(self) -> None:
        first = public_alert()
        update = message(first, follow_up(first, FollowUp.UPDATE))
        for one, before in zip(update.infos, message(first).infos, strict=True):
            assert one.event == before.event
            assert one.categories == before.categories
            assert one.event_codes == before.event_codes


class TestPerson:
    def chain(self) -> list[PublicAlert]:
        first = public_alert("missing_person", personal=True, shape=circle(5.5, 50.6, 3))
        first = replace(first, status=PublicStatus.ENDED)
        return [first, follow_up(first, FollowUp.ALL_CLEAR)]

    def test_while_somebody_is_searched_the_message_says_whom(self) -> None:
        one = public_alert("missing_person", personal=True)
        assert "Marie" in str(message(one)) or one.texts[FR].headline[:20] in str(message(one))
        assert message(one).infos[0].parameters == (Named("EU-Alert", "Amber"),)

    def test_once_the_search_is_over_no_message_of_the_chain_says_a_word_of_them(self) -> None:
        chain = self.chain()
        for one in chain:
            made = compose_message(one, chain, SITE, identity=IDENTITY)
            words = {part for text in one.texts.values() for part in text.text.split(". ")}
            assert not [part for part in words if len(part) > 20 and part in str(made)]
            assert made.infos[0].description == translator_for(FR)(OVER)
            info = made.infos[0]
            assert info.areas[0].circles != ("50.60000,5.50000 3.000",)
            assert (info.urgency, info.severity) == (Urgency.PAST, Severity.MINOR)
            assert info.response_types == (ResponseType.NONE,)
            assert Named("EU-Alert", "Amber") not in info.parameters
            assert info.expires == max(made.sent, local(chain[-1].sent_at).replace(microsecond=0))
            data = cap_message(one, chain, SITE, identity=IDENTITY, signer=signer())
            assert data is not None

    def test_it_is_the_same_where_the_words_are_gone_already(self) -> None:
        chain = [replace(one, texts={}, shape=None) for one in self.chain()]
        assert message(*chain) == compose_message(
            self.chain()[-1], self.chain(), SITE, identity=IDENTITY
        )


@pytest.mark.parametrize("how", [FollowUp.UPDATE, FollowUp.CORRECTION])
def test_what_takes_the_place_of_an_alert_asks_for_the_same(how: FollowUp) -> None:
    first = public_alert("chem_shelter")
    made = message(first, follow_up(first, how))
    assert made.infos[0].response_types == (ResponseType.SHELTER,)


def test_every_municipality_is_named() -> None:
    towns = ALL_OF_BELGIUM[5:300:29]
    names = [PLACES.place(code).names[FR] for code in towns]
    described = area(public_alert(area=tuple(sorted(towns)))).description
    assert [name for name in names if name not in described] == []


class TestPlace:
    def test_the_drawn_shape_is_what_is_said(self) -> None:
        drawn = circle(5.5797, 50.6326, 2.5)
        assert area(public_alert(shape=drawn)).circles == ("50.63260,5.57970 2.500",)
        drawn_line = polygon([(5.5, 50.6), (5.6, 50.6), (5.6, 50.7)])
        found = area(public_alert(shape=drawn_line))
        assert found.polygons == ("50.60000,5.50000 50.60000,5.60000 50.70000,5.60000 "
                                  "50.60000,5.50000",)  # fmt: skip
        assert found.circles == ()
        assert codes(found, NIS) == ["62051", "62063"]

    def test_without_a_shape_each_municipality_is_a_circle(self) -> None:
        found = area(public_alert())
        assert found.polygons == ()
        assert len(found.circles) == 2

    def test_an_imported_outline_is_better(self) -> None:
        outline = {
            "type": "MultiPolygon",
            "coordinates": [[[[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.6]]]],
        }
        found = area(public_alert(), outlines={"62063": outline})
        assert len(found.circles) == 1
        assert [len(points_of(one) or ()) for one in found.polygons] == [4]

    @pytest.mark.parametrize(
        ("code", "zones"),
        [
            pytest.param("60000", ["BE008"], id="a province is a zone"),
            pytest.param("20001", [], id="a part of a zone is none"),
            pytest.param("04000", [], id="nor is Brussels"),
            pytest.param("02000", ["BE002", "BE003", "BE007", "BE009"], id="a region is several"),
            pytest.param("01000", [f"BE00{n}" for n in range(1, 10)], id="the country is all"),
        ],
    )
    def test_whole_provinces_and_regions_go_by_their_own_outline_and_code(
        self, code: str, zones: list[str]
    ) -> None:
        members = tuple(sorted(PLACES.place(code).members))
        found = area(public_alert(area=members, languages=(FR, NL)))
        assert found.circles == ()
        assert 1 <= len(found.polygons) <= 12
        assert codes(found, NIS) == [code]
        assert codes(found, EMMA) == zones

    def test_the_german_speaking_community_has_the_codes_of_its_nine(self) -> None:
        nine = tuple(sorted(PLACES.place("BE336").members))
        found = area(public_alert(area=nine, languages=(DE, FR)))
        assert codes(found, NIS) == list(nine)
        assert len(found.circles) == 9

    def test_all_but_one_of_every_province_are_never_hundreds_of_circles(self) -> None:
        spared = {PLACES.place(code).members[0] for code in provinces()}
        towns = tuple(one for one in ALL_OF_BELGIUM if one not in spared)
        found = area(public_alert(area=towns, languages=(FR, NL, DE)))
        assert found.circles == ()
        assert len(found.polygons) <= 40

    def test_the_whole_country_is_small(self) -> None:
        one = public_alert("nuclear_shelter", area=ALL_OF_BELGIUM, languages=(NL, FR, DE, EN))
        data = cap_message(one, [one], SITE, identity=IDENTITY, signer=signer())
        assert data is not None
        assert len(data) < 200_000


class TestWords:
    def test_numbered_instructions_part_a_text_and_no_word_is_lost(self) -> None:
        one = public_alert()
        (french, english) = message(one).infos
        assert "\n\n1. " in f"\n\n{french.instruction}"
        assert f"{french.description}\n\n{french.instruction}" == one.texts[FR].text
        assert f"{english.description}\n\n{english.instruction}" == one.texts[EN].text

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("All of it.\n\nNo list.", id="no list"),
            pytest.param("1. First.\n2. Second.", id="nothing before"),
            pytest.param("What.\n\n1. One.\n2. Two.\n\nOr:\n\n1. One.\n2. Two.", id="two lists"),
            pytest.param("What.\n\n1. One.\n3. Three.", id="a number is missing"),
            pytest.param("What.\n\n1. One.", id="one is no list"),
            pytest.param("What.\n\nAt\n1. One.\n2. Two.", id="words in the way"),
        ],
    )
    def test_what_is_not_certain_is_not_parted(self, text: str) -> None:
        assert part_text(text) is None

    @pytest.mark.parametrize("scenario", ["update", "other_danger"])
    def test_one_instruction_in_a_sentence_is_parted_in_every_language(self, scenario: str) -> None:
        one = public_alert(scenario, languages=tuple(Language))
        for info, text in zip(message(one).infos, one.texts.values(), strict=True):
            assert f"{info.description}\n\n{info.instruction}" == text.text.strip()
            assert info.instruction.replace("\N{NO-BREAK SPACE}", " ").startswith(INSTRUCTION_LEADS)

    def test_what_has_changed_is_no_instruction(self) -> None:
        (french, english) = message(
            public_alert(), follow_up(public_alert(), FollowUp.UPDATE)
        ).infos
        assert "What has changed: the area is smaller." in english.description
        assert "Ce qui a changé" in french.description
        assert "changed" not in english.instruction

    def test_it_is_parted_in_every_language_or_in_none(self) -> None:
        one = public_alert()
        other = replace(one, texts={**one.texts, EN: PublicText(headline="h", text="Plain.")})
        (french, english) = message(other).infos
        assert french.description == one.texts[FR].text.strip()
        assert english.description == "Plain."
        assert english.instruction == (
            "Go inside, stay inside and follow the official information."
        )

    def test_a_long_headline_ends_with_a_whole_word(self) -> None:
        one = public_alert()
        long = PublicText(headline="word " * 60, text=one.texts[FR].text)
        (french, _) = message(replace(one, texts={**one.texts, FR: long})).infos
        assert len(french.headline) <= 140
        assert french.headline.endswith("word…")

    def test_signs_of_markup_are_words(self) -> None:
        one = public_alert()
        odd = PublicText(headline='<b> & "quoted"', text="a < b && c > d ]]>")
        made = replace(one, texts={FR: odd})
        data = cap_message(made, [made], SITE, identity=IDENTITY, signer=signer())
        assert data is not None
        (french,) = to_message(parse(data)).infos
        assert (french.headline, french.description) == (odd.headline, odd.text)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        pytest.param({"severity": Severity.EXTREME}, "1", id="life is in danger now"),
        pytest.param({}, "2", id="severe and near"),
        pytest.param({"severity": Severity.MODERATE}, "3", id="moderate"),
        pytest.param({"urgency": Urgency.FUTURE}, "3", id="severe and later"),
        pytest.param({"severity": Severity.MINOR}, "4", id="minor"),
        pytest.param({"severity": Severity.UNKNOWN, "urgency": Urgency.PAST}, "4", id="over"),
    ],
)
def test_the_level_follows_severity_urgency_and_certainty(
    changes: dict[str, Any], level: str
) -> None:
    assert eu_level(replace(public_alert().hazard, **changes)) == level


def test_what_breaks_the_profile_does_not_leave() -> None:
    one = replace(public_alert(), authority=dict.fromkeys(Language, ""))
    with pytest.raises(CapNotRight, match="sender-name"):
        cap_message(one, [one], SITE, identity=IDENTITY, signer=signer())


def test_it_says_when_the_danger_begins_and_no_end_does() -> None:
    storm = replace(public_alert("storm_code"), onset_at=NOW + timedelta(hours=3))
    update, end = (follow_up(storm, how) for how in (FollowUp.UPDATE, FollowUp.ALL_CLEAR))
    later = replace(storm, onset_at=storm.expires_at + timedelta(hours=1))
    assert message(storm).infos[0].onset == NOW + timedelta(hours=3)
    assert message(storm, update).infos[0].onset == NOW + timedelta(hours=3)
    assert message(storm, end).infos[0].onset is None
    assert message(later).infos[0].onset is None, "no message begins after its end"


def test_it_says_whom_to_ask_on_one_line_and_in_another_language_where_there_is_no_own() -> None:
    (french, english) = message(public_alert(), contact={FR: "Rue 1\n1000 Bruxelles"}).infos
    assert (french.contact, english.contact) == ("Rue 1, 1000 Bruxelles",) * 2


@pytest.mark.parametrize("code", sorted(provinces()))
def test_no_polygon_has_a_point_twice_in_a_row(code: str) -> None:
    towns = tuple(sorted(PLACES.place(code).members))
    for line in area(public_alert(area=towns)).polygons:
        points = points_of(line)
        assert points
        assert all(one != other for one, other in pairwise(points))
