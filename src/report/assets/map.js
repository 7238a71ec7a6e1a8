// The map: what is drawn over the dots, and how it is moved.
"use strict";
clipcluster.makeMap = (model) => {
  const { byId, counted } = clipcluster.elements;
  const { pictures, palette, details } = clipcluster;
  const area = byId("map-area"), overlay = byId("map-overlay"), note = byId("map-note");
  const context = overlay.getContext("2d");
  const points = clipcluster.mapPoints.create(byId("map-points"), model);
  const view = new clipcluster.MapView(model);
  const cells = new clipcluster.MapCells(model);
  const byLevel = levelLists();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let mode = "mixed";
  let emphasis = null;         // place -> 1 or 0; null: all alike
  let emphasised = null;       // labels of the clusters that have such an image
  let hovered = -1;
  let marked = [];             // ringed
  let shown = [];              // pictures drawn last: {place, left, top, width, height}
  let scheduled = false;
  let motion = null;

  function levelLists() {
    const lists = [];
    for (let i = 0; i < model.count; i++) (lists[model.level[i]] ||= []).push(i);
    return lists;
  }

  const dotRadius = () => {
    const base = Math.min(3.4, Math.max(1.15, 210 / Math.sqrt(model.count + 1)));
    return Math.min(5.5, base * Math.pow(Math.max(1, view.zoom()), 0.3));
  };

  // How large pictures are drawn and how far apart they must be, in pixels.
  function pictureStyle() {
    if (mode === "pictures") return { side: 64, spacing: 70 };
    const closeness = Math.min(1, Math.max(0, Math.log2(view.zoom()) / 2.5));
    const small = Math.min(view.width, view.height) < 480;
    const side = (small ? 32 : 36) + (small ? 24 : 36) * closeness;
    return { side, spacing: (small ? 44 : 30) + (small ? 20 : 46) * closeness };
  }

  function forEachCandidate(level, visit) {
    const away = 48 / view.scale;
    const left = view.toMapX(0) - away, right = view.toMapX(view.width) + away;
    const bottom = view.toMapY(view.height) - away, top = view.toMapY(0) + away;
    const inside = (i) => model.x[i] >= left && model.x[i] <= right && model.y[i] >= bottom && model.y[i] <= top;
    if (view.zoom() > 6) {
      cells.forEachIn(left, right, bottom, top, (i) => { if (model.level[i] <= level && inside(i)) visit(i); });
      return;
    }
    for (let l = 0; l <= level; l++) for (const i of byLevel[l] || []) if (inside(i)) visit(i);
  }

  function drawPictures() {
    shown = [];
    if (mode === "dots" || !pictures.available()) return;
    const { side, spacing } = pictureStyle();
    const { picture_spacing: first, picture_levels: levels, picture_levels_per_halving: perHalving } = model.summary;
    const depth = perHalving * Math.log2((first * view.scale) / spacing);
    const level = Math.min(levels - 1, Math.floor(depth));
    if (level < 0) return;
    const places = [];
    // From afar a lone noise image would be more conspicuous than a whole cluster.
    const withNoise = mode === "pictures" || view.zoom() > 2.5 || !model.clusters.length;
    forEachCandidate(level, (i) => {
      if ((emphasis && !emphasis[i]) || (model.label[i] < 0 && !withNoise && !emphasis)) return;
      places.push(i);
    });
    // The most important one on top.
    places.sort((a, b) => model.level[b] - model.level[a] || a - b);
    // Those of the last level come in softly while the map is zoomed; the first view stands as it is.
    const fading = view.zoom() === 1 ? 1 : Math.min(1, 0.3 + 4 * (depth - level));
    pictures.beginFrame();
    for (const place of places) {
      context.globalAlpha = model.level[place] === level ? fading : 1;
      const box = pictures.draw(context, place, view.toScreenX(model.x[place]), view.toScreenY(model.y[place]),
        side, palette.css(model.label[place]));
      if (box) shown.push({ place, ...box });
    }
    context.globalAlpha = 1;
    pictures.endFrame();
  }

  function ring(place, radius) {
    context.beginPath();
    context.arc(view.toScreenX(model.x[place]), view.toScreenY(model.y[place]), radius, 0, 2 * Math.PI);
    context.lineWidth = 4;
    context.strokeStyle = "rgb(" + palette.background().join(",") + ")";
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = palette.isDark() ? "#fff" : "#111";
    context.stroke();
  }

  function outline({ left, top, width, height }) {
    context.beginPath();
    context.roundRect(left - 3, top - 3, width + 6, height + 6, 5);
    context.lineWidth = 3;
    context.strokeStyle = palette.isDark() ? "#fff" : "#111";
    context.stroke();
  }

  const middles = model.clusters.map((cluster) => medianPlace(cluster));
  function medianPlace(cluster) {
    const step = Math.max(1, Math.floor(cluster.size / 500));
    const xs = [], ys = [];
    for (let i = cluster.begin; i < cluster.end; i += step) { xs.push(model.x[i]); ys.push(model.y[i]); }
    const middle = (v) => v.sort((a, b) => a - b)[v.length >> 1];
    return { x: middle(xs), y: middle(ys) };
  }

  // Names of the clusters, the large ones first, where they cover no other name.
  function drawNames() {
    if (view.zoom() > 12) return;
    const taken = [];
    const room = Math.min(view.width, view.height) < 480 ? 12 : 0;
    context.font = "600 12.5px system-ui, -apple-system, 'Segoe UI', sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const cluster of model.bySize) {
      if (!cluster.name || !cluster.size || (emphasised && !emphasised.has(cluster.label))) continue;
      const text = cluster.name.length > 34 ? cluster.name.slice(0, 33) + "…" : cluster.name;
      const half = context.measureText(text).width / 2 + 6;
      const middle = view.toScreenX(middles[cluster.label].x), y = view.toScreenY(middles[cluster.label].y) + 34;
      if (middle < 0 || middle > view.width) continue;
      const x = Math.max(half, Math.min(view.width - half, middle));
      const box = [x - half - room, x + half + room, y - 11 - room, y + 11 + room];
      if (box[1] < 0 || box[0] > view.width || box[3] < 0 || box[2] > view.height) continue;
      if (taken.some((t) => box[0] < t[1] && box[1] > t[0] && box[2] < t[3] && box[3] > t[2])) continue;
      taken.push(box);
      if (taken.length > 80) break;
      context.lineWidth = 4;
      context.strokeStyle = "rgba(" + palette.background().join(",") + ",0.9)";
      context.strokeText(text, x, y);
      context.fillStyle = palette.isDark() ? "#f2f1ee" : "#1c1c1e";
      context.fillText(text, x, y);
    }
  }

  function draw() {
    scheduled = false;
    if (!view.ready) return;
    points.draw(view, dotRadius());
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    drawPictures();
    drawNames();
    for (const place of marked.length <= 50 ? marked : []) ring(place, dotRadius() + 5);
    const hoveredPicture = hovered >= 0 && shown.find((box) => box.place === hovered);
    if (hoveredPicture) outline(hoveredPicture);
    else if (hovered >= 0) ring(hovered, dotRadius() + 3);
  }

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(draw);
  }

  function resize() {
    const { clientWidth: width, clientHeight: height } = area;
    if (!width || !height) return;
    view.ratio = Math.min(2, window.devicePixelRatio || 1);
    view.resize(width, height);
    points.resize(width, height, view.ratio);
    overlay.width = Math.round(width * view.ratio);
    overlay.height = Math.round(height * view.ratio);
    view.ready = true;
    draw();
  }

  // Glides to another state: the eye can follow where it goes.
  function glideTo(target, milliseconds = 260) {
    cancelAnimationFrame(motion);
    if (still.matches || !view.ready) {
      view.set(target);
      schedule();
      return;
    }
    const from = { x: view.x, y: view.y, scale: view.scale };
    const start = performance.now();
    const fixed = fixedPoint(from, target);
    const step = (now) => {
      const t = Math.min(1, (now - start) / milliseconds);
      const eased = 1 - Math.pow(1 - t, 3);
      const scale = from.scale * Math.pow(target.scale / from.scale, eased);
      // Along the line on which the fixed point of both states stays where it is on the screen.
      const share = fixed ? (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / target.scale) : eased;
      view.set({ scale, x: from.x + (target.x - from.x) * share, y: from.y + (target.y - from.y) * share });
      schedule();
      if (t < 1) motion = requestAnimationFrame(step);
    };
    motion = requestAnimationFrame(step);
  }
  const fixedPoint = (from, to) => Math.abs(Math.log(to.scale / from.scale)) > 0.01;

  // The image under the pointer: a picture if there is one, else the nearest dot.
  function pick(sx, sy) {
    for (let k = shown.length - 1; k >= 0; k--) {
      const s = shown[k];
      if (sx >= s.left && sx <= s.left + s.width && sy >= s.top && sy <= s.top + s.height) return s.place;
    }
    return cells.nearest(view.toMapX(sx), view.toMapY(sy), (dotRadius() + 7) / view.scale, emphasis);
  }

  function hover(place) {
    if (place === hovered) return;
    hovered = place;
    overlay.style.cursor = place >= 0 ? "pointer" : "";
    schedule();
    area.dispatchEvent(new CustomEvent("hover-image", { detail: place }));
  }

  function at(event) {
    const box = overlay.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  const pointers = new Map();
  let travelled = 0;
  let lastTap = { time: 0, x: 0, y: 0 };

  overlay.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    cancelAnimationFrame(motion);
    overlay.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) travelled = 0;
    details.hideCard();
  });

  function pinch(event) {
    const before = [...pointers.values()];
    pointers.set(event.pointerId, at(event));
    const after = [...pointers.values()];
    const middle = (p) => ({ x: (p[0].x + p[1].x) / 2, y: (p[0].y + p[1].y) / 2 });
    const apart = (p) => Math.hypot(p[0].x - p[1].x, p[0].y - p[1].y) || 1;
    const from = middle(before), to = middle(after);
    view.pan(to.x - from.x, to.y - from.y);
    view.set(view.zoomed(apart(after) / apart(before), to.x, to.y));
    travelled = Infinity;
    schedule();
  }

  overlay.addEventListener("pointermove", (event) => {
    const now = at(event);
    const before = pointers.get(event.pointerId);
    if (pointers.size >= 2 && before) { pinch(event); return; }
    if (before) {
      travelled += Math.hypot(now.x - before.x, now.y - before.y);
      pointers.set(event.pointerId, now);
      if (travelled > 4) {
        overlay.classList.add("dragging");
        view.pan(now.x - before.x, now.y - before.y);
        schedule();
      }
      return;
    }
    if (event.pointerType !== "mouse") return;
    const place = pick(now.x, now.y);
    hover(place);
    if (place >= 0) details.showCard(place, event.clientX, event.clientY); else details.hideCard();
  });

  function neighbours(place) {
    const label = model.label[place];
    if (label < 0) return [place];
    const cluster = model.clusters[label];
    const nearby = [];
    for (let i = cluster.begin; i < cluster.end; i++) nearby.push(i);
    return nearby;
  }

  // A click opens the image a moment later, unless it turns out to be the first half of a double click.
  let clickTimer = 0;
  function click(point) {
    clearTimeout(clickTimer);
    const isDouble = performance.now() - lastTap.time < 280 && Math.hypot(point.x - lastTap.x, point.y - lastTap.y) < 24;
    lastTap = { time: isDouble ? 0 : performance.now(), ...point };
    if (isDouble) {
      glideTo(view.zoomed(2.5, point.x, point.y));
      return;
    }
    const place = pick(point.x, point.y);
    if (place >= 0) clickTimer = setTimeout(() => details.open(place, neighbours(place)), 280);
  }

  function release(event) {
    const point = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    overlay.classList.remove("dragging");
    if (point && event.type === "pointerup" && travelled <= 4) click(point);
  }
  overlay.addEventListener("pointerup", release);
  overlay.addEventListener("pointercancel", release);
  overlay.addEventListener("pointerleave", () => { hover(-1); details.hideCard(); });

  overlay.addEventListener("wheel", (event) => {
    event.preventDefault();
    cancelAnimationFrame(motion);
    details.hideCard();
    const { x, y } = at(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    // A pinch on a touch pad arrives as a wheel with the control key, in smaller steps.
    const speed = event.ctrlKey ? 0.012 : 0.0022;
    const delta = Math.max(-160, Math.min(160, event.deltaY * lines));
    view.set(view.zoomed(Math.exp(-delta * speed), x, y));
    schedule();
  }, { passive: false });

  const zoomBy = (factor) => glideTo(view.zoomed(factor, view.width / 2, view.height / 2));
  const reset = () => glideTo(view.reset());
  const showAll = () => frame(view.bounds);
  const keys = {
    ArrowLeft: () => view.pan(80, 0), ArrowRight: () => view.pan(-80, 0),
    ArrowUp: () => view.pan(0, 80), ArrowDown: () => view.pan(0, -80),
    "+": () => zoomBy(1.6), "=": () => zoomBy(1.6), "-": () => zoomBy(1 / 1.6), 0: showAll,
    Enter: () => {
      const place = cells.nearest(view.x, view.y, view.width / view.scale / 2, emphasis);
      if (place >= 0) details.open(place, neighbours(place));
    },
  };
  overlay.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
    schedule();
  });

  byId("zoom-in").addEventListener("click", () => zoomBy(1.8));
  byId("zoom-out").addEventListener("click", () => zoomBy(1 / 1.8));
  byId("zoom-reset").addEventListener("click", showAll);
  byId("map-mode").addEventListener("change", (event) => { mode = event.target.value; schedule(); });
  byId("map-mode").hidden = !pictures.available();
  if (!model.count) { note.textContent = "There are no images in this project yet."; note.hidden = false; }

  pictures.onArrival(schedule);
  palette.onChange(() => { points.setColors(); schedule(); });
  points.setColors();
  points.setEmphasis(null);
  new ResizeObserver(resize).observe(area);

  function boundsOfPlaces(places) {
    const b = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    for (const i of places) {
      b.left = Math.min(b.left, model.x[i]);
      b.right = Math.max(b.right, model.x[i]);
      b.bottom = Math.min(b.bottom, model.y[i]);
      b.top = Math.max(b.top, model.y[i]);
    }
    return b;
  }

  // Bounds of most of a cluster: a few strays do not decide how it is framed.
  function boundsOfCluster({ begin, end }) {
    const within = (values) => {
      const sorted = values.slice(begin, end).sort();
      const cut = Math.floor(sorted.length * 0.02);
      return [sorted[cut], sorted[sorted.length - 1 - cut]];
    };
    const [left, right] = within(model.x), [bottom, top] = within(model.y);
    return { left, right, bottom, top };
  }

  function frame(bounds) {
    const target = view.framing(bounds);
    glideTo({ ...target, scale: view.limit(Math.min(target.scale, view.fitted * 60)) }, 420);
  }

  return {
    // Dims everything but the images for which bytes[place] is 1; null ends it.
    emphasise(bytes) {
      emphasis = bytes;
      emphasised = bytes && new Set(model.label.filter((_, place) => bytes[place]));
      points.setEmphasis(bytes);
      schedule();
    },
    frameCluster(cluster) { if (cluster.size) frame(boundsOfCluster(cluster)); },
    frameClusters(clusters) {
      const bounds = clusters.filter((cluster) => cluster.size).map(boundsOfCluster);
      if (!bounds.length) return;
      frame({ left: Math.min(...bounds.map((b) => b.left)), right: Math.max(...bounds.map((b) => b.right)),
        bottom: Math.min(...bounds.map((b) => b.bottom)), top: Math.max(...bounds.map((b) => b.top)) });
    },
    framePlaces(places) { if (places.length) frame(boundsOfPlaces(places)); },
    mark(places) { marked = places; schedule(); },
    say(text, action) {
      note.replaceChildren(text, ...(action ? [action] : []));
      note.hidden = !text;
    },
    reset, resize, schedule,
    // For tests and measurements.
    view, drawNow: draw, area,
  };
};
