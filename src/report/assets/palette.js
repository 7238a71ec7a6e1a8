// Colours of clusters: hues a golden angle apart in OKLCH, with lightness and chroma varied, dealt
// out so that clusters which lie side by side on the map differ.
"use strict";
clipcluster.palette = (() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const gamma = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.pow(v, 1 / 2.4) - 0.055);

  // Björn Ottosson, "A perceptual color space for image processing", 2020.
  function oklchToRgb(lightness, chroma, hue) {
    const a = chroma * Math.cos(hue), b = chroma * Math.sin(hue);
    const l = Math.pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const m = Math.pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const s = Math.pow(lightness - 0.0894841775 * a - 1.291485548 * b, 3);
    return [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ];
  }

  // Chroma is lowered until the colour can be shown.
  function displayable(lightness, chroma, hue) {
    for (let c = chroma; c > 0; c -= 0.01) {
      const rgb = oklchToRgb(lightness, c, hue);
      if (rgb.every((v) => v >= -0.001 && v <= 1.001)) {
        return rgb.map((v) => Math.round(255 * gamma(Math.min(1, Math.max(0, v)))));
      }
    }
    const grey = Math.round(255 * gamma(Math.pow(lightness, 3)));
    return [grey, grey, grey];
  }

  const goldenAngle = Math.PI * (3 - Math.sqrt(5));
  const lightSteps = [0.62, 0.5, 0.72];
  const darkSteps = [0.74, 0.63, 0.84];
  const candidates = 48;

  function candidateColor(i, isDark) {
    const lightness = (isDark ? darkSteps : lightSteps)[i % 3];
    return displayable(lightness, i % 2 ? 0.13 : 0.17, 0.45 + i * goldenAngle);
  }

  function middleOf(model, cluster) {
    let x = 0, y = 0;
    const step = Math.max(1, Math.floor(cluster.size / 256));
    let n = 0;
    for (let i = cluster.begin; i < cluster.end; i += step, n++) { x += model.x[i]; y += model.y[i]; }
    return { x: x / n, y: y / n };
  }

  // What a new cluster loses by taking candidate c: being near a cluster of a similar hue.
  function conflict(c, middle, placed) {
    let worst = 0;
    for (const other of placed) {
      const apart = Math.hypot(middle.x - other.middle.x, middle.y - other.middle.y) + 0.02;
      let hue = Math.abs((c - other.candidate) * goldenAngle) % (2 * Math.PI);
      hue = Math.min(hue, 2 * Math.PI - hue) + (c % 3 === other.candidate % 3 ? 0 : 0.35);
      worst += 1 / (apart * apart * (hue + 0.12));
    }
    return worst;
  }

  // Candidate of each cluster, by label. Large clusters choose first; only the last ones placed are
  // looked at, which bounds the work for thousands of clusters.
  function deal(model) {
    const chosen = new Int32Array(model.clusters.length);
    const placed = [];
    model.bySize.forEach((cluster, rank) => {
      const middle = middleOf(model, cluster);
      let candidate = rank % candidates;
      if (cluster.size > 0) {
        const pool = Math.min(candidates, Math.max(12, 2 * model.clusters.length));
        let least = Infinity;
        for (let c = 0; c < pool; c++) {
          const cost = conflict(c, middle, placed);
          if (cost < least) { least = cost; candidate = c; }
        }
        placed.push({ middle, candidate });
        if (placed.length > 120) placed.shift();
      }
      chosen[cluster.label] = candidate;
    });
    return chosen;
  }

  let chosen = new Int32Array(0);
  let colors = [];
  function refresh() {
    colors = Array.from(chosen, (candidate) => candidateColor(candidate, dark.matches));
  }

  return {
    prepare(model) { chosen = deal(model); refresh(); },
    rgb: (label) => (label < 0 ? (dark.matches ? [96, 98, 104] : [178, 178, 174]) : colors[label]),
    css: (label) => "rgb(" + clipcluster.palette.rgb(label).join(",") + ")",
    background: () => (dark.matches ? [22, 23, 26] : [252, 251, 249]),
    isDark: () => dark.matches,
    onChange(callback) { dark.addEventListener("change", () => { refresh(); callback(); }); },
  };
})();
