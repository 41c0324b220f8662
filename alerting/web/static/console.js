// Says on the board whether its figures are live, old, or final. The board itself needs no script
// of ours: htmx swaps what the server sends.
"use strict";

(() => {
  const SILENCE = 12000; // milliseconds; the server speaks every five seconds
  const link = document.getElementById("link");
  const checked = document.getElementById("checked");
  let overdue;

  const show = (state) => {
    if (link && link.dataset.link !== "final") link.dataset.link = state;
  };
  const heard = () => {
    clearTimeout(overdue);
    overdue = setTimeout(() => show("lost"), SILENCE);
    show("live");
  };

  document.addEventListener("beat", (event) => {
    if (checked && event.detail && event.detail.data) checked.textContent = event.detail.data;
    heard();
  });
  document.addEventListener("htmx:sse:after:message", heard);
  document.addEventListener("htmx:sse:error", (event) => {
    show("lost");
    if (event.detail && event.detail.status === 401) location.assign("/sign-in?next=" + location.pathname);
  });
  document.addEventListener("finished", () => {
    clearTimeout(overdue);
    if (link) link.dataset.link = "final";
  });
})();
