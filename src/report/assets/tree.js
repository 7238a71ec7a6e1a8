// HDBSCAN's condensed tree as an icicle: width is the number of images, height the distance at which
// they are still together, on a logarithmic axis. Clusters of the page have their colours.
"use strict";
clipcluster.makeTree = (model, hierarchy) => {
  const { make, svg, byId, counted, swatch } = clipcluster.elements;
  const host = byId("view-tree"), data = model.summary.tree;
  byId("link-tree").hidden = !data && !hierarchy.available;

  const distanceText = (lambda) => String(Number((1 / lambda).toPrecision(2)));

  // Each cluster with its children and the label of the page's cluster that it is, or is part of.
  function clustersOf() {
    const all = data.parent.map((parent, i) => ({
      label: data.label[i], birth: data.birth[i], death: data.death[i], counts: data.counts[i], below: [],
      owner: data.label[i] >= 0 ? data.label[i] : parent >= 0 ? -2 : -1,
    }));
    all.forEach((cluster, i) => {
      const parent = all[data.parent[i]];
      if (!parent) return;
      parent.below.push(cluster);
      if (cluster.owner === -2) cluster.owner = parent.owner;
    });
    return all;
  }

  // Images of `cluster` from left to right begin at `left`. What falls off does so on both sides.
  function place(cluster, left) {
    cluster.left = left;
    const width = cluster.counts[0], last = cluster.counts[cluster.counts.length - 1];
    let next = left + (width - last) / 2;
    for (const child of cluster.below) {
      place(child, next);
      next += child.counts[0];
    }
  }

  function about(cluster) {
    const size = cluster.counts[0];
    const lasts = " · together from distance " + distanceText(cluster.birth) + " to " + distanceText(cluster.death);
    if (cluster.label >= 0) return [model.clusters[cluster.label].title, " · " + counted(size, "image", "images") + " in the tree" + lasts];
    const part = cluster.owner >= 0 ? "Part of " + model.clusters[cluster.owner].title
      : cluster === all[0] ? "Everything" : "A group that is no cluster of its own";
    return [part, " · " + counted(size, "image", "images") + lasts];
  }

  function describe(note, cluster) {
    const [name, rest] = about(cluster);
    note.replaceChildren(...(cluster.owner >= 0 ? [swatch(cluster.owner)] : []), make("b", {}, name), rest);
  }

  function outline(cluster, x, y) {
    const steps = cluster.counts.length;
    const left = [], right = [];
    cluster.counts.forEach((count, step) => {
      const lambda = cluster.birth * Math.pow(cluster.death / cluster.birth, step / (steps - 1));
      const start = cluster.left + (cluster.counts[0] - count) / 2;
      const begin = x(start), end = Math.max(x(start + count), begin + 1);
      left.push(begin.toFixed(1) + " " + y(lambda).toFixed(1));
      right.unshift(end.toFixed(1) + " " + y(lambda).toFixed(1));
    });
    return "M" + left.join("L") + "L" + right.join("L") + "Z";
  }

  function ticks(low, high, y, width) {
    const marks = [];
    for (let power = Math.floor(Math.log10(1 / high)); power <= Math.ceil(Math.log10(1 / low)); power++) {
      for (const digit of [5, 2, 1]) {
        const distance = digit * Math.pow(10, power), at = y(1 / distance);
        if (1 / distance < low || 1 / distance > high || marks.some((mark) => Math.abs(mark.at - at) < 18)) continue;
        marks.push({ at, text: String(Number(distance.toPrecision(1))) });
      }
    }
    return marks.flatMap(({ at, text }) => [
      svg("line", { class: "tick", x1: 44, x2: width, y1: at, y2: at }),
      svg("text", { x: 38, y: at + 4, "text-anchor": "end" }, text)]);
  }

  function draw(box, note) {
    const width = box.clientWidth, height = Math.max(280, Math.min(560, innerHeight - (width < 720 ? 440 : 330)));
    const low = all[0].birth, high = Math.max(...all.map((cluster) => cluster.death));
    const span = Math.log(high / low) || 1;
    const x = (images) => 52 + (images / all[0].counts[0]) * (width - 52);
    const y = (lambda) => 6 + (Math.log(lambda / low) / span) * (height - 12);
    const parts = all.map((cluster) => {
      const path = svg("path", { class: "part", d: outline(cluster, x, y) });
      path.classList.toggle("chosen", cluster.label >= 0);
      path.classList.toggle("inside", cluster.label < 0 && cluster.owner >= 0);
      if (cluster.owner >= 0) path.style.fill = clipcluster.palette.css(cluster.owner);
      path.append(svg("title", {}, document.createTextNode(about(cluster).join(""))));
      path.addEventListener("pointerenter", () => describe(note, cluster));
      if (cluster.owner < 0) return path;
      const link = svg("a", { href: "#cluster-" + cluster.owner }, path);
      if (cluster.label < 0) link.setAttribute("tabindex", "-1");
      link.addEventListener("focus", () => describe(note, cluster));
      return link;
    });
    box.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "group",
      "aria-label": "Condensed tree of clusters" }, ...ticks(low, high, y, width), ...parts));
  }

  const all = data ? clustersOf() : [];
  if (data) place(all[0], 0);

  function plot() {
    const box = make("div", { class: "tree-plot" });
    const note = make("p", { class: "tree-about", role: "status" }, "Point at a part to see what it is; click it to see its cluster.");
    const section = make("section", {}, make("div", { class: "section-head" }, make("h2", {}, "The condensed tree")),
      make("p", { class: "intro" }, "How HDBSCAN came to the clusters. From top to bottom the distance at which images still count as " +
        "neighbours shrinks (the numbers on the left); groups lose images at their edges and fall apart. Width is the number of " +
        "images. Coloured parts are the clusters; grey is what they split from, and noise."), box, note);
    return { section, draw: () => draw(box, note) };
  }

  function show() {
    if (!data && !hierarchy.available) { location.hash = "#clusters"; return; }
    const page = make("div", { class: "page" }, make("h1", {}, "Tree"));
    host.replaceChildren(page);
    if (hierarchy.available) hierarchy.show(page, host);
    if (!data) return;
    const condensed = plot();
    page.append(condensed.section);
    condensed.draw();
  }
  clipcluster.palette.onChange(() => { if (!host.hidden) show(); });

  return { show };
};
