// On a phone, parts of a page that may be folded are; by keyboard, a group of buttons is one stop of
// Tab, and arrows go from one to the next. Without this script everything is open, and each a stop.
"use strict";

(() => {
  const unfolded = new Set(); // what somebody opened stays so, whatever the server sends anew
  const fold = () => {
    if (!matchMedia("(max-width: 40rem)").matches) return;
    for (const one of document.querySelectorAll("details[data-fold]")) if (!unfolded.has(one.id)) one.open = false;
  };
  fold();
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details[data-fold] > summary");
    if (summary) unfolded[summary.parentElement.open ? "delete" : "add"](summary.parentElement.id);
  });
  // The browser says nothing of a field that must be filled in while it is folded away.
  document.addEventListener("invalid", (event) => {
    for (let one = event.target.closest("details"); one; one = one.parentElement.closest("details")) {
      unfolded.add(one.id);
      one.open = true;
    }
  }, true);

  // A page that answers a form is left in the history as the page the form stood on: the browser has
  // nothing to show of it when one comes back, since no page of ours is kept.
  if ("answered" in document.body.dataset) {
    const from = document.referrer.startsWith(`${location.origin}/`) ? document.referrer : location.href;
    history.replaceState(null, "", from);
  }

  // Once all scripts are there and htmx, which begins with a timer, hears what is typed.
  const onceReady = (act) => addEventListener("load", () => setTimeout(act));

  // The page after a form begins, also by keyboard, at what went wrong, at the field that asks for the
  // focus (the browser gives it some time after this runs, and not where something else has it), or at
  // its heading.
  document.addEventListener("submit", () => sessionStorage.setItem("acted", "1"));
  if (sessionStorage.getItem("acted")) {
    sessionStorage.removeItem("acted");
    onceReady(() => {
      const first = document.querySelector("main .problem[role=alert]:not([hidden])") || document.querySelector("main [autofocus]") || document.querySelector("main h1");
      if (first && !location.hash && document.activeElement === document.body) {
        if (!first.hasAttribute("autofocus")) first.tabIndex = -1;
        first.focus();
      }
    });
  }

  // What was searched for before that is looked up now.
  onceReady(() => {
    for (const field of document.querySelectorAll("form[hx-get] input[type=search]")) {
      if (field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  const GROUPS = ".toggles, .chips, .found, .ready, .offers, .choices, .map";
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const stops = (group) => [...group.querySelectorAll("button, a[href], [role=button]")].filter((one) => !one.disabled);
  const settle = (group, focused) => {
    const all = stops(group);
    const now = all.find((one) => one === focused) || all.find((one) => one.getAttribute("tabindex") === "0") || all[0];
    for (const one of all) one.setAttribute("tabindex", one === now ? "0" : "-1");
  };
  const settleAll = () => {
    for (const group of document.querySelectorAll(GROUPS)) settle(group, document.activeElement);
  };
  document.addEventListener("focusin", (event) => {
    const group = event.target.closest(GROUPS);
    if (group) settle(group, event.target);
  });
  document.addEventListener("keydown", (event) => {
    const group = event.target.closest(GROUPS);
    if (!group || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = stops(group);
    const at = all.indexOf(event.target);
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? (event.key in STEPS ? at + STEPS[event.key] : -1);
    if (at < 0 || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  });
  document.addEventListener("htmx:after:swap", fold);
  for (const one of ["htmx:after:swap", "map-drawn"]) document.addEventListener(one, settleAll);
  settleAll();
})();
