"""No text leads readers to a site or a telephone that is not the authority's.

Whatever has the shape of a link or of a number is one, unless it is on a short list; what is not
official blocks. What people ordinarily write passes.
"""

import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.check_input import CheckInput
from alerting.checks.lexicon import KNOWN_TELEPHONES
from alerting.checks.lint import lint
from alerting.checks.telephones import HARMLESS, _telephones, telephones
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.finding import NEVER_OVERRIDDEN, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.alphabet import other_alphabets
from alerting.domain.text.length import weighted
from alerting.domain.text.links import host_of, leads_to, links_in
from tests.checks.samples import NOW
from tests.compose.samples import COMPOSER, LIBRARY, SENDER, draft

OURS = frozenset({"be-alert.be"})
SAMPLE_TELEPHONES = frozenset({"+3242220000", "+3225550000", "+3280012345"})
"""Those of the library's samples and of the press office that composes it here."""

FOREIGN_LINKS = (
    "be-alert.help/iode", "evil.click/x", "evil.zip", "evil.download", "www.evil.ninja/x",
    "evil.bank", "evil.example/x", "evil.c0m", "bit.ly/x", "evil.museum",
    "b\u0435-alert.be", "ｅｖｉｌ.com", "evil。com", "evil．com", "evil｡com", "evil․com",
    "evil.рф", "évil.be", "xn--bcher-kva.example", "❤.ws", "https://b\u0435-alert.be/x",
    "185.220.101.1/iode", "185.220.101.1", "http://3232235777/x", "https://0xb9dc6501",
    "2001:db8::1", "http://[2001:db8::1]/x", "https://localhost",
    "https://evil.com;.be-alert.be/x", "https://evil.com,.be-alert.be/x",
    "https://evil.com'.be-alert.be/x", "https://evil.com|.be-alert.be/x",
    "https://evil.com\\.be-alert.be/x", "https://evil.com%2f.be-alert.be",
    "https://evil.com#.be-alert.be", "https://evil.com?.be-alert.be",
    "evil.com;.be-alert.be", "be-alert.be,evil.com", "be-alert.be/x,evil.com",
    "ftp://evil.com", "ftp://be-alert.be", "javascript:alert", "mailto:x@evil", "http:evil.com",
    "user@evil.com", "be-alert.be@evil.com", "https://be-alert.be@evil.com",
    "https://x:y@be-alert.be", "be-alert.be:8080/x", "evil.com:8080", "https://be-alert.be.evil.com",
    "evilbe-alert.be", "be-alert.be.evil.com/", "Evil.Com.", "intérieur.Fermez",
    "data:text/html,x", "signal:evil", "evil\u00b7com", "be-alert.be//evil.com", "https:evil",
    "facetime:+32900", "evil[.]com", "evil\u30fbcom", "127.1/x", "be-alert.be/?u=evil.com",
    "evil(.)com", "be-alert.be/x?u=evil%2ecom", "be-alert.be/#evil.com", "tel.nr", "agent\u00b7es",
    "evil.com@x", "evil.com@@x", "be-alert.help@nu", "be-alert.be@nu", "evil.com@·",
    "a.b@c@evil.com", "info@be-alert.be,evil.com@z", "be-alert.help\u00b7nes",
    "www.evil.com\u00b7rice/iode", "evil\u00b7com\u00b7nes", "evil.com\u00b7e\u00b7s", "evil.com.s",
    "evil\u0387com", "evil\u2027com",
)  # fmt: skip
OFFICIAL_LINKS = (
    "be-alert.be", "BE-Alert.be.", "www.be-alert.be/x", "https://be-alert.be/fr?y=1&z=%C3%A9#a",
    "https://test.be-alert.be/", "info@be-alert.be", "ｂｅ-alert.be",
)  # fmt: skip
NO_LINKS = (
    "01.56 uur", "29.11.2026", "p.ex.", "a.u.b.", "B.V.", "N61", "1.2 km", "3.500 personen", "d.h.",
    "z.B.", "e.g.", "i.e.", "c.-à-d.", "s.v.p.", "t.a.v.", "m.a.w.", "16.30uur", "1.234.567 euro",
    "08.30-09.30", "14:05:30", "24h/24", "7j/7", "art.12", "attendez…puis", "attendez...puis",
    "110 km/h", "St.Vith", "3:00-4:00", "H.R.", "et/ou", "@be_alert", "#BEAlert",
    "incl.btw", "max.dertig", "St.-Vith", "Info: blijf", "Tel:02", "13:30",
    "habitant\u00b7e\u00b7s", "agent\u00b7e\u00b7s", "citoyen\u00b7ne\u00b7s", "un\u00b7e",
    "directeur\u00b7rice\u00b7s", "tou\u00b7te\u00b7s", "policier\u00b7ère\u00b7s",
    "acteur\u00b7rices/agents", "sapeur-pompier\u00b7e\u00b7s", "m.u.v.", "v.l.n.r.",
    "acteur\u00b7rices", "3.5/10", "1.2/km", "Attention:fermez", "A \u00b7 B",
)  # fmt: skip
FOREIGN_NUMBERS = (
    "0900 12 345", "0900/12.345", "0900.12.345", "0900-12-345", "09 00 12 345", "(0900) 12 345",
    "0 9 0 0 1 2 3 4 5", "0900 - 12 345", "0900\u00a012\u202f345", "０９００ 12 345", "090012345",
    "0902 12 345", "0903 12 345", "0905 12 345", "070 12 34 56", "0470 12 34 56",
    "+32 900 12 345", "+32 (0)900 12 345", "0032 900 12 345", "＋32 900 12 345",
    "+44 7055 123456", "+1 809 555 1234", "+870 773 123 456", "00 44 7055 123456",
    "appelez le 04/123.45.67", "112, 0900 12 345", "112 0900 12 345", "101/0900 12 345",
    "bel 1234", "appelez vite le 9999", "call 1307", "SMS STOP to 4040", "900123456",
    "0470.12.34.56", "WhatsApp 0470/12/34/56", "Info: 081/12.34.56", "0900\u204412\u2044345",
    "0900~12~345", "0900,12,345", "0900:12:345", "0900=12345", "0900'12'345", "0900\\12\\345",
    "0900 12\n345", "0900    12    345", "O900 12 345", "09OO 12 345", "32 900 12 345",
    "".join(f"{digit}\ufe0f\u20e3" for digit in "090012345"), "0470 12.11.26",
    "contactez le 1307", "infolijn 1307", "numéro vert 1307", "Info: 1307", "numéro 4040",
    "Sturen naar 8484", "09:00 12 345", "0470 12:34 56", "04.12.11 34 56", "Bel na 1400 naar 1307",
    "KBO 0403.170.702", "0403.170.701", "Bel 9000", "bel 4500 mensen", "04 05 06 07 08",
    "Appelez le : 9850", "Appelez le\u00a0: «\u00a09850\u00a0»", "Numéro vert : 9850",
    "Numéro d'urgence : 9850", "numéro d’urgence – 9850", "Tapez 9850", "Faites le 9850",
    "Mettez AIDE au 9850 par SMS", "Toets 9850", "Wählen Sie bitte : 9850", "Bel nu: „9850”",
    "Schreiben Sie HILFE an die 9850", "Schrijf HULP naar 9850", "09OO I2 345", "0900 x 12345",
    "0900 x 12 345", "O9OO l2 345",
    "09.01.2034.5", "09.01.2034 5.", "02/11/2034 56", "09-05-2012-34", "09/05/2012,34",
    "09/01/2034-5", "+32 2/11/2034 5", "+3209.01.2034.5", "0902-03-2012 34", "02/11/2034\n5",
    "09.05 20.34 2034", "09.05.20 3456", "09.02 2034  567", "02/11/2034 08:30 5", "08:30 09:30 1",
    "0 2034-09-01 2", "09/02/2034 112", "02/11/2034 5678 Gent", "09 - 01.02.2034",
    "09.02.2034 0 12 34 56 78", "0900 IZ 345", "0900, IZ, 345", "0900 12 IBZ", "0900 OO OOO",
    "0900 I2 34S", "Ø9ØØ 12 345", "○9○○ 12 345",
)  # fmt: skip
NO_FOREIGN_NUMBERS = (
    "112", "Bel 112", "bel 112 of 101", "le 1722", "appelez le 1771", "1789", "100", "101",
    "070 245 245", "070/245.245", "+32 70 245 245", "0800 30 300", "24h/24", "7j/7",
    "29.11.2026", "29/11/2026", "2026-11-29", "le 29/11/2026 à 08.30-09.30", "29.11.2026 01.56 uur",
    "14h05 - 16h30", "van 08.30 tot 09.30", "08:00 09:30", "01.56 uur", "130 mg",
    "65 mg d'iode, 2 comprimés", "4000 Liège", "4000, 4020", "3.500 personen", "1.2 km", "10 000",
    "1 234 567", "1.000.000", "0,5 %", "N61, E40", "500 m", "05 km", "call back in 100 minutes",
    "Bel de buren in 9000 Gent", "SMS verstuurd naar 4500 mensen", "telefoon van 3000 gezinnen",
    "Belt nicht vor 1400 an", "1 000 000 000", "lijnen 01 02 03 04 05", "KBO 0403.170.701",
    "TVA BE 0403.170.701", "05/12, 06/12, 07/12", "0,5, 0,3, 0,7, 0,9, 0,1",
    "08:00 09:30 10:30 11:00",
    "Faites 500 mètres à pied", "Mettez 1500 personnes à l'abri", "Écrivez à 4000 Liège",
    "Schreiben Sie 2 Zeilen", "Mettez la radio sur 1026 kHz", "1200 x 800 mm", "300 x 400",
    "Faites bouillir 500 ml d'eau", "Tapez 112", "Faites le 112", "route L2 345",
    "02.11.2026 070 245 245", "070 245 245, 02.11.2026", "112, 02/11/2026", "02/11/2026 - 112",
    "02.11.2026 (112)", "02/11/2026\n\n9000 Gent", "29.11.2026 4000 Liège", "01/02, 02/02, 03/02",
    "01/02/2026 02/02/2026", "01.02.2026 06.00 02.02.2026 18.00", "06.00-07.00, 08.00-09.00: 1771",
    "0800 30 300 IBZ 112", "0800 30 300. Il 12 mai", "Bus 05, 12b", "lijn 05 IBZ", "08:30 S 09:30",
    "01.56 01.12.2026", "05.11.26 08:30", "112\n070 245 245\n0800 30 300\n4000 Liège",
)  # fmt: skip
AROUND = ("{}", "Zie {}, nu.", "({})", "« {} »", "a\n{}\nb", "l'{}")


