"""The library and wordings of one's own."""

from collections.abc import Mapping

from alerting.actions.templates import scenarios, versions
from alerting.domain.language import Language
from tests.desk import MILA
from tests.permissions.trial import Call, Row, Trial, plain


async def wording(one: Trial) -> Call:
    name = "gas_leak/sms.toml"
    found = {
        text.name: text.content for text in await scenarios.export_scenario(one.services, by=MILA)
    }
    return Call(name, found[name])


async def proposed_wording(one: Trial) -> Call:
    given = (await wording(one)).given
    return Call(await versions.propose_version(one.services, *given, by=MILA))


ROWS: Mapping[str, Row] = {
    "read the library": Row(versions.list_versions, lambda _: plain()),
    "read a scenario": Row(
        scenarios.get_texts, lambda _: plain("gas_leak", languages=[Language.FR])
    ),
    "read a file of it": Row(scenarios.texts, lambda _: plain("gas_leak", "sms")),
    "read a proposed template version": Row(versions.get_version, proposed_wording),
    "check the library": Row(scenarios.check_library_in_force, lambda _: plain()),
    "see the warnings about a scenario": Row(scenarios.list_warnings, lambda _: plain("gas_leak")),
    "export the library": Row(scenarios.export_scenario, lambda _: plain()),
    "preview a template version": Row(versions.try_out, wording),
    "propose a template version": Row(versions.propose_version, wording),
    "approve a template version": Row(versions.approve_version, proposed_wording),
}
