// How far the clusters can be relied on: the reliability of confidences, and the settings tried.
"use strict";
clipcluster.makeQuality = (model) => {
  const { make, svg, byId, number, share, counted } = clipcluster.elements;
  const { tuning, reliability } = model.summary;
  const view = byId("view-quality");
  const available = Boolean(tuning || reliability);
  byId("link-quality").hidden = !available;

  const side = 300, left = 48, bottom = 44, top = 15, right = 15;
  const x = (value) => left + value * side, y = (value) => top + (1 - value) * side;

  function axes() {
    const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
      svg("line", { class: "tick", x1: x(value), x2: x(value), y1: y(0), y2: y(1) }),
      svg("line", { class: "tick", x1: x(0), x2: x(1), y1: y(value), y2: y(value) }),
      svg("text", { x: x(value), y: y(0) + 17, "text-anchor": "middle" }, String(value)),
      svg("text", { x: x(0) - 8, y: y(value) + 4, "text-anchor": "end" }, String(value))]);
    return [...marks,
      svg("text", { x: x(0.5), y: y(0) + 36, "text-anchor": "middle" }, "confidence"),
      svg("text", { x: 12, y: y(0.5), "text-anchor": "middle", transform: `rotate(-90 12 ${y(0.5)})` }, "share that is right"),
      svg("line", { class: "diagonal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) })];
  }

  // Area in proportion to the number of images.
  function dots() {
    const most = Math.max(...reliability.count, 1);
    const points = reliability.confidence.map((confidence, i) => [x(confidence), y(reliability.agreement[i])]);
    const circles = points.map(([cx, cy], i) => svg("circle", { class: "bin", cx, cy,
      r: Math.max(3, 13 * Math.sqrt(reliability.count[i] / most)) }, svg("title", {}, binText(i))));
    return [svg("polyline", { class: "bins", points: points.map((p) => p.join(" ")).join(",") }), ...circles];
  }

  const binText = (i) => "confidence " + share(reliability.confidence[i]) + ", right " + share(reliability.agreement[i]) +
    ", " + counted(reliability.count[i], "image", "images");

  function binTable() {
    return make("details", { class: "numbers" }, make("summary", {}, "Numbers"),
      make("table", {}, make("thead", {}, make("tr", {}, ...["confidence", "right", "images"].map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {}, ...reliability.confidence.map((confidence, i) => make("tr", {}, make("td", {}, share(confidence)),
          make("td", {}, share(reliability.agreement[i])), make("td", {}, number(reliability.count[i])))))));
  }

  function plot() {
    const error = reliability.expected_calibration_error;
    const drawing = svg("svg", { viewBox: `0 0 ${left + side + right} ${top + side + bottom}`, role: "img",
      "aria-label": "Reliability of confidences: " + reliability.confidence.map((_, i) => binText(i)).join("; ") }, ...axes(), ...dots());
    return make("section", { class: "reliability" }, make("div", { class: "section-head" }, make("h2", {}, "Can the confidences be relied on?")),
      make("div", { class: "plot-and-text" }, make("div", { class: "plot" }, drawing),
        make("div", { class: "plot-text" },
          make("p", {}, "Each dot stands for images of similar confidence, its size for how many they are; its height is the share of " +
            "them whose known class is the one that most of their cluster has. Dots on the dashed line mean that a confidence of " +
            "0.8 is right 8 times in 10; dots below it promise too much, dots above it too little."),
          make("p", { class: "measure" }, make("b", {}, error.toFixed(3)), make("span", { class: "quiet" }, " expected calibration error: how far " +
            "confidence and the share that is right are apart on average, 0 at best")), binTable())));
  }

  // What the columns of the settings mean; others are shown without a word.
  const umap = "A setting of UMAP.", hdbscan = "A setting of HDBSCAN.";
  const meanings = {
    clusters: "How many clusters these settings make.",
    noise: "Share of the images in no cluster, before any rule that assigns them.",
    score: "What the rows are ordered by. Made mostly of the measure that the text names; not all of " +
      "those beside it are part of it.",
    modularity: "How far nearest neighbours share a cluster, beyond what chance would do. 1 is the most.",
    validity: "How much denser clusters are inside than between them. −1 to 1.",
    seeds: "How far clusterings with other seeds agree with each other (ARI). 1: they are the same.",
    subsamples: "How far clusterings of four fifths of the images agree with it (ARI).",
    silhouette: "How much nearer images are to their own cluster than to the next one, in the layout. −1 to 1.",
    n_neighbors: umap, n_components: umap, min_dist: umap,
    min_cluster_size: hdbscan, min_samples: hdbscan, method: hdbscan, epsilon: hdbscan,
  };
  const barred = new Set(["modularity", "validity", "seeds", "subsamples", "silhouette"]);
  const isSetting = (name) => meanings[name] === umap || meanings[name] === hdbscan;

  function cell(name, text) {
    if (!barred.has(name)) return make("td", {}, text);
    const fill = make("span", { class: "measure-fill" });
    fill.style.width = Math.round(100 * Math.min(1, Math.max(0, Number(text)))) + "%";
    return make("td", { class: "measured" }, text, make("span", { class: "measure-bar" }, fill));
  }

  // `columns`: which of them, in that order.
  function settingsTable(columns, label) {
    const rank = (row, i) => make("td", { class: "rank" }, row.chosen ? make("span", { class: "chosen-mark" }, "chosen") : String(i + 1));
    const line = (row, i) => make("tr", { class: row.chosen ? "chosen" : null, "aria-current": row.chosen ? "true" : null },
      rank(row, i), ...columns.map((at) => cell(tuning.columns[at], row.cells[at])));
    const head = columns.map((at) => make("th", { scope: "col", title: meanings[tuning.columns[at]] }, tuning.columns[at]));
    return make("div", { class: "table-scroller", tabindex: "0", role: "region", "aria-label": label },
      make("table", { class: "tuning" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "rank"), ...head)),
        make("tbody", {}, ...tuning.rows.map(line))));
  }

  function tuningTables() {
    const known = Object.keys(meanings);
    const place = (name) => (known.includes(name) ? known.indexOf(name) : known.length);
    const columns = tuning.columns.map((_, at) => at).sort((a, b) => place(tuning.columns[a]) - place(tuning.columns[b]) || a - b);
    const settings = columns.filter((at) => isSetting(tuning.columns[at]));
    const results = columns.filter((at) => !settings.includes(at));
    const explained = results.map((at) => tuning.columns[at]).filter((name) => meanings[name]);
    return make("section", {}, make("div", { class: "section-head" }, make("h2", {}, "The settings that were tried")),
      tuning.in_use ? null : make("p", { class: "explanation" }, make("b", {}, "The clusters shown here were made with other settings"),
        ", those of “How it was made”."),
      settingsTable(results, "What the settings make, the best first"),
      tuning.explanation ? make("p", { class: "explanation" }, tuning.explanation) : null,
      explained.length ? make("details", { class: "numbers" }, make("summary", {}, "What the columns mean"),
        make("dl", { class: "meanings" }, ...explained.flatMap((name) => [make("dt", {}, name), make("dd", {}, meanings[name])]))) : null,
      settings.length ? make("details", { class: "numbers" }, make("summary", {}, "The settings themselves"),
        settingsTable(settings, "The settings, the best first")) : null);
  }

  function show() {
    if (!available) { location.hash = "#clusters"; return; }
    view.replaceChildren(make("div", { class: "page" }, make("h1", {}, "Quality"),
      make("p", { class: "intro" }, [reliability ? "How far the confidence of an image can be trusted" : null,
        tuning ? "how the settings were chosen" : null].filter(Boolean).join(", and ").replace(/^h/, "H") + "."),
      reliability ? plot() : null, tuning ? tuningTables() : null));
  }

  return { show };
};
