"""`python -m tests.actions.public.cards`: the pictures that social networks show beside a link.

They name no alert, so that nothing of one is kept in a picture; whoever changes their words makes
them anew and looks at them before keeping them.
"""

import sys
from html import escape

from playwright.sync_api import sync_playwright

from alerting.actions.public.rendering import ASSETS
from alerting.domain.alert import AlertClass
from alerting.domain.exercise_marks import mark
from alerting.domain.language import Language
from alerting.i18n import translator_for
from tests.browser.conftest import ARGUMENTS, CHROMIUM

SIZE = {"width": 1200, "height": 630}
"""What the Open Graph's readers expect."""
CARD = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; height: 630px; display: grid; align-content: center; gap: 36px; padding: 0 96px;
  box-sizing: border-box; background: {ground}; color: #fff; border: {border};
  font: 44px/1.3 "DejaVu Sans", sans-serif; }}
svg {{ width: 150px; fill: none; stroke: #ffb000; stroke-width: 1.8; stroke-linecap: round;
  stroke-linejoin: round; margin-left: -18px; }}
strong {{ font-size: 76px; line-height: 1.15; }}
</style><svg viewBox="0 0 24 24"><path d="M5 10v4a1 1 0 0 0 1 1h3l6 5V4L9 9H6a1 1 0 0 0-1 1Z"/>
<path d="M18.5 8.5a5 5 0 0 1 0 7"/></svg><strong>{title}</strong><span>{words}</span>"""


def main() -> int:
    """Make them all; 2 where there is no browser."""
    if not CHROMIUM.exists():
        sys.stderr.write(f"There is no {CHROMIUM} here.\n")
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        for language in Language:
            words = translator_for(language)
            told = words("Check on this page whether it is still valid.")
            cards = {
                "alert": ("#12314f", "0 solid", words("Public alerts"), told),
                "exercise": (
                    "#0b5a4c",
                    "16px dashed #fff",
                    mark(AlertClass.EXERCISE, language),
                    words("There is no real danger. Nobody needs to do anything."),
                ),
            }
            for name, (ground, border, title, said) in cards.items():
                page.set_content(
                    CARD.format(
                        ground=ground, border=border, title=escape(title), words=escape(said)
                    )
                )
                page.screenshot(path=ASSETS / f"card-{name}-{language}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
