"""Letters to officers, in their own language. Text after text; nothing personal but the name."""

from alerting.domain.account import Account
from alerting.domain.language import Language
from alerting.i18n import words_for
from alerting.services import Services


async def write(
    services: Services, *, to: str, language: Language, subject: str, text: str, **facts: object
) -> bool:
    """Translate, fill, hand over; False when nobody took it."""
    words = words_for(language)
    return await services.letters.send(
        to=to, language=language, subject=words(subject, **facts), text=words(text, **facts)
    )


async def write_to(
    services: Services, account: Account, subject: str, text: str, **facts: object
) -> bool:
    """The same, to the holder of an account."""
    return await write(
        services, to=account.email, language=account.language, subject=subject, text=text, **facts
    )
