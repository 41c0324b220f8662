"""About how many people live where: enough to order languages and names, not for statistics.

Municipalities of some 50,000 inhabitants and more, rounded to the thousand, and the nine of the
German-language region. What is left of a province's total is shared evenly over its other
municipalities, so a small municipality's figure is a guess. Source: Statbel, population on
1 January 2020, rounded by hand.
"""

from collections.abc import Iterable, Mapping

KNOWN: Mapping[str, int] = {
    "11002": 540_000,
    "12025": 87_000,
    "21001": 121_000,
    "21004": 185_000,
    "21007": 57_000,
    "21009": 88_000,
    "21010": 53_000,
    "21012": 98_000,
    "21015": 133_000,
    "21016": 84_000,
    "21018": 58_000,
    "24062": 102_000,
    "31005": 119_000,
    "34022": 77_000,
    "35013": 72_000,
    "36015": 63_000,
    "41002": 87_000,
    "44021": 264_000,
    "46021": 79_000,
    "46030": 85_000,
    "52011": 203_000,
    "53053": 96_000,
    "57081": 69_000,
    "57096": 59_000,
    "58001": 81_000,
    "62063": 197_000,
    "62096": 64_000,
    "63079": 55_000,
    "71016": 66_000,
    "71072": 87_000,
    "92094": 111_000,
    "63001": 5_500,
    "63012": 5_500,
    "63013": 5_600,
    "63023": 19_800,
    "63040": 11_200,
    "63048": 5_800,
    "63061": 10_800,
    "63067": 9_800,
    "63087": 4_000,
}

IN_PROVINCE: Mapping[str, int] = {
    "04000": 1_218_000,
    "10000": 1_851_000,
    "20001": 1_156_000,
    "20002": 406_000,
    "30000": 1_201_000,
    "40000": 1_544_000,
    "50000": 1_347_000,
    "60000": 1_110_000,
    "70000": 877_000,
    "80000": 287_000,
    "90000": 496_000,
}
"""The Brussels-Capital Region belongs to no province and stands in for one."""


def estimate(municipalities: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Inhabitants by NIS code, from (NIS code, province) pairs of all municipalities."""
    by_province: dict[str, list[str]] = {}
    for nis_code, province in municipalities:
        by_province.setdefault(province, []).append(nis_code)
    figures: dict[str, int] = {}
    for province, codes in by_province.items():
        unknown = [nis_code for nis_code in codes if nis_code not in KNOWN]
        left = IN_PROVINCE[province] - sum(KNOWN.get(nis_code, 0) for nis_code in codes)
        for nis_code in codes:
            figures[nis_code] = KNOWN.get(nis_code) or left // len(unknown)
    return figures
