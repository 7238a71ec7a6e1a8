// Skipped files, and how it was made.
"use strict";
clipcluster.makeLists = (model) => {
  const { make, byId, number, counted, percent, pathEnd } = clipcluster.elements;

  function page(id, title, intro, ...rest) {
    const view = byId(id);
    view.replaceChildren(make("div", { class: "page" }, make("h1", {}, title), make("p", { class: "intro" }, intro), ...rest));
    return view;
  }

  // A row for a list in chunks: filled when its chunk is here.
  function lazyRow(list, index, fill) {
    const row = make("div", { class: "row" });
    const known = list.get(index);
    if (known) fill(row, known);
    else list.row(index).then((value) => fill(row, value)).catch(() => {});
    return row;
  }

  const reasonText = (reason) => reason.replace(/_/g, " ");
  const grouped = (text) => text.replace(/\d{5,}/g, (digits) => number(Number(digits)));

  // What can be done about it, where that is not plain from the message.
  const remedies = {
    too_large: "Files that are too large are taken in when “clipcluster run” is given a higher limit: " +
      "--max-pixels for width times height, --max-bytes for the size of the file.",
    unreadable: "Unreadable files are taken in by the next “clipcluster run” once you may read them.",
    unsupported_format: "Files in an unsupported format can be converted, to PNG for example.",
    truncated: "Truncated files end too early; often a download or a copy was cut off.",
    out_of_memory: "Files that needed too much memory are tried again by the next “clipcluster run”.",
  };

  function fillSkipped(row, file) {
    row.replaceChildren(make("div", { class: "row-text" },
      make("div", { class: "path strong path-end", title: file.path }, pathEnd(file.path)),
      make("div", { class: "quiet skipped-message", title: file.message }, make("span", { class: "tag" }, reasonText(file.reason)), " ", grouped(file.message))));
  }

  function showSkipped() {
    const { count, reasons } = model.summary.skipped;
    const host = make("div");
    const chips = make("div", { class: "chips", role: "group", "aria-label": "Reason" });
    const intro = count
      ? counted(count, "file was", "files were") + " not used. Nothing was done to " + (count === 1 ? "it." : "them.")
      : "Every file that was found could be used.";
    const advice = model.summary.skipped.reasons.map(({ reason }) => remedies[reason]).filter(Boolean)
      .map((text) => make("p", { class: "intro" }, text));
    const scroller = page("view-skipped", "Skipped files", intro, ...advice, chips, host);
    if (!count) return;
    let grid = null;
    const show = (begin, rows) => {
      if (grid) grid.destroy();
      grid = new clipcluster.Grid({ scroller, host, count: rows, columns: 1, gap: 0, height: (width) => (width < 620 ? 82 : 58),
        render: (index) => lazyRow(model.skipped, begin + index, fillSkipped) });
    };
    const chip = (text, begin, rows) => {
      const button = make("button", { type: "button", class: "chip", "aria-pressed": "false", onclick: () => {
        for (const other of chips.children) other.setAttribute("aria-pressed", other === button);
        show(begin, rows);
      } }, text + " ", make("span", { class: "count" }, number(rows)));
      chips.append(button);
      return button;
    };
    chip("all", 0, count).setAttribute("aria-pressed", "true");
    let begin = 0;
    for (const { reason, count: rows } of reasons) {
      chip(reasonText(reason), begin, rows);
      begin += rows;
    }
    show(0, count);
  }

  function showMade() {
    const tables = model.summary.sections.map(({ title, rows }) => make("div", { class: "made" }, make("h2", {}, title),
      make("table", {}, make("tbody", {}, ...rows.map(([name, value]) =>
        make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)))))));
    const { copies, near } = model.summary.duplicates;
    const intro = [
      counted(model.count, "image", "images"),
      counted(model.clusters.length, "cluster", "clusters"),
      number(model.noise.length) + " noise (" + percent(model.noise.length, model.count) + ")",
      copies ? counted(copies, "exact copy", "exact copies") : null,
      near ? counted(near, "near-duplicate", "near-duplicates") : null,
      model.summary.skipped.count ? number(model.summary.skipped.count) + " skipped" : null,
      model.summary.held_out ? number(model.summary.held_out) + " held out" : null,
    ].filter(Boolean).join(" · ");
    page("view-made", "How it was made", intro, ...tables);
  }

  return { showSkipped, showMade };
};
