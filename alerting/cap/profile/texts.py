"""Rules of the profile about languages, their order, and what is said in them."""

from collections import Counter
from urllib.parse import urlsplit

from alerting.cap.message import CapMessage
from alerting.cap.profile.rule import Found, Register, areas_of, codes_of, infos_of
from alerting.cap.terms import (
    BY_LABEL,
    LABELS,
    NIS,
)
from alerting.domain.language import Language


def languages_twice(message: CapMessage, _: Register | None) -> Found:
    """Languages that are there more than once."""
    count = Counter(one.spoken for one in message.infos)
    for place, info in infos_of(message):
        if count[info.spoken] > 1:
            yield f"{place}/language", {"language": info.spoken}


def same_texts(message: CapMessage, _: Register | None) -> Found:
    """Texts that say the same in two languages."""
    for element in ("headline", "description", "instruction"):
        seen: dict[str, str] = {}
        for place, info in infos_of(message):
            text = str(getattr(info, element)).strip().casefold()
            first = seen.setdefault(text, info.spoken)
            if text and first != info.spoken:
                yield (
                    f"{place}/{element}",
                    {"element": element, "one": first, "other": info.spoken},
                )


def web_addresses(message: CapMessage, _: Register | None) -> Found:
    """Links that are no web address."""
    for place, info in infos_of(message):
        parts = urlsplit(info.web)
        if info.web and not (parts.scheme in {"http", "https"} and parts.hostname):
            yield f"{place}/web", {}


def language_labels(message: CapMessage, _: Register | None) -> Found:
    """Labels of languages that are not ours."""
    for place, info in infos_of(message):
        if info.spoken not in BY_LABEL:
            yield f"{place}/language", {"language": info.spoken, "known": ", ".join(BY_LABEL)}


def legal_order(message: CapMessage, register: Register | None) -> Found:
    """Languages in another order than the law asks for there."""
    spoken = [BY_LABEL[info.spoken] for info in message.infos if info.spoken in BY_LABEL]
    codes = {code for _, area in areas_of(message) for code in codes_of(area, NIS)}
    known = register is not None and codes and all(map(register.is_place, codes))
    required = register.required(sorted(codes)) if register and known else ()
    first = [language for language in spoken if language in required]
    ordered = [*(language for language in required if language in spoken)]
    remaining_languages = spoken[len(first) :]
    if (
        first != ordered
        or any(language in required for language in remaining_languages)
        or Language.EN in spoken[:-1]
    ):
        yield "info", {"languages": ", ".join(LABELS[language] for language in required or spoken)}


def missing_language(message: CapMessage, register: Register | None) -> Found:
    """Languages that the law asks for there, and that are missing."""
    codes = {code for _, area in areas_of(message) for code in codes_of(area, NIS)}
    if register is None or not codes or not all(map(register.is_place, codes)):
        return
    spoken = {BY_LABEL.get(info.spoken) for info in message.infos}
    for language in register.required(sorted(codes)):
        if language not in spoken:
            yield "info", {"language": LABELS[language]}
