// The compose desk: the map beside the list, the focus after a swap, and what to say when the server
// cannot be reached. Everything works without it, by the buttons of the form.
"use strict";

(() => {
  const form = document.getElementById("composition") || document.getElementById("editor");
  if (!form) return;
  const RETRY = 3000; // milliseconds
  let again;

  // A request that waited its turn was filled in before the one ahead of it was answered: it goes
  // out with the version that answer brought, or it would look like somebody else's change.
  document.addEventListener("htmx:before:request", (event) => {
    const body = event.detail.ctx.request.body;
    for (const name of ["version", "kept"]) {
      const now = form.querySelector(`[name=${name}]`);
      if (now && body && body.has && body.has(name)) body.set(name, now.value);
    }
  });

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
  const tell = () => form.toggleAttribute("data-unsaved", keptUpTo < strokes);
  form.addEventListener("input", () => {
    strokes += 1;
    tell();
  });
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.strokes = strokes;
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status < 400) keptUpTo = Math.max(keptUpTo, ctx.strokes || 0);
    tell();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.value === "drop") keptUpTo = strokes;
  });
  addEventListener("beforeunload", (event) => {
    if (keptUpTo < strokes) event.preventDefault();
  });

  // Where the focus was, and where it goes when what had it is gone.
  let before = null;
  document.addEventListener("htmx:before:swap", (event) => {
    remember(event.detail.ctx.request.body);
    const active = document.activeElement;
    before = active && active !== document.body && form.contains(active) ? active : null;
  });
  document.addEventListener("htmx:after:swap", () => {
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
    if (missing && pressed) missing.focus();
    pressed = false;
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

  let pressed = false;
  form.addEventListener("submit", (event) => {
    pressed = event.submitter !== null && event.submitter.value === "make";
  });
  document.addEventListener("place-chosen", (event) => {
    const place = document.getElementById("place");
    if (place) place.value = event.detail.left || "";
  });

  // Not saved is said at once. No answer, or none from the service, is tried again until there is
  // one; a refusal is said in the server's words (application/problem+json), and stays one.
  const lost = document.getElementById("lost");
  const tryAgain = () => {
    clearTimeout(again);
    again = setTimeout(() => form.dispatchEvent(new Event("input", { bubbles: true })), RETRY);
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
  document.addEventListener("htmx:error", () => {
    say(lost.dataset.away);
    tryAgain();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { response, text } = event.detail.ctx;
    clearTimeout(again);
    if (response.status < 400) return say("");
    const refusal = refusalIn(text);
    say(refusal ? `${lost.dataset.refused} ${refusal}` : lost.dataset.away);
    if (response.status >= 500 || !refusal) tryAgain();
  });

  // What was typed before the script was there is kept now.
  addEventListener("DOMContentLoaded", () => {
    const changed = [...form.elements].some(
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
  };
  const draw = async () => {
    const answer = await fetch(holder.dataset.outlines, { headers: { Accept: "application/json" } });
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
