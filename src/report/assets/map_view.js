// Where the map is looking, and which images are there. The map's unit square has y upwards; `scale`
// is in CSS pixels per unit.
"use strict";
clipcluster.MapView = class {
  constructor(model) {
    this.model = model;
    this.width = this.height = 1;
    this.x = this.y = 0.5;
    this.scale = this.fitted = this.least = 1;
    this.bounds = clipcluster.MapView.boundsOf(model);
    this.frame = clipcluster.MapView.frameOf(model, this.bounds);
  }

  // What is shown at first: nearly everything. A few strays far out would make all the rest small;
  // they are still there, and the map can be moved to them. On each side that share of the images is
  // left out which pays best: leaving out 1 % must make the map at least 5 % narrower.
  static frameOf({ x, y, count }, all) {
    if (count < 200) return all;
    const shares = [0, 0.0025, 0.005, 0.01, 0.015, 0.02];
    const within = (values, low, high) => {
      const sorted = values.slice().sort();
      let best = { cost: Infinity };
      for (const a of shares) {
        for (const b of shares) {
          const from = sorted[Math.floor(count * a)], to = sorted[count - 1 - Math.floor(count * b)];
          const cost = (to - from) * (1 + 5 * (a + b));
          if (cost < best.cost) best = { cost, from, to };
        }
      }
      const margin = 0.03 * (best.to - best.from);
      return [Math.max(low, best.from - margin), Math.min(high, best.to + margin)];
    };
    const [left, right] = within(x, all.left, all.right), [bottom, top] = within(y, all.bottom, all.top);
    return { left, right, bottom, top };
  }

  static boundsOf({ x, y, count }) {
    const b = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    for (let i = 0; i < count; i++) {
      if (x[i] < b.left) b.left = x[i];
      if (x[i] > b.right) b.right = x[i];
      if (y[i] < b.bottom) b.bottom = y[i];
      if (y[i] > b.top) b.top = y[i];
    }
    return count ? b : { left: 0, right: 1, bottom: 0, top: 1 };
  }

  // The scale and middle that show `bounds` with a margin, wider below, where the buttons are.
  framing(bounds) {
    const margin = Math.min(40, this.width / 10, this.height / 10), below = 2.2 * margin;
    const wide = Math.max(1e-6, bounds.right - bounds.left), high = Math.max(1e-6, bounds.top - bounds.bottom);
    const scale = Math.min((this.width - 2 * margin) / wide, (this.height - margin - below) / high);
    return {
      scale,
      x: (bounds.left + bounds.right) / 2,
      y: (bounds.bottom + bounds.top) / 2 - (below - margin) / 2 / scale,
    };
  }

  resize(width, height) {
    const wasFitted = this.scale === this.fitted;
    const zoom = this.scale / this.fitted;
    this.width = width;
    this.height = height;
    const all = this.framing(this.frame);
    // A map of one image, or of images on one spot.
    this.fitted = Math.min(all.scale, 20 * Math.max(width, height));
    this.scale = this.fitted * zoom;
    if (wasFitted) { this.x = all.x; this.y = all.y; }
    this.least = 0.8 * Math.min(this.fitted, this.framing(this.bounds).scale);
  }

  reset() {
    const { x, y } = this.framing(this.frame);
    return { scale: this.fitted, x, y };
  }
  zoom() { return this.scale / this.fitted; }
  limit(scale) { return Math.min(this.fitted * 4000, Math.max(this.least, scale)); }

  toScreenX(x) { return this.width / 2 + (x - this.x) * this.scale; }
  toScreenY(y) { return this.height / 2 - (y - this.y) * this.scale; }
  toMapX(sx) { return this.x + (sx - this.width / 2) / this.scale; }
  toMapY(sy) { return this.y - (sy - this.height / 2) / this.scale; }

  set({ x, y, scale }) {
    this.scale = this.limit(scale);
    const b = this.bounds;
    this.x = Math.min(b.right, Math.max(b.left, x));
    this.y = Math.min(b.top, Math.max(b.bottom, y));
  }

  pan(dx, dy) { this.set({ x: this.x - dx / this.scale, y: this.y + dy / this.scale, scale: this.scale }); }

  // The state after zooming so that what is under (sx, sy) stays there.
  zoomed(factor, sx, sy) {
    const scale = this.limit(this.scale * factor);
    const x = this.toMapX(sx), y = this.toMapY(sy);
    return { scale, x: x - (sx - this.width / 2) / scale, y: y + (sy - this.height / 2) / scale };
  }
};

// Images by cell of a square lattice over the map.
clipcluster.MapCells = class {
  constructor(model) {
    this.model = model;
    this.side = Math.max(1, Math.min(512, Math.round(Math.sqrt(model.count / 2))));
    const cells = new Uint32Array(model.count);
    this.begin = new Uint32Array(this.side * this.side + 1);
    for (let i = 0; i < model.count; i++) {
      cells[i] = this.clamp(model.y[i]) * this.side + this.clamp(model.x[i]);
      this.begin[cells[i] + 1]++;
    }
    for (let c = 0; c < this.side * this.side; c++) this.begin[c + 1] += this.begin[c];
    const next = this.begin.slice();
    this.places = new Uint32Array(model.count);
    for (let i = 0; i < model.count; i++) this.places[next[cells[i]]++] = i;
  }

  clamp(v) { return Math.min(this.side - 1, Math.max(0, Math.floor(v * this.side))); }

  forEachIn(left, right, bottom, top, visit) {
    const x0 = this.clamp(left), x1 = this.clamp(right);
    for (let y = this.clamp(bottom), y1 = this.clamp(top); y <= y1; y++) {
      const end = this.begin[y * this.side + x1 + 1];
      for (let k = this.begin[y * this.side + x0]; k < end; k++) visit(this.places[k]);
    }
  }

  // The image nearest to (x, y) within `reach`, or -1. `allowed` may be null.
  nearest(x, y, reach, allowed) {
    let best = -1, least = reach * reach;
    this.forEachIn(x - reach, x + reach, y - reach, y + reach, (i) => {
      const dx = this.model.x[i] - x, dy = this.model.y[i] - y;
      const d = dx * dx + dy * dy;
      if (d <= least && (!allowed || allowed[i])) { least = d; best = i; }
    });
    return best;
  }
};
