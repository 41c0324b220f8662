// A text that is opened where one decides is told to the server, which then no longer asks for it.
"use strict";

(() => {
  const texts = document.getElementById("every-text");
  const seen = document.querySelector("input[name=seen]");
  if (!texts || !seen) return;

  const list = document.getElementById("unread");
  const answered = () => { // how many are neither opened nor waved through
    if (!list) return;
    for (const one of list.querySelectorAll("[data-asked]")) {
      const asked = texts.querySelector(`[data-text="${one.dataset.asked}"] label[data-unread] input`);
      one.hidden = !asked || asked.checked;
    }
    const left = list.querySelectorAll("[data-asked]:not([hidden])").length;
    list.querySelector("strong").textContent = left;
    list.hidden = !left;
  };
  list?.addEventListener("click", (event) => {
    const one = event.target.closest("[data-asked]");
    if (!one) return;
    texts.open = true;
    texts.querySelector(`[data-text="${one.dataset.asked}"] details`).open = true;
  });
  texts.addEventListener("change", answered);
  answered();

  const opened = async (folded) => {
    const body = new URLSearchParams({ seen: seen.value, text: folded.dataset.text });
    try {
      const answer = await fetch(texts.dataset.readings, { method: "POST", body });
      if (answer.status !== 204) return;
    } catch { return; } // without a server it stays to be waved through
    for (const asked of folded.querySelectorAll("[data-unread]")) asked.remove();
    answered();
  };

  for (const folded of texts.querySelectorAll("[data-text]")) {
    folded.querySelector("details").addEventListener("toggle", (event) => {
      if (event.target.open && folded.querySelector("[data-unread]")) opened(folded);
    });
  }
})();
