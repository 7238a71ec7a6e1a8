// Images by path, by the name of their cluster, by tier and reason. On the map, what is found stays bright; elsewhere it is listed.
"use strict";
clipcluster.makeSearch = (model, map, legend, app) => {
  const { make, byId, number, counted } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const box = byId("search-text");
  let lower = null;            // paths in lower case, by place
  let found = [];
  let latest = 0;

  async function loadPaths(ticket) {
    if (lower) return;
    const chunks = model.paths.chunkCount();
    for (let chunk = 0; chunk < chunks; chunk += 4) {
      await Promise.all([0, 1, 2, 3].filter((k) => chunk + k < chunks).map((k) => model.paths.loadChunk(chunk + k)));
      if (ticket !== latest) return;
      if (chunks > 8) map.say("Reading paths… " + Math.round((100 * chunk) / chunks) + "%");
    }
    lower = Array.from({ length: model.count }, (_, i) => model.paths.get(i).path.toLowerCase());
  }

  const lowerTitles = model.clusters.map((cluster) => cluster.title.toLowerCase());
  const { belonging } = model;
  // "tier:assigned" and the like; what follows may be the beginning only.
  const tests = {
    tier: (value) => (place) => belonging.tier(place).startsWith(value),
    reason: (value) => (place) => belonging.reason(place).startsWith(value),
  };
  const inText = (word) => (place) => lower[place].includes(word) || (model.label[place] >= 0 && lowerTitles[model.label[place]].includes(word));

  function testOf(word) {
    const [, key, value] = /^(tier|reason):(.*)$/.exec(word) || [];
    return key ? tests[key](value) : inText(word);
  }

  // Every word must be in the path or in the cluster's name.
  function matches(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
    const places = [];
    for (let i = 0; i < model.count; i++) if (words.every((test) => test(i))) places.push(i);
    return places;
  }

  function showOnMap(text) {
    const bytes = new Uint8Array(model.count);
    for (const place of found) bytes[place] = 1;
    legend.setFound(bytes);
    map.mark([]);
    map.say(counted(found.length, "image matches", "images match") + " “" + text + "” ",
      found.length ? make("button", { type: "button", class: "small", onclick: () => { location.hash = "#search"; } }, "See them") : null);
  }

  let grid = null;
  function showList() {
    const view = byId("view-search"), host = make("div");
    const text = box.value.trim();
    view.replaceChildren(make("div", { class: "page" }, make("h1", {}, "Search"),
      make("p", { class: "intro", role: "status" }, text
        ? counted(found.length, "image matches", "images match") + " “" + text + "”."
        : "Type a part of a path or of a cluster's name into the box at the top; also tier:core, tier:assigned, reason:between, " +
          "reason:thin, reason:unlike or reason:blank."),
      found.length ? make("p", { class: "actions" }, make("button", { type: "button", onclick: () => {
        location.hash = "#map";
        showOnMap(text);
        map.framePlaces(found);
      } }, "Show on the map")) : null, host));
    if (grid) grid.destroy();
    grid = found.length ? new clipcluster.Grid({
      scroller: view, host, count: found.length, minWidth: 104, gap: 6, height: (width) => width,
      render: (index, width, height) => tile(found[index], width, height, found),
    }) : null;
  }

  async function search() {
    const text = box.value.trim();
    const ticket = ++latest;
    if (!text) {
      found = [];
      legend.setFound(null);
      map.say("");
      if (app.view() === "search") showList();
      return;
    }
    try {
      await loadPaths(ticket);
    } catch (error) {
      map.say(error.message);
      return;
    }
    if (ticket !== latest) return;
    found = matches(text);
    if (app.view() === "map") { showOnMap(text); return; }
    map.say("");
    if (app.view() === "search") showList(); else location.hash = "#search";
  }

  let timer = 0;
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 140); });
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search().then(() => { if (found.length) location.hash = "#search"; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, select, dialog")) return;
    event.preventDefault();
    box.focus();
  });

  // As if it had been typed while the map is shown.
  async function askOnMap(text) {
    box.value = text;
    await search();
    map.framePlaces(found);
  }

  return { showList, askOnMap };
};
