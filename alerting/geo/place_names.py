"""Names of places that the register of municipalities does not give: German, English, groups.

The register has French and Dutch. A municipality not listed here keeps the name of its own region
(French in Brussels) in German and in English.
"""

from collections.abc import Mapping

from alerting.domain.language import BRUSSELS, FLANDERS, GERMAN_REGION, WALLONIA, Language

COUNTRY = "01000"
"""REFNIS code of the kingdom."""
GERMAN_COMMUNITY = "BE336"
"""Of NUTS 2024 (“Bezirk Verviers – Deutschsprachige Gemeinschaft”): REFNIS has none for the nine
municipalities of the German-language region together."""
NINE = tuple(sorted(GERMAN_REGION))

GERMAN: Mapping[str, str] = {
    "21004": "Brüssel",
    "24062": "Löwen",
    "31005": "Brügge",
    "33011": "Ypern",
    "35013": "Ostende",
    "62063": "Lüttich",
    "63001": "Amel",
    "63012": "Büllingen",
    "63013": "Bütgenbach",
    "63040": "Kelmis",
    "63067": "Sankt Vith",
    "63080": "Weismes",
    "82039": "Bastnach",
}

ENGLISH: Mapping[str, str] = {
    "11002": "Antwerp",
    "21004": "Brussels",
    "31005": "Bruges",
    "35013": "Ostend",
    "44021": "Ghent",
    **{nis_code: GERMAN[nis_code] for nis_code in ("63001", "63012", "63013", "63040", "63067")},
}
"""Names English readers use; the German region keeps its own names."""

ALSO: Mapping[str, tuple[str, ...]] = {
    "12025": ("Mecheln", "Mechlin"),
    "46021": ("Saint-Nicolas-Waes",),
    "63067": ("St. Vith",),
}
"""Other ways people write them; understood, never printed."""
HOMONYMS: Mapping[str, tuple[str, ...]] = {
    "46021": ("Saint-Nicolas",),  # as 62093, near Liège, is called in the register
    BRUSSELS: ("Bruxelles", "Brussel", "Brüssel", "Brussels"),
    "20001": ("Brabant",),
    "20002": ("Brabant",),
}
"""Names in use beside that of the register which another place bears: they are asked about."""

FR, NL, DE, EN = Language.FR, Language.NL, Language.DE, Language.EN

GROUPS: Mapping[str, Mapping[Language, str]] = {
    COUNTRY: {FR: "Belgique", NL: "België", DE: "Belgien", EN: "Belgium"},
    FLANDERS: {FR: "Flandre", NL: "Vlaanderen", DE: "Flandern", EN: "Flanders"},
    WALLONIA: {FR: "Wallonie", NL: "Wallonië", DE: "Wallonien", EN: "Wallonia"},
    BRUSSELS: {
        FR: "Région de Bruxelles-Capitale",
        NL: "Brussels Hoofdstedelijk Gewest",
        DE: "Region Brüssel-Hauptstadt",
        EN: "Brussels-Capital Region",
    },
    GERMAN_COMMUNITY: {
        FR: "Communauté germanophone",
        NL: "Duitstalige Gemeenschap",
        DE: "Deutschsprachige Gemeinschaft",
        EN: "German-speaking Community",
    },
}
"""How areas larger than a municipality are printed; provinces come from the register."""

PROVINCES_IN_ENGLISH: Mapping[str, str] = {
    "10000": "Province of Antwerp",
    "20001": "Province of Flemish Brabant",
    "20002": "Province of Walloon Brabant",
    "30000": "Province of West Flanders",
    "40000": "Province of East Flanders",
    "50000": "Province of Hainaut",
    "60000": "Province of Liège",
    "70000": "Province of Limburg",
    "80000": "Province of Luxembourg",
    "90000": "Province of Namur",
}

GROUPS_ALSO: Mapping[str, tuple[str, ...]] = {
    COUNTRY: ("country", "pays", "land", "le pays", "het land", "das Land", "the country"),
    FLANDERS: (
        "Région flamande",
        "Vlaams Gewest",
        "Flämische Region",
        "Flemish Region",
    ),
    WALLONIA: (
        "Région wallonne",
        "Waals Gewest",
        "Wallonische Region",
        "Walloon Region",
    ),
    BRUSSELS: (
        "Bruxelles-Capitale",
        "Région bruxelloise",
        "Région de Bruxelles",
        "Brussels Gewest",
        "Brüssel-Hauptstadt",
        "Region Brüssel",
        "Brussels Region",
        "Brussels-Capital",
    ),
    GERMAN_COMMUNITY: ("Ostbelgien", "Cantons de l'Est", "Oostkantons", "East Belgium"),
    "20001": ("Brabant flamand", "Vlaams-Brabant", "Flämisch-Brabant", "Flemish Brabant"),
    "20002": ("Brabant wallon", "Waals-Brabant", "Wallonisch-Brabant", "Walloon Brabant"),
    "30000": (
        "Flandre occidentale",
        "Flandre-Occidentale",
        "West-Vlaanderen",
        "Westflandern",
        "West Flanders",
    ),
    "40000": (
        "Flandre orientale",
        "Flandre-Orientale",
        "Oost-Vlaanderen",
        "Ostflandern",
        "East Flanders",
    ),
    "50000": ("Hainaut", "Henegouwen", "Hennegau"),
    "70000": ("Limbourg belge", "Belgisch-Limburg"),
    "80000": ("Luxembourg belge",),
}
"""Other ways people write them. A name a municipality or a state also bears is not here unless
qualified: “Liège” is the city, “Luxembourg” alone could be the Grand Duchy."""


RIVERS: tuple[Mapping[Language, str], ...] = tuple(
    dict(zip((FR, NL, DE, EN), names, strict=True))
    for names in (
        ("Meuse", "Maas", "Maas", "Meuse"),
        ("Escaut", "Schelde", "Schelde", "Scheldt"),
        ("Sambre", "Samber", "Sambre", "Sambre"),
        ("Ourthe", "Ourthe", "Ourthe", "Ourthe"),
        ("Vesdre", "Vesder", "Weser", "Vesdre"),
        ("Amblève", "Amblève", "Amel", "Amblève"),
        ("Warche", "Warche", "Warche", "Warche"),
        ("Our", "Our", "Our", "Our"),
        ("Gueule", "Geul", "Göhl", "Geul"),
        ("Lesse", "Lesse", "Lesse", "Lesse"),
        ("Semois", "Semois", "Semois", "Semois"),
        ("Hoyoux", "Hoyoux", "Hoyoux", "Hoyoux"),
        ("Lys", "Leie", "Leie", "Lys"),
        ("Dendre", "Dender", "Dender", "Dender"),
        ("Dyle", "Dijle", "Dijle", "Dyle"),
        ("Senne", "Zenne", "Senne", "Senne"),
        ("Demer", "Demer", "Demer", "Demer"),
        ("Rupel", "Rupel", "Rupel", "Rupel"),
        ("Nèthe", "Nete", "Nete", "Nete"),
        ("Yser", "IJzer", "Yser", "Yser"),
        ("canal Albert", "Albertkanaal", "Albertkanal", "Albert Canal"),
    )
)
"""Waters that flood, by the names used for them in Belgium; the register of places has none."""
