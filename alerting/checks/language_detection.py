"""Which of the four languages a text is in, or none when it is too short to tell.

Small words carry most of the weight, then spellings that only one of the languages has. A slip of
the hand - the Dutch text in the French field - is told with a wide margin; a name or a borrowed
word is not enough. It never guesses: without that margin the answer is None.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from alerting.domain.language import Language

FR, NL, DE, EN = Language

SMALL_WORDS: Mapping[Language, str] = {
    FR: "le la les l un une des du de d et ou où à au aux dans en sur sous pour par avec sans "
    "entre vers chez jusqu que qu qui dont ce cet cette ces il elle ils elles nous vous votre "
    "vos leur leurs son sa ses mon ma est sont être était avez ont avoir pas ne n ni plus "
    "jamais si se s y tous tout toute toutes même aussi très après avant pendant depuis lors "
    "maintenant numéro fermez restez entrez évitez appelez coupez gardez partez buvez "
    "utilisez suivez laissez prenez allez rentrez sortez lieu heure eau école personne danger "
    "incendie message prochain fin début",
    NL: "de het een en of van in op te ten ter met voor door naar aan bij om uit over onder tot "
    "tegen tussen zonder volgens dat die dit deze er is zijn was waren wordt worden werd "
    "heeft hebt hebben kan kunt kunnen moet moeten mag mogen zal zullen niet geen nooit ook "
    "nog al als u uw wij we ons onze zij ze hun hij je jouw wat wie waar wanneer hoe nu dan "
    "maar meer alle alles na binnen buiten blijf sluit ga bel vermijd mijd volg laat neem hou "
    "drink gebruik zone gebied plaats uur water bericht volgend brand gevaar nummer begin "
    "einde kom vertrek kook",
    DE: "der die das den dem des ein eine einen einem einer eines und oder von vom in im an am "
    "auf zu zum zur mit für durch nach bei aus über unter bis gegen zwischen ohne vor um dass "
    "es ist sind war waren wird werden wurde hat haben kann können muss müssen darf dürfen "
    "nicht kein keine keinen nie auch noch wenn sie ihr ihre ihren ihnen wir uns unsere er "
    "ich was wer wo wann wie jetzt dann aber mehr alle alles sich bleiben schließen gehen "
    "rufen meiden folgen lassen nehmen halten trinken nutzen gebiet ort uhr wasser nachricht "
    "nächste gefahr nummer beginn ende sofort hinein fenster türen drinnen",
    EN: "the a an and or of in on to with for by from at into over under until against between "
    "without this that these those there is are was were be been has have had can may must "
    "should will not no never also if you your we our us they their them it its he she who "
    "what where when how now then but more all any do does don as than stay close go call "
    "avoid follow leave take keep drink use area place water message next danger number start "
    "end inside out off up turn open people before after",
}  # fmt: skip

SPELLINGS: Mapping[Language, str] = {
    FR: r"[èêëâîôûçœù]|(?<=\w)é|\b[ldnsjmtcq]['’](?=\w)|\bqu['’]?|\w(?:eau|eux|oir|oire|ez|ment|"
    r"aire|ique|tion|té|ée|ées|és)\b|oux|eui|ouv|\bdé\w|\bpré\w",
    NL: r"ij|aa(?=\w)|uu|[^\W\d]oo(?=\w)|ee(?=[krlmns]t?)|sch(?=[aeiouy])|\w(?:heid|lijk|ingen|"
    r"eren|tie|tje)\b|ui(?=[^e]|\b)|oe(?=[^u])|\bver\w|\bge\w|gt\b|eu[kr]|cht(?:er|en)?\b|aak",
    DE: r"[äöüß]|sch|(?<=\w)(?:ung|ungen|heit|keit|lich|isch|chen|eit|ieren|icht)\b|ei(?=[ntb])|"
    r"\bst|\bver\w|\bge\w|tz|ck|pf|\w(?:em|er|ern|est)\b|ie(?=[bdgr])|au[fs]|ch[tst]",
    EN: r"th|\bwh|sh|gh|ow|ea(?!u)|\w(?:ing|ed|ly|ness|ful)\b|oo|ay\b|wn|ee|\bkn|ould|ck",
}

_WORD = re.compile(r"[^\W\d_]+")
_NOT_SPEECH = re.compile(r"https?://\S+|www\.\S+|@\S+|BE-Alert")
_OWNERS: dict[str, tuple[Language, ...]] = {}
for _language, _words in SMALL_WORDS.items():
    for _one in set(_words.split()):
        _OWNERS[_one] = (*_OWNERS.get(_one, ()), _language)
_SPELLINGS = {language: re.compile(pattern) for language, pattern in SPELLINGS.items()}

SMALL_WORD, SPELLING = 3.0, 1.0
LEAST, AHEAD = 8.0, 1.5
"""Points the winner needs, and how many times those of the second."""
MAX_SAMPLE_CHARS = 800
"""Characters that are read: what has not shown by then will not."""


def detect_language(text: str) -> Language | None:
    """The language of `text`, when there is no doubt."""
    points = language_scores(text)
    (best, most), (_, second) = sorted(points.items(), key=lambda one: -one[1])[:2]
    return best if most >= LEAST and most >= AHEAD * second else None


@lru_cache(maxsize=1024)
def _word_scores(word: str) -> tuple[float, float, float, float]:
    """Points of one word for each language."""
    owners = _OWNERS.get(word)
    if owners:
        return tuple(  # type: ignore[return-value]
            SMALL_WORD / len(owners) ** 2 if language in owners else 0.0 for language in Language
        )
    return tuple(  # type: ignore[return-value]
        SPELLING * len(_SPELLINGS[language].findall(word)) for language in Language
    )


def language_scores(text: str) -> dict[Language, float]:
    """Points for each language."""
    totals = [0.0] * len(Language)
    for word in _WORD.findall(_NOT_SPEECH.sub(" ", text[:MAX_SAMPLE_CHARS]).casefold()):
        for index, points in enumerate(_word_scores(word)):
            totals[index] += points
    return dict(zip(Language, totals, strict=True))
