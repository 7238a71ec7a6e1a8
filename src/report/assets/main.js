// Puts the parts together; the part of the address after # says which view is shown.
"use strict";
(async () => {
  const { byId, number, make } = clipcluster.elements;

  function say(text) {
    if (!text) return;
    byId("warning").textContent = text;
    byId("warning").hidden = false;
  }

  let model;
  try {
    model = await clipcluster.loadModel();
  } catch (error) {
    say(error.message + " Write the page again with “clipcluster report”.");
    return;
  }

  let current = "";
  const app = {
    view: () => current,
    showOnMap(places) {
      location.hash = "#map";
      show();
      legend.clear();
      map.mark(places);
      map.framePlaces(places);
    },
    showClusterOnMap(label) {
      location.hash = "#map";
      show();
      legend.keepCluster(label);
    },
    // What a search for `text` finds.
    showFoundOnMap(text) {
      location.hash = "#map";
      show();
      search.askOnMap(text);
    },
    showGroupOnMap(labels) {
      location.hash = "#map";
      show();
      legend.keepGroup(labels);
    },
  };

  say(model.summary.warning);
  byId("count-clusters").textContent = number(model.clusters.length);
  byId("count-noise").textContent = number(model.noise.length);
  byId("count-duplicates").textContent = number(model.summary.duplicates.copies + model.summary.duplicates.near);
  byId("count-skipped").textContent = number(model.summary.skipped.count);

  clipcluster.palette.prepare(model);
  clipcluster.pictures.prepare(model);
  const duplicates = clipcluster.makeDuplicates(model);
  const stability = clipcluster.makeStability(model);
  clipcluster.details.prepare(model, app, duplicates, stability);
  const map = clipcluster.makeMap(model);
  const legend = clipcluster.makeLegend(model, map, stability);
  const hierarchy = clipcluster.makeHierarchy(model, app, stability);
  const clusters = clipcluster.makeClusters(model, app, { stability, hierarchy, members: clipcluster.makeMembers(model) });
  const tree = clipcluster.makeTree(model, hierarchy);
  const noise = clipcluster.makeNoise(model, app);
  const quality = clipcluster.makeQuality(model);
  const lists = clipcluster.makeLists(model);
  const search = clipcluster.makeSearch(model, map, legend, app);
  clipcluster.palette.onChange(() => {
    for (const swatch of document.querySelectorAll(".swatch[data-label]")) {
      swatch.style.background = clipcluster.palette.css(Number(swatch.dataset.label));
    }
    once.delete("tree");
    if (current === "tree") views.tree();
  });

  // Views that cost nothing to keep are made once.
  const once = new Set();
  const makeOnce = (name, maker) => () => {
    if (once.has(name)) return;
    once.add(name);
    maker();
  };
  const views = {
    map: () => {},
    clusters: makeOnce("clusters", clusters.showOverview),
    tree: makeOnce("tree", tree.show),
    noise: makeOnce("noise", noise.show),
    duplicates: makeOnce("duplicates", duplicates.show),
    quality: makeOnce("quality", quality.show),
    skipped: makeOnce("skipped", lists.showSkipped),
    made: makeOnce("made", lists.showMade),
    search: search.showList,
  };

  function show() {
    const hash = location.hash.slice(1) || "map";
    const [, one, label] = /^(cluster|tree)-(\d+)$/.exec(hash) || [];
    const name = one || (Object.hasOwn(views, hash) ? hash : "map");
    clipcluster.details.hideCard();
    if (current !== name) {
      for (const view of document.querySelectorAll(".view")) view.hidden = view.id !== "view-" + name;
      current = name;
    }
    const section = name === "cluster" ? "clusters" : name;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.hash === "#" + section) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" });   // narrow screens show a part of the list
      } else link.removeAttribute("aria-current");
    }
    if (one === "cluster") clusters.showCluster(Number(label)); else views[name]();
    if (one === "tree") hierarchy.reveal(Number(label));
    if (name === "map") map.resize();
  }

  // Cards hold as many pictures as fit, which changes with the width.
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    for (const name of ["clusters", "tree", "duplicates"]) once.delete(name);
    if (["clusters", "tree", "duplicates"].includes(current)) show();
  });
  addEventListener("hashchange", show);
  show();
  clipcluster.app = { model, map };
  document.documentElement.dataset.ready = "true";
})();
