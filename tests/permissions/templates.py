"""The library and wordings of one's own."""

from collections.abc import Mapping

from alerting.actions import templates
from alerting.domain.language import Language
from tests.desk import MILA
from tests.permissions.trial import Call, Row, Trial, plain


async def wording(one: Trial) -> Call:
    name = "gas_leak/sms.toml"
    found = {
        text.name: text.content for text in await templates.export_scenario(one.services, by=MILA)
    }
    return Call(name, found[name])


async def proposed_wording(one: Trial) -> Call:
    given = (await wording(one)).given
    return Call(await templates.propose_version(one.services, *given, by=MILA))


ROWS: Mapping[str, Row] = {
    "read the library": Row(templates.list_versions, lambda _: plain()),
    "read a scenario": Row(
        templates.get_texts, lambda _: plain("gas_leak", languages=[Language.FR])
    ),
    "read a file of it": Row(templates.texts, lambda _: plain("gas_leak", "sms")),
    "read a proposed template version": Row(templates.get_version, proposed_wording),
    "check the library": Row(templates.check_library_in_force, lambda _: plain()),
    "export the library": Row(templates.export_scenario, lambda _: plain()),
    "preview a template version": Row(templates.try_out, wording),
    "propose a template version": Row(templates.propose_version, wording),
    "approve a template version": Row(templates.approve_version, proposed_wording),
}
