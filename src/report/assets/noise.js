// Images in no cluster: groups among them that could become one, then by the reason, each with the
// clusters that were nearest.
"use strict";
clipcluster.makeNoise = (model, app) => {
  const { make, byId, number, counted, percent, clusterLink } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const { belonging } = model;
  const view = byId("view-noise");
  const gap = 6, captionLine = 20;

  function byReason() {
    const parts = new Map(["between", "thin", "unlike", "blank", "none"].map((reason) => [reason, []]));
    for (const place of model.noise) parts.get(belonging.reason(place)).push(place);
    parts.set("between", byPair(parts.get("between")));
    return [...parts].filter(([, places]) => places.length);
  }

  // Those between the same two clusters beside each other, the most frequent pair first.
  function byPair(places) {
    const pairs = new Map();
    for (const place of places) {
      const key = belonging.nearest(place).slice(0, 2).sort((a, b) => a - b).join(" ");
      if (!pairs.has(key)) pairs.set(key, []);
      pairs.get(key).push(place);
    }
    return [...pairs.values()].sort((a, b) => b.length - a.length).flat();
  }

  function captioned(place, width, places, names) {
    const links = belonging.nearest(place).slice(0, names).map((label) => clusterLink(model.clusters[label]));
    return make("div", { class: "captioned" }, tile(place, width, width, places), ...links);
  }

  function reasonSection(reason, places) {
    const [title, meaning] = clipcluster.words.reasons[reason];
    const host = make("div");
    const names = reason === "between" ? 2 : reason === "thin" || reason === "unlike" ? 1 : 0;
    const lines = places.some((place) => belonging.nearest(place).length) ? names : 0;
    const text = meaning + (lines === 1 ? " Below each the cluster that was nearest." : "");
    const section = make("section", { class: "tier", id: "reason-" + reason },
      make("div", { class: "tier-head" }, make("h2", {}, title, make("span", { class: "count" }, number(places.length))),
        make("p", { class: "quiet" }, text),
        make("button", { type: "button", class: "small", onclick: () => app.showFoundOnMap("tier:other reason:" + reason) }, "On the map")), host);
    const fill = () => new clipcluster.Grid({
      scroller: view, host, count: places.length, minWidth: lines ? 116 : 104, gap: lines ? 10 : gap,
      height: (width) => width + lines * captionLine,
      render: (index, width) => captioned(places[index], width, places, lines),
    });
    return { section, fill, title, count: places.length };
  }

  function candidate(places, index, width) {
    const side = 84, text = innerWidth > 820 ? 150 : 0;
    const fitting = Math.max(1, Math.floor((width - text + gap) / (side + gap)));
    return make("div", { class: "candidate" },
      make("div", { class: "candidate-text" }, make("b", {}, "Group " + (index + 1)),
        make("span", { class: "quiet" }, counted(places.length, "image", "images")),
        make("button", { type: "button", class: "small", onclick: () => app.showOnMap([...places]) }, "On the map")),
      make("div", { class: "strip-tiles" }, ...[...places.slice(0, fitting)].map((place) => tile(place, side, side, [...places]))));
  }

  function candidates() {
    const groups = model.noiseGroups, host = make("div");
    const section = make("section", { class: "tier", id: "reason-candidates" }, make("div", { class: "tier-head" },
      make("h2", {}, "Could become a cluster", make("span", { class: "count" }, number(groups.length))),
      make("p", { class: "quiet" }, "Images in no cluster of their own that lie together and are about as alike " +
        "as the images of a cluster. A smaller --min-cluster-size, or “clipcluster refine --other”, can make clusters of them.")), host);
    const fill = () => new clipcluster.Grid({ scroller: view, host, count: groups.length, columns: 1, gap: 10, height: () => 122,
      render: (index, width) => candidate(groups[index], index, width) });
    return { section, fill, title: "Could become a cluster", count: groups.length };
  }

  function chips(parts) {
    if (parts.length < 2) return null;
    return make("div", { class: "chips", role: "group", "aria-label": "Go to" }, ...parts.map(({ section, title, count }) =>
      make("button", { type: "button", class: "chip", onclick: () => section.scrollIntoView({ block: "start" }) },
        title + " ", make("span", { class: "count" }, number(count)))));
  }

  function plainGrid(page) {
    const host = make("div");
    page.append(host);
    new clipcluster.Grid({ scroller: view, host, count: model.noise.length, minWidth: 104, gap, height: (width) => width,
      render: (index, width) => tile(model.noise[index], width, width, model.noise) });
  }

  function show() {
    const count = model.noise.length;
    const page = make("div", { class: "page" }, make("h1", {}, "Noise"), make("p", { class: "intro" }, count
      ? counted(count, "image", "images") + ", " + percent(count, model.count) + " of all, in no cluster." + (belonging.hasReasons ? ""
        : " Too few others are like them, or they lie between clusters.")
      : "Every image belongs to a cluster."));
    view.replaceChildren(page);
    if (!count) return;
    const parts = model.noiseGroups.length ? [candidates()] : [];
    if (belonging.hasReasons) parts.push(...byReason().map(([reason, places]) => reasonSection(reason, places)));
    page.append(...[chips(parts), ...parts.map(({ section }) => section)].filter(Boolean));
    for (const part of parts) part.fill();
    if (!belonging.hasReasons) plainGrid(page);
  }

  return { show };
};
