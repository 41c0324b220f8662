"""Which settings of a channel are there, missing or wrong, and where they come from.

Unlike making the routes, this never fails: it is what is shown to whoever sets a channel up.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from alerting.domain.channel_setup import ChannelSetting, RouteSetup, SettingSource
from channels._routes import (
    SECRETS_FOLDER,
    TOGETHER,
    RouteList,
    RouteSlot,
    read_settings,
)

PrefixedSettings = tuple[type[BaseSettings], str]
"""Settings and the prefix of their names."""


def setups_of(
    channel: str,
    usual: str,
    kinds: Callable[[RouteSlot], Sequence[PrefixedSettings]],
    *,
    public_url: str,
) -> list[RouteSetup]:
    """Every route of a channel, in order of preference; the first one even where it is off."""
    prefix = f"{channel.upper()}_"
    listed, _ = read_settings(RouteList, prefix)
    names = (listed.routes if listed else "") or usual
    route_setups = []
    for number, name in enumerate(names.split(",")):
        slot = RouteSlot(channel, name, first=number == 0)
        of_channel: list[PrefixedSettings] = [(RouteList, prefix)] if slot.first else []
        route_setups.append(setup_of(slot, [*of_channel, *kinds(slot)], public_url=public_url))
    return route_setups


def setup_of(slot: RouteSlot, kinds: Sequence[PrefixedSettings], *, public_url: str) -> RouteSetup:
    """One route with all its settings."""
    settings: list[ChannelSetting] = []
    together = ""
    for kind, prefix in kinds:
        _, faults = read_settings(kind, prefix, public_url=public_url)
        known = _settings(kind, prefix, faults)
        settings += known
        names = {setting.name for setting in known}
        rest = [why for name, why in faults.items() if not _field_of(name, names)]
        together = together or "; ".join(rest)
    return RouteSetup(
        channel=slot.channel,
        route=slot.route,
        settings=tuple(settings),
        named=not slot.first,
        fault=together,
    )


def _settings(
    kind: type[BaseSettings], prefix: str, faults: Mapping[str, str]
) -> list[ChannelSetting]:
    texts = {name: _text_of(f"{prefix}{name}") for name in kind.model_fields}
    full = {name for name, (text, _) in texts.items() if text}
    needed = set()
    for group in getattr(kind, "NEEDED", ()):
        needed |= full.intersection(group) or {group[0]}
    names = {f"{prefix}{name.upper()}" for name in kind.model_fields}
    by_field = {_field_of(fault, names): why for fault, why in faults.items()}
    return [
        ChannelSetting(
            name=f"{prefix}{name.upper()}",
            meaning=" ".join((field.description or "").split()),
            default=_default_of(field),
            source=texts[name][1],
            filled=name in full,
            needed=name in needed,
            fault=by_field.get(f"{prefix}{name.upper()}", ""),
        )
        for name, field in kind.model_fields.items()
    ]


def _field_of(fault: str, names: set[str]) -> str:
    """The setting that a fault, perhaps of something inside it, is about; empty: several."""
    if fault.endswith(TOGETHER):
        return ""
    return max((name for name in names if f"{fault}_".startswith(f"{name}_")), key=len, default="")


def _text_of(name: str) -> tuple[str, SettingSource]:
    """What a setting is given, as pydantic looks for it: letters large or small, then a file."""
    for key, value in os.environ.items():
        if key.lower() == name.lower():
            return value.strip(), SettingSource.ENVIRONMENT
    folder = os.environ.get(SECRETS_FOLDER)
    file = Path(folder, name.lower()) if folder else None
    if file and file.is_file():
        try:
            return file.read_text("utf-8").strip(), SettingSource.SECRET_FILE
        except (OSError, ValueError):
            return "", SettingSource.SECRET_FILE
    return "", SettingSource.DEFAULT


def _default_of(field: FieldInfo) -> str:
    default = field.default
    if default is None or isinstance(default, SecretStr) or default in ({}, ""):
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)
