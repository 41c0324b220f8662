"""Labels that read as an order, as its contrary, or say nothing; and bare orders in subjects."""

from collections.abc import Iterator, Mapping

from alerting.checks.check_input import SUBJECT, CheckInput, fields
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.sentences import DE, EN, FR, NL, flat, pattern
from alerting.domain.language import Language
from alerting.domain.message import Message

LABELS: Mapping[Language, str] = {
    FR: "|".join((
        r"plus de \d+ ans ?: (?:avis médical|médecin)",  # no order: take it or not? (review)
        r"riverains ?: [A-Z]\d+|transport ?: (?:train|bus|tram|métro|vélo)",  # say nothing
        r"\b(?:les )?comprimés(?: d'iode)? ?: pas sans|\biode ?: pas sans",  # “Iode … ordre” stays
        r"\bsortie ?: |\bdépart ?: \d|\babri ?: (?=\w)|\bévacuation ?: (?=\w)",
        r"\bcirculation ?: (?:fermée|ouverte)|\beau ?: (?=place|rue|école|salle|gare|parking|hall)",
        r"\broute ?: [A-Z]\d+",  # taken for the closed one
        r"\bremplace \d{1,2}h\d\d",  # a changed hour, not a message
    )),
    NL: "|".join((
        r"ouder dan \d+ ?: (?:medisch advies|arts)",
        r"bewoners ?: [A-Z]\d+|vervoer ?: (?:trein|bus|tram|metro|fiets)",
        r"\bjodium(?:tabletten)? ?: niet zonder",
        r"\bvertrek ?: \d|\bschuil(?:en)? ?: |\bschuilplaats ?: (?:ga|blijf)|\bevacueer ?: ",
        r"\bevacuatie ?: (?=\w)|\bwater ?: (?=markt|plein|kerk|school|zaal|station|parking"
        r"|sporthal)",
        r"\bvervangt \d{1,2}[.:]\d\d uur",
    )),
    DE: "|".join((
        r"über \d+ ?: (?:ärztlicher rat|arzt)\b",
        r"anwohner ?: [A-Z]\d+|verkehrsmittel ?: (?:zug|bus|straßenbahn|rad)|\bbesser ?: (?:zug"
        r"|bus)",
        r"\bjod(?:tabletten)? ?: nicht ohne",
        r"\babfahrt ?: \d|\bevakuierung ?: (?=\w)|\bausgang ?: |\bschutz ?: (?=\w)"
        r"|\bziel ?: (?=\w)",
        r"\bwasser ?: (?=markt|platz|kirche|schule|halle|bahnhof|parkplatz|sporthalle)",
        r"\bersetzt \d{1,2}[.:]\d\d uhr",
    )),
    EN: "|".join((
        r"over \d+ ?: (?:medical advice|doctor)",
        r"residents ?: [A-Z]\d+|transport ?: (?:train|bus|tram|metro|bike)",
        r"\biodine(?: tablets)? ?: not without",
        r"\bshelter ?: (?=\w)|\bleave ?: |\bexit ?: |\bevacuate ?: |\bevacuation ?: (?=\w)",
        r"\bescape ?: |\bwater ?: (?=market|square|church|school|hall|station|car park|sports)",
        r"\breplaces \d{1,2}[.:]\d\d",
    )),
}  # fmt: skip
"""From the reviews: “Shelter: sports hall” beside “shelter”, “Wasser: Marktplatz” for clean water
under “water is contaminated”, “Anwohner: N60”, “Route: N61” beside the roads that are closed."""
BARE_ORDERS: Mapping[Language, str] = {
    FR: r"entrez|rentrez|sortez|partez|buvez|montez|éloignez-vous|évacuez|fuyez|allez|restez",
    NL: r"schuil|vertrek|drink|ga weg|ga|vlucht|evacueer|blijf weg|ga binnen|blijf",
    DE: r"gehen sie|gehen sie weg|fliehen sie|trinken sie|ins haus|hinein|hinaus|gehen|trinken"
    r"|bleiben sie|oft trinken|evakuieren",
    EN: r"shelter|leave|drink|go|go away|evacuate|escape|enter|stay|flee|run",
}
"""In a subject before a dash and the place: “entrez – Liège” is “enter Liège”, “shelter – Herstal”
an address, “gehen Sie – Dinant” an order to go there."""

_LABELS = {
    # Alone at the start of a sentence: “Zufahrt Anwohner: N60” says it.
    language: pattern(rf"(?:(?<![^\n])|(?<=[.!?;] )|(?<=\n))(?:{source})")
    for language, source in LABELS.items()
}
_BARE = {
    language: pattern(
        rf"(?:^|[,:–-] ?)(?P<order>(?:{source})"
        r"(?: (?:maintenant|vite|nu|jetzt|sofort|now|at once))?) [–—-] (?=\w)"
    )
    for language, source in BARE_ORDERS.items()
}


def misread_labels(message: Message, _: CheckInput) -> Iterator[Hit]:
    """Labels of the table anywhere; in a subject, an order without its object before the place."""
    for field, text in fields(message):
        plain = flat(text)
        for match in _LABELS[message.language].finditer(plain):
            yield Hit(field, *match.span(), {"words": text[slice(*match.span())].strip()})
        if field == SUBJECT:
            for match in _BARE[message.language].finditer(plain):
                yield Hit(field, *match.span("order"), {"words": text[slice(*match.span("order"))]})
