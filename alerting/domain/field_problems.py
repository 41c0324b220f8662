"""What is wrong with fields that came in, as message ids: never the words of a library.

The types are pydantic's (https://docs.pydantic.dev/latest/errors/validation_errors/); a validator
of ours raises ValueError with a message id, which is said as it is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from alerting.domain.text.i18n import Phrase, Phrases, msgid

FIELD_NAMES: Mapping[str, str] = {
    "account": msgid("Account"),
    "channel": msgid("Channel"),
    "email": msgid("E-mail"),
    "full_name": msgid("Name"),
    "key": msgid("Key"),
    "language": msgid("Language"),
    "languages": msgid("Languages"),
    "level": msgid("Level"),
    "list": msgid("List"),
    "names": msgid("Name"),
    "officer": msgid("User"),
    "role": msgid("Role"),
    "territory": msgid("Territory"),
    "texts": msgid("Text"),
    "until": msgid("Until"),
}
"""What pages call a field; any other is called as its interface is described."""
SHAPE = msgid("has the wrong format")
NO_NUMBER = msgid("is not a number")
NO_TIME = msgid("is not a date or time")
NO_CHOICE = msgid("must be one of these: {expected}")
TOO_LONG = msgid("is too long: at most {max_length}")
TOO_SHORT = msgid("is too short: at least {min_length}")
WHY: Mapping[str, str] = {
    "missing": msgid("is missing"),
    "extra_forbidden": msgid("is not known here"),
    "string_too_long": TOO_LONG,
    "too_long": TOO_LONG,
    "string_too_short": TOO_SHORT,
    "too_short": TOO_SHORT,
    "string_pattern_mismatch": msgid("contains characters that are not allowed"),
    "int_parsing": NO_NUMBER,
    "int_parsing_size": NO_NUMBER,
    "int_type": NO_NUMBER,
    "int_from_float": NO_NUMBER,
    "float_parsing": NO_NUMBER,
    "float_type": NO_NUMBER,
    "greater_than_equal": msgid("must be at least {ge}"),
    "greater_than": msgid("must be more than {gt}"),
    "less_than_equal": msgid("must be at most {le}"),
    "less_than": msgid("must be less than {lt}"),
    "bool_parsing": msgid("must be true or false"),
    "enum": NO_CHOICE,
    "literal_error": NO_CHOICE,
    "date_from_datetime_parsing": NO_TIME,
    "date_parsing": NO_TIME,
    "datetime_from_date_parsing": NO_TIME,
    "datetime_parsing": NO_TIME,
    "time_delta_parsing": NO_TIME,
    "time_parsing": NO_TIME,
    "timezone_aware": msgid("has no time zone"),
    "json_invalid": msgid("is not JSON"),
    "string_type": SHAPE,
    "list_type": SHAPE,
    "dict_type": SHAPE,
    "model_attributes_type": SHAPE,
    "tuple_type": SHAPE,
}
OTHERWISE = msgid("is invalid")
FIELD = msgid("{field}: {why}")
MOST_CHARS = 80


def field_problems(faults: Iterable[Mapping[str, Any]]) -> Phrases:
    """Pydantic's errors as phrases; not what stood in the fields, which may be personal."""
    return Phrases(tuple(_phrase(fault) for fault in faults))


def _phrase(fault: Mapping[str, Any]) -> Phrase:
    context = dict(fault.get("ctx", {}))
    if fault["type"] == "value_error":
        phrase = Phrase(str(context["error"]))
    else:
        if "expected" in context:
            context["expected"] = str(context["expected"]).replace(" or ", ", ")
        says = WHY.get(fault["type"], OTHERWISE)
        phrase = Phrase(
            says, {name: str(value) for name, value in context.items() if name != "error"}
        )
    where = [str(step) for step in fault["loc"]]
    field = ".".join(where)[:MOST_CHARS]
    if where and where[0] in FIELD_NAMES:
        field = FIELD_NAMES[where[0]]
    return Phrase(FIELD, {"field": field, "why": phrase}) if field else phrase
