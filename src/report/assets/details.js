// One image at a time: the card that follows the pointer, and the dialog with everything about it.
"use strict";
clipcluster.details = (() => {
  const { make, byId, fromShort, fileName, counted, share, number } = clipcluster.elements;
  const card = byId("card");
  const dialog = byId("details");
  let model = null;
  let context = [];        // places that "next" and "previous" walk through
  let position = 0;
  let cardTimer = 0;
  let cardPlace = -1;
  let app = null;
  let duplicates = null;
  let stability = null;

  const clusterTitle = (place) => {
    const label = model.label[place];
    return label < 0 ? "Noise" : model.clusters[label].title;
  };

  // Puts the original file over the picture from the sprite sheet once it is loaded; it may be gone.
  function sharpen(box, file) {
    const url = clipcluster.fileUrl(file);
    if (!url) return;
    const image = new Image();
    image.alt = "";
    image.src = url;
    image.decode().then(() => { if (box.isConnected) box.replaceChildren(image); }, () => {});
  }

  function cardFacts(place) {
    const label = model.label[place];
    const facts = make("p", {}, clipcluster.elements.swatch(label), clusterTitle(place));
    const { belonging } = model;
    const reason = belonging.reason(place);
    const how = label < 0 ? (reason === "none" ? null : clipcluster.words.reasons[reason][0].toLowerCase())
      : belonging.hasTiers ? belonging.tier(place) : null;
    if (how) facts.append(make("span", { class: "quiet" }, " · " + how));
    return facts;
  }

  function placeCard(x, y) {
    const width = card.offsetWidth, height = card.offsetHeight, away = 16, edge = 8;
    let left = x + away, top = y + away;
    if (left + width > innerWidth - edge) left = x - away - width;
    if (top + height > innerHeight - edge) top = Math.min(y - away - height, innerHeight - edge - height);
    card.style.transform = `translate(${Math.max(edge, left)}px, ${Math.max(edge, top)}px)`;
  }

  function showCard(place, x, y) {
    if (cardPlace !== place) {
      cardPlace = place;
      clearTimeout(cardTimer);
      const box = make("div", { class: "card-picture" }, clipcluster.pictures.element(place, 224, 200, 3));
      const name = make("p", { class: "path" }, " ");
      card.replaceChildren(box, name, cardFacts(place));
      card.hidden = false;
      model.paths.row(place).then((file) => {
        if (cardPlace !== place) return;
        name.textContent = fileName(file.path);
        // Only when somebody rests on it: originals can be large.
        cardTimer = setTimeout(() => sharpen(box, file), 180);
      }).catch(() => {});
    }
    placeCard(x, y);
  }

  function hideCard() {
    clearTimeout(cardTimer);
    cardPlace = -1;
    card.hidden = true;
  }

  function row(list, term, ...value) {
    list.append(make("dt", {}, term), make("dd", {}, ...value));
  }

  function pathRow(list, file) {
    const url = clipcluster.fileUrl(file);
    const copy = make("button", { type: "button", class: "small", onclick: async () => {
      try {
        await navigator.clipboard.writeText(file.path);
        copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
      }
    } }, "Copy");
    const text = make("span", { class: "path" }, file.path);
    row(list, "File", text, make("span", { class: "actions" }, copy,
      url && make("a", { class: "button small", href: url, target: "_blank", rel: "noopener" }, "Open the original")));
  }

  async function copiesRow(list, place) {
    if (!model.groupOf.has(place)) return;
    const group = await model.duplicates.row(model.groupOf.get(place));
    if (context[position] !== place) return;
    if (group.near.length) row(list, counted(group.near.length, "near-duplicate", "near-duplicates"), duplicates.nearFigures(group, 88));
    if (group.copies.length) {
      row(list, counted(group.copies.length, "exact copy", "exact copies"), make("span", { class: "lines" }, ...duplicates.pathLines(group.copies, 50)));
    }
  }

  // How firmly it belongs, or why it is in no cluster, with what was nearest.
  function belongingRows(list, place) {
    const { belonging } = model;
    const label = model.label[place], tier = belonging.tier(place), reason = belonging.reason(place);
    const confidence = belonging.confidence(place);
    if (label >= 0 && belonging.hasTiers) row(list, "Tier", make("b", {}, tier), " · " + clipcluster.words.tiers[tier][1]);
    if (reason !== "none") {
      row(list, label < 0 ? "Why it is in no cluster" : "Why it was in no cluster", clipcluster.words.reasons[reason][0]);
    }
    const near = belonging.nearest(place).filter((other) => other !== label);
    if (near.length) {
      row(list, "Nearest clusters", make("span", { class: "lines" }, ...near.map((other) =>
        clipcluster.elements.clusterLink(model.clusters[other], { onclick: leave }))));
    }
    if (confidence !== null) row(list, "Confidence", share(confidence));
  }

  function facts(place) {
    const list = make("dl");
    const label = model.label[place];
    const cluster = label < 0 ? "#noise" : "#cluster-" + label;
    row(list, "Cluster", clipcluster.elements.swatch(label),
      make("a", { href: cluster, onclick: leave, title: label < 0 ? null : model.clusters[label].hint }, clusterTitle(place)),
      label < 0 ? null : stability.mark(model.clusters[label]));
    belongingRows(list, place);
    if (label >= 0) row(list, "Probability", fromShort(model.probability[place]));
    // Outlier scores come from the fit, of which held-out images are no part.
    if (!model.heldOut[place]) row(list, "Outlier score", fromShort(model.outlierScore[place]));
    if (model.heldOut[place]) row(list, "Held out", "Not part of the fit; assigned to its cluster afterwards.");
    model.paths.row(place).then(async (file) => {
      if (context[position] !== place) return;
      pathRow(list, file);
      await copiesRow(list, place);
    }).catch(() => {});
    return list;
  }

  function buttons(place) {
    const step = (by) => ({
      type: "button", disabled: position + by < 0 || position + by >= context.length, onclick: () => move(by),
    });
    return make("div", { class: "dialog-buttons" },
      make("button", { ...step(-1), "aria-label": "Previous image", title: "Previous (←)" }, "‹"),
      make("button", { ...step(1), "aria-label": "Next image", title: "Next (→)" }, "›"),
      make("span", { class: "quiet" }, context.length > 1 ? number(position + 1) + " of " + number(context.length) : ""),
      make("button", { type: "button", onclick: () => close(() => app.showOnMap([place])) }, "Show on map"),
      make("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => close() }, "×"));
  }

  function render() {
    const place = context[position];
    const wide = Math.min(innerWidth * 0.92, 1080);
    const box = make("div", { class: "dialog-picture" },
      clipcluster.pictures.element(place, wide > 760 ? wide - 360 : wide, innerHeight * 0.5, 4));
    dialog.replaceChildren(box, make("div", { class: "dialog-side" }, buttons(place), facts(place)));
    model.paths.row(place).then((file) => { if (context[position] === place) sharpen(box, file); }).catch(() => {});
  }

  function move(by) {
    const target = position + by;
    if (target < 0 || target >= context.length) return;
    position = target;
    render();
    dialog.querySelector(by < 0 ? "button" : "button + button").focus();
  }

  // An open image is a step of its own in the browser's history: going back closes it.
  let afterClosing = null;
  function open(place, places = [place]) {
    hideCard();
    context = places;
    position = Math.max(0, places.indexOf(place));
    render();
    if (!dialog.open) {
      dialog.showModal();
      history.pushState({ image: true }, "");
    }
    dialog.querySelector(".close").focus();
  }

  function close(then = null) {
    afterClosing = then;
    dialog.close();
  }

  // A link in the dialog: the step of the open image does not stay behind.
  function leave(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { hash } = event.currentTarget;
    close(() => { location.hash = hash; });
  }

  function closed() {
    const then = afterClosing;
    afterClosing = null;
    if (then) then();
  }
  dialog.addEventListener("close", () => {
    if (history.state && history.state.image) history.back(); else closed();
  });
  addEventListener("popstate", () => {
    if (dialog.open) dialog.close(); else closed();
  });
  if (history.state && history.state.image) history.replaceState(null, "");   // the page was loaded again

  document.addEventListener("scroll", hideCard, { capture: true, passive: true });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") move(-1);
    if (event.key === "ArrowRight") move(1);
  });

  // A button with the picture of an image; a click opens it among `places`.
  function tile(place, width, height, places) {
    const assigned = model.belonging.tier(place) === "assigned";
    const button = make("button", { type: "button", class: "tile" + (assigned ? " assigned" : ""), onclick: () => open(place, places) },
      clipcluster.pictures.element(place, width, height, 2));
    button.style.width = width + "px";
    button.style.height = height + "px";
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") showCard(place, event.clientX, event.clientY);
    });
    button.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") showCard(place, event.clientX, event.clientY);
    });
    button.addEventListener("pointerleave", hideCard);
    const say = (file) => button.setAttribute("aria-label", fileName(file.path));
    const known = model.paths.get(place);
    if (known) say(known); else model.paths.row(place).then(say).catch(() => {});
    return button;
  }

  return {
    prepare(newModel, newApp, newDuplicates, newStability) {
      model = newModel;
      app = newApp;
      duplicates = newDuplicates;
      stability = newStability;
    },
    open, tile, showCard, hideCard,
  };
})();
