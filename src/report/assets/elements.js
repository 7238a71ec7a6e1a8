// Small helpers to build the page. Text only ever goes in as text, never as HTML: paths and names
// can contain anything.
"use strict";
clipcluster.elements = (() => {
  // make("a", {class: "x", href: "#y"}, "text", otherElement)
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  }

  const whole = new Intl.NumberFormat("en");
  const number = (n) => whole.format(n);
  const counted = (n, one, many) => number(n) + " " + (n === 1 ? one : many);
  const share = (v) => v.toFixed(2);
  const fromShort = (v) => share(v / 65535);
  const percent = (part, all) => {
    if (!all) return "0%";
    const p = (100 * part) / all;
    if (p > 99 && p < 100) return Math.min(p, 99.9).toFixed(1) + "%";
    return (p > 0 && p < 10 ? p.toFixed(1) : p.toFixed(0)) + "%";
  };

  // Where there is no room the beginning of a path goes, not the name of the file.
  const pathEnd = (path) => make("bdi", {}, path);

  const byId = (id) => document.getElementById(id);
  const fileName = (path) => path.slice(path.lastIndexOf("/") + 1);

  function swatch(label) {
    const element = make("span", { class: "swatch", "aria-hidden": "true", "data-label": label });
    element.style.background = clipcluster.palette.css(label);
    return element;
  }

  // svg("line", {x1: 0}, child)
  function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  // A link to a cluster by its name.
  const clusterLink = (cluster, attributes = {}) => make("a",
    { class: "cluster-link", title: cluster.hint, ...attributes, href: "#cluster-" + cluster.label }, swatch(cluster.label), make("span", { class: "clip" }, cluster.title));

  return { make, svg, clusterLink, pathEnd, number, counted, share, fromShort, percent, byId, fileName, swatch };
})();
