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
  // As `icon("over")` of the templates.
  const OVER = '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.5l3.5 2"/>';
  let main = document.querySelector("main");
  let known = main?.outerHTML;
  let timer;

  function expire(one) {
    one.classList.add("is-over");
    for (const part of one.querySelectorAll("[data-expired]")) {
      const icon = part.querySelector(".icon");
      if (icon) {
        icon.innerHTML = OVER;
        part.className = "tag tag-over";
      }
      (part.querySelector("span") ?? part).textContent = part.dataset.expired;
      delete part.dataset.expired;
    }
  }

  function say(notice, words, link) {
    if (!notice.hasChildNodes()) {
      notice.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${OVER}</svg><span></span>`;
      const text = notice.querySelector("span");
      text.append(words, " ");
      if (link) text.append(Object.assign(document.createElement("a"), link));
    }
  }

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
      expire(one);
    }
    if (stale) {
      for (const one of document.querySelectorAll("[data-stale]")) {
        say(one, one.dataset.stale, { href: one.dataset.href, textContent: one.dataset.link });
      }
    }
    clearTimeout(timer);
    if (next < Infinity) timer = setTimeout(turn, Math.min(next - now + 500, LONGEST));
  }

  // Only what has changed takes the place of what stands there, and a link keeps its focus.
  function replace(newer) {
    if (newer.outerHTML === known) return;
    known = newer.outerHTML;
    const focused = main.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    main.replaceWith(document.adoptNode(newer));
    main = newer;
    if (focused) main.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    document.dispatchEvent(new Event("refreshed"));
  }

  async function refresh() {
    let reached = false;
    try {
      const answer = await fetch(location.href, { cache: "no-cache" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const newer = page.querySelector("main");
        if (newer) {
          replace(newer);
          reached = true;
        }
      }
    } catch {
      // No connection: said below.
    }
    for (const one of document.querySelectorAll("[data-offline]")) {
      if (reached) one.replaceChildren();
      else say(one, one.dataset.offline);
    }
    if (reached) {
      turn();
      checked();
    }
  }

  function checked() {
    for (const one of document.querySelectorAll("[data-checked]")) {
      one.textContent = `${one.dataset.checked} ${clocks.hour(new Date(), one.closest("[lang]").lang)}`;
    }
  }

  turn();
  const seconds = Number(document.body.dataset.refresh);
  if (seconds) {
    checked();
    setInterval(refresh, seconds * 1000);
  }
})();
