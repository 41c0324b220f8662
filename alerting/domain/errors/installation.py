"""What this installation lacks, or must not do as it is set up."""

from alerting.domain.errors.families import NotPossible
from alerting.domain.text.i18n import msgid


class ChannelOff(NotPossible):
    """`channel` names those that are wanted and off."""

    says = msgid("The channel is not set up here: {channel}.")
    remedy = msgid("Remove the channel, or ask an administrator to set it up.")


class LiveInTraining(NotPossible):
    """`channel` names the channels whose credentials lead to real providers."""

    says = msgid(
        "This is a training environment, and these channels would reach real recipients: {channel}."
    )
    remedy = msgid("Point them to the sandbox, or set ALERTING_TRAINING to false.")


class OtherData(NotPossible):
    """The database belongs to the other kind of installation."""

    says = msgid(
        "The database belongs to a live service although this is a training environment, or "
        "the reverse."
    )
    remedy = msgid("Give the training environment a database of its own in ALERTING_DATABASE_URL.")


class OpenToOthers(NotPossible):
    """Other users of the machine may write to `path`; `mode` closes it."""

    says = msgid("Other users of this machine can change “{path}”.")
    remedy = msgid("Check what is in it, then restrict access with “chmod {mode} {path}”.")


class KeyMissing(NotPossible):
    """`key` is a name, a file or a fingerprint that the secrets `folder` lacks or cannot use."""

    says = msgid(
        "The key “{key}” is missing from the secrets folder “{folder}”, or is the wrong one."
    )
    remedy = msgid(
        "Copy it from the machine or the backup that has it; “alerting keys list” shows "
        "the other keys."
    )


class KeyInTheWay(NotPossible):
    """There is a `key` of this name already."""

    says = msgid("A key “{key}” already exists.")
    remedy = msgid("Run “alerting keys rotate {key}” to create a new one.")


class KeyInUse(NotPossible):
    """`number` things in the database were made with `key`, or it is the newest."""

    says = msgid(
        "The key “{key}” is in use: it is the newest, or {number} secrets or hashed "
        "addresses depend on it."
    )
    remedy = msgid(
        "Run “alerting keys rotate” and “alerting keys reseal” first. A key used to hash "
        "addresses must be kept: the addresses are not stored and cannot be hashed again."
    )


class WellKnownSecret(NotPossible):
    """`what` names settings or channels that may only be used where nobody can reach them."""

    says = msgid(
        "ALERTING_PUBLIC_URL or a real provider makes this a live service, in which the "
        "following is not safe: {what}."
    )
    remedy = msgid(
        "Give them secrets of their own, remove the channel, or set ALERTING_TRAINING to true."
    )


class StoreFull(NotPossible):
    """Nothing can be written down, so nothing new may begin."""

    says = msgid("The database disk is full: nothing more can be saved.")
    remedy = msgid(
        "Ask an administrator to free disk space immediately. Sending then resumes automatically."
    )


class OlderDatabase(NotPossible):
    """Its `revision` is none of ours: made before the first release, or by a newer version."""

    says = msgid("This database was created by another version of the service ({revision}).")
    remedy = msgid("Start with an empty database, or use the version that created this one.")


class TooFewConnections(NotPossible):
    """The database server has too few connections left for this process."""

    says = msgid(
        "The database allows {allowed} connections; running processes may open {others}, "
        "and this process {wanted}."
    )
    remedy = msgid(
        "Raise max_connections of PostgreSQL, start fewer processes, or lower"
        " ALERTING_DATABASE_CONNECTIONS."
    )


class StoreAway(NotPossible):
    """The connection broke, or there was none; an act that was under way may have been done."""

    says = msgid("The database cannot be reached.")
    remedy = msgid(
        "Try again in a moment, but first check whether the action was carried out. "
        "Sending in progress continues automatically."
    )


class ArchiveNotWritten(NotPossible):
    """Its `folder` takes no file; `fault` is what the system says."""

    says = msgid("The archive cannot be written to the folder “{folder}” ({fault}).")
    remedy = msgid(
        "Free disk space or correct the rights of the folder; nothing was deleted, and the next "
        "attempt starts again."
    )


class ArchiveDiffers(NotPossible):
    """The `file` of an archive is not here, or is not what the ledger says of it."""

    says = msgid("The archive “{file}” is missing here, or is not what the audit log recorded.")
    remedy = msgid(
        "Restore it from a backup, or run this command on the machine that has it; nothing more is "
        "deleted meanwhile."
    )


class ArchivingElsewhere(NotPossible):
    """Another process does."""

    says = msgid("Another process is archiving deliveries now.")
    remedy = msgid("Try again when it has finished.")
