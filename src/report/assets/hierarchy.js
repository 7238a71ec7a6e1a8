// How the clusters lie in each other: a dendrogram whose leaves are strips of typical pictures.
"use strict";
clipcluster.makeHierarchy = (model, app, stability) => {
  const { make, svg, counted, clusterLink } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const data = model.summary.hierarchy;
  const rowHeight = 74;
  const percent = (share) => Math.round(100 * share) + "%";

  function nodesOf() {
    const nodes = data.parent.map((parent, i) => ({
      parent, label: data.label[i], size: data.size[i], distance: data.distance[i], below: [], leaves: [],
    }));
    nodes.forEach((node) => { if (node.parent >= 0) nodes[node.parent].below.push(node); });
    return nodes;
  }

  // Leaves from top to bottom, the larger branch first; `row` is where a node stands among them.
  function arrange(node, leaves) {
    if (node.label >= 0) {
      node.row = leaves.length;
      node.leaves = [node.label];
      leaves.push(node);
      return;
    }
    node.below.sort((a, b) => b.size - a.size || a.label - b.label);
    for (const child of node.below) {
      arrange(child, leaves);
      node.leaves.push(...child.leaves);
    }
    node.row = node.below.length ? (node.below[0].row + node.below[node.below.length - 1].row) / 2 : 0;
  }

  let grid = null, scroller = null;
  let revealed = -1;           // label of the cluster that was asked for
  const nodes = data ? nodesOf() : [];
  const leaves = [];
  for (const node of nodes) if (node.parent < 0) arrange(node, leaves);
  const inner = nodes.filter((node) => node.label < 0 && node.leaves.length > 1);

  const about = (node) => counted(node.leaves.length, "cluster", "clusters") + ", " + counted(node.size, "image", "images") +
    (model.summary.consensus_runs
      ? ", together in " + percent(1 - node.distance) + " of the clusterings"
      : ", apart at distance " + Number(node.distance.toPrecision(2)));

  // Large distances on the left. Halfway between their logarithm and their rank: on a logarithmic axis alone
  // most brackets often stand on top of each other, by rank alone nothing would stand out.
  function axis(width) {
    const known = [...new Set(inner.map((node) => node.distance).filter((distance) => distance > 0))].sort((a, b) => b - a);
    const high = Math.log(known[0]), low = Math.log(known[known.length - 1]);
    const rank = new Map(known.map((distance, i) => [distance, i / Math.max(1, known.length - 1)]));
    const along = (distance) => ((high - Math.log(distance)) / (high - low || 1) + rank.get(distance)) / 2;
    return (distance) => (distance > 0 ? 14 + along(distance) * (width - 44) : 14);
  }

  // The branches below a node, itself included, in `paths`.
  function below(node, paths) {
    return [paths.get(node), ...node.below.flatMap((child) => below(child, paths))].filter(Boolean);
  }

  function brackets(width) {
    const x = axis(width), y = (node) => (node.row + 0.5) * rowHeight - 4;
    const at = (node) => (node.label >= 0 ? width - 4 : x(node.distance));
    const lines = inner.map((node) => {
      const first = node.below[0], last = node.below[node.below.length - 1];
      const arms = node.below.map((child) => `M${at(node).toFixed(1)} ${y(child)}H${at(child).toFixed(1)}`).join("");
      return svg("path", { class: "branch", d: `M${at(node).toFixed(1)} ${y(first)}V${y(last)}` + arms });
    });
    const paths = new Map(inner.map((node, i) => [node, lines[i]]));
    const light = (node, on) => () => below(node, paths).forEach((path) => path.classList.toggle("within", on));
    const knots = inner.map((node) => {
      const open = () => app.showGroupOnMap(node.leaves);
      return svg("g", { class: "knot", tabindex: "0", role: "button", "aria-label": about(node) + ". Show on the map.",
        onclick: open, onkeydown: (event) => { if (event.key === "Enter") open(); },
        onpointerenter: light(node, true), onpointerleave: light(node, false), onfocus: light(node, true), onblur: light(node, false) },
        svg("title", {}, about(node)), svg("circle", { class: "knot-reach", cx: at(node), cy: y(node), r: 12 }),
        svg("circle", { class: "knot-dot", cx: at(node), cy: y(node), r: 4.5 }));
    });
    return svg("svg", { class: "brackets", width, height: leaves.length * rowHeight, role: "group",
      "aria-label": "Groups of clusters" }, ...lines, ...knots);
  }

  function strip(node, width) {
    const cluster = model.clusters[node.label];
    const narrow = width < 560, side = 62, text = narrow ? 0 : 168 + 12;
    const fitting = Math.max(1, Math.floor((width - text + 5) / (side - (narrow ? 18 : 0) + 5)));
    const places = cluster.typical.length ? cluster.typical : [cluster.begin];
    const size = narrow ? side - 18 : side;
    return make("div", { class: "strip" + (narrow ? " narrow" : "") + (node.label === revealed ? " revealed" : "") },
      make("div", { class: "strip-text" }, clusterLink(cluster),
        make("span", { class: "strip-size" }, make("span", { class: "quiet" }, counted(cluster.size, "image", "images")), stability.mark(cluster))),
      make("div", { class: "strip-tiles" }, ...places.slice(0, fitting).map((place) => tile(place, size, size, places))));
  }

  // Appended to `page`, which must be in the document, inside the scroller `host`.
  function show(page, host) {
    const left = make("div", { class: "dendrogram-left" }), right = make("div", { class: "dendrogram-right" });
    page.append(make("div", { class: "section-head" }, make("h2", {}, "How the clusters belong together")),
      make("p", { class: "intro" }, "Clusters that share a bracket come from one larger group; the further to the right a bracket " +
        "is, the more alike they are. A dot stands for the group: point at it to see what it holds, click it to see it on the map."),
      make("div", { class: "dendrogram" }, left, right));
    const width = Math.round(Math.max(84, Math.min(260, page.clientWidth * 0.22)));
    left.style.width = width + "px";
    if (inner.length) left.append(brackets(width)); else left.remove();
    if (grid) grid.destroy();
    scroller = host;
    grid = new clipcluster.Grid({ scroller: host, host: right, count: leaves.length, columns: 1, gap: 8, height: () => rowHeight - 8,
      render: (index, cellWidth) => strip(leaves[index], cellWidth) });
  }

  // Scrolls to a cluster and marks it.
  function reveal(label) {
    const index = leaves.findIndex((node) => node.label === label);
    if (index < 0 || !grid) return;
    revealed = label;
    grid.clear();
    const top = grid.host.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    scroller.scrollTop = top + (index + 0.5) * rowHeight - scroller.clientHeight / 2;
    grid.update();
  }

  // Clusters under the nearest bracket of this one.
  function siblings(label) {
    const leaf = leaves.find((node) => node.label === label);
    const group = leaf && leaf.parent >= 0 ? nodes[leaf.parent] : null;
    return group ? group.leaves.filter((other) => other !== label) : [];
  }

  return { available: leaves.length > 0, show, siblings, reveal };
};
