// The list of clusters beside the map: pointing at one shows where it is, a click keeps it.
"use strict";
clipcluster.makeLegend = (model, map) => {
  const { make, byId, number, swatch } = clipcluster.elements;
  const scroller = byId("legend-list");
  const host = make("div");
  scroller.append(host);
  const entries = model.bySize.filter((cluster) => cluster.size > 0).map((cluster) => ({
    title: cluster.title, label: cluster.label, begin: cluster.begin, end: cluster.end, size: cluster.size,
    picture: cluster.typical[0] ?? cluster.begin, href: "#cluster-" + cluster.label,
  }));
  if (model.noise.length) {
    entries.push({ title: "Noise", label: -1, begin: 0, end: model.noise.length, size: model.noise.length,
      picture: model.noise[0], href: "#noise" });
  }
  if (model.summary.held_out) {
    entries.push({ title: "Held out", label: null, size: model.summary.held_out,
      picture: model.heldOut.lastIndexOf(1) });
  }
  const largest = Math.max(1, ...entries.map((entry) => entry.size));
  let kept = null;
  let found = null;

  function maskOf(entry) {
    if (entry.label === null) return model.heldOut;
    return new Uint8Array(model.count).fill(1, entry.begin, entry.end);
  }

  function show(entry) { map.emphasise(entry ? maskOf(entry) : kept ? maskOf(kept) : found); }

  function markRows() {
    for (const row of host.querySelectorAll(".legend-row")) {
      row.setAttribute("aria-pressed", kept !== null && row.entry === kept);
    }
  }

  function toggle(entry) {
    kept = kept === entry ? null : entry;
    markRows();
    show(null);
    if (kept && kept.label !== null && kept.label >= 0) map.frameCluster(model.clusters[kept.label]);
    else if (!kept) map.reset();
  }

  function render(index, width) {
    const entry = entries[index];
    const icon = clipcluster.pictures.element(entry.picture, 36, 36, 2);
    const bar = make("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = Math.max(1, (100 * entry.size) / largest) + "%";
    if (entry.label !== null) bar.style.background = clipcluster.palette.css(entry.label);
    const row = make("button", { type: "button", class: "legend-row",
      onpointerenter: (event) => { if (event.pointerType === "mouse") show(entry); },
      onpointerleave: () => show(null),
      onfocus: (event) => { if (event.target.matches(":focus-visible")) show(entry); },
      onblur: () => show(null),
      onclick: () => toggle(entry) },
      make("span", { class: "legend-icon" }, icon),
      make("span", { class: "legend-text" },
        make("span", { class: "legend-title", title: entry.title }, entry.label === null ? null : swatch(entry.label), entry.title),
        make("span", { class: "legend-size" }, bar, make("span", {}, number(entry.size)))));
    row.entry = entry;
    row.setAttribute("aria-pressed", kept === entry);
    const cell = make("div", { class: "legend-cell" }, row);
    if (entry.href) cell.append(make("a", { href: entry.href, class: "legend-open", title: "See all members",
      "aria-label": "See all members of " + entry.title }, "›"));
    return cell;
  }

  let grid = null;
  function refresh() {
    if (grid) grid.destroy();
    grid = new clipcluster.Grid({ scroller, host, count: entries.length, columns: 1, gap: 2, height: () => 52, render });
  }
  refresh();
  clipcluster.palette.onChange(refresh);

  map.area.addEventListener("hover-image", ({ detail: place }) => {
    for (const row of host.querySelectorAll(".legend-row")) {
      row.classList.toggle("hovered", place >= 0 && row.entry.label === model.label[place]);
    }
  });

  return {
    // Search results take the place of "everything" until they are cleared.
    setFound(bytes) { found = bytes; kept = null; markRows(); show(null); },
    keepCluster(label) {
      kept = entries.find((entry) => entry.label === label) || null;
      markRows();
      show(null);
      if (kept && label >= 0) map.frameCluster(model.clusters[label]);
    },
    clear() { kept = null; found = null; markRows(); show(null); },
  };
};
