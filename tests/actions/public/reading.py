"""Reads pages as browsers do, and says what is wrong with one."""

from html.parser import HTMLParser
from posixpath import normpath

VOID = frozenset({"base", "br", "hr", "img", "input", "link", "meta", "path", "rect", "circle"})
SKIPPED = frozenset({"script", "style"})


class Page(HTMLParser):
    """One page: its elements, words and links; `faults` of what stands in it."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html.decode())
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]
        ids = [given["id"] for _, given in self.found if "id" in given]
        self.faults += [f"id {one} is there twice" for one in set(ids) if ids.count(one) > 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if data.strip() and not SKIPPED & set(self.open):
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """All that a reader is told, hidden parts too."""
        return " ".join(self.words)

    def all(self, tag: str, **having: str) -> list[dict[str, str]]:
        """The attributes of every element of this name that has these."""
        return [
            given for name, given in self.found if name == tag and having.items() <= given.items()
        ]

    @property
    def links(self) -> list[str]:
        """What it leads to or loads, without what stands behind ? and #."""
        found = [
            given.get("href") or given.get("src", "")
            for tag, given in self.found
            if tag in {"a", "link", "script", "img"}
        ]
        bare = (link.partition("?")[0].partition("#")[0] for link in found)
        return [link for link in bare if link]


def target(path: str, link: str) -> str:
    """The file that a relative link of the page at `path` leads to."""
    folder = path.rpartition("/")[0]
    found = normpath(f"{folder}/{link}" if folder else link)
    return f"{found}/index.html" if link.endswith("/") else found
