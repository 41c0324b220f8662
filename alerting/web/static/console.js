// The board of an alert, and the lists of the first page: follows the server's event stream, and says whether its figures are live,
// old, or final. The stream sends the figures whole, then the lines of them that change; htmx only
// swaps them in.
//
// Over HTTP/1.1 a browser opens six connections to a host, for all its tabs together. A board in a
// hidden tab therefore has no stream; of those that are shown, as many as there are places stay
// connected, and the others ask every few seconds and hang up.
"use strict";

(() => {
  const SILENCE = 12000; // milliseconds; the server speaks every five seconds
  const PLACES = 4; // streams that stay open in one browser: two connections are left for pages
  const ASK_EVERY = 3000; // milliseconds between two questions of a board without a place
  const RETRY = 400; // milliseconds before the first new try, twice as long each time
  const LONGEST_RETRY = 3000;

  const board = document.getElementById("live");
  const link = document.getElementById("link");
  const checked = document.getElementById("checked");
  if (!board || !board.dataset.stream) return;

  let source = null;
  let leavePlace = null; // gives back this tab's place, if it has one
  let turn = 0; // each start and stop begins a new one: what was awaited for an older one is void
  let failures = 0;
  let overdue, next;

  const show = (state) => {
    if (link && link.dataset.link !== "final") link.dataset.link = state;
  };

  const bareTitle = document.title.replace(/^\([^)]*\) /, "");

  // How many wait for whoever looks stands before the title of the page, as the server wrote it.
  const tellWaiting = () => {
    const waiting = board.querySelector("[data-waiting]");
    if (!waiting) return;
    document.title = (waiting.dataset.waiting === "0" ? "" : `(${waiting.dataset.waiting}) `) + bareTitle;
  };

  const heard = () => {
    failures = 0;
    clearTimeout(overdue);
    overdue = setTimeout(() => show("lost"), SILENCE);
    show("live");
  };

  // A place among this browser's open streams, as the function that gives it back; null: all taken.
  const takePlace = async () => {
    if (!navigator.locks) return () => {}; // plain HTTP: there the tabs cannot agree
    for (let number = 1; number <= PLACES; number++) {
      const release = await new Promise((taken, failed) => {
        navigator.locks.request(`board-stream-${number}`, { ifAvailable: true }, (lock) => {
          if (!lock) return taken(null);
          return new Promise((giveBack) => taken(giveBack));
        }).catch(failed);
      });
      if (release) return release;
    }
    return null;
  };

  const hangUp = () => {
    if (source) source.close();
    if (leavePlace) leavePlace();
    source = leavePlace = null;
  };

  const stop = () => {
    turn++;
    clearTimeout(next);
    clearTimeout(overdue);
    hangUp();
  };

  const startIn = (milliseconds) => {
    stop();
    next = setTimeout(start, milliseconds);
  };

  const lost = async () => {
    stop();
    const mine = turn;
    show("lost");
    const wait = Math.min(RETRY * 2 ** failures++, LONGEST_RETRY);
    // A stream that broke does not say why: ask, so that a session that ended leads to signing in.
    const asking = new AbortController();
    const enough = setTimeout(() => asking.abort(), LONGEST_RETRY);
    try {
      const answer = await fetch(board.dataset.stream, { signal: asking.signal });
      if (answer.status === 401) return location.assign("/sign-in?next=" + location.pathname);
    } catch { /* no answer: the server is away */ } finally {
      clearTimeout(enough);
      asking.abort();
    }
    if (mine === turn) startIn(wait * (0.7 + 0.6 * Math.random()));
  };

  const start = async () => {
    stop();
    if (document.hidden) return;
    const mine = turn;
    const place = await takePlace();
    if (mine !== turn) {
      if (place) place();
      return;
    }
    leavePlace = place;
    source = new EventSource(board.dataset.stream);
    let lines = []; // of the figures, as they were sent last
    const draw = () => {
      htmx.swap({ sourceElement: board, target: board, text: lines.join("\n"), swap: "innerMorph" });
      heard();
      tellWaiting();
    };
    source.onmessage = (event) => {
      lines = event.data.split("\n");
      draw();
    };
    source.addEventListener("changes", (event) => {
      const { of, changes } = JSON.parse(event.data);
      if (of !== lines.length) return startIn(0); // a new stream begins with the whole
      for (const [at, number, given] of changes.reverse()) lines.splice(at, number, ...given);
      draw();
    });
    source.addEventListener("beat", (event) => {
      if (checked && event.data) checked.textContent = event.data;
      heard();
      if (!leavePlace) {
        source.close();
        next = setTimeout(start, ASK_EVERY);
      }
    });
    source.addEventListener("finished", () => {
      stop();
      if (link) link.dataset.link = "final";
    });
    source.onerror = () => lost();
  };

  const follow = () => {
    if (link && link.dataset.link === "final") return;
    if (document.hidden) stop();
    else start();
  };

  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) follow(); });
  follow();
})();