def rules(text: str, telephones: frozenset[str] = frozenset()) -> set[str]:
    given = CheckInput(
        messages=(Message(channel="web", language=Language.NL, text=text),),
        required=(),
        alert_class=AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + timedelta(hours=1),
        allowed_hosts=OURS,
        telephones=telephones,
    )
    return {one.rule for one in lint(given) if one.severity is FindingSeverity.BLOCKS}


@pytest.mark.parametrize("link", FOREIGN_LINKS)
def test_a_link_elsewhere_blocks_however_it_is_written(link: str) -> None:
    for around in AROUND:
        assert "foreign-link" in rules(around.format(link)), around


@pytest.mark.parametrize("account", ["@evil_account", "＠evil_account", "@a", "@be_alert2"])
def test_an_account_that_is_not_official_blocks_as_a_link_does(account: str) -> None:
    for around in AROUND[:-1]:
        assert "foreign-link" in rules(around.format(account)), around


@pytest.mark.parametrize("account", ["@be_alert", "@BE_Alert", "@CrisiscenterBE", "12 @ 3"])
def test_an_official_account_passes(account: str) -> None:
    for around in AROUND[:-1]:
        assert "foreign-link" not in rules(around.format(account)), around


@pytest.mark.parametrize("link", OFFICIAL_LINKS)
def test_an_official_link_passes(link: str) -> None:
    for around in AROUND[:-1]:
        text = around.format(link)
        assert links_in(text)
        assert "foreign-link" not in rules(text), around


