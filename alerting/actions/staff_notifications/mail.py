"""E-mails to officers, in their own language; nothing personal in them but a user name."""

from alerting.domain.account import Account
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.mailer import EmailResult
from alerting.services import Services

FRAME = msgid(
    "Hello,\n\n{text}\n\nPublic alerting console\n{console}\n\nThis e-mail was sent automatically: "
    "please do not reply. If you did not expect it, contact your administrator."
)


async def mail_officer(
    services: Services, *, to: str, language: Language, subject: str, text: str, **facts: object
) -> EmailResult:
    """Translate, fill, frame and hand over."""
    translate = translator_for(language)
    told = translate.gettext(FRAME).format(
        text=translate(text, **facts), console=services.rules.public_url
    )
    return await services.mailer.send(
        to=to, language=language, subject=translate(subject, **facts), text=told
    )


async def mail_account(
    services: Services, account: Account, subject: str, text: str, **facts: object
) -> EmailResult:
    """Translate, fill, frame and send an e-mail to the holder of an account."""
    return await mail_officer(
        services, to=account.email, language=account.language, subject=subject, text=text, **facts
    )
