// Looks an alert up in lists that are files: no service of ours is asked, and no text is sent.
"use strict";
(() => {
  const box = document.getElementById("verify");
  const result = document.getElementById("result");
  const { root, language } = box.dataset;
  // What an end is called, and what is over by its status; the rest as on every page.
  const words = JSON.parse(box.dataset.words);
  const results = JSON.parse(box.dataset.results);
  const AROUND = 60 * 60 * 1000;
  box.hidden = false;

  // As `normalised` in verification.py.
  const EXACT = /[\p{L}\p{N}][./@:][\p{L}\p{N}]|\p{Nd}[-,]\p{Nd}/u;
  const word = (text) => {
    const inner = text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
    return EXACT.test(inner) ? inner : inner.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "");
  };
  const normalised = (text) => text.normalize("NFC").toLowerCase().split(/\s+/u).map(word).join("");

  async function hash(text) {
    const bytes = new TextEncoder().encode(normalised(text));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join("").slice(0, 32);
  }

  async function list(name) {
    const answer = await fetch(`${root}${name}.json`, { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.json()).alerts;
  }

  const folder = (one) => `${root}a/${one.year}/${one.number}/`;

  async function alert(one) {
    const answer = await fetch(`${folder(one)}alert.json`, { cache: "no-cache" });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  // When it was sent, whether it is over, and what it says.
  function link(one) {
    const item = document.createElement("li");
    const anchor = document.createElement("a");
    const written = one.languages[language] ? language : Object.keys(one.languages)[0];
    anchor.href = folder(one) + (written === language ? `${language}/` : "");
    const sent = new Date(one.sent);
    const moment = words.moment.replace("{day}", clocks.day(sent, language)).replace("{time}", clocks.hour(sent, language));
    const holds = one.status === "active" && Date.parse(one.valid_until) > Date.now();
    const status = holds || one.status !== "active" ? one.status : "expired";
    const over = one.class === "alert" ? (one.erased ? words.search : words.over[status]) : (words.exercise[status] ?? words.over[status]);
    const state = one.withdrawn ? words.withdrawn : (words.ends[one.follow_up] ?? over);
    const said = one.languages[written]?.headline ?? one.titles[language];
    const mark = one.class === "alert" || said.startsWith(words.mark) ? "" : words.mark;
    anchor.textContent = [mark, `${one.year}/${one.number}`, moment, state].filter(Boolean).join(" – ");
    item.append(anchor);
    item.append(" ", Object.assign(document.createElement("span"), { lang: written ?? language, textContent: said }));
    return item;
  }

  async function show(name, alerts = []) {
    const [kind, icon, first, more] = results[name];
    const shown = Object.assign(document.createElement("p"), { className: kind, innerHTML: icon });
    const said = document.createElement("span");
    if (first) said.append(Object.assign(document.createElement("strong"), { textContent: first }), " ");
    said.append(more);
    shown.append(said);
    const told = (await Promise.all(alerts.map(alert))).filter(Boolean);
    const links = Object.assign(document.createElement("ul"), { className: "links" });
    links.append(...told.map(link));
    result.replaceChildren(shown, ...(told.length ? [links] : []));
    result.scrollIntoView({ block: "nearest" });
  }

  const by = {
    async number({ year, number }) {
      const asked = { year, number: Number(number) };
      const one = await alert(asked);
      return one ? show(one.class === "alert" ? "numbered" : "found-exercise", [asked]) : show("unknown");
    },
    async hour({ day, time }) {
      const moment = belgian(`${day}T${time}`);
      const every = [...(await list("verify")), ...(await list("verify-exercises"))];
      const near = every.filter((one) => Math.abs(Date.parse(one.sent) - moment) <= AROUND);
      return near.length ? show("around", near) : show("unknown");
    },
    async text({ text }) {
      const wanted = await hash(text);
      const has = (one) => one.hashes.includes(wanted);
      const real = (await list("verify")).filter(has);
      if (real.length) return show("found", real);
      const exercises = (await list("verify-exercises")).filter(has);
      if (exercises.length) return show("found-exercise", exercises);
      return show(words.marks.some((one) => text.trim().startsWith(one)) ? "marked" : "unknown");
    },
  };

  // The moment of a time on Belgian clocks, wherever the reader is.
  function belgian(typed) {
    const guess = Date.parse(`${typed}Z`);
    const form = { timeZone: "Europe/Brussels", hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en", form).formatToParts(guess).map((one) => [one.type, one.value]));
    return 2 * guess - Date.parse(`${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}Z`);
  }

  for (const form of box.querySelectorAll("form")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await by[form.dataset.by](Object.fromEntries(new FormData(form)));
      } catch {
        await show("unavailable");
      }
    });
  }
})();
