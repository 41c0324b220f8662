"""What this installation lacks, or must not do as it is set up."""

from alerting.domain.errors.families import NotPossible
from alerting.domain.text.i18n import msgid


class ChannelOff(NotPossible):
    """`channel` names those that are wanted and off."""

    says = msgid("The channel is not set up here: {channel}.")
    remedy = msgid("Leave it out, or have an administrator set it up.")


class LiveInTraining(NotPossible):
    """`channel` names the channels whose credentials lead to real providers."""

    says = msgid(
        "This is a training installation, and these channels would reach people: {channel}."
    )
    remedy = msgid("Point them at the sandbox, or set ALERTING_TRAINING to false.")


class OtherData(NotPossible):
    """The database belongs to the other kind of installation."""

    says = msgid("The database belongs to a live service if this is training, or the reverse.")
    remedy = msgid("Give the training service a database of its own in ALERTING_DATABASE_URL.")


class OpenToOthers(NotPossible):
    """Other users of the machine may write to `path`; `mode` closes it."""

    says = msgid("Other users of this machine may change “{path}”.")
    remedy = msgid("Close it with “chmod {mode} {path}”, after a look at what is in it.")


class KeyMissing(NotPossible):
    """`key` is a name, a file or a fingerprint that the secrets `folder` lacks or cannot use."""

    says = msgid("The key “{key}” is not in the secrets folder “{folder}”, or does not fit.")
    remedy = msgid(
        "Copy it from the machine or the backup that has it; “alerting keys list” shows the rest."
    )


class KeyInTheWay(NotPossible):
    """There is a `key` of this name already."""

    says = msgid("There is a key “{key}” already.")
    remedy = msgid("Run “alerting keys rotate {key}” for a new one.")


class KeyInUse(NotPossible):
    """`number` things in the database were made with `key`, or it is the newest."""

    says = msgid(
        "The key “{key}” is in use: it is the newest, or {number} secrets or hashed addresses were"
        " made with it."
    )
    remedy = msgid(
        "Run “alerting keys rotate” and “alerting keys reseal” first. A key that hashed addresses"
        " stays: they are not kept, and cannot be hashed anew."
    )


class WellKnownSecret(NotPossible):
    """`what` names settings or channels that may only be used where nobody can reach them."""

    says = msgid(
        "ALERTING_PUBLIC_URL or a real provider makes this a live service, and these are not"
        " safe in one: {what}."
    )
    remedy = msgid(
        "Give them secrets of their own, leave the channel out, or set ALERTING_TRAINING to true."
    )


class StoreFull(NotPossible):
    """Nothing can be written down, so nothing new may begin."""

    says = msgid("The disk that holds the database is full: nothing can be written down.")
    remedy = msgid(
        "Have an administrator make room at once. What is being sent then goes on by itself."
    )


class OlderDatabase(NotPossible):
    """Its `revision` is none of ours: made before the first release, or by a newer version."""

    says = msgid("This database was made by another version of the service ({revision}).")
    remedy = msgid("Start with an empty database, or use the version that made this one.")


class TooFewConnections(NotPossible):
    """The database server has too few connections left for this process."""

    says = msgid(
        "The database allows {allowed} connections; what runs already may open {others}, and this"
        " process {wanted}."
    )
    remedy = msgid(
        "Raise max_connections of PostgreSQL, start fewer processes, or lower"
        " ALERTING_DATABASE_CONNECTIONS."
    )


class StoreAway(NotPossible):
    """The connection broke, or there was none; an act that was under way may have been done."""

    says = msgid("The database is out of reach.")
    remedy = msgid(
        "Try again in a moment, but look first whether it was done. What is being sent goes on by"
        " itself."
    )
