// Pictures out of the sprite sheets: as the background of an element, or drawn onto a canvas.
"use strict";
clipcluster.pictures = (() => {
  const mostSheets = 40;      // decoded sheets held for the map; one is about 12 MB
  const mostLoading = 4;
  let model = null;
  let tiles = null, contacts = null, near = null;
  let contactOf = null;       // place -> tile in the contact sheets, or -1

  function prepare(newModel) {
    model = newModel;
    const summary = model.summary;
    contactOf = new Int32Array(model.count).fill(-1);
    if (!summary.tiles) return;
    tiles = { ...summary.tiles, stem: "tiles-" };
    contacts = { ...summary.contacts, stem: "contact-" };
    if (summary.duplicates.tiles) near = { ...summary.duplicates.tiles, stem: "near-" };
    contacts.widths = clipcluster.bytes(summary.contacts.widths);
    contacts.heights = clipcluster.bytes(summary.contacts.heights);
    clipcluster.integers(summary.contacts.places).forEach((place, slot) => { contactOf[place] = slot; });
  }

  function locate(layout, slot, width, height) {
    const perSheet = layout.columns * layout.columns;
    const inSheet = slot % perSheet;
    return {
      sheet: layout.stem + String(Math.floor(slot / perSheet)).padStart(4, "0") + ".jpg",
      x: (inSheet % layout.columns) * layout.pitch + layout.margin,
      y: Math.floor(inSheet / layout.columns) * layout.pitch + layout.margin,
      width, height, sheetWidth: layout.columns * layout.pitch,
    };
  }

  // Where the picture of this image is, or null if it has none.
  function find(place) {
    if (!tiles || !model.tileWidth[place]) return null;
    const slot = contactOf[place];
    if (slot >= 0) return locate(contacts, slot, contacts.widths[slot], contacts.heights[slot]);
    return locate(tiles, place, model.tileWidth[place], model.tileHeight[place]);
  }

  // Size at which a picture fits into a box, enlarged at most `most` times.
  function fit(picture, boxWidth, boxHeight, most = 2) {
    const scale = Math.min(boxWidth / picture.width, boxHeight / picture.height, most);
    return { width: picture.width * scale, height: picture.height * scale, scale };
  }

  // An element that shows the picture of this image inside a box.
  const element = (place, boxWidth, boxHeight, most = 2) => boxed(find(place), boxWidth, boxHeight, most);

  // The same of a near-duplicate, of which only the tile is known.
  const nearElement = (tile, [width, height], boxWidth, boxHeight) =>
    boxed(near && width ? locate(near, tile, width, height) : null, boxWidth, boxHeight, 2);

  function boxed(picture, boxWidth, boxHeight, most) {
    const div = document.createElement("div");
    if (!picture) {
      div.className = "picture missing";
      return div;
    }
    div.className = "picture";
    const { width, height, scale } = fit(picture, boxWidth, boxHeight, most);
    div.style.cssText =
      `width:${Math.round(width)}px;height:${Math.round(height)}px;` +
      `background-image:url("${encodeURI(model.folder + picture.sheet)}");` +
      `background-size:${(picture.sheetWidth * scale).toFixed(3)}px auto;` +
      `background-position:${(-picture.x * scale).toFixed(3)}px ${(-picture.y * scale).toFixed(3)}px`;
    return div;
  }

  const sheets = new Map();   // name -> {image, ready, frame}
  let queue = [];
  let loading = 0;
  let frame = 0;
  let arrived = () => {};

  function startLoading() {
    while (loading < mostLoading && queue.length) {
      const name = queue.pop();
      const sheet = sheets.get(name);
      if (!sheet || sheet.image || frame - sheet.frame > 2) {
        if (sheet && !sheet.image) sheets.delete(name);
        continue;
      }
      loading++;
      sheet.image = new Image();
      sheet.image.src = model.folder + name;
      sheet.image.decode().then(() => { sheet.ready = true; }, () => {}).finally(() => {
        loading--;
        arrived();
        startLoading();
      });
    }
  }

  function evict() {
    if (sheets.size <= mostSheets) return;
    const old = [...sheets].filter(([, s]) => s.ready && s.frame < frame).sort((a, b) => a[1].frame - b[1].frame);
    for (const [name] of old.slice(0, sheets.size - mostSheets)) sheets.delete(name);
  }

  // Draws the picture centred at (x, y) inside a square; false while its sheet is not here yet.
  function draw(context, place, x, y, side, border) {
    const picture = find(place);
    if (!picture) return null;
    let sheet = sheets.get(picture.sheet);
    if (!sheet) {
      sheet = { image: null, ready: false, frame };
      sheets.set(picture.sheet, sheet);
      queue.push(picture.sheet);
    }
    sheet.frame = frame;
    if (!sheet.ready) return null;
    const { width, height } = fit(picture, side, side, 3);
    const left = Math.round(x - width / 2), top = Math.round(y - height / 2);
    if (border) {
      context.fillStyle = border;
      context.beginPath();
      context.roundRect(left - 2, top - 2, width + 4, height + 4, 4);
      context.fill();
    }
    context.drawImage(sheet.image, picture.x, picture.y, picture.width, picture.height, left, top, width, height);
    return { left, top, width, height };
  }

  return {
    prepare, find, fit, element, nearElement, draw,
    available: () => tiles !== null,
    beginFrame() { frame++; },
    endFrame() { evict(); startLoading(); },
    onArrival(callback) { arrived = callback; },
  };
})();
