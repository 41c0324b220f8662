"""Words the lint looks for, language by language: a table for people who know the languages."""

import re
from collections.abc import Mapping

from alerting.domain.language import Language

FR, NL, DE, EN = Language

ACTIONS: Mapping[Language, re.Pattern[str]] = {
    # Every “vous” form of a verb; not chez, assez, nez, rez-de-chaussée.
    FR: re.compile(
        r"\b(?!chez\b|assez\b|nez\b|rez\b|allez-retour\b)\w+ez\b|\bfaire bouillir\b|\bà l'abri\b"
        r"|\b(?:jamais|ne (?:pas|plus)|ni feu|faites|dites|(?:pas|aucun) (?:de )?danger)\b",
        re.IGNORECASE,
    ),
    NL: re.compile(
        r"\b(?:ga|blijf|sluit|zet|mijd|vermijd|vertrek|verlaat|evacueer|drink|kook|gebruik|bel|houd?"
        r"|volg|neem|schuil|kom|laat|verstop|vlucht|stel|haal|was|verwittig|draag|hervat|grijp"
        r"|kijk|raak|luister|geef|zoek|open|keer|rijd|parkeer|wacht|help|deel|verlucht|probeer|wees"
        r"|u (?:mag|hoeft|kunt|moet)|niet (?:drinken|gebruiken)|koken|nooit|geen gevaar)\b",
        re.IGNORECASE,
    ),
    DE: re.compile(
        r"\b\w+n sie\b|\b(?:bleiben|meiden|schließen|verlassen|abkochen|trinken|suchen|kochen"
        r"|anrufen|gehen|drinnen|hinein|verschieben|benutzen|vorsicht|nie(?:mals)?"
        r"|sie (?:können|dürfen|müssen)|keine gefahr)\b"
        r"|\bnicht (?:\w+ )?(?:zurück|trinken|verwenden)\b",
        re.IGNORECASE,
    ),
    EN: re.compile(
        r"\b(?:go|stay|close|shut|turn|avoid|leave|evacuate|drink|boil|use|do not|don't|never|call"
        r"|keep|follow|take|shelter|hide|escape|bring|visit|warn|wear|resume|ignore|disregard|listen"
        r"|postpone|be (?:careful|prepared)|you (?:can|may|must|do not)|no danger|move|seek|wash"
        r"|run|report|look|tell|check|try)\b",
        re.IGNORECASE,
    ),
}
"""What tells people to do something, or that they may again."""

FOLLOW_UPS: Mapping[Language, re.Pattern[str]] = {
    FR: re.compile(
        r"\bprochain|\bnouveau message|\bautre message|\bsuite\b|\bjusqu|\bfin\b|\bavant\b"
        r"|\bannoncerons\b|\bpublierons\b|\bsans (?:notre )?accord\b|\bfausse alerte\b",
        re.IGNORECASE,
    ),
    NL: re.compile(
        r"\bvolgend|\bnieuw bericht|\bander bericht|\bvervolg\b|\btot\b|\beinde\b|\bvoor \d"
        r"|\bmelden het einde\b|\bpubliceren\b|\bvoor wij\b|\bzonder akkoord\b|\bvals alarm\b",
        re.IGNORECASE,
    ),
    DE: re.compile(
        r"\bnächste|\bneue nachricht|\bweitere nachricht|\bneues\b|\bbis\b|\bende\b|\bvor \d"
        r"|\bveröffentlichen\b|\bfreigabe\b|\bentwarnung\b|\bfehlalarm\b",
        re.IGNORECASE,
    ),
    EN: re.compile(
        r"\bnext\b|\bnew message|\bother message|\bupdate:|\buntil\b|\bend\b|\bbefore\b"
        r"|\bannounce\b|\bpublish\b|\bwithout (?:our )?(?:clearance|permission)\b|\ball clear\b"
        r"|\bfalse alarm\b",
        re.IGNORECASE,
    ),
}
"""What promises the next word, or an end."""

JARGON = re.compile(
    r"\b(?:CC-(?:Prov|Com|Fed|Gem)|CCPROV|CCFED|[CP][PC]-Ops|CPX|NPU|PNU|PNUR|PPUI|PGUI|BNIP|ANIP"
    r"|NIP|D[1-5]|Dir-(?:Info|Med|Pol|Log|Bw|Si|CP-Ops|PC-Ops)|Dir\. ?Info|COFECO|CELINFO|INFOCEL"
    r"|CELEVAL|NCCN|CGCCR|ADCC|SICAD|HCSC|CIC|HC112|CUS112|HAZMAT|CBRNE?|SMUR|MUG|PIT|VVP|PRV|PMA"
    r"|FMP|OODA|SITREP|ETA|Sitrep|LB-SMS|DGH|DGD)\b"
)
"""Abbreviations of those who manage a crisis: nobody outside knows them."""

UNFINISHED = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\{%[^{}\n]{0,80}%\}|\{[^{}\n]{0,80}\}|[{}]|\b(?:TODO|FIXME|TBD|TBC|XXX+)\b"
    r"|(?i:\b(?:lorem ipsum|translate me|to be (?:completed|translated)"
    r"|à (?:traduire|compléter)|te vertalen|(?:aan|in) te vullen|zu übersetzen|auszufüllen)\b)"
    r"|\?\?\?|\[(?:\.\.\.|…|[A-ZÀ-Þ][A-ZÀ-Þ _-]+)\]"
)
"""What was left for later."""

UNFINISHED_SIGNS = (
    "{", "}", "???", "[", "todo", "fixme", "tbd", "tbc", "xxx", "lorem", "translate", "to be ",
    "traduire", "compléter", "vertalen", "te vullen", "übersetzen", "auszufüllen",
)  # fmt: skip
"""One of these, in small letters, is in all of that: a quick look before the thorough one."""

_SHORT_NUMBERS = (
    "100 101 102 103 105 106 107 110 112 114 1207 1307 1700 1710 1712 1718 1719 1722 1733 1771 "
    "1789 1890 1899 116000 116111 116117"
)
SHORT_NUMBERS = frozenset(_SHORT_NUMBERS.split())
"""Numbers people call: one wrong digit in them is never a matter of style."""

KNOWN_TELEPHONES = frozenset(
    (SHORT_NUMBERS - {"1207", "1307"})
    | {
        "+3270245245",  # poison centre
        "+3280030300",  # missing persons
    }
)
"""National numbers a text may always name; enquiries (1207, 1307) cost what they like."""

KNOWN_ACCOUNTS = frozenset({"be_alert", "crisiscenterbe"})
"""Of BE-Alert and the National Crisis Centre, on X: a text may always name them."""

MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january januari janvier januar jan janv",
            "february februari février fevrier februar feb févr fevr febr",
            "march maart mars märz marz mrt mar",
            "april avril avr apr",
            "may mei mai",
            "june juni juin jun",
            "july juli juillet juil jul",
            "august augustus août aout aug",
            "september septembre sept sep",
            "october oktober octobre oct okt",
            "november novembre nov",
            "december décembre decembre dezember dec déc dez",
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: day
    for day, names in enumerate(
        (
            "monday lundi maandag montag",
            "tuesday mardi dinsdag dienstag",
            "wednesday mercredi woensdag mittwoch",
            "thursday jeudi donderdag donnerstag",
            "friday vendredi vrijdag freitag",
            "saturday samedi zaterdag samstag sonnabend",
            "sunday dimanche zondag sonntag",
        )
    )
    for name in names.split()
}
