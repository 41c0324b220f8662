"""A release says in its subject, in the desk's own language, that it is one."""

import email
from email.policy import default

import pytest

from alerting.domain.channel import Accepted, OutboundMessage, Tracking
from alerting.domain.language import Language
from channels.press import RELEASE, Press, announced
from tests.channels.conftest import HOUR, SwitchOn, message
from tests.channels.wire import MailServer, mail_server


@pytest.mark.parametrize(
    ("language", "subject", "shown"),
    [
        (Language.FR, "Fumée toxique", "COMMUNIQUÉ DE PRESSE\u00a0: Fumée toxique"),
        (Language.NL, "Giftige rook", "PERSBERICHT: Giftige rook"),
        (Language.DE, "Giftiger Rauch", "PRESSEMITTEILUNG: Giftiger Rauch"),
        (Language.EN, "Toxic smoke", "PRESS RELEASE: Toxic smoke"),
        (Language.NL, "Persbericht – Giftige rook", "Persbericht – Giftige rook"),
        (Language.NL, "OEFENING: Rook OEFENING", "OEFENING: PERSBERICHT: Rook OEFENING"),
        (Language.NL, "Kinrooi: rook", "PERSBERICHT: Kinrooi: rook"),
    ],
    ids=["fr", "nl", "de", "en", "already there", "exercise", "a colon of its own"],
)
def test_the_subject_announces_a_release(language: Language, subject: str, shown: str) -> None:
    assert announced(subject, language) == shown
    assert announced(shown, language) == shown


def test_every_language_has_its_word() -> None:
    assert set(RELEASE) == set(Language)


async def test_each_newsroom_gets_an_email_of_its_own(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        channel: Press = switch_on(
            "press", host="127.0.0.1", port=server.port, tls="none", sender="pers@example.org"
        )
        prepared = channel.prepare(message("press"), alert_id=3)
        desks = ["nieuws@krant.example", "redactie@radio.example"]
        outcomes = await channel.send_many(
            [OutboundMessage(prepared, desk, f"3.press.{i}") for i, desk in enumerate(desks)],
            valid_for=HOUR,
        )
    assert outcomes == [Accepted("3.press.0@example.org"), Accepted("3.press.1@example.org")]
    for taken, desk in zip(server.taken, desks, strict=True):
        mail = email.message_from_bytes(taken.content, policy=default)
        assert (taken.person, mail["To"]) == (desk, desk)
        assert mail["From"] == "pers@example.org"
        assert mail["Subject"] == "PERSBERICHT: Giftige rook in Kinrooi"


async def test_it_hears_no_more(switch_on: SwitchOn) -> None:
    channel: Press = switch_on("press", host="127.0.0.1")
    assert channel.limits.tracking is Tracking.ACCEPTANCE


def test_the_mail_servers_of_the_two_channels_are_set_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMAIL_HOST", "127.0.0.1")
    assert Press.from_env("https://alerts.example.org") == []
