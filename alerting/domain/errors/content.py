"""What was typed or brought and cannot mean anything: places, details, templates, texts."""

from alerting.domain.errors.families import Invalid
from alerting.domain.text.i18n import msgid


class UnknownPlace(Invalid):
    """`place` is neither a name nor a code of a Belgian municipality, province or region."""

    says = msgid("“{place}” is not a municipality, province or region we know.")
    remedy = msgid("Use its name in French, Dutch or German, its postal code or its NIS code.")


class AmbiguousPlace(UnknownPlace):
    """`place` names a municipality (its NIS code: `municipality`) and a province (`province`)."""

    says = msgid("“{place}” is a municipality and a province.")
    remedy = msgid(
        "Write “municipality of {place}” or “province of {place}”, or one of the NIS codes: "
        "{municipality}, {province}."
    )


class SharedPlaceName(UnknownPlace):
    """`place` is what several municipalities are called; `municipalities` names them by code."""

    says = msgid("“{place}” is the name of several municipalities: {municipalities}.")
    remedy = msgid("Write the postal code beside the name, or the NIS code.")


class ContradictoryPlace(UnknownPlace):
    """In `place`, a code stands for `by_code` and a name beside it for `by_name`."""

    says = msgid("“{place}” contradicts itself: the code is {by_code}, the name is {by_name}.")
    remedy = msgid("Correct the code or the name.")


class UnknownScenario(Invalid):
    """`scenario` is not in the library; `known` lists what is."""

    says = msgid("There is no scenario “{scenario}”.")
    remedy = msgid("Choose one of: {known}.")


class BadValues(Invalid):
    """`problems` says which placeholder, and what is wrong with it."""

    says = msgid("The details for “{scenario}” are not right: {problems}.")
    remedy = msgid("It takes: {expected}.")


class BadTemplate(Invalid):
    """`file` and `line` say where, `reason` why."""

    says = msgid("{file}, line {line}: {reason}.")
    remedy = msgid("Mend the template and run “alerting templates check”.")


class BadFile(Invalid):
    """`bad` rows of `file`; the caller holds the full list of faults."""

    says = msgid("{file}: nothing was imported, because of rows that are not right ({bad}).")
    remedy = msgid("Mend the rows listed, or choose to import the good rows only.")


class HiddenCharacter(Invalid):
    """The text of `channel` in `language` holds `letter`, or a line end where one line stands."""

    says = msgid("The text for “{channel}” in “{language}” holds something invisible: {letter}")
    remedy = msgid("Delete it and write the words around it again.")


class TextTooLong(Invalid):
    """The text or the subject of `channel` in `language` has `count` characters, `most` at most."""

    says = msgid(
        "The text for “{channel}” in “{language}” has {count} characters; {most} is the most."
    )
    remedy = msgid("Shorten it: say first what people must do, and leave the rest to the page.")
