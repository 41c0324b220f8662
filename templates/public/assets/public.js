// What has expired says so by the reader's clock; pages that ask for it keep themselves up to date.
"use strict";
// Days and hours as on every page: 1er décembre 2026, 3h39.
globalThis.clocks = {
  parts(at) {
    const form = { timeZone: "Europe/Brussels", hourCycle: "h23", day: "numeric", year: "numeric", hour: "2-digit", minute: "2-digit" };
    return Object.fromEntries(new Intl.DateTimeFormat("en", form).formatToParts(at).map((one) => [one.type, one.value]));
  },
  day(at, language) {
    const { day, year } = this.parts(at);
    const month = new Intl.DateTimeFormat(language, { timeZone: "Europe/Brussels", month: "long" }).format(at);
    const first = language === "de" ? "." : language === "fr" && day === "1" ? "er" : "";
    return `${day}${first} ${month} ${year}`;
  },
  hour(at, language) {
    const { hour, minute } = this.parts(at);
    return { fr: `${Number(hour)}h${minute}`, nl: `${hour}.${minute} uur`, de: `${hour}:${minute} Uhr`, en: `${hour}:${minute}` }[language];
  },
};

(() => {
  const LONGEST = 2 ** 31 - 1;

  function turn() {
    const now = Date.now();
    let next = Infinity;
    let stale = false;
    for (const one of document.querySelectorAll("[data-until]")) {
      const until = Date.parse(one.dataset.until);
      if (until > now) {
        next = Math.min(next, until);
        continue;
      }
      stale = true;
      one.classList.add("is-over");
      for (const part of one.querySelectorAll("[data-over]")) part.hidden = part.dataset.over === "no";
    }
    for (const one of document.querySelectorAll("[data-stale]")) one.hidden = !stale;
    if (next < Infinity) setTimeout(turn, Math.min(next - now + 500, LONGEST));
  }

  async function refresh() {
    let reached = false;
    try {
      const answer = await fetch(location.href, { cache: "no-cache" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const main = page.querySelector("main");
        if (main) {
          document.querySelector("main").replaceWith(document.adoptNode(main));
          reached = true;
        }
      }
    } catch {
      // No connection: said below.
    }
    for (const one of document.querySelectorAll("[data-offline]")) one.hidden = reached;
    if (reached) {
      turn();
      checked();
    }
  }

  function checked() {
    for (const one of document.querySelectorAll("[data-checked]")) {
      one.querySelector("[data-clock]").textContent = clocks.hour(new Date(), document.documentElement.lang);
      one.hidden = false;
    }
  }

  turn();
  const seconds = Number(document.body.dataset.refresh);
  if (seconds) {
    checked();
    setInterval(refresh, seconds * 1000);
  }
})();
