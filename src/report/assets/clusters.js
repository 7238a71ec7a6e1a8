// Clusters, each with a contact sheet of typical and of doubtful members; and one cluster
// with all its members.
"use strict";
clipcluster.makeClusters = (model, app, { stability, hierarchy, members }) => {
  const { make, byId, number, counted, share, percent, swatch, clusterLink } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const overview = byId("view-clusters"), single = byId("view-cluster");
  const gap = 6;

  const facts = (cluster) => make("p", { class: "quiet" },
    counted(cluster.size, "image", "images") + " · " + percent(cluster.size, model.count));

  // Numbers are there for those who ask.
  function numbers(cluster) {
    const rows = [["Share of all images", percent(cluster.size, model.count)], ["Mean probability", share(cluster.probability)],
      ["Persistence", share(cluster.persistence)], ["Number", String(cluster.label)]];
    if (cluster.stability !== null) rows.unshift(["Stability", share(cluster.stability)]);
    if (cluster.fitting_words.length) {
      rows.push(["Words that fit best", cluster.fitting_words.map(([word, score]) => word + " " + score.toFixed(1)).join(", ")]);
    }
    return make("details", { class: "numbers" }, make("summary", {}, "Numbers"),
      make("table", {}, make("tbody", {}, ...rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value))))));
  }

  // As many tiles as fit into `rows` rows of `width`.
  function sheet(title, places, width, side, rows) {
    const columns = Math.max(1, Math.floor((width + gap) / (side + gap)));
    const box = make("div", { class: "sheet-tiles" });
    for (const place of places.slice(0, columns * rows)) box.append(tile(place, side, side, places));
    return make("div", { class: "sheet" }, make("h3", {}, title), box);
  }

  function fillCard(card, cluster) {
    const width = card.clientWidth;
    const narrow = innerWidth <= 820;   // as in page.css
    const room = narrow ? width : width - 230;
    const doubtfulColumns = Math.min(3, Math.ceil(cluster.doubtful.length / 2));
    const between = doubtfulColumns ? 28 - gap : 0;
    // At least 96 wide, and as much wider as fills the card.
    const columns = narrow ? Math.max(4, Math.floor((width + gap) / (120 + gap))) : Math.floor((room - between + gap) / (96 + gap));
    const side = Math.floor((room - (narrow ? 0 : between) + gap) / columns - gap);
    const text = make("div", { class: "cluster-text" },
      make("h2", {}, swatch(cluster.label), make("a", { href: "#cluster-" + cluster.label, title: cluster.hint }, cluster.title)),
      facts(cluster), stability.bar(cluster),
      make("p", { class: "actions" },
        make("a", { class: "button small", href: "#cluster-" + cluster.label }, "All members"),
        make("button", { type: "button", class: "small", onclick: () => app.showClusterOnMap(cluster.label) }, "On the map")),
      numbers(cluster));
    const doubtfulWidth = narrow ? width : doubtfulColumns * (side + gap) - gap;
    const typicalWidth = narrow || !doubtfulColumns ? room : room - doubtfulWidth - 28;
    card.replaceChildren(text, sheet("Typical", cluster.typical, typicalWidth, side, 2));
    if (cluster.doubtful.length) {
      card.append(sheet("Doubtful", cluster.doubtful, doubtfulWidth, side, narrow ? 1 : 2));
    }
  }

  function stabilityText() {
    if (!stability.available) return "";
    const unstable = model.clusters.filter((cluster) => cluster.unstable).length;
    return " The bar is a cluster's stability: how well it stays together with other seeds and samples of the images" +
      (unstable ? "; " + counted(unstable, "is", "are") + " marked as unstable." : ".");
  }

  const namesText = () => (model.clusters.some((cluster) => cluster.weak_name)
    ? " A name with a question mark is weak: look before you believe it." : "");

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
    const cards = stability.sorted().map((cluster) =>
      make("article", { class: "cluster-card", "data-label": cluster.label, "aria-label": cluster.title }));
    const clustered = model.count - model.noise.length;
    const intro = model.clusters.length
      ? counted(model.clusters.length, "cluster", "clusters") + ". " + percent(clustered, model.count) +
        " of all images are in one; the rest is noise. Doubtful members are those that were least sure to belong." + stabilityText() + namesText()
      : "No cluster was found: all images are noise.";
    overview.replaceChildren(make("div", { class: "page" }, make("h1", {}, "Clusters"),
      make("p", { class: "intro" }, intro), model.clusters.length > 1 ? make("p", { class: "actions" }, stability.select()) : null, ...cards));
    cards.forEach((card) => watcher.observe(card));
  }

  // One row each, which hold other numbers of pictures when the width changes.
  let sheetsObserver = null;
  function fillSheets(sheets, cluster) {
    if (sheetsObserver) sheetsObserver.disconnect();
    let filledFor = 0;
    sheetsObserver = new ResizeObserver(() => {
      const width = sheets.clientWidth;
      if (!width || width === filledFor) return;
      filledFor = width;
      const side = width < 720 ? Math.floor((width - 3 * gap) / 4) : 96;
      sheets.replaceChildren(...[["Typical", cluster.typical], ["Doubtful", cluster.doubtful]]
        .filter(([, places]) => places.length).map(([title, places]) => sheet(title, places, width, side, 1)));
    });
    sheetsObserver.observe(sheets);
  }

  function step(cluster, by) {
    const sorted = stability.sorted();
    const other = sorted[sorted.indexOf(cluster) + by];
    if (!other) return null;
    return make("a", { class: "button", href: "#cluster-" + other.label, title: other.title }, by < 0 ? "‹ Previous" : "Next ›");
  }

  // Clusters that it shares a group with in the hierarchy.
  function relatives(label) {
    const siblings = hierarchy.siblings(label), most = 6;
    if (!siblings.length) return null;
    const links = siblings.slice(0, most).map((other) => clusterLink(model.clusters[other]));
    return make("p", { class: "relatives" }, make("span", { class: "quiet" }, "Comes from one group with"), ...links,
      siblings.length > most ? make("a", { href: "#tree", class: "quiet" }, "and " + number(siblings.length - most) + " more") : null);
  }

  function showCluster(label) {
    const cluster = model.clusters[label];
    if (!cluster) { location.hash = "#clusters"; return; }
    const sheets = make("div", { class: "cluster-card wide" });
    const page = make("div", { class: "page" },
      make("p", { class: "actions" }, make("a", { class: "button", href: "#clusters" }, "‹ All clusters"),
        step(cluster, -1), step(cluster, 1),
        make("button", { type: "button", onclick: () => app.showClusterOnMap(label) }, "Show on the map"),
        hierarchy.available ? make("a", { class: "button", href: "#tree-" + label }, "Show in the tree") : null),
      make("h1", {}, swatch(label), cluster.title),
      make("div", { class: "cluster-facts" }, facts(cluster), stability.bar(cluster),
        cluster.weak_name ? make("span", { class: "quiet" }, "weak name: it hardly fits") : null, numbers(cluster)),
      relatives(label), sheets);
    single.replaceChildren(page);
    single.scrollTop = 0;
    fillSheets(sheets, cluster);
    members.show(single, page, cluster);
  }

  stability.onSort(() => { if (overview.firstChild) showOverview(); });

  return { showOverview, showCluster };
};
