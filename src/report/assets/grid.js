// A grid or list of any length of which only what is in view is in the document.
"use strict";
clipcluster.Grid = class {
  // options: scroller, host (inside the scroller), count, minWidth of a cell, height(cellWidth),
  // gap, columns (fixed number, optional), render(index, cellWidth, cellHeight) -> element
  constructor(options) {
    Object.assign(this, { gap: 8, columns: 0 }, options);
    this.cells = new Map();
    this.host.classList.add("grid");
    this.host.setAttribute("role", "list");
    this.update = this.update.bind(this);
    this.scroller.addEventListener("scroll", this.update, { passive: true });
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.host);
    this.host.addEventListener("keydown", (event) => this.onKey(event));
    this.layout();
  }

  destroy() {
    this.scroller.removeEventListener("scroll", this.update);
    this.observer.disconnect();
    this.host.replaceChildren();
    this.host.style.height = "";
  }

  layout() {
    const width = this.host.clientWidth;
    if (!width) return;
    const changed = width !== this.width;
    this.width = width;
    this.perRow = this.columns || Math.max(1, Math.floor((width + this.gap) / (this.minWidth + this.gap)));
    this.cellWidth = (width - this.gap * (this.perRow - 1)) / this.perRow;
    this.cellHeight = this.height(this.cellWidth);
    this.rowHeight = this.cellHeight + this.gap;
    this.rows = Math.ceil(this.count / this.perRow);
    this.host.style.height = Math.max(0, this.rows * this.rowHeight - this.gap) + "px";
    if (changed) this.clear();
    this.update();
  }

  clear() {
    for (const cell of this.cells.values()) cell.remove();
    this.cells.clear();
  }

  // Rows [first, last) that are in view, and a little around it.
  visibleRows() {
    const top = this.host.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    const around = 300;
    const first = Math.floor((-top - around) / this.rowHeight);
    const last = Math.ceil((-top + this.scroller.clientHeight + around) / this.rowHeight);
    return [Math.max(0, first), Math.min(this.rows, last)];
  }

  update() {
    if (!this.width) return;
    const [first, last] = this.visibleRows();
    const begin = first * this.perRow, end = Math.min(this.count, last * this.perRow);
    for (const [index, cell] of this.cells) {
      if ((index < begin || index >= end) && !cell.contains(document.activeElement)) {
        cell.remove();
        this.cells.delete(index);
      }
    }
    for (let index = begin; index < end; index++) if (!this.cells.has(index)) this.add(index);
  }

  add(index) {
    const cell = document.createElement("div");
    cell.append(this.render(index, this.cellWidth, this.cellHeight));
    cell.dataset.index = index;
    cell.className = "cell";
    cell.setAttribute("role", "listitem");
    const left = (index % this.perRow) * (this.cellWidth + this.gap);
    const top = Math.floor(index / this.perRow) * this.rowHeight;
    cell.style.transform = `translate(${left}px, ${top}px)`;
    cell.style.width = this.cellWidth + "px";
    cell.style.height = this.cellHeight + "px";
    this.cells.set(index, cell);
    // In reading order, so that the tab key follows the eye.
    let next = null;
    for (let i = index + 1; i < index + 2 * this.perRow + 2 && !next; i++) next = this.cells.get(i) || null;
    this.host.insertBefore(cell, next && next.parentNode === this.host ? next : null);
  }

  focus(index) {
    const rowTop = Math.floor(index / this.perRow) * this.rowHeight;
    const top = this.host.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top + rowTop;
    const below = top + this.cellHeight - this.scroller.clientHeight;
    if (top < 0) this.scroller.scrollTop += top - this.gap;
    else if (below > 0) this.scroller.scrollTop += below + this.gap;
    this.update();
    const cell = this.cells.get(index);
    const target = cell && cell.querySelector("button, a");
    if (target) target.focus({ preventScroll: true });
  }

  onKey(event) {
    const cell = event.target.closest(".cell");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.perRow, ArrowUp: -this.perRow,
    };
    const index = Number(cell.dataset.index);
    const target = event.key === "Home" ? 0 : event.key === "End" ? this.count - 1 : index + steps[event.key];
    if (!(target >= 0 && target < this.count)) return;
    event.preventDefault();
    this.focus(target);
  }
};
