// What the ways of belonging to a cluster, and of being in none, mean in words.
"use strict";
clipcluster.words = {
  tiers: {
    core: ["Core", "In the dense middle of the cluster."],
    member: ["Members", "Of the cluster, further from its middle."],
    assigned: ["Assigned", "In no cluster by themselves: a rule gave each of them to the nearest cluster, with a lower " +
      "probability of its own. Look before you rely on them."],
    other: ["Noise", "In no cluster."],
  },
  reasons: {
    between: ["Between two clusters", "About as near to one cluster as to another, so that neither can claim them. The two are named below each."],
    thin: ["In a thin region", "Somewhat like others, but too few lie close together to be a cluster."],
    unlike: ["Unlike anything", "Nothing else here comes near them."],
    blank: ["Damaged or blank", "One colour, or next to nothing to see."],
    none: ["Without a reason", "In no cluster; the project does not say why."],
  },
};

// All members of a cluster, each tier by itself.
clipcluster.makeMembers = (model) => {
  const { make, number } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const { belonging } = model;
  const gap = 6;
  const byProbability = (a, b) => model.probability[a] - model.probability[b] || a - b;
  const surest = (place) => belonging.confidence(place) ?? 2;   // those that have none come last
  const orders = {
    "most typical first": (a, b) => byProbability(b, a) || a - b,
    "most doubtful first": byProbability,
    ...(belonging.hasConfidence ? { "least confident first": (a, b) => surest(a) - surest(b) || byProbability(a, b) } : {}),
    "by place on the map": (a, b) => a - b,
  };
  let grids = [];
  const hidden = new Set();   // tiers; it stays so from cluster to cluster

  function partsOf(cluster) {
    const parts = { core: [], member: [], assigned: [] };
    for (let place = cluster.begin; place < cluster.end; place++) parts[belonging.tier(place)].push(place);
    return Object.entries(parts).filter(([, places]) => places.length);
  }

  function fill(scroller, box, parts, order) {
    for (const grid of grids) grid.destroy();
    grids = [];
    const shown = parts.filter(([tier]) => !hidden.has(tier));
    for (const [, places] of shown) places.sort(orders[order]);
    const all = shown.flatMap(([, places]) => places);
    const sections = shown.map(([tier, places]) => {
      const host = make("div");
      const [title, meaning] = clipcluster.words.tiers[tier];
      const head = parts.length === 1 && tier === "member" ? null : make("div", { class: "tier-head" },
        make("h3", {}, title, make("span", { class: "count" }, number(places.length))), make("p", { class: "quiet" }, meaning));
      return { host, places, section: make("section", { class: "tier " + tier }, head, host) };
    });
    box.replaceChildren(...sections.map(({ section }) => section));
    grids = sections.map(({ host, places }) => new clipcluster.Grid({
      scroller, host, count: places.length, minWidth: 104, gap, height: (width) => width,
      render: (index, width, height) => tile(places[index], width, height, all),
    }));
  }

  // Which tiers are shown.
  function tierChips(parts, refresh) {
    const chip = ([tier, places]) => {
      const button = make("button", { type: "button", class: "chip small", "aria-pressed": String(!hidden.has(tier)), onclick: () => {
        if (!hidden.delete(tier)) hidden.add(tier);
        button.setAttribute("aria-pressed", String(!hidden.has(tier)));
        refresh();
      } }, clipcluster.words.tiers[tier][0] + " ", make("span", { class: "count" }, number(places.length)));
      return button;
    };
    return make("span", { class: "chips", role: "group", "aria-label": "Show" }, ...parts.map(chip));
  }

  // A heading with the order and the filter, and the grids below it.
  function show(scroller, page, cluster) {
    const parts = partsOf(cluster);
    const box = make("div");
    const refresh = () => fill(scroller, box, parts, select.value);
    const select = make("select", { "aria-label": "Order of the members", onchange: refresh },
      ...Object.keys(orders).map((order) => make("option", {}, order)));
    page.append(make("div", { class: "section-head" }, make("h2", {}, "All members"),
      make("span", { class: "choices" }, parts.length > 1 ? tierChips(parts, refresh) : null, select)), box);
    refresh();
  }

  return { show };
};
