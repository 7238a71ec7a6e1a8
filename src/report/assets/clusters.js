// Clusters by size, each with a contact sheet of typical and of doubtful members; and one cluster
// with all its members.
"use strict";
clipcluster.makeClusters = (model, app) => {
  const { make, byId, number, counted, share, percent, swatch } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const overview = byId("view-clusters"), single = byId("view-cluster");
  const gap = 6;

  const facts = (cluster) => make("p", { class: "quiet" },
    counted(cluster.size, "image", "images") + " · " + percent(cluster.size, model.count));
  const measures = (cluster) => make("p", { class: "quiet measures" },
    "mean probability " + share(cluster.probability), make("br"), "persistence " + share(cluster.persistence));

  // As many tiles as fit into `rows` rows of `width`.
  function sheet(title, places, width, side, rows) {
    const columns = Math.max(1, Math.floor((width + gap) / (side + gap)));
    const box = make("div", { class: "sheet-tiles" });
    for (const place of places.slice(0, columns * rows)) box.append(tile(place, side, side, places));
    return make("div", { class: "sheet" }, make("h3", {}, title), box);
  }

  function fillCard(card, cluster) {
    const width = card.clientWidth;
    const narrow = width < 720;
    const room = narrow ? width : width - 230;
    const doubtfulColumns = Math.min(3, Math.ceil(cluster.doubtful.length / 2));
    const between = doubtfulColumns ? 28 - gap : 0;
    // At least 96 wide, and as much wider as fills the card.
    const columns = Math.floor((room - between + gap) / (96 + gap));
    const side = Math.floor(narrow ? (width - 3 * gap) / 4 : (room - between + gap) / columns - gap);
    const text = make("div", { class: "cluster-text" },
      make("h2", {}, swatch(cluster.label), make("a", { href: "#cluster-" + cluster.label }, cluster.title)),
      facts(cluster), measures(cluster),
      make("p", { class: "actions" },
        make("a", { class: "button small", href: "#cluster-" + cluster.label }, "All members"),
        make("button", { type: "button", class: "small", onclick: () => app.showClusterOnMap(cluster.label) }, "On the map")));
    const doubtfulWidth = narrow ? width : doubtfulColumns * (side + gap) - gap;
    const typicalWidth = narrow || !doubtfulColumns ? room : room - doubtfulWidth - 28;
    card.replaceChildren(text, sheet("Typical", cluster.typical, typicalWidth, side, 2));
    if (cluster.doubtful.length) {
      card.append(sheet("Doubtful", cluster.doubtful, doubtfulWidth, side, narrow ? 1 : 2));
    }
  }

  // Cards are filled when they come near and emptied, at the height they had, when they are far.
  let watcher = null;
  function showOverview() {
    if (watcher) watcher.disconnect();
    watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) {
          fillCard(target, model.clusters[target.dataset.label]);
          target.style.height = "";
        } else if (target.firstChild && !target.contains(document.activeElement)) {
          target.style.height = target.offsetHeight + "px";
          target.replaceChildren();
        }
      }
    }, { root: overview, rootMargin: "600px 0px" });
    const cards = model.bySize.map((cluster) =>
      make("article", { class: "cluster-card", "data-label": cluster.label, "aria-label": cluster.title }));
    const clustered = model.count - model.noise.length;
    const intro = model.clusters.length
      ? counted(model.clusters.length, "cluster", "clusters") + ", the largest first. " + percent(clustered, model.count) +
        " of all images are in one; the rest is noise. Doubtful members are those that were least sure to belong."
      : "No cluster was found: all images are noise.";
    overview.replaceChildren(make("div", { class: "page" }, make("h1", {}, "Clusters"), make("p", { class: "intro" }, intro), ...cards));
    cards.forEach((card) => watcher.observe(card));
  }

  const orders = {
    "most typical first": (a, b) => model.probability[b] - model.probability[a] || a - b,
    "most doubtful first": (a, b) => model.probability[a] - model.probability[b] || a - b,
    "by place on the map": (a, b) => a - b,
  };

  let grid = null;
  function membersIn(order, cluster) {
    const places = Uint32Array.from({ length: cluster.size }, (_, i) => cluster.begin + i);
    return places.sort(orders[order]);
  }

  function showMembers(host, cluster, order) {
    if (grid) grid.destroy();
    const places = membersIn(order, cluster);
    grid = new clipcluster.Grid({
      scroller: single, host, count: places.length, minWidth: 104, gap, height: (width) => width,
      render: (index, width, height) => tile(places[index], width, height, places),
    });
  }

  function step(cluster, by) {
    const other = model.bySize[model.bySize.indexOf(cluster) + by];
    if (!other) return null;
    return make("a", { class: "button", href: "#cluster-" + other.label, title: other.title },
      by < 0 ? "‹ Larger" : "Smaller ›");
  }

  function showCluster(label) {
    const cluster = model.clusters[label];
    if (!cluster) { location.hash = "#clusters"; return; }
    const host = make("div");
    const select = make("select", { "aria-label": "Order of the members", onchange: () => showMembers(host, cluster, select.value) },
      ...Object.keys(orders).map((order) => make("option", {}, order)));
    const sheets = make("div", { class: "cluster-card wide" });
    single.replaceChildren(make("div", { class: "page" },
      make("p", { class: "actions" }, make("a", { class: "button", href: "#clusters" }, "‹ All clusters"),
        step(cluster, -1), step(cluster, 1),
        make("button", { type: "button", onclick: () => app.showClusterOnMap(label) }, "Show on the map")),
      make("h1", {}, swatch(label), cluster.title),
      make("p", { class: "intro" }, counted(cluster.size, "image", "images") + ", " + percent(cluster.size, model.count) +
        " of all · mean probability " + share(cluster.probability) + " · persistence " + share(cluster.persistence) +
        (cluster.name ? " · number " + label : "")),
      sheets,
      make("div", { class: "section-head" }, make("h2", {}, "All members"), select),
      host));
    single.scrollTop = 0;
    const width = sheets.clientWidth;
    const side = width < 720 ? Math.floor((width - 3 * gap) / 4) : 96;
    if (cluster.typical.length) sheets.append(sheet("Typical", cluster.typical, width, side, 1));
    if (cluster.doubtful.length) sheets.append(sheet("Doubtful", cluster.doubtful, width, side, 1));
    showMembers(host, cluster, select.value);
  }

  return { showOverview, showCluster };
};
