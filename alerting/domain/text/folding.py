"""Text without what people vary when they type a name."""

import re
import unicodedata

JOINTS = re.compile(r"[-‐‑–—'’ʼ`´.\s]+")


MAX_FOLDED_CHARS = 1_000
"""Letters that are looked at: no name is longer, and one letter may unfold into eighteen."""


def folded(text: str) -> str:
    """`text` without what people vary: case, accents, hyphens, apostrophes, spaces."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", text[:MAX_FOLDED_CHARS].casefold())
        if not unicodedata.combining(character)
    )
    return " ".join(JOINTS.sub(" ", bare).split())
