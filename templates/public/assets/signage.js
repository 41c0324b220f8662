// A screen in a hall: two alerts at a time, for its place alone (?place=<municipality>.<province> or ?place=<province>),
// in a second language after the first (?also=nl). What is asked for in another way shows everything.
"use strict";
(() => {
  const AT_ONCE = 2;
  const SECONDS = 20;
  const SMALLEST = 0.5;
  const asked = new URLSearchParams(location.search);
  const place = (asked.get("place") ?? "").match(/^(?:(\d{5})\.)?(\d{5})$/);
  const also = ["fr", "nl", "de", "en"].includes(asked.get("also")) && asked.get("also") !== document.documentElement.lang ? asked.get("also") : "";
  let second = null;
  let step = 0;

  function isHere(card) {
    if (!place || !card.dataset.provinces) return true;
    const [, town, province] = place;
    const places = card.dataset.places.split(" ");
    return town ? places.includes(town) || places.includes(province) : card.dataset.provinces.split(" ").includes(province);
  }

  // Leaves the alerts of this place.
  function prepare(main) {
    if (main.dataset.prepared) return;
    main.dataset.prepared = "yes";
    const cards = [...main.querySelectorAll(".card")];
    for (const card of cards) if (!isHere(card)) card.remove();
    if (place && !main.querySelector(".card")) {
      main.querySelector("h1")?.remove();
      main.querySelector(".cards, .calm")?.replaceWith(calm(main.dataset.noneHere));
    }
  }

  function calm(words) {
    const box = Object.assign(document.createElement("div"), { className: "calm" });
    box.append(Object.assign(document.createElement("h1"), { textContent: words }));
    return box;
  }

  function mains() {
    return [document.querySelector("main"), second].filter(Boolean);
  }

  // Each step is a language and two of its alerts.
  function steps() {
    return mains().flatMap((main) => {
      const parts = Math.max(1, Math.ceil(main.querySelectorAll(".card").length / AT_ONCE));
      return Array.from({ length: parts }, (_, part) => ({ main, part, parts }));
    });
  }

  function show() {
    const every = steps();
    const { main, part, parts } = every[step % every.length];
    for (const one of mains()) one.hidden = one !== main;
    main.querySelectorAll(".card").forEach((card, n) => {
      card.hidden = Math.floor(n / AT_ONCE) !== part;
    });
    const turn = main.querySelector(".turn");
    if (turn) turn.textContent = parts > 1 ? `${part + 1} / ${parts}` : "";
    fit(main);
  }

  // Smaller words rather than words that nobody sees.
  function fit(main) {
    const list = main.querySelector(".cards");
    if (!list) return;
    let size = 1;
    list.style.fontSize = "";
    while (size > SMALLEST && main.scrollHeight > window.innerHeight) {
      size -= 0.05;
      list.style.fontSize = `${size}em`;
    }
  }

  async function other() {
    if (!also) return;
    second?.remove();
    second = null;
    try {
      const answer = await fetch(new URL(`../../${also}/signage/`, location.href), { cache: "no-cache" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const newer = answer.ok && page.querySelector("main");
      if (!newer || second) return;
      second = document.adoptNode(newer);
      prepare(second);
      document.body.append(second);
      show();
    } catch {
      // The first language says that there is no connection; asked again at the next turn.
    }
  }

  function refreshed() {
    prepare(document.querySelector("main"));
    show();
    other();
  }

  document.addEventListener("refreshed", refreshed);
  refreshed();
  setInterval(() => {
    step += 1;
    show();
    if (!second) other();
  }, SECONDS * 1000);
  addEventListener("resize", show);
})();
