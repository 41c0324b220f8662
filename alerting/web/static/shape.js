// An area by radius or by drawing: the map fills in the inputs that can be typed in as well, by mouse,
// by touch or by keyboard.
"use strict";

(() => {
  const form = document.getElementById("composition");
  const holder = document.getElementById("map");
  const tools = document.getElementById("shape-tools");
  if (!form || !holder || !tools) return;
  const STEP = 60; // pixels an arrow key moves the map; a tenth of it with Shift
  const status = document.getElementById("draw-status");
  const tool = (name) => tools.querySelector(`[data-tool=${name}]`);
  let map = null;
  let kept = null; // the shape that was chosen
  let sketch = null; // the one that is being drawn
  let what = ""; // "centre" or "corners" while one draws
  let points = [];
  let from = null; // the button it was begun with

  const written = ({ lat, lng }) => `${lat.toFixed(5)}, ${lng.toFixed(5)}`;

  const paintKept = () => {
    if (!map) return;
    const towns = document.getElementById("towns");
    const said = (towns && towns.dataset.shape) || "";
    if (kept && kept.said === said) return;
    if (kept) kept.layer.remove();
    kept = null;
    if (!said) return;
    const shape = JSON.parse(said);
    const look = { interactive: false, className: "outline outline-drawn" };
    const turned = ([x, y]) => [y, x];
    const layer =
      shape.type === "Circle"
        ? L.circle(turned(shape.coordinates), { ...look, radius: 1000 * shape.radius_km })
        : L.polygon(shape.coordinates[0].map(turned), look);
    kept = { said, layer: layer.addTo(map) };
    map.fitBounds(layer.getBounds().pad(0.5), { maxZoom: 13 });
  };

  const paintSketch = () => {
    sketch.clearLayers();
    const look = { interactive: false, className: "outline outline-drawn" };
    if (points.length > 1) L.polygon(points, look).addTo(sketch);
    for (const one of points) L.circleMarker(one, { ...look, radius: 5 }).addTo(sketch);
    const none = what === "centre" ? tools.dataset.centre : tools.dataset.none;
    status.textContent = points.length ? tools.dataset.some.replace("{n}", points.length) : none;
  };

  const leave = (focus) => {
    what = "";
    points = [];
    sketch.clearLayers();
    tools.hidden = true;
    delete holder.dataset.drawing;
    holder.removeAttribute("tabindex");
    holder.removeAttribute("aria-describedby");
    if (focus) focus.focus();
  };

  const add = (point) => {
    if (what === "centre") {
      const centre = document.getElementById("circle-centre");
      centre.value = written(point);
      leave(document.getElementById("circle-radius"));
      centre.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    points.push(point);
    paintSketch();
  };

  const done = () => {
    if (points.length < 3) {
      status.textContent = tools.dataset.few;
      return;
    }
    document.getElementById("corners").value = points.map(written).join("\n");
    leave(null);
    form.requestSubmit(document.getElementById("act-polygon"));
  };

  const acts = {
    add: () => add(map.getCenter()),
    undo: () => {
      points.pop();
      paintSketch();
    },
    done,
    cancel: () => leave(from),
  };

  const begin = (button) => {
    from = button;
    what = button.dataset.draw;
    points = [];
    tools.hidden = false;
    tool("undo").hidden = tool("done").hidden = what === "centre";
    holder.dataset.drawing = what;
    holder.tabIndex = 0;
    holder.setAttribute("aria-describedby", "draw-help");
    holder.focus();
    holder.scrollIntoView({ block: "center" });
    paintSketch();
  };

  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button && what) acts[button.dataset.tool]();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-draw]");
    if (button && map) begin(button);
  });

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const keys = { Enter: "add", " ": "add", Backspace: "undo", Delete: "undo", Escape: "cancel" };
  holder.addEventListener("keydown", (event) => {
    if (!what || event.target !== holder || event.ctrlKey || event.altKey || event.metaKey) return;
    const move = moves[event.key];
    if (move) map.panBy(move.map((one) => (one * STEP) / (event.shiftKey ? 10 : 1)), { animate: false });
    else if (event.key === "+" || event.key === "-") map.setZoom(map.getZoom() + (event.key === "+" ? 1 : -1), { animate: false });
    else if (keys[event.key]) acts[keys[event.key]]();
    else return;
    event.preventDefault();
  });

  holder.addEventListener("map-drawn", (event) => {
    map = event.detail;
    sketch = L.layerGroup().addTo(map);
    map.on("click", (click) => {
      if (what) add(click.latlng);
    });
    for (const button of form.querySelectorAll("[data-draw]")) button.hidden = false;
    paintKept();
  });
  document.addEventListener("htmx:after:swap", paintKept);
  document.addEventListener("map-painted", () => kept && kept.layer.bringToFront());
})();
