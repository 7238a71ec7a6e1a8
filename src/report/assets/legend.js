// The list of clusters beside the map: pointing at one shows where it is, a click keeps it.
"use strict";
clipcluster.makeLegend = (model, map, stability) => {
  const { make, byId, number, swatch } = clipcluster.elements;
  const scroller = byId("legend-list");
  const host = make("div");
  scroller.append(host);
  const entryOf = new Map(model.clusters.map((cluster) => [cluster.label, {
    title: cluster.title, hint: cluster.hint, label: cluster.label, begin: cluster.begin, end: cluster.end, size: cluster.size,
    picture: cluster.typical[0] ?? cluster.begin, href: "#cluster-" + cluster.label, mark: stability.mark(cluster) !== null,
  }]));

  // What is listed after the clusters.
  const others = [];
  if (model.noise.length) {
    others.push({ title: "Noise", label: -1, begin: 0, end: model.noise.length, size: model.noise.length,
      picture: model.noise[0], href: "#noise" });
  }
  const addMarked = (title, mask) => {
    const size = mask.reduce((sum, byte) => sum + byte, 0);
    if (size) others.push({ title, label: null, size, mask, picture: mask.lastIndexOf(1) });
  };
  if (model.belonging.hasTiers) {
    addMarked("Assigned by a rule", Uint8Array.from({ length: model.count }, (_, place) => (model.belonging.tier(place) === "assigned" ? 1 : 0)));
  }
  if (model.summary.held_out) addMarked("Held out", model.heldOut);

  let entries = [];
  function sortEntries() {
    entries = stability.sorted().filter((cluster) => cluster.size > 0).map((cluster) => entryOf.get(cluster.label)).concat(others);
  }
  sortEntries();
  const largest = Math.max(1, ...entries.map((entry) => entry.size));
  const besideBar = model.clusters.some((cluster) => cluster.unstable) ? 120 : 56;   // the number, and a mark
  let kept = null;
  let found = null;

  function maskOf(entry) {
    if (entry.mask) return entry.mask;
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
    bar.style.width = `max(3px, calc((100% - ${besideBar}px) * ${entry.size / largest}))`;
    if (entry.label !== null) bar.style.background = clipcluster.palette.css(entry.label);
    const row = make("button", { type: "button", class: "legend-row",
      onpointerenter: (event) => { if (event.pointerType === "mouse") show(entry); },
      onpointerleave: () => show(null),
      onfocus: (event) => { if (event.target.matches(":focus-visible")) show(entry); },
      onblur: () => show(null),
      onclick: () => toggle(entry) },
      make("span", { class: "legend-icon" }, icon),
      make("span", { class: "legend-text" },
        make("span", { class: "legend-title", title: entry.hint || entry.title }, entry.label === null ? null : swatch(entry.label), entry.title),
        make("span", { class: "legend-size" }, bar, make("span", {}, number(entry.size)),
          entry.mark ? make("span", { class: "unstable-mark" }, "unstable") : null)));
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
  if (model.clusters.length > 1) byId("legend-order").append(stability.select());
  stability.onSort(() => { sortEntries(); scroller.scrollTop = 0; refresh(); });

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
    // A group of clusters, until something else is chosen.
    keepGroup(labels) {
      const mask = new Uint8Array(model.count);
      for (const label of labels) mask.fill(1, model.clusters[label].begin, model.clusters[label].end);
      this.setFound(mask);
      map.mark([]);
      map.frameClusters(labels.map((label) => model.clusters[label]));
    },
    clear() { kept = null; found = null; markRows(); show(null); },
  };
};
