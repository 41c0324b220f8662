"""A subject arrives as it was meant: decoded by RFC 2047 it is the line that was approved.

Some mailboxes refuse a mail for an empty encoded word, for everybody; others show a word glued to
the next. The decoder here is written from the RFC, and Python's own has to say the same.
"""

import quopri
import random
import re
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from channels._email_headers import from_header, one_line, subject_header
from channels._email_message import SenderIdentity
from channels.press import announced
from tests.compose.samples import COMPOSER, LIBRARY, NOW, draft
from tests.make import gazetteer

WORD = re.compile(r"=\?([A-Za-z0-9-]+)\?[Qq]\?([^? ]*)\?=")
CASES = (
    "ÜBUNG: Übung BE-Alert – Eupen, Amel und Büllingen ÜBUNG",
    "ÜBUNG: Wasser abkochen – Eupen, Amel und Büllingen ÜBUNG",
    "ÜBUNG: Chemieunfall, ins Haus – Kelmis, Bütgenbach, Büllingen und Burg-Reuland ÜBUNG",
    "ÜBUNG: Brand, drinnen bleiben – Anderlecht, Retie, Schoten, Wommelgem und 4 weitere Gemeinden"
    " ÜBUNG",
    "PERSBERICHT: Overstroming in Zemst en Beernem, ga naar hoger gelegen gebied",
    "COMMUNIQUÉ DE PRESSE\u00a0: fumée toxique à Liège\u00a0!",
    "=?utf-8?q?not_a_word?=",
    "a" * 300,
    *("a" * n for n in range(64, 78)),
    *(f"{'a' * n} bc" for n in range(64, 78)),
    *(f"bc {'a' * n}" for n in range(72, 78)),
    "é" * 300,
    "👩‍🚒 " * 40,
    "Alert",
)


def decoded(header: bytes, name: str = "Subject") -> str:
    """What a header says by RFC 2047 and RFC 5322 2.2.3, having checked how it says it."""
    assert header.endswith(b"\r\n")
    lines = header[:-2].decode("ascii").split("\r\n")
    assert lines[0].startswith(f"{name}: ")
    assert lines[0].removeprefix(f"{name}: ").strip(), "the first line is not empty"
    assert all(line.startswith(" ") and line.strip() for line in lines[1:])
    for line in lines:
        words = line.split(" ")
        assert not any("\r" in word or "\n" in word for word in words)
        for word in words:
            if word.startswith("=?"):
                found = WORD.fullmatch(word)
                assert found, f"an encoded word stands for itself: {word}"
                assert found[2], "none is empty"
                assert len(word) <= 75
                assert len(line) <= 76
            else:
                assert len(line) <= 998
    text = "".join(lines).removeprefix(f"{name}: ")
    between = re.sub(rf"({WORD.pattern}) +(?={WORD.pattern})", r"\1", text)
    return WORD.sub(
        lambda word: quopri.decodestring(word[2].encode(), header=True).decode(word[1]), between
    )


def by_python(header: bytes) -> str:
    return str(message_from_bytes(header + b"\r\n", policy=policy.default)["Subject"])


def must_say(subject: str) -> None:
    header = subject_header(subject)
    assert decoded(header) == subject
    assert by_python(header) == subject


@pytest.mark.parametrize("subject", CASES)
def test_a_subject_says_what_was_meant(subject: str) -> None:
    must_say(subject.strip())


@given(st.text(min_size=1))
def test_any_subject_says_what_was_meant_in_one_line(subject: str) -> None:
    line = one_line(subject.encode("utf-8", "replace").decode())
    if line:
        assert decoded(subject_header(subject)) == line


def test_ten_thousand_titles_say_what_was_meant() -> None:
    dice = random.Random(2047)  # noqa: S311  repeatable, guards nothing
    names = [name for place in gazetteer().municipalities() for name in place.names.values()]
    pieces = ("ÜBUNG:", "EXERCICE\u00a0:", "–", "-", "und", "et", "en", "4", "évacuez", "Wasser,")
    for nth in range(10_000):
        words = (names if dice.random() < 0.5 else pieces for _ in range(dice.randint(1, 12)))
        title = " ".join(dice.choice(some) for some in words)
        header = subject_header(title)
        assert decoded(header) == title
        if nth % 50 == 0:  # it takes a thousand times as long
            assert by_python(header) == title


@pytest.mark.parametrize(
    ("scenario", "alert_class"),
    [
        (name, alert_class)
        for name in LIBRARY.names()
        for alert_class in (AlertClass.ALERT, AlertClass.EXERCISE, AlertClass.TEST)
        if LIBRARY.scenario(name).only in {None, alert_class}
    ],
)
async def test_every_scenario_has_subjects_that_arrive(
    scenario: str, alert_class: AlertClass
) -> None:
    chosen = draft(scenario, channels=("email", "press"), alert_class=alert_class)
    for message in (one.filled(NOW) for one in await COMPOSER.compose(chosen)):
        assert message.subject
        must_say(message.subject)
        must_say(announced(message.subject, message.language))


@pytest.mark.parametrize(
    "name",
    ["", "Crisiscentrum", 'The "Centre", Liège', "Centre (de crise), Liège", "Zoë – Büro " * 9],
)
def test_who_writes_is_named_as_set(name: str) -> None:
    header = from_header(name, "alerts@example.org")
    said = decoded(header, "From")
    assert said.replace('\\"', '"') in {
        f"{name.strip()} <alerts@example.org>".strip(),
        f'"{name}" <alerts@example.org>',
        "alerts@example.org" if not name else "",
    }
    mail = message_from_bytes(header + b"\r\n", policy=policy.default)
    assert [one.addr_spec for one in mail["From"].addresses] == ["alerts@example.org"]
    assert all(len(line) <= 76 for line in header.splitlines())


def test_a_mail_holds_each_header_once_and_in_seven_bits() -> None:
    identity = SenderIdentity(sender="alerts@example.org", name="Zoë")
    mail = identity.render(language=Language.DE, subject=CASES[0], text="Bleiben Sie", html="")
    read = message_from_bytes(mail.plain, policy=policy.default)
    assert mail.plain.isascii()
    assert read.get_all("Subject") == [CASES[0]]
    assert len(read.get_all("From") or ()) == 1
    assert read.defects == []
