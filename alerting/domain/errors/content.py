"""What was typed or brought and cannot mean anything: places, details, templates, texts."""

from alerting.domain.errors.families import Invalid, NotPossible, Refusal
from alerting.domain.text.i18n import Phrases, msgid


class UnknownPlace(Invalid):
    """`place` is neither a name nor a code of a Belgian place; `near`: what it may be a slip of."""

    says = msgid("“{place}” is not a known municipality, province or region.")
    remedy = msgid("Use its name in French, Dutch or German, its postal code or its NIS code.")

    def __init__(self, **facts: object) -> None:
        if facts.get("near"):
            self.remedy = msgid("Did you mean one of these? {near}")
        super().__init__(**facts)


class AmbiguousPlace(UnknownPlace):
    """`place` may mean several places: `choices` describes each, `codes` are their codes."""

    says = msgid("“{place}” is the name of several places: {choices}.")
    remedy = msgid("Use the code in brackets, or add the postal code to the name.")

    def __init__(self, *, place: str, choices: Phrases, codes: tuple[str, ...]) -> None:
        self.choices, self.codes = choices, codes
        super().__init__(place=place, choices=choices)


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

    says = msgid("The details for “{name}” are invalid: {problems}.")
    remedy = msgid("Expected: {expected}.")


class BadTemplate(Invalid):
    """`file` and `line` say where, `reason` why."""

    says = msgid("{file}, line {line}: {reason}.")
    remedy = msgid("Correct the template, then run “alerting templates check”.")


class CapNotRight(Invalid):
    """The CAP message of `alert` breaks the schema or the profile, as `reasons` say."""

    says = msgid("The CAP message of alert {alert} is not right: {reasons}.")
    remedy = msgid("Report it to whoever maintains this service.")


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


class TextsTooLong(Invalid):
    """All texts of one alert together have `count` characters, `most` at most."""

    says = msgid("The texts of one alert have {count} characters together; the maximum is {most}.")
    remedy = msgid("Shorten the longest ones, or send fewer channels or languages in one alert.")


class ImportUnderWay(Refusal):
    """Of the same list, from `file`, by `officer`."""

    says = msgid("An import of this list is already in progress: “{file}”, by {officer}.")
    remedy = msgid("Wait until it has finished, or have it cancelled.")


class ImportNotWaiting(Refusal):
    """What was to be decided on is over, or is being done."""

    says = msgid("This import is not waiting for a decision any more.")
    remedy = msgid("Open its page again to see what became of it.")


class UploadTooLarge(Invalid):
    """More than `most` megabytes."""

    says = msgid("The file is larger than {most} MB, which is the maximum here.")
    remedy = msgid("Split the list, or import it on the command line.")


class NoFile(Invalid):
    """A form without one."""

    says = msgid("No file was uploaded.")
    remedy = msgid("Choose the list, then upload it again.")


class UploadLost(NotPossible):
    """The file of an import is gone, or is not what was uploaded."""

    says = msgid("The uploaded file is no longer here, or has changed.")
    remedy = msgid("Upload it again. Rows that were already saved are recognised.")


class UploadElsewhere(NotPossible):
    """The file of an import lies on `host`."""

    says = msgid("The uploaded file is on another server of this service ({host}).")
    remedy = msgid("Open this page again later, or ask the operator of the service.")


class NoRoomForUpload(NotPossible):
    """The disk, or the folder, takes no upload; `fault` is what the system says."""

    says = msgid("The file cannot be stored on the server ({fault}).")
    remedy = msgid("Ask the operator of the service to free disk space, then upload it again.")


class ImportFailed(NotPossible):
    """It was begun several times, and never came to its end."""

    says = msgid("The import was started several times and stopped each time before its end.")
    remedy = msgid(
        "Upload the list as CSV, in smaller parts, or ask the operator of the service to look at "
        "the log."
    )
