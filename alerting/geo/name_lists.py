"""Several places in one breath: “Eupen, Raeren und 3 weitere Gemeinden”."""

from collections.abc import Mapping, Sequence

from babel.lists import format_list

from alerting.domain.language import Language

MOST_NAMES = 5
"""More names than this are more than a reader keeps in mind."""
MOST_TO_FIND = 8
"""Among so many a reader still finds their own, in a text that has room for them."""

LOCALES: Mapping[Language, str] = {
    Language.FR: "fr_BE",
    Language.NL: "nl_BE",
    Language.DE: "de_BE",
    Language.EN: "en_GB",
}

MUNICIPALITIES: Mapping[Language, tuple[str, str]] = {
    Language.FR: ("{n} commune", "{n} communes"),
    Language.NL: ("{n} gemeente", "{n} gemeenten"),
    Language.DE: ("{n} Gemeinde", "{n} Gemeinden"),
    Language.EN: ("{n} municipality", "{n} municipalities"),
}
"""After nothing but provinces and regions, of which none is a municipality."""
OTHERS: Mapping[Language, tuple[str, str]] = {
    Language.FR: ("{n} autre commune", "{n} autres communes"),
    Language.NL: ("{n} andere gemeente", "{n} andere gemeenten"),
    Language.DE: ("{n} weitere Gemeinde", "{n} weitere Gemeinden"),
    Language.EN: ("{n} other municipality", "{n} other municipalities"),
}


def all_names(names: Sequence[str], language: Language) -> str:
    """All of them as one phrase."""
    return format_list(names, locale=LOCALES[language])


def enumerate_area(names: Sequence[str], whole: int, language: Language, room: int) -> str:
    """`names` as one phrase; the first `whole` of them are provinces and the like, never cut.

    Long lists end in how many there are besides, unless to name those takes no more letters.
    """
    longest = len(names)
    if longest > MOST_NAMES:
        cut = max(MOST_NAMES - 1, whole)
        counted = _phrase(names, cut, language, others=cut > whole)
        longest = longest if len(all_names(names, language)) <= len(counted) else cut
    shortest = max(whole, 1)
    for shown in range(longest, shortest - 1, -1):
        phrase = _phrase(names, shown, language, others=shown > whole)
        if not room or len(phrase) <= room:
            return phrase
    if not whole and len(names) > 1:
        # The first that leaves room, in order of size; else the shortest name there is.
        fits = (name for name in names if len(_around(name, names, language)) <= room)
        return _around(next(fits, min(names, key=len)), names, language)
    counted = _phrase(names, shortest, language, others=shortest > whole)
    return min(all_names(names, language), counted, key=len)


def _around(name: str, names: Sequence[str], language: Language) -> str:
    """One name, and how many others there are."""
    return _phrase([name, *names[1:]], 1, language)


def _phrase(names: Sequence[str], shown: int, language: Language, *, others: bool = True) -> str:
    """The first `shown`, and how many more; `others`: one of those shown is a municipality."""
    left = len(names) - shown
    one, other = (OTHERS if others else MUNICIPALITIES)[language]
    rest = [(one if left == 1 else other).format(n=left)] if left else []
    return format_list([*names[:shown], *rest], locale=LOCALES[language])
