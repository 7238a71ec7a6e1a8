// How far the clusters can be relied on: the reliability of confidences, and the settings tried.
"use strict";
clipcluster.makeQuality = (model) => {
  const { make, svg, byId, number, share, counted } = clipcluster.elements;
  const { tuning, reliability } = model.summary;
  const view = byId("view-quality");
  const available = Boolean(tuning || reliability);
  byId("link-quality").hidden = !available;

  const side = 300, left = 48, bottom = 44, top = 12, right = 14;
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

  function tuningTable() {
    const row = ({ cells, chosen }, rank) => make("tr", { class: chosen ? "chosen" : null, "aria-current": chosen ? "true" : null },
      make("td", { class: "rank" }, chosen ? make("span", { class: "chosen-mark" }, "chosen") : String(rank + 1)),
      ...cells.map((cell) => make("td", {}, cell)));
    return make("section", {}, make("div", { class: "section-head" }, make("h2", {}, "The settings that were tried")),
      tuning.explanation ? make("p", { class: "explanation" }, tuning.explanation) : null,
      tuning.in_use ? null : make("p", { class: "explanation" }, make("b", {}, "The clusters shown here were made with other settings"),
        ", those of 'How it was made'."),
      make("div", { class: "table-scroller", tabindex: "0", role: "region", "aria-label": "Settings that were tried, the best first" },
        make("table", { class: "tuning" },
          make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "rank"), ...tuning.columns.map((name) => make("th", { scope: "col" }, name)))),
          make("tbody", {}, ...tuning.rows.map(row)))));
  }

  function show() {
    if (!available) { location.hash = "#clusters"; return; }
    view.replaceChildren(make("div", { class: "page" }, make("h1", {}, "Quality"),
      make("p", { class: "intro" }, [reliability ? "How far the confidence of an image can be trusted" : null,
        tuning ? "how the settings were chosen" : null].filter(Boolean).join(", and ").replace(/^h/, "H") + "."),
      reliability ? plot() : null, tuning ? tuningTable() : null));
  }

  return { show };
};
