// The compose desk: the map beside the list, the focus after a swap, and what to say when the server
// cannot be reached. Everything works without it, by the buttons of the form.
"use strict";

(() => {
  const form = document.getElementById("composition") || document.getElementById("editor");
  if (!form) return;
  const RETRY = 3000; // milliseconds
  let again;

  // One queue: a press is an act with the words it was pressed with; everything else is read from the
  // form when its turn comes, once the answers ahead of it are on the page. An act that got no answer
  // goes again, and nothing is made of the form before it went.
  const WORDS = ["place", "circle_centre", "circle_radius", "corners"];
  const ONCE = ["make", "drop", "settle", "save"]; // what is pressed again by hand
  const own = (event) => event.detail.ctx && event.detail.ctx.sourceElement === form;
  const places = () => document.getElementById("place");
  let waiting = 0; // acts without an answer yet
  let unanswered = []; // acts to go again
  let going = null; // the one that goes again now
  let unclear = 0; // answers that left a place unclear
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    const body = ctx.request.body;
    if (!own(event) || !body || !body.has("act")) return;
    const act = body.get("act");
    ctx.act = going || ["act", ...WORDS].filter((name) => body.has(name)).map((name) => [name, body.get(name)]);
    ctx.once = ONCE.includes(act);
    ctx.unclear = unclear;
    if (act !== "drop") waiting += 1;
    if (!going && (act === "find" || act.startsWith("add:")) && places()) places().value = "";
    tell();
  });
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (!own(event)) return;
    // Nothing was typed since the last answer: there is nothing to keep.
    if (!ctx.act && ctx.sourceEvent.type === "input" && keptUpTo >= strokes) return event.preventDefault();
    const body = ctx.request.body;
    for (const name of [...body.keys()]) body.delete(name);
    for (const [name, value] of new FormData(form)) body.append(name, value);
    for (const [name, value] of ctx.act || []) body.set(name, value);
    // What was pressed before is not in the form: look first, then make it.
    if (body.get("act") === "make" && (unanswered.length || ctx.unclear < unclear)) body.set("act", "save");
    ctx.strokes = strokes;
  });
  const settled = (event) => {
    const { ctx } = event.detail;
    if (!own(event) || !ctx.act || ctx.counted) return;
    ctx.counted = true;
    const status = ctx.response ? ctx.response.status : 0;
    if (!ctx.once && (status === 0 || status >= 500)) unanswered.push(ctx.act);
    else {
      waiting = Math.max(0, waiting - 1);
      const [, place] = ctx.act.find(([name]) => name === "place") || ["", ""];
      if (status >= 400) putPlaceBack(place);
    }
    tell();
  };
  document.addEventListener("htmx:after:request", settled);
  document.addEventListener("htmx:finally:request", settled);
  const sendAgain = () => {
    const button = document.getElementById("map-act");
    const acts = unanswered;
    unanswered = [];
    waiting -= acts.length;
    for (const act of button ? acts : []) {
      going = act;
      button.value = act[0][1];
      form.requestSubmit(button);
      going = null;
    }
  };
  // Words that were taken from the search come back before what was typed in it since.
  const putPlaceBack = (left) => {
    const place = places();
    if (!place || !left || place.value === left) return;
    if (place.value) place.setRangeText(left + ", ", 0, 0, "preserve");
    else place.value = left;
  };

  // What was typed while a request was under way is not in its answer: it is put back.
  let typed = [];
  const ticks = (one) => one.type === "checkbox" || one.type === "radio";
  const isTyped = (one) => one.name && one.type !== "hidden" && one.type !== "submit" && one.name !== "place";
  const remember = (body) => {
    typed = [];
    if (!body || !body.getAll) return;
    for (const one of form.elements) {
      if (!isTyped(one)) continue;
      const sent = body.getAll(one.name);
      const now = ticks(one) ? one.checked : one.value;
      if (now !== (ticks(one) ? sent.includes(one.value) : (sent[0] || ""))) typed.push([one.name, one.value, now]);
    }
  };
  const putBack = () => {
    let changed = false;
    for (const [name, value, now] of typed) {
      // With the area its languages change, and with them the inputs: one for all, or one for each.
      const all = [...form.elements].filter((each) => isTyped(each) && (!ticks(each) || each.value === value));
      const one =
        all.find((each) => each.name === name) ||
        all.find((each) => each.name.startsWith(name + ".") || name.startsWith(each.name + "."));
      if (!one || (ticks(one) ? one.checked : one.value) === now) continue;
      if (ticks(one)) one.checked = now;
      else one.value = now;
      changed = true;
    }
    typed = [];
    if (changed) form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // Whether everything typed has been kept: said in words, and asked about before one leaves.
  let strokes = 0;
  let keptUpTo = 0;
  const tell = () => form.toggleAttribute("data-unsaved", keptUpTo < strokes || waiting > 0);
  form.addEventListener("input", () => {
    strokes += 1;
    tell();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (!own(event)) return;
    if (ctx.response.status === 401 && ctx.hx && ctx.hx.redirect) {
      keptUpTo = strokes; // kept with the session that ended
      waiting = 0;
    }
    if (ctx.response.status < 400) keptUpTo = Math.max(keptUpTo, ctx.strokes || 0);
    tell();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.value === "drop") {
      keptUpTo = strokes;
      waiting = 0;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (keptUpTo < strokes || waiting > 0) event.preventDefault();
  });

  // Where the focus was, and where it goes when what had it is gone.
  let before = null;
  document.addEventListener("htmx:before:swap", (event) => {
    if (!own(event)) return;
    remember(event.detail.ctx.request.body);
    const active = document.activeElement;
    before = active && active !== document.body && form.contains(active) ? active : null;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (!own(event)) return;
    // While there is a choice to make, the server keeps nothing of this page.
    if (form.querySelector("[name=theirs], [name=other_window]")) keptUpTo = -1;
    tell();
    if (before && (!before.isConnected || document.activeElement === document.body)) {
      const same = before.id && document.getElementById(before.id);
      (same || document.getElementById("place") || form).focus();
    }
    before = null;
    putBack();
    for (const [id, open] of opened) {
      const one = document.getElementById(id);
      if (one && one.open !== open) one.open = open;
    }
    const missing = document.getElementById("what-is-missing");
    const { act } = event.detail.ctx;
    if (missing && act && act[0][1] === "make") missing.focus();
    paint();
  });
  // What somebody opened or closed stays so: the server does not know of it.
  const opened = new Map();
  form.addEventListener("click", (event) => {
    const summary = event.target.closest("summary");
    if (summary) opened.set(summary.parentElement.id, !summary.parentElement.open);
  });

  // What the bar of buttons does, from anywhere in the form.
  form.addEventListener("keydown", (event) => {
    const make = form.querySelector("[value=make]");
    if (event.key !== "Enter" || !event.ctrlKey || !make) return;
    event.preventDefault();
    form.requestSubmit(make);
  });

  document.addEventListener("place-chosen", (event) => {
    if (event.detail.left) unclear += 1;
    putPlaceBack(event.detail.left);
  });

  // Not saved is said at once. No answer, or none from the service, is tried again until there is
  // one; a refusal is said in the server's words (application/problem+json), and stays one.
  const lost = document.getElementById("lost");
  const tryAgain = () => {
    clearTimeout(again);
    again = setTimeout(() => {
      sendAgain();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }, RETRY);
  };
  const say = (words) => {
    lost.querySelector("span").textContent = words;
    lost.hidden = words === "";
  };
  const refusalIn = (text) => {
    try {
      return JSON.parse(text).detail || "";
    } catch {
      return "";
    }
  };
  document.addEventListener("htmx:error", (event) => {
    if (!own(event)) return;
    say(lost.dataset.away);
    tryAgain();
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (!own(event)) return;
    const { response, text } = event.detail.ctx;
    if (response.status < 400 && unanswered.length) return; // they go again soon
    clearTimeout(again);
    if (response.status < 400) return say("");
    const refusal = refusalIn(text);
    say(refusal ? `${lost.dataset.refused} ${refusal}` : lost.dataset.away);
    if (response.status >= 500 || !refusal) tryAgain();
  });

  // What was typed before the script was there is kept now.
  addEventListener("DOMContentLoaded", () => {
    const changed = form.hasAttribute("data-restored") || [...form.elements].some(
      (one) => (isTyped(one) || one.name === "place") && (ticks(one) ? one.checked !== one.defaultChecked : one.defaultValue !== undefined && one.value !== one.defaultValue),
    );
    if (changed) setTimeout(() => form.dispatchEvent(new Event("input", { bubbles: true })));
  });

  // The map. It says nothing that the list beside it does not say, and does nothing else.
  const holder = document.getElementById("map");
  let layers = null;
  let discs = null;
  const chosen = () => {
    const towns = document.getElementById("towns");
    return new Set(towns ? towns.dataset.towns.split(" ").filter(Boolean) : []);
  };
  const members = {};
  const paint = () => {
    if (!layers) return;
    const now = chosen();
    layers.eachLayer((layer) => {
      const inside = members[layer.feature.properties.nis];
      const kind = inside.every((nis) => now.has(nis)) ? "all" : "none";
      const path = layer.getElement();
      if (!path) return;
      path.setAttribute("class", "leaflet-interactive outline outline-" + kind);
      path.setAttribute("aria-pressed", String(kind === "all"));
    });
    // A municipality without an outline is a disc of its size, where it is.
    discs.clearLayers();
    const towns = document.getElementById("towns");
    for (const [nis, latitude, longitude, radius] of towns ? JSON.parse(towns.dataset.discs) : []) {
      if (members[nis]) continue;
      L.circle([latitude, longitude], { radius, interactive: false, className: "outline outline-disc" }).addTo(discs);
    }
    document.dispatchEvent(new Event("map-painted")); // what was drawn lies above the discs
  };
  const draw = async () => {
    const wanted = { headers: { Accept: "application/json" } };
    const answer = await fetch(holder.dataset.outlines, wanted).catch(() => ({ ok: false })); // offline
    if (!answer.ok) return;
    const outlines = await answer.json();
    for (const one of outlines.features) {
      members[one.properties.nis] = one.properties.members;
    }
    holder.hidden = false;
    const map = L.map(holder, {
      attributionControl: false,
      keyboard: false,
      zoomSnap: 0.25,
      scrollWheelZoom: false,
      zoomAnimation: false,
      fadeAnimation: false,
    });
    map.zoomControl.setPosition("bottomright");
    for (const [control, label] of [[".leaflet-control-zoom-in", holder.dataset.nearer], [".leaflet-control-zoom-out", holder.dataset.farther]]) {
      const button = holder.querySelector(control);
      button.setAttribute("aria-label", label);
      button.title = label;
    }
    layers = L.geoJSON(outlines, {
      onEachFeature: (feature, layer) => {
        layer.bindTooltip(feature.properties.name, { sticky: true });
        const toggle = () => {
          if (holder.dataset.drawing) return;
          const act = document.getElementById("map-act");
          if (!act) return;
          act.value = "toggle:" + feature.properties.nis;
          form.requestSubmit(act);
        };
        layer.on("click", toggle);
        layer.on("add", () => {
          const path = layer.getElement();
          path.setAttribute("role", "button");
          path.setAttribute("aria-label", feature.properties.name);
          path.addEventListener("keydown", (event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            toggle();
          });
        });
      },
    }).addTo(map);
    discs = L.layerGroup().addTo(map);
    map.fitBounds(layers.getBounds(), { padding: [6, 6] });
    holder.dispatchEvent(new CustomEvent("map-drawn", { detail: map }));
    map.setMinZoom(map.getZoom() - 0.5);
    paint();
    document.dispatchEvent(new Event("map-drawn"));
    new ResizeObserver(() => map.invalidateSize()).observe(holder);
  };
  if (holder && window.L) {
    const folded = holder.closest("details");
    const drawOnce = () => {
      if (folded && !folded.open) return; // without a size it cannot be drawn
      folded?.removeEventListener("toggle", drawOnce);
      draw();
    };
    folded?.addEventListener("toggle", drawOnce);
    drawOnce();
  }
})();
