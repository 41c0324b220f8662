"""Text messages to officers, in their own language, each of one segment.

Whoever finds the telephone reads who asks, the number of an alert and where to sign in: nothing of
what the alert says, and nobody's name.
"""

from collections.abc import Mapping
from datetime import timedelta

from alerting.domain.account import Account
from alerting.domain.language import Language
from alerting.domain.staff_notification import message_key
from alerting.domain.text.gsm7 import GSM7, SINGLE, Encoding, rewrite, units_of
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.mailer import TextMessageResult
from alerting.services import Services

CALL = msgid("{name}: real alert {alert} is waiting for your approval. Sign in: {link}")
CALLS = msgid(
    "{name}: {number} alerts are waiting for your approval, first real alert {alert}. "
    "Sign in: {link}"
)
CODE = msgid(
    "{code} is the code for your mobile number at the alerting console, valid for 10 minutes. "
    "If you did not ask for it, ignore it."
)
ROOM = SINGLE[Encoding.GSM7]
NAME = "name"
LINK = "link"


def in_one_segment(language: Language, text: str, facts: Mapping[str, str | int]) -> str:
    """A message id, filled, in the letters and the length of one text message.

    A name of an authority is cut where there is no room for it; then the link is left out.
    """
    translate = translator_for(language)
    known = dict(facts)

    def told() -> str:
        return _in_gsm7(translate(text, **known))

    for field in (NAME, LINK):
        over = units_of(told(), Encoding.GSM7) - ROOM
        if over > 0 and field in known:
            whole = _in_gsm7(str(known[field]))
            known[field] = whole[: max(0, len(whole) - over)].rstrip() if field == NAME else ""
    return told().strip()[:ROOM]


async def text_account(
    services: Services,
    account: Account,
    text: str,
    facts: Mapping[str, str | int],
    *,
    number: int,
    valid_for: timedelta,
    last: str = "",
) -> TextMessageResult:
    """Send one to the confirmed number of an account; `number` is that of the message."""
    return await services.texter.send(
        to=account.mobile,
        language=account.language,
        text=in_one_segment(account.language, text, facts),
        key=message_key(number),
        valid_for=valid_for,
        last=last,
    )


def _in_gsm7(text: str) -> str:
    """As the alphabet of text messages has it; a letter it cannot write is left out."""
    return "".join(character for character in rewrite(text).text if character in GSM7)
