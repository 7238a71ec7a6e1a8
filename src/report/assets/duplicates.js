// Groups of duplicates: the kept picture beside its near-duplicates, and the names of exact copies.
"use strict";
clipcluster.makeDuplicates = (model) => {
  const { make, byId, number, counted, fileName, pathEnd } = clipcluster.elements;
  const { tile } = clipcluster.details;
  const { near_groups: nearGroups, groups, copies, near, near_sought: nearSought } = model.summary.duplicates;
  const view = byId("view-duplicates");
  const mostPictures = 12, mostPaths = 3;

  // Rows of the files hold a path, or { path, link } where the path is no UTF-8.
  const fileOf = (entry) => (typeof entry === "string" ? { path: entry } : entry);

  // The path as a link to the file where the browser can open it.
  function pathLine(entry, strong = false) {
    const file = fileOf(entry), url = clipcluster.fileUrl(file);
    const name = strong ? "path strong clip path-end" : "path clip path-end";
    return url ? make("a", { class: name, href: url, target: "_blank", rel: "noopener", title: file.path }, pathEnd(file.path))
      : make("span", { class: name, title: file.path }, pathEnd(file.path));
  }

  // `lines` at most, and how many are left out.
  function pathLines(entries, lines) {
    const shown = entries.slice(0, lines).map((entry) => pathLine(entry));
    const left = entries.length - lines;
    if (left > 0) shown[shown.length - 1] = make("span", { class: "path-and-more" }, shown[shown.length - 1], make("span", { class: "quiet" }, "and " + number(left) + " more"));
    return shown;
  }

  function nearFigure(group, i, side) {
    const row = group.near[i], file = fileOf(row.file);
    const picture = row.size ? clipcluster.pictures.nearElement(group.tile + i, row.size, side, side)
      : make("div", { class: "picture missing" });
    const frame = make("span", { class: "tile near-tile" }, picture);
    frame.style.cssText = `width:${side}px;height:${side}px`;
    const url = clipcluster.fileUrl(file);
    const text = make("figcaption", { title: file.path }, make("div", { class: "path clip" }, fileName(file.path)),
      row.copies.length ? make("div", { class: "quiet" }, "+ " + counted(row.copies.length, "copy", "copies")) : null);
    const inside = url ? make("a", { href: url, target: "_blank", rel: "noopener", title: file.path, "aria-label": "Open " + file.path }, frame) : frame;
    const figure = make("figure", {}, inside, text);
    figure.style.width = side + "px";
    return figure;
  }

  // Every near-duplicate with its picture, for a group that is opened.
  function nearFigures(group, side, most = Infinity) {
    const shown = Math.min(most, group.near.length);
    const figures = Array.from({ length: shown }, (_, i) => nearFigure(group, i, side));
    if (shown < group.near.length) {
      figures.push(make("button", { type: "button", class: "small more", onclick: () => clipcluster.details.open(group.kept) },
        number(group.near.length - shown) + " more"));
    }
    return make("div", { class: "near-figures" }, ...figures);
  }

  const nearFiles = (group) => group.near.reduce((sum, row) => sum + 1 + row.copies.length, 0);
  const title = (group) => [
    group.near.length ? counted(nearFiles(group), "near-duplicate", "near-duplicates") : null,
    group.copies.length ? counted(group.copies.length, "exact copy", "exact copies") : null,
  ].filter(Boolean).join(" · ");

  function fill(row, group, width) {
    const narrow = width < 620, side = group.near.length && !narrow ? 144 : 84;
    const kept = make("div", { class: "kept-path path strong clip path-end" }, " ");
    model.paths.row(group.kept).then((file) => { kept.replaceChildren(pathEnd(file.path)); kept.title = file.path; }).catch(() => {});
    const text = make("div", { class: "row-text" }, kept, make("div", { class: "quiet" }, title(group)));
    if (group.near.length) {
      const figureSide = narrow ? 58 : 84, room = Math.floor((width - side - 18 + 10) / (figureSide + 10));
      const fitting = Math.min(mostPictures, group.near.length > room ? room - 1 : room);
      text.append(nearFigures(group, figureSide, Math.max(1, fitting)));
      if (group.copies.length) {
        text.append(make("div", { class: "copy-line" }, make("span", { class: "quiet" }, "exact copy"), ...pathLines(group.copies, 1)));
      }
    } else {
      text.append(...pathLines(group.copies, mostPaths));
    }
    row.replaceChildren(make("div", { class: "kept" }, tile(group.kept, side, side), make("span", { class: "tag" }, "kept")), text);
  }

  function lazyRow(index, width) {
    const row = make("div", { class: "row group-row" });
    const known = model.duplicates.get(index);
    if (known) fill(row, known, width);
    else model.duplicates.row(index).then((group) => fill(row, group, width)).catch(() => {});
    return row;
  }

  let grids = [];
  function list(begin, end, height) {
    const host = make("div");
    return { host, fill: () => grids.push(new clipcluster.Grid({ scroller: view, host, count: end - begin, columns: 1, gap: 4,
      height, render: (index, width) => lazyRow(begin + index, width) })) };
  }

  function section(heading, text, rows) {
    return make("section", { class: "tier" }, make("div", { class: "tier-head" }, heading, make("p", { class: "quiet" }, text)), rows.host);
  }

  function show() {
    for (const grid of grids) grid.destroy();
    grids = [];
    const page = make("div", { class: "page" }, make("h1", {}, "Duplicates"));
    view.replaceChildren(page);
    const notSought = nearSought || !clipcluster.pictures.available() ? "" : " Near-duplicates (encoded again, resized, cropped a little, marked) were not looked for: " +
      "“clipcluster run --dedup” does.";
    if (!groups) {
      page.append(make("p", { class: "intro" }, (nearSought ? "No two files hold the same image, or nearly the same." :
        "No two files hold exactly the same image.") + notSought));
      return;
    }
    page.append(make("p", { class: "intro" }, "One image of each group was clustered, the one marked as kept; the others share its " +
      "cluster. No file was changed or removed." + notSought));
    const heading = (text, count) => make("h2", {}, text, make("span", { class: "count" }, counted(count, "group", "groups")));
    const parts = [];
    if (nearGroups) {
      const rows = list(0, nearGroups, (width) => (width < 620 ? 158 : 204));
      parts.push(rows);
      page.append(section(heading("Near-duplicates", nearGroups), counted(near, "file looks", "files look") + " nearly like a kept " +
        "image: encoded again, resized, cropped a little or marked. The kept one opens with all that follow it; another opens its file.", rows));
    }
    if (groups > nearGroups) {
      const rows = list(nearGroups, groups, () => 112);
      parts.push(rows);
      page.append(section(heading("Exact copies", groups - nearGroups), counted(copies, "file holds", "files hold") +
        " exactly the same pixels as another" + (nearGroups ? ", those of the groups above included." : "."), rows));
    }
    for (const part of parts) part.fill();
  }

  return { show, nearFigures, pathLines };
};