@pytest.mark.parametrize("words", NO_LINKS)
def test_nothing_that_is_no_link_is_refused(words: str) -> None:
    for around in AROUND:
        assert links_in(around.format(words)) == (), around


@pytest.mark.parametrize("number", FOREIGN_NUMBERS)
def test_a_number_that_is_on_no_list_blocks_however_it_is_spaced(number: str) -> None:
    for around in AROUND:
        assert "unknown-telephone" in rules(around.format(number)), around


@pytest.mark.parametrize("words", NO_FOREIGN_NUMBERS)
def test_national_numbers_times_dates_and_amounts_pass(words: str) -> None:
    for around in AROUND:
        assert "unknown-telephone" not in rules(around.format(words)), around


@pytest.mark.parametrize(
    "number", ["04 222 00 00", "+32 4 222 00 00", "04/222.00.00", "003242220000"]
)
def test_a_number_of_the_authority_passes_in_every_spelling(number: str) -> None:
    assert "unknown-telephone" in rules(f"Bel {number}.")
    assert "unknown-telephone" not in rules(f"Bel {number}.", telephones=SAMPLE_TELEPHONES)


LABEL = st.text(string.ascii_lowercase + "éöж中", min_size=2, max_size=12)
HARMLESS_BESIDE = ("08:30", "14.05", "03.04.2034", "05/06", "2034-11-09")


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"]),
    st.sampled_from(["", *(f" {one}" for one in HARMLESS_BESIDE)]),
    st.sampled_from([" ", ".", "-", "/", ", ", " - ", "\n", " (", ":"]),
    st.text("0123456789 ", min_size=1, max_size=6).map(str.strip).filter(bool),
)
def test_a_date_with_more_digits_beside_it_is_dialled(
    day: date, form: str, more: str, gap: str, digits: str
) -> None:
    written = f"{day:{form}}{more}"
    assert not telephones(f"Bel {written} nu")
    number = f"{written}{gap}{digits}"
    # A date and an hour are as long as a number: behind a wider gap something else begins.
    apart = (more and gap in {", ", " - ", " (", "\n"}) or digits in KNOWN_TELEPHONES
    if number.startswith("0") and not (reads_as_dates(number) or apart):
        assert {one.number for one in telephones(f"Bel {number} nu")} - KNOWN_TELEPHONES, number
    before = f"0{gap}{digits.replace(' ', '')}{gap}{written}"
    if not reads_as_dates(before):
        assert {one.number for one in telephones(f"Bel {before} nu")} - KNOWN_TELEPHONES, before


