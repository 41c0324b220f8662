"""What is wrong with a form is said in the reader's language, never in the words of a library."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from alerting.domain.field_problems import WHY, field_problems
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.i18n import translator_for
from tests.desk import MILA, Desk
from tests.territory import CITY, Country
from tests.web.console import Browsers

ENGLISH = (
    "Input should",
    "Value error",
    "Field required",
    "valid integer",
    "lower-case letters, digits",
)


class Choice(StrEnum):
    ONE = "one"
    TWO = "two"


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(ge=2, le=9)]
    text: Annotated[str, Field(min_length=2, max_length=3, pattern=r"^[a-z]*$")]
    choice: Choice
    until: AwareDatetime
    day: datetime
    flag: bool
    many: Annotated[list[int], Field(min_length=1, max_length=2)]
    table: dict[str, int]


VALUES = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=3)
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([*Shape.model_fields, "more"]), VALUES))
def test_no_fault_is_told_in_the_words_of_the_library(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Shape.model_validate({**given, "table": 1})
    faults = refused.value.errors(include_url=False)
    told = {one: translator_for(one)("{what}", what=field_problems(faults)) for one in Language}
    for fault in faults:
        assert not any(fault["msg"] in text for text in told.values())
    assert len(set(told.values())) == len(Language), told
    assert not any(word in told[Language.FR] for word in ENGLISH)


def test_every_kind_of_fault_in_the_table_is_one_the_library_has() -> None:
    assert set(WHY) <= {one["type"] for one in list_all_errors()}


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
async def test_a_key_that_is_none_is_refused_in_the_readers_language(
    desk: Desk, browsers: Browsers, language: str
) -> None:
    country = await Country(desk.services).founded()
    chief = await country.officer(Role.ADMINISTRATOR)
    browser = await browsers(chief)
    answer = await browser.post(
        f"/authorities/{CITY}/lists",
        data={"which": "shelter", "key": "A hall!", "fr": "a", "nl": "a", "de": "a"},
        headers={"accept-language": language},
    )
    assert answer.status_code == 422
    said = answer.text.split('role="alert"', 1)[1].split("</p>", 1)[0]
    assert not any(word in said for word in (*ENGLISH, "details:", "key")), said


@pytest.mark.parametrize("path", ["/alerts/abc", "/compose/x", "/alerts/0", "/recipients/1e9"])
async def test_an_address_with_no_number_in_it_is_no_page(
    desk: Desk, browsers: Browsers, path: str
) -> None:
    answer = await (await browsers(MILA)).get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text


async def test_a_choice_there_is_not_is_told_in_french(desk: Desk, browsers: Browsers) -> None:
    browser = await browsers(Officer("mila", Role.COMMUNICATOR))
    page = await browser.get(
        "/compose?class=xyz", headers={"accept": "text/html", "accept-language": "fr"}
    )
    assert page.status_code == 422
    assert not any(word in page.text for word in ENGLISH)
