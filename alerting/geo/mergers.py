"""Municipalities that merged or were given a new code: what they were called, what they became.

Old lists carry old codes and old names, and people keep both. Sources: royal decree of 2018 on the
administrative arrondissements of Hainaut; mergers decided for 1 January 2019 and 1 January 2025
(Statbel, REFNIS).
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

SINCE_2019: Mapping[str, str] = {
    # New arrondissements in Hainaut: the same municipality under another code.
    "52043": "55086",
    "52063": "55085",
    "54007": "57096",
    "54010": "57097",
    "55010": "51067",
    "55022": "58001",
    "55023": "51069",
    "55039": "51068",
    "56011": "58002",
    "56085": "58003",
    "56087": "58004",
    # Mergers in Flanders.
    "12030": "12041",
    "12034": "12041",
    "44001": "44084",
    "44011": "44083",
    "44029": "44084",
    "44036": "44085",
    "44049": "44083",
    "44072": "44085",
    "44080": "44085",
    "45017": "45068",
    "45057": "45068",
    "71047": "72042",
    "72025": "72043",
    "72029": "72043",
    "72040": "72042",
}

SINCE_2025: Mapping[str, str] = {
    "11007": "11002",
    "11056": "46030",
    "23023": "23106",
    "23024": "23106",
    "23032": "23106",
    "37007": "37022",
    "37012": "37021",
    "37015": "37022",
    "37018": "37021",
    "44012": "44086",
    "44034": "44087",
    "44040": "44088",
    "44043": "44088",
    "44045": "46029",
    "44048": "44086",
    "44073": "44087",
    "46003": "46030",
    "46013": "46030",
    "46014": "46029",
    "71022": "71072",
    "71057": "71071",
    "71069": "71071",
    "73006": "73110",
    "73009": "73111",
    "73032": "73110",
    "73040": "71072",
    "73083": "73111",
    "82003": "82039",
    "82005": "82039",
}

SUCCESSORS: Mapping[str, tuple[str, date]] = MappingProxyType(
    {
        **{old: (new, date(2019, 1, 1)) for old, new in SINCE_2019.items()},
        **{old: (new, date(2025, 1, 1)) for old, new in SINCE_2025.items()},
    }
)
"""Old code -> (the municipality it is part of now, since when)."""

FORMER_NAMES: Mapping[str, tuple[str, ...]] = {
    "11007": ("Borsbeek",),
    "11056": ("Zwijndrecht",),
    "12030": ("Puurs", "Puers"),
    "12034": ("Sint-Amands", "Saint-Amand", "Saint-Amand-lez-Puers"),
    "23023": ("Galmaarden", "Gammerages"),
    "23024": ("Gooik",),
    "23032": ("Herne", "Hérinnes", "Hérinnes-lez-Enghien"),
    "37007": ("Meulebeke",),
    "37012": ("Ruiselede", "Ruysselede"),
    "37015": ("Tielt", "Thielt"),
    "37018": ("Wingene", "Wyngene"),
    "44001": ("Aalter",),
    "44011": ("Deinze", "Deynze"),
    "44012": ("De Pinte", "La Pinte"),
    "44029": ("Knesselare",),
    "44034": ("Lochristi", "Loochristi"),
    "44036": ("Lovendegem",),
    "44040": ("Melle",),
    "44043": ("Merelbeke",),
    "44045": ("Moerbeke", "Moerbeke-Waas"),
    "44048": ("Nazareth",),
    "44049": ("Nevele",),
    "44072": ("Waarschoot",),
    "44073": ("Wachtebeke",),
    "44080": ("Zomergem", "Somergem"),
    "45017": ("Kruishoutem",),
    "45057": ("Zingem",),
    "46003": ("Beveren", "Beveren-Waas"),
    "46013": ("Kruibeke",),
    "46014": ("Lokeren",),
    "71022": ("Hasselt",),
    "71047": ("Opglabbeek",),
    "71057": ("Tessenderlo",),
    "71069": ("Ham",),
    "72025": ("Neerpelt",),
    "72029": ("Overpelt",),
    "72040": ("Meeuwen-Gruitrode",),
    "73006": ("Bilzen", "Bilsen"),
    "73009": ("Borgloon", "Looz"),
    "73032": ("Hoeselt",),
    "73040": ("Kortessem",),
    "73083": ("Tongeren", "Tongres", "Tongern"),
    "82003": ("Bastogne", "Bastenaken", "Bastnach"),
    "82005": ("Bertogne",),
}
"""Old code of a municipality that merged -> its names in Dutch, French and German, as they were in
the register (Statbel, REFNIS of 2018 and 2024) and, after those, as people also write them. A code
that only changed is not here: its municipality is called as before."""