def reads_as_dates(words: str) -> bool:
    """Whether no digit is left over: what was drawn made one more date, time or day."""
    return not any(letter.isdigit() for letter in HARMLESS.sub("", words))


@pytest.mark.parametrize("known", ["070 245 245", "0800 30 300", "112", "1771"])
@pytest.mark.parametrize("moment", ["02.11.2026", "02/11/2026 08:30", "08:30 - 09:30", "05.11.26"])
def test_a_real_date_beside_a_known_number_passes(moment: str, known: str) -> None:
    for gap in (": ", " - ", ", ", " (", "\n\n"):
        assert "unknown-telephone" not in rules(f"Gent, {moment}{gap}{known}.")


@given(LABEL, LABEL, st.sampled_from(["@x", "@@x", "@nu,", "@a@b", "@é", "@-", "@x/y"]))
def test_a_host_before_an_at_is_a_link_unless_it_belongs_to_an_address(
    one: str, two: str, behind: str
) -> None:
    assert "foreign-link" in rules(f"Zie {one}.{two}{behind} nu")


ENDINGS = ("e", "s", "nes", "rice", "rices", "euse", "e·s", "ne·s", "rice·s")


@given(LABEL, LABEL, st.sampled_from(ENDINGS), st.sampled_from(["", "/iode", "?x", "@x", ":80"]))
def test_an_inclusive_ending_hides_no_host(one: str, two: str, ending: str, behind: str) -> None:
    assert "foreign-link" in rules(f"Zie {one}.{two}·{ending}{behind} nu")


def test_no_reason_lifts_these() -> None:
    assert {"foreign-link", "unknown-telephone", "other-alphabet"} <= NEVER_OVERRIDDEN


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_every_text_of_the_library_passes_in_every_language(scenario: str) -> None:
    for message in await COMPOSER.compose(draft(scenario, channels=tuple(PROFILES))):
        for words in (message.subject, message.text):
            for link in links_in(words):
                assert leads_to(link.shown, SENDER.hosts | {"example.org"}), link
            for one in telephones(words):
                assert one.number in SAMPLE_TELEPHONES | KNOWN_TELEPHONES, one
            assert not list(other_alphabets(words))


@given(
    LABEL, LABEL, st.sampled_from(["", "https://", "user@", "ftp://"]), st.sampled_from(["", "/x"])
)
def test_any_two_words_joined_by_a_dot_are_a_link(
    one: str, two: str, before: str, after: str
) -> None:
    link = f"{before}{one}.{two}{after}"
    if link != "st.vith":
        assert "foreign-link" in rules(f"Zie {link} nu")


@given(st.text(max_size=80))
def test_a_host_that_passes_is_nothing_but_letters_digits_hyphens_and_dots(text: str) -> None:
    host = host_of(f"https://{text}")
    if host:
        assert set(host) <= {*string.ascii_lowercase, *string.digits, "-", "."}


PIECES = (
    "\n", "\n\n", " ", "0900", "070 245", "245", "112", "Bel", "appelez", "le", "O", "OO", "I2",
    "IZ", "l", "S", "x", "+", "+32", "○", "(0)", "-", "/", "_", ".", ",", "1. ", "02.11.2026",
    "15:30", "2 000", "http://a.be/0900", "Ö9", "٣", "faites", "mensen", "in", "Namur",
    "0412.321.888", "12", "6", "|", "BCE ",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_numbers_of_lines_read_apart_are_those_of_the_whole_text(text: str) -> None:
    assert telephones(text) == _telephones.__wrapped__(text)


@given(st.text(max_size=200))
def test_every_link_stands_where_it_says(text: str) -> None:
    end = 0
    for link in links_in(text):
        assert text[link.start : link.end] == link.shown
        assert link.start >= end
        end = link.end


def test_x_counts_a_link_as_its_rules_say() -> None:
    assert PROFILES["x"].count is weighted
    assert weighted("Info be-alert.be.") == 5 + 23 + 1
    assert weighted("https://be-alert.be.") == 23 + 1
    assert weighted("\U0001f469\u200d\U0001f692") == 2
    assert weighted("\U0001f1e7\U0001f1ea") == 2
