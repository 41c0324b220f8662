// Looks an alert up in lists that are files: no service of ours is asked, and no text is sent.
"use strict";
(() => {
  const box = document.getElementById("verify");
  const result = document.getElementById("result");
  const { root, language } = box.dataset;
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

  function link(one) {
    const item = document.createElement("li");
    const anchor = document.createElement("a");
    anchor.href = folder(one) + (one.languages.includes(language) ? `${language}/` : "");
    const form = { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Brussels" };
    const sent = new Intl.DateTimeFormat(`${language}-BE`, form).format(new Date(one.sent));
    anchor.textContent = `${one.year}/${one.number} – ${sent}`;
    item.append(anchor);
    return item;
  }

  function show(name, alerts = []) {
    const shown = document.getElementById(name).content.cloneNode(true);
    shown.querySelector("ul")?.append(...alerts.map(link));
    result.replaceChildren(shown);
    result.scrollIntoView({ block: "nearest" });
  }

  const by = {
    async number({ year, number }) {
      const answer = await fetch(`${folder({ year, number: Number(number) })}alert.json`, { cache: "no-cache" });
      if (answer.status === 404) return show("unknown");
      if (!answer.ok) throw new Error(answer.status);
      const one = await answer.json();
      const languages = Object.keys(one.languages);
      return show(one.class === "alert" ? "numbered" : "found-exercise", [{ ...one, languages }]);
    },
    async hour({ day, time }) {
      const moment = belgian(`${day}T${time}`);
      const near = (await list("verify")).filter((one) => Math.abs(Date.parse(one.sent) - moment) <= AROUND);
      return near.length ? show("around", near) : show("unknown");
    },
    async text({ text }) {
      const wanted = await hash(text);
      const has = (one) => one.hashes.includes(wanted);
      const real = (await list("verify")).filter(has);
      if (real.length) return show("found", real);
      const exercises = (await list("verify-exercises")).filter(has);
      return exercises.length ? show("found-exercise", exercises) : show("unknown");
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
        show("unavailable");
      }
    });
  }
})();
