"""Public money goes to no number that somebody rents.

A list takes telephone numbers of the countries that are allowed, of kinds that cost a call.
Premium, shared-cost, personal, service and satellite numbers are taken by no list, whatever is
allowed; what was refused is told, with its reason, in the language of whoever mends it.
"""

from datetime import date

import phonenumbers
import pytest
from babel import Locale
from phonenumbers import PhoneNumberType

from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.authority_list import AuthorityList, right_key
from alerting.domain.errors import BadFile
from alerting.domain.language import Language
from alerting.domain.recipient import RecipientKind
from alerting.i18n import translator_for
from alerting.importing.phone_numbers import (
    COUNTRIES,
    DEFAULT_COUNTRIES,
    ORDINARY,
    RefusedNumber,
    read_number,
)
from alerting.importing.recipients import ImportResult, read_recipients
from alerting.settings import Settings
from tests import having_read
from tests.desk import MILA, Desk
from tests.make import gazetteer

TAKEN = {
    "0470 12 34 56": "+32470123456",
    "02 501 02 11": "+3225010211",
    "+32 (0)470 12 34 56": "+32470123456",
    "0032470123456": "+32470123456",
    "+31 6 12345678": "+31612345678",
    "+33 6 12 34 56 78": "+33612345678",
    "+49 1512 3456789": "+4915123456789",
    "+352 621 123 456": "+352621123456",
}
NEVER = (
    "0900 12 345", "0902 12 345", "0903 12 345", "0905 12 345", "+32 900 12 345", "0800 12 345",
    "+31 900 1234567", "+33 899 123 456", "+49 900 1 123456", "+44 906 123 4567",
    "+44 70 1234 5678", "+44 843 123 4567", "+1 900 234 5678", "+41 900 123 456",
    "+870 773 123 456", "+881 6 31 012345", "+882 16 1234 5678", "+883 510 0012 3456",
    "+979 1 2345 6789", "+800 1234 5678", "+808 1234 5678", "+878 10 1234 56789",
)  # fmt: skip
ABROAD = {
    "+1 809 234 5678": "DO",
    "+44 7400 123456": "GB",
    "+1 415 555 2671": "US",
    "+371 21 234 567": "LV",
    "+216 20 123 456": "TN",
    "+53 5 1234567": "CU",
    "+44 7781 123456": "GG",
    "+7 701 234 5678": "KZ",
}


@pytest.mark.parametrize("typed", TAKEN)
def test_an_ordinary_number_of_an_allowed_country_is_taken(typed: str) -> None:
    assert read_number(typed, DEFAULT_COUNTRIES) == TAKEN[typed]


@pytest.mark.parametrize("typed", NEVER)
def test_no_setting_allows_a_number_that_costs_more_or_has_no_country(typed: str) -> None:
    with pytest.raises(RefusedNumber):
        read_number(typed, COUNTRIES | {"001"})


@pytest.mark.parametrize("typed", ABROAD)
def test_a_country_is_allowed_by_setting_only(typed: str) -> None:
    with pytest.raises(RefusedNumber) as refused:
        read_number(typed, DEFAULT_COUNTRIES)
    assert str(refused.value.facts["country"]) == Locale("en").territories[ABROAD[typed]]
    assert read_number(typed, {ABROAD[typed]}).startswith("+")


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_the_example_of_every_other_kind_of_number_is_refused_in_every_country(
    country: str,
) -> None:
    for kind in (one for one in PhoneNumberType.values() if one not in ORDINARY):
        example = phonenumbers.example_number_for_type(country, kind)
        if example is None or phonenumbers.number_type(example) in ORDINARY:
            continue
        typed = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        with pytest.raises(RefusedNumber):
            read_number(typed, COUNTRIES)


@pytest.mark.parametrize("given", ["XX", "BE,001", "Belgium", "32"])
def test_the_setting_knows_countries_only(given: str) -> None:
    with pytest.raises(ValueError, match="no country"):
        Settings(phone_countries=given)


def test_the_setting_is_read_as_people_write_it() -> None:
    assert Settings(phone_countries=" be, GB ,").allowed_phone_countries == {"BE", "GB"}
    assert Settings().allowed_phone_countries == DEFAULT_COUNTRIES


HEADER = "reference;language;municipality;phone;=HYPERLINK(1)\n"
ROWS = "1;fr;Liège;0470123456;a\n2;fr;Liège;0900 12 345;b\n3;fr;Liège;+1 809 234 5678;c\n"
FILE = (HEADER + ROWS).encode()


def read() -> ImportResult:
    return read_recipients(
        FILE,
        RecipientKind.PERSON,
        gazetteer().read_municipality,
        today=date(2030, 1, 15),
        countries=DEFAULT_COUNTRIES,
    )


@pytest.mark.parametrize(
    ("language", "paid", "abroad"),
    [
        (Language.FR, "surtaxé", "un numéro d’un autre pays (République dominicaine)"),
        (Language.NL, "betaalnummer", "een nummer van een ander land (Dominicaanse Republiek)"),
        (Language.DE, "Mehrwert", "eine Nummer eines anderen Landes (Dominikanische Republik)"),
        (Language.EN, "premium", "a number from another country (Dominican Republic)"),
    ],
)
def test_rejected_rows_say_why_in_the_language_of_whoever_mends_them(
    language: Language, paid: str, abroad: str
) -> None:
    header, *rows, _ = read().rejected_file(translator_for(language)).split("\r\n")
    assert header.split(";")[-2:] == ["'=HYPERLINK(1)", "fault"]
    assert [row.partition(";")[0] for row in rows] == ["2", "3"]
    assert paid in rows[0]
    assert abroad in rows[1]
    assert Locale(language.value).territories["LU"] in rows[1]


async def test_neither_a_file_nor_a_form_brings_one_in(desk: Desk) -> None:
    with pytest.raises(BadFile):
        await importing.import_file(
            desk.services, FILE, file="x", kind=RecipientKind.PERSON, by=MILA
        )
    done = await importing.import_file(
        desk.services, FILE, file="x", kind=RecipientKind.PERSON, by=MILA, skip_bad=True
    )
    assert (done.imported, done.intake.bad_lines) == (1, 2)
    ((number, _),) = await importing.find_recipients(desk.services, "+32470123456", by=MILA)
    for typed in ("0900 12 345", "+1 809 234 5678", "+870 773 123 456"):
        fields = {"language": "fr", "municipality": "Liège", "phone": typed}
        with pytest.raises(recipient_lists.BadEntry):
            await having_read.edit_recipient(
                desk.services, RecipientKind.PERSON, number, fields, by=MILA
            )


@pytest.mark.parametrize("typed", sorted(set(NEVER) - {"0800 12 345"}))
def test_no_list_of_an_authority_takes_a_number_that_costs_more(typed: str) -> None:
    read = phonenumbers.parse(typed, "BE")
    number = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
    assert not right_key(AuthorityList.TELEPHONE, number)


@pytest.mark.parametrize("number", ["+3242215000", "+32470123456", "+3280012345", "+352621123456"])
def test_a_list_of_an_authority_takes_an_ordinary_or_free_number(number: str) -> None:
    assert right_key(AuthorityList.TELEPHONE, number)
