"""A name that several municipalities bear is asked about, and a code beside it decides.

“9100 Saint-Nicolas” is Sint-Niklaas in French; it was refused, and the bare name read as another.
"""

import pytest

from alerting.domain.errors import SharedPlaceName
from tests.make import gazetteer

PLACES = gazetteer()
SHARED = {
    name: codes
    for name, codes in PLACES._by_name.items()
    if not name.isdigit()
    and len([one for one in codes if PLACES.place(one).kind == "municipality"]) > 1
}


def test_the_two_called_saint_nicolas_are_among_them() -> None:
    assert SHARED["saint nicolas"] == ("62093", "46021")


@pytest.mark.parametrize("name", SHARED)
def test_a_bare_name_of_several_is_asked_about_and_each_code_decides(name: str) -> None:
    for read in (PLACES.read, PLACES.read_municipality):
        with pytest.raises(SharedPlaceName, match="several municipalities"):
            read(name)
        for code in SHARED[name]:
            assert read(f"{code} {name}").municipalities == (code,)
            post = PLACES.place(code).postal_codes[0]
            assert code in read(f"{post} {name}").municipalities


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("9100 Saint-Nicolas", "46021"),
        ("9100 St-Nicolas", "46021"),
        ("Saint-Nicolas (9100)", "46021"),
        ("46021 Saint-Nicolas", "46021"),
        ("4420 Saint-Nicolas", "62093"),
        ("Saint-Nicolas-Waes", "46021"),
        ("Sint-Niklaas", "46021"),
    ],
)
def test_what_is_clear_is_read(written: str, code: str) -> None:
    assert PLACES.read_municipality(written).municipalities == (code,)
