// What the page knows about its images. Pages opened from disk may not fetch(); data comes in
// scripts that call clipcluster.receive(name, value).
"use strict";
var clipcluster = (() => {
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const waiting = new Map();

  function receive(name, value) {
    const entry = waiting.get(name);
    if (entry) entry.resolve(value);
  }

  // The value of a data script; loaded once.
  function load(name) {
    let entry = waiting.get(name);
    if (entry) return entry.promise;
    entry = {};
    entry.promise = new Promise((resolve, reject) => {
      entry.resolve = resolve;
      const script = document.createElement("script");
      script.src = folder + name + ".js";
      script.onerror = () => reject(new Error("The file " + name + ".js of this page is missing."));
      script.onload = () => script.remove();
      document.head.append(script);
    });
    waiting.set(name, entry);
    return entry.promise;
  }

  function bytes(text) {
    const raw = atob(text);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }
  const floats = (text) => new Float32Array(bytes(text).buffer);
  const shorts = (text) => new Uint16Array(bytes(text).buffer);
  const integers = (text) => new Uint32Array(bytes(text).buffer);

  const chunkName = (list, chunk) => list + "-" + String(chunk).padStart(4, "0");

  // A long list on disk in chunks: get(i) is the row when its chunk is here, else undefined.
  class ChunkedList {
    constructor(name, count, rowsPerChunk, unpack = (rows) => rows) {
      Object.assign(this, { name, count, rowsPerChunk, unpack });
      this.chunks = [];
      this.pending = [];
    }
    chunkCount() { return Math.ceil(this.count / this.rowsPerChunk); }
    get(index) {
      const rows = this.chunks[Math.floor(index / this.rowsPerChunk)];
      return rows && rows[index % this.rowsPerChunk];
    }
    loadChunk(chunk) {
      this.pending[chunk] ||= load(chunkName(this.name, chunk)).then((value) => {
        this.chunks[chunk] = this.unpack(value);
      });
      return this.pending[chunk];
    }
    async row(index) {
      await this.loadChunk(Math.floor(index / this.rowsPerChunk));
      return this.get(index);
    }
    async all() {
      for (let chunk = 0; chunk < this.chunkCount(); chunk++) await this.loadChunk(chunk);
    }
  }

  function unpackPaths({ folders, at, names, links }) {
    return names.map((name, i) => ({ path: folders[at[i]] + name, link: links[i] }));
  }

  // file: URL of a path. `link` is the path already encoded, where the path is no valid UTF-8. Browsers
  // cannot open what lies inside an archive.
  function fileUrl({ path, link }) {
    if (!path.startsWith("/") || /\.(zip|cbz|tar|cbt)\//i.test(path)) return null;
    return "file://" + (link || path.split("/").map(encodeURIComponent).join("/"));
  }

  function labelsOf(summary) {
    const labels = new Int32Array(summary.images).fill(-1);
    summary.clusters.forEach((cluster, label) => labels.fill(label, cluster.begin, cluster.end));
    return labels;
  }

  const tierNames = ["core", "member", "assigned", "other"];
  const reasonNames = ["none", "between", "thin", "unlike", "blank"];
  const nearestShown = 3, noCluster = 65535, noConfidence = 255;

  // How firmly images belong. Columns that would say the same of every image are not there.
  function makeBelonging(points, label) {
    const count = label.length;
    const tiers = bytes(points.tier), reasons = bytes(points.reason), confidences = bytes(points.confidence);
    const nearest = shorts(points.nearest);
    const rowOf = new Int32Array(nearest.length ? count : 0).fill(-1);
    let row = 0;
    for (let i = 0; i < rowOf.length; i++) if (reasons[i]) rowOf[i] = row++;
    return {
      hasTiers: tiers.length > 0, hasReasons: reasons.length > 0, hasConfidence: confidences.length > 0,
      tier: (place) => tierNames[tiers.length ? tiers[place] : label[place] < 0 ? 3 : 1],
      reason: (place) => reasonNames[reasons.length ? reasons[place] : 0],
      // 0..1, or null where there is none.
      confidence: (place) => (!confidences.length || confidences[place] === noConfidence ? null : confidences[place] / 254),
      // Labels of the nearest clusters, nearest first.
      nearest(place) {
        const at = rowOf.length ? rowOf[place] : -1;
        if (at < 0) return [];
        return [...nearest.subarray(at * nearestShown, (at + 1) * nearestShown)].filter((other) => other !== noCluster);
      },
    };
  }

  // Everything is addressed by an image's place on the page: noise first, then cluster by cluster.
  function makeModel(summary, points) {
    const count = summary.images;
    const perChunk = summary.rows_per_chunk;
    const clusters = summary.clusters.map((cluster, label) => ({
      ...cluster, label, size: cluster.end - cluster.begin,
      title: cluster.name || "Cluster " + label,
      hint: (cluster.name || "Cluster " + label) + (cluster.weak_name ? " – a weak name: it hardly fits" : ""),
    }));
    const bySize = clusters.slice().sort((a, b) => b.size - a.size || a.label - b.label);
    const noise = integers(summary.noise);
    const groupOf = new Map();
    integers(summary.duplicates.kept).forEach((place, group) => groupOf.set(place, group));
    const label = labelsOf(summary);
    return {
      folder, summary, count, clusters, bySize, noise, groupOf, label,
      belonging: makeBelonging(points, label),
      noiseGroups: summary.noise_groups.map(integers),
      x: floats(points.x), y: floats(points.y),
      probability: shorts(points.probability), outlierScore: shorts(points.outlier_score),
      heldOut: bytes(points.held_out), level: bytes(points.level),
      tileWidth: bytes(points.widths), tileHeight: bytes(points.heights),
      paths: new ChunkedList("paths", count, perChunk, unpackPaths),
      duplicates: new ChunkedList("duplicates", summary.duplicates.groups, perChunk),
      skipped: new ChunkedList("skipped", summary.skipped.count, perChunk),
    };
  }

  async function loadModel() {
    const [summary, points] = await Promise.all([load("summary"), load("points")]);
    return makeModel(summary, points);
  }

  return { receive, loadModel, fileUrl, bytes, integers };
})();
