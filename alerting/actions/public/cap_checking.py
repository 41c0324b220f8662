"""Any CAP message judged: its shape, the profile, and whose signature it bears."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerting.actions.public.cap_messages import BelgianPlaces
from alerting.cap.message import CapMessage
from alerting.cap.profile import ProfileFinding, RuleGroup, profile_findings
from alerting.cap.reader import parse, to_message
from alerting.cap.schema import SchemaError, schema_errors
from alerting.cap.signature import Verified, is_signed, verify
from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.geo.gazetteer import Gazetteer

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml import etree

NOT_JUDGED = msgid("It cannot be judged: something in it is out of all bounds ({error})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapJudgement:
    """What was found of one message."""

    message: CapMessage | None
    """None where the schema finds it wrong: then nothing else is asked but the signature."""
    schema: Sequence[SchemaError]
    profile: Sequence[ProfileFinding]
    signed: bool
    verified: Verified | None
    """Whose signature is right; None where none is."""

    @property
    def right(self) -> bool:
        """Whether there is no error; a message without a signature may be right."""
        errors = [finding for finding in self.profile if finding.rule.is_error]
        return not (self.schema or errors or (self.signed and self.verified is None))


def judge_cap_message(
    data: bytes,
    gazetteer: Gazetteer,
    *,
    certificates: "Sequence[Certificate]" = (),
    groups: Sequence[RuleGroup] = tuple(RuleGroup),
) -> CapJudgement:
    """Judge a document by its bytes; BadRequest for what is hostile, or no CAP message at all.

    So is whatever else a library cannot take in a document of anybody: the next one is judged.
    """
    try:
        return _judge(parse(data), gazetteer, certificates, groups)
    except BadRequest:
        raise
    except Exception as error:
        raise BadRequest(NOT_JUDGED, error=type(error).__name__) from error


def _judge(
    root: "etree._Element",
    gazetteer: Gazetteer,
    certificates: "Sequence[Certificate]",
    groups: Sequence[RuleGroup],
) -> CapJudgement:
    wrong = schema_errors(root)
    message = None if wrong else to_message(root)
    register = BelgianPlaces(gazetteer)
    return CapJudgement(
        message=message,
        schema=wrong,
        profile=profile_findings(message, register=register, groups=groups) if message else (),
        signed=is_signed(root),
        verified=verify(root, certificates),
    )
