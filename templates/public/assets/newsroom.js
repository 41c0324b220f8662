// The search of the archive: in the page itself, without a server.
"use strict";

(() => {
  const place = document.querySelector(".search");
  const label = document.createElement("label");
  const field = document.createElement("input");
  const output = document.createElement("output");
  field.type = "search";
  field.autocomplete = "off";
  label.append(place.dataset.label, " ", field);
  place.append(label, " ", output);
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const cards = [...document.querySelectorAll(".card.release")].map((card) => [card, plain(card.dataset.words ?? "")]);
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [card, text] of cards) {
      card.hidden = !words.every((word) => text.includes(word));
      found += card.hidden ? 0 : 1;
    }
    for (const year of document.querySelectorAll(".year")) year.hidden = !year.querySelector(".card:not([hidden])");
    output.textContent = words.length ? (found || place.dataset.none) : "";
  });
})();
