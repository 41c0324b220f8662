// A text that is opened where one decides is told to the server, which then no longer asks for it.
"use strict";

(() => {
  const texts = document.getElementById("every-text");
  const seen = document.querySelector("input[name=seen]");
  if (!texts || !seen) return;

  const opened = async (folded) => {
    const body = new URLSearchParams({ seen: seen.value, text: folded.dataset.text });
    try {
      const answer = await fetch(texts.dataset.readings, { method: "POST", body });
      if (answer.status !== 204) return;
    } catch { return; } // without a server it stays to be waved through
    for (const asked of folded.querySelectorAll("[data-unread]")) asked.remove();
  };

  for (const folded of texts.querySelectorAll("[data-text]")) {
    folded.querySelector("details").addEventListener("toggle", (event) => {
      if (event.target.open && folded.querySelector("[data-unread]")) opened(folded);
    });
  }
})();
