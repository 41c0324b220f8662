"""What was typed or brought and cannot mean anything: places, details, templates, texts."""

from alerting.domain.errors.families import Invalid
from alerting.domain.text.i18n import msgid


class UnknownPlace(Invalid):
    """`place` is neither a name nor a code of a Belgian municipality, province or region."""

    says = msgid("“{place}” is not a known municipality, province or region.")
    remedy = msgid("Use its name in French, Dutch or German, its postal code or its NIS code.")


class AmbiguousPlace(UnknownPlace):
    """`place` names a municipality (its NIS code: `municipality`) and a province (`province`)."""

    says = msgid("“{place}” is the name of both a municipality and a province.")
    remedy = msgid(
        "Write “municipality of {place}” or “province of {place}”, or one of the NIS codes: "
        "{municipality}, {province}."
    )


class SharedPlaceName(UnknownPlace):
    """`place` is what several municipalities are called; `municipalities` names them by code."""

    says = msgid("“{place}” is the name of several municipalities: {municipalities}.")
    remedy = msgid("Add the postal code to the name, or enter the NIS code.")


class ContradictoryPlace(UnknownPlace):
    """In `place`, a code stands for `by_code` and a name beside it for `by_name`."""

    says = msgid(
        "The code and the name in “{place}” do not match: the code is that of {by_code}, the "
        "name that of {by_name}."
    )
    remedy = msgid("Correct the code or the name.")


class UnknownScenario(Invalid):
    """`scenario` is not in the library; `known` lists what is."""

    says = msgid("There is no scenario “{scenario}”.")
    remedy = msgid("Choose one of: {known}.")


class BadValues(Invalid):
    """`problems` says which placeholder, and what is wrong with it."""

    says = msgid("The details for “{scenario}” are invalid: {problems}.")
    remedy = msgid("Expected: {expected}.")


class BadTemplate(Invalid):
    """`file` and `line` say where, `reason` why."""

    says = msgid("{file}, line {line}: {reason}.")
    remedy = msgid("Correct the template, then run “alerting templates check”.")


class BadFile(Invalid):
    """`bad` rows of `file`; the caller holds the full list of faults."""

    says = msgid("{file}: nothing was imported because there are rows with errors ({bad}).")
    remedy = msgid("Correct the rows listed, or choose to import only the valid rows.")


class HiddenCharacter(Invalid):
    """The text of `channel` in `language` holds `letter`, or a line end where one line stands."""

    says = msgid("The text for “{channel}” ({language}) contains an invisible character: {letter}")
    remedy = msgid("Delete it and retype the words around it.")


class TextTooLong(Invalid):
    """The text or the subject of `channel` in `language` has `count` characters, `most` at most."""

    says = msgid(
        "The text for “{channel}” ({language}) has {count} characters; the maximum is {most}."
    )
    remedy = msgid("Shorten it: say first what people must do, and leave the rest to the web page.")
