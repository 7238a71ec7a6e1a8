// Stability of clusters: how it is shown, and the order in which clusters are listed.
"use strict";
clipcluster.makeStability = (model) => {
  const { make, share } = clipcluster.elements;
  const available = model.clusters.some((cluster) => cluster.stability !== null);

  // A short bar; the number shows when one rests on it. Unstable ones say so in a word.
  function bar(cluster) {
    if (cluster.stability === null) return null;
    const text = "Stability " + share(cluster.stability) + (cluster.unstable
      ? ": too low to rely on. Other seeds or samples of the images make other clusters here."
      : " of 1, over other seeds and samples of the images.");
    const fill = make("span", { class: "stability-fill" });
    fill.style.width = Math.round(100 * cluster.stability) + "%";
    return make("span", { class: "stability" + (cluster.unstable ? " unstable" : ""), title: text },
      make("span", { class: "stability-word" }, "stability"),
      make("span", { class: "stability-bar", role: "img", "aria-label": text }, fill), mark(cluster));
  }

  const mark = (cluster) => (cluster.unstable ? make("span", { class: "unstable-mark" }, "unstable") : null);

  const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const bySize = (a, b) => b.size - a.size || a.label - b.label;
  const orders = { size: ["by size", bySize] };
  if (available) {
    orders.stability = ["most stable first", (a, b) => (b.stability ?? -1) - (a.stability ?? -1) || bySize(a, b)];
    orders.unstable = ["least stable first", (a, b) => (a.stability ?? 2) - (b.stability ?? 2) || bySize(a, b)];
  }
  orders.name = ["by name", (a, b) => !a.name - !b.name || byName.compare(a.title, b.title) || a.label - b.label];

  let order = "size";
  let sorted = model.bySize;
  const listeners = [];
  function sortBy(newOrder) {
    order = newOrder;
    sorted = model.clusters.slice().sort(orders[order][1]);
    for (const select of document.querySelectorAll("select.cluster-order")) select.value = order;
    for (const listener of listeners) listener();
  }

  // All of these show the same order.
  function select() {
    const element = make("select", { class: "cluster-order", "aria-label": "Order of the clusters",
      onchange: () => sortBy(element.value) },
      ...Object.entries(orders).map(([value, [text]]) => make("option", { value }, text)));
    element.value = order;
    return element;
  }

  return { available, bar, mark, select, sorted: () => sorted, onSort: (listener) => listeners.push(listener) };
};
