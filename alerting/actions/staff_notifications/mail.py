"""Letters to officers, in their own language. Text after text; nothing personal but the name."""

from alerting.domain.account import Account
from alerting.domain.language import Language
from alerting.i18n import translator_for
from alerting.services import Services


async def mail_officer(
    services: Services, *, to: str, language: Language, subject: str, text: str, **facts: object
) -> bool:
    """Translate, fill, hand over; False when nobody took it."""
    words = translator_for(language)
    return await services.letters.send(
        to=to, language=language, subject=words(subject, **facts), text=words(text, **facts)
    )


async def mail_account(
    services: Services, account: Account, subject: str, text: str, **facts: object
) -> bool:
    """The same, to the holder of an account."""
    return await mail_officer(
        services, to=account.email, language=account.language, subject=subject, text=text, **facts
    )
