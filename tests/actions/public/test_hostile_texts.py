"""Every text is escaped once, everywhere: what was typed is what is read, and nothing more."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.actions.public import feeds, pages
from alerting.actions.public.cap_messages import compose_message
from alerting.cap.writer import to_bytes, to_tree
from alerting.domain.language import Language
from tests.actions.public.made import SITE, alert, words, world
from tests.actions.public.reading import Page
from tests.cap.made import IDENTITY
from tests.make import LIEGE
from tests.tiers import WHOLE

SIGNS = st.sampled_from([
    "<", ">", "&", "&amp;", "&lt;", '"', "'", "]]>", "<!--", "<script>x</script>", "{{ x }}",
    "{% y %}", "\\", "</title>", "</textarea>", "<b onclick=x>", "é", "’", "%s", "{place}", "a",
])  # fmt: skip
TYPED = st.lists(SIGNS, min_size=1, max_size=8).map(" ".join)
FR = Language.FR


@pytest.mark.parametrize("sign", ["\v", "\x1b", "\0", "\ufffe"])
def test_what_xml_cannot_hold_is_nowhere_and_keeps_no_message_from_being_made(sign: str) -> None:
    texts = {FR: words(f"Fuite{sign}", f"Rentrez{sign}.")}
    one = alert(12, texts=texts, titles={FR: f"Fuite{sign}"}, authority={FR: f"Centre{sign}"})
    files = pages.alert_unit(one, [one], SITE, cap=None)
    assert sign.encode() not in files["fr/index.html"]
    assert "Fuite\N{REPLACEMENT CHARACTER}" in files["fr/index.html"].decode()
    message = compose_message(one, [one], SITE, identity=IDENTITY)
    assert to_bytes(to_tree(message)).count("\N{REPLACEMENT CHARACTER}".encode()) >= 2


@settings(max_examples=200 if WHOLE else 15, deadline=None)
@given(headline=TYPED, text=TYPED, sender=TYPED, title=TYPED)
def test_what_was_typed_is_what_is_read(headline: str, text: str, sender: str, title: str) -> None:
    texts = {FR: words(headline, f"{text}\n\n{text}")}
    one = alert(12, texts=texts, titles={FR: title}, authority={FR: sender})
    everything = world(one)
    unit = pages.alert_unit(one, [one], SITE, cap=None)
    lists = pages.lists_unit(everything, SITE)
    town = feeds.town_unit(LIEGE, everything, SITE)

    page = Page(unit["fr/index.html"])
    assert not page.faults
    assert {headline, text, sender, title} <= set(page.words)
    assert page.all("meta", property="og:title")[0]["content"] == headline
    for path in ("fr/index.html", "fr/embed/index.html", "fr/verify/index.html"):
        listed = Page(lists[path])
        assert not listed.faults
        assert headline in listed.words
    assert all(one.get("src") for one in (*page.all("script"), *listed.all("script")))

    entry = ET.fromstring(town["fr.atom"]).find("{*}entry")  # noqa: S314  our own
    assert entry is not None
    assert str(entry.findtext("{*}title")).endswith(f" – {headline}")
    content = entry.findtext("{*}content") or ""
    assert content.partition("\n\n")[2] == f"{text}\n\n{text}"
    assert entry.findtext("{*}author/{*}name") == sender
    item = ET.fromstring(lists["feed/rss"]).find("channel/item")  # noqa: S314
    assert item is not None
    assert item.findtext("title") == headline

    told = json.loads(unit["alert.json"])
    assert told["languages"]["fr"]["headline"] == headline
    assert told["sender"]["fr"] == sender
    assert json.loads(lists["active.json"])["alerts"] == [told]
    assert json.loads(lists["feed/index.json"])["items"][0]["description"] == f"{text}\n\n{text}"


@settings(max_examples=200 if WHOLE else 20, deadline=None)
@given(html=st.lists(SIGNS, max_size=6).map("".join))
def test_of_approved_html_only_paragraphs_lists_emphasis_and_links_are_kept(html: str) -> None:
    texts = {FR: words("Fuite", html=f'<p>Sortez</p>{html}<a href="javascript:x">y</a>')}
    one = alert(12, texts=texts)
    page = Page(pages.alert_unit(one, [one], SITE, cap=None)["fr/index.html"])
    assert not page.faults
    assert all(one.get("src") for one in page.all("script"))
    for tag, attributes in page.found:
        assert not any(name.startswith("on") for name in attributes), tag
        assert not attributes.get("href", "").startswith("javascript:")


def test_what_xml_cannot_write_is_replaced() -> None:
    one = alert(12, texts={FR: words("Fuite", "Sortez\x0b\ufffe maintenant")})
    feed = ET.fromstring(feeds.town_unit(LIEGE, world(one), SITE)["fr.atom"])  # noqa: S314
    content = feed.findtext("{*}entry/{*}content") or ""
    assert content.endswith("\n\nSortez\ufffd\ufffd maintenant")


def test_a_name_that_is_a_word_of_the_interface_is_not_translated() -> None:
    one = alert(12, texts={FR: words("Alert", "Privacy")}, authority={FR: "Contact"})
    page = Page(pages.alert_unit(one, [one], SITE, cap=None)["fr/index.html"])
    assert {"Alert", "Privacy"} <= set(page.words)
