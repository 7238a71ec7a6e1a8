// HDBSCAN's condensed tree as an icicle: width is the number of images, height the distance at which
// they are still together, on a logarithmic axis. Clusters of the page have their colours, and a picture each
// below it as far as there is room. With a consensus the distance is the share of its clusterings that hold
// images apart.
"use strict";
clipcluster.makeTree = (model, hierarchy) => {
  const { make, svg, byId, counted, swatch } = clipcluster.elements;
  const host = byId("view-tree"), data = model.summary.tree;
  byId("link-tree").hidden = !data && !hierarchy.available;

  const runs = model.summary.consensus_runs;
  const shareText = (distance) => Number((100 * (1 - distance)).toFixed(distance < 0.02 ? 1 : 0)) + "%";
  const lastsText = ({ birth, death }) => (runs
    ? " · together in " + shareText(1 / birth) + " to " + shareText(1 / death) + " of the clusterings"
    : " · together from distance " + Number((1 / birth).toPrecision(2)) + " to " + Number((1 / death).toPrecision(2)));

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
    const size = cluster.counts[0], lasts = lastsText(cluster);
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
        marks.push({ at, text: runs ? shareText(distance) : String(Number(distance.toPrecision(1))) });
      }
    }
    return marks.flatMap(({ at, text }) => [
      svg("line", { class: "tick", x1: 44, x2: width, y1: at, y2: at }),
      svg("text", { x: 38, y: at + 4, "text-anchor": "end" }, text)]);
  }

  function draw(box, note) {
    const width = box.clientWidth, height = Math.max(280, Math.min(560, innerHeight - (width < 720 ? 480 : 390)));
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
      "aria-label": "Condensed tree of clusters" }, ...ticks(low, high, y, width), ...parts), ...(clipcluster.pictures.available() ? [faces(x, width, note)] : []));
  }

  // A typical picture under each cluster, of the larger ones first where they would touch.
  function faces(x, width, note) {
    const side = 40, taken = [], row = make("div", { class: "faces" });
    const clusters = all.filter((cluster) => cluster.label >= 0).sort((a, b) => b.counts[0] - a.counts[0]);
    for (const cluster of clusters) {
      const middle = x(cluster.left + cluster.counts[0] / 2);
      const left = Math.max(0, Math.min(width - side, middle - side / 2));
      if (taken.some((other) => Math.abs(other - left) < side + 4)) continue;
      taken.push(left);
      const { title, typical, begin } = model.clusters[cluster.label];
      const link = make("a", { class: "face", href: "#cluster-" + cluster.label, title, "aria-label": title,
        onpointerenter: () => describe(note, cluster), onfocus: () => describe(note, cluster) },
        clipcluster.pictures.element(typical[0] ?? begin, side - 6, side - 6, 2));
      link.style.left = left + "px";
      link.style.borderColor = clipcluster.palette.css(cluster.label);
      row.append(link);
    }
    return row;
  }

  const all = data ? clustersOf() : [];
  if (data) place(all[0], 0);

  function plot() {
    const box = make("div", { class: "tree-plot" });
    const note = make("p", { class: "tree-about", role: "status" }, "Point at a part to see what it is; click it to see its cluster.");
    const how = runs
      ? "How the clusters come out of the " + counted(runs, "run", "runs") + " of the consensus. From top to bottom more of the " +
        "clusterings must hold images together (the numbers on the left)"
      : "How HDBSCAN came to the clusters. From top to bottom the distance at which images still count as neighbours shrinks " +
        "(the numbers on the left)";
    const section = make("section", {}, make("div", { class: "section-head" }, make("h2", {}, "The condensed tree")),
      make("p", { class: "intro" }, how + "; groups lose images at their edges and fall apart. Width is the number of " +
        "images. Coloured parts are the clusters, paler ones what they would split into; grey is what they split from, and noise."), box, note);
    return { section, draw: () => draw(box, note) };
  }

  function show() {
    if (!data && !hierarchy.available) { location.hash = "#clusters"; return; }
    const page = make("div", { class: "page" }, make("h1", {}, "Tree"));
    host.replaceChildren(page);
    const condensed = data ? plot() : null;
    if (hierarchy.available && data) {
      page.append(make("p", { class: "actions" }, make("button", { type: "button",
        onclick: () => condensed.section.scrollIntoView({ block: "start" }) }, "Down to the condensed tree")));
    }
    if (hierarchy.available) hierarchy.show(page, host);
    if (!data) return;
    page.append(condensed.section);
    condensed.draw();
  }

  return { show };
};
