"""Why a press release does not take the next step."""

from alerting.domain.errors.families import Invalid, Refusal
from alerting.domain.text.i18n import msgid


class ReleaseNotReady(Refusal):
    """`release` is in `state`, and `act` does not follow from there."""

    says = msgid("Press release {release} is “{state}”: “{act}” is not possible now.")
    remedy = msgid("Look at its history to see who did what, and when.")


class ReleaseOutdated(Refusal):
    """The release was changed between being read and being decided on."""

    says = msgid(
        "Press release {release} was changed while you were reading it, so your action was not "
        "carried out."
    )
    remedy = msgid("Read the current version, then decide.")


class ReleaseConflict(Refusal):
    """Others saved the same `fields` of `release` since whoever saves began."""

    says = msgid("{officers} changed these fields of press release {release} meanwhile: {fields}.")
    remedy = msgid("Compare both texts, and save the one that is to stand.")


class ReleaseIncomplete(Refusal):
    """Fields of `release` are empty in a language that needs them: `missing`."""

    says = msgid("Press release {release} is not complete. Missing: {missing}.")
    remedy = msgid("Complete it in each of its languages, then submit it again.")


class ReleaseBlocked(Refusal):
    """The checks found what must be corrected first in `release`: `problems`."""

    says = msgid("Press release {release} has errors that must be corrected: {problems}")
    remedy = msgid("Correct them, or give a reason; some errors no reason can lift.")


class FieldTooLong(Invalid):
    """A `field` of a release has `count` characters or parts, `most` at most."""

    says = msgid("“{field}” has {count} characters or parts; the maximum is {most}.")
    remedy = msgid("Shorten it.")


class EmbargoPassed(Refusal):
    """The embargo of `release` ended at `until`, before it was armed."""

    says = msgid("The embargo of press release {release} ended on {until}.")
    remedy = msgid("Choose a later time, or publish it at once.")


class WaitsForEmbargo(Refusal):
    """`release` is under embargo `until` then."""

    says = msgid("Press release {release} is under embargo until {until}.")
    remedy = msgid("Have it published at that time, or lift the embargo with a reason.")


class ClocksDiffer(Refusal):
    """This process and the database differ by `seconds`."""

    says = msgid(
        "The clocks of this server and of the database differ by {seconds} seconds, so no embargo "
        "can be kept to the second."
    )
    remedy = msgid("Have both clocks set by NTP, then try again; nothing is published meanwhile.")
