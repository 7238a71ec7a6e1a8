// Dots of all images: on the graphics card where there is WebGL, else into pixels by hand. Both have
// resize(width, height, ratio), setColors(), setEmphasis(bytes or null) and draw(view, radius).
"use strict";
clipcluster.mapPoints = (() => {
  const vertexSource = `
    attribute vec2 place;
    attribute vec3 color;
    attribute float emphasis;
    uniform vec2 centre;
    uniform vec2 scale;
    uniform float diameter;
    uniform float pass;
    varying vec3 shade;
    varying float across;
    void main() {
      shade = color;
      across = diameter;
      gl_PointSize = diameter + 1.0;
      gl_Position = abs(emphasis - pass) > 0.5 ? vec4(2.0, 2.0, 2.0, 1.0) : vec4((place - centre) * scale, 0.0, 1.0);
    }`;
  const fragmentSource = `
    precision mediump float;
    varying vec3 shade;
    varying float across;
    uniform float opacity;
    void main() {
      float away = length(gl_PointCoord - 0.5) * (across + 1.0);
      float cover = clamp(0.5 * across - away + 0.5, 0.0, 1.0) * opacity;
      if (cover <= 0.0) discard;
      gl_FragColor = vec4(shade * cover, cover);
    }`;
  const dimmed = 0.13;

  function compile(gl, type, source) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  }

  function makeProgram(gl) {
    const program = gl.createProgram();
    gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, vertexSource));
    gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragmentSource));
    gl.linkProgram(program);
    return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
  }

  class WebGlPoints {
    static create(canvas, model) {
      const gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true });
      const program = gl && makeProgram(gl);
      return program ? new WebGlPoints(canvas, gl, program, model) : null;
    }

    constructor(canvas, gl, program, model) {
      Object.assign(this, { canvas, gl, program, model });
      this.start();
      canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
      canvas.addEventListener("webglcontextrestored", () => {
        this.program = makeProgram(gl);
        this.start();
        this.setColors();
        this.setEmphasis(this.emphasis);
      });
    }

    start() {
      const { gl, program, model } = this;
      gl.useProgram(program);
      this.uniforms = {};
      for (const name of ["centre", "scale", "diameter", "pass", "opacity"]) {
        this.uniforms[name] = gl.getUniformLocation(program, name);
      }
      const places = new Float32Array(2 * model.count);
      for (let i = 0; i < model.count; i++) { places[2 * i] = model.x[i]; places[2 * i + 1] = model.y[i]; }
      this.upload("place", places, 2, gl.FLOAT, false);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.clearColor(0, 0, 0, 0);
    }

    upload(name, data, size, type, normalized) {
      const { gl } = this;
      const location = gl.getAttribLocation(this.program, name);
      this.buffers ||= {};
      this.buffers[name] = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, type, normalized, 0, 0);
    }

    replace(name, ...rest) {
      if (this.buffers[name]) this.gl.deleteBuffer(this.buffers[name]);
      this.upload(name, ...rest);
    }

    setColors() {
      const { model } = this;
      const colors = new Uint8Array(3 * model.count);
      const noise = clipcluster.palette.rgb(-1);
      for (let i = 0; i < model.summary.images; i++) {
        colors.set(model.label[i] < 0 ? noise : clipcluster.palette.rgb(model.label[i]), 3 * i);
      }
      this.replace("color", colors, 3, this.gl.UNSIGNED_BYTE, true);
    }

    setEmphasis(emphasis) {
      this.emphasis = emphasis;
      const bytes = emphasis || new Uint8Array(this.model.count).fill(1);
      this.replace("emphasis", bytes, 1, this.gl.UNSIGNED_BYTE, false);
    }

    resize(width, height, ratio) {
      Object.assign(this, { width, height, ratio });
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }

    draw(view, radius) {
      const { gl, uniforms, model } = this;
      gl.viewport(0, 0, this.canvas.width, this.canvas.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (!model.count) return;
      gl.uniform2f(uniforms.centre, view.x, view.y);
      gl.uniform2f(uniforms.scale, (2 * view.scale) / this.width, (2 * view.scale) / this.height);
      gl.uniform1f(uniforms.diameter, 2 * radius * this.ratio);
      for (const pass of this.emphasis ? [0, 1] : [1]) {
        gl.uniform1f(uniforms.pass, pass);
        gl.uniform1f(uniforms.opacity, pass ? 0.86 : dimmed);
        gl.drawArrays(gl.POINTS, 0, model.count);
      }
    }
  }

  // Coverage, 0..256, of the pixels under a dot.
  function makeStamp(radius) {
    const reach = Math.ceil(radius);
    const side = 2 * reach + 1;
    const cover = new Uint16Array(side * side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const away = Math.hypot(x - reach, y - reach);
        cover[y * side + x] = Math.round(256 * Math.min(1, Math.max(0, radius - away + 0.5)));
      }
    }
    return { reach, side, cover };
  }

  class PixelPoints {
    constructor(canvas, model) {
      Object.assign(this, { canvas, model, emphasis: null });
      this.context = canvas.getContext("2d", { alpha: false });
    }

    setColors() {
      const { model } = this;
      this.background = clipcluster.palette.background();
      this.colors = new Uint8Array(3 * (model.clusters.length + 1));
      for (let label = -1; label < model.clusters.length; label++) {
        this.colors.set(clipcluster.palette.rgb(label), 3 * (label + 1));
      }
    }

    setEmphasis(emphasis) { this.emphasis = emphasis; }

    resize(width, height, ratio) {
      Object.assign(this, { width, height, ratio });
      this.canvas.width = Math.max(1, Math.round(width * ratio));
      this.canvas.height = Math.max(1, Math.round(height * ratio));
      this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
      this.words = new Uint32Array(this.image.data.buffer);
    }

    draw(view, radius) {
      const [r, g, b] = this.background;
      this.words.fill((255 << 24) | (b << 16) | (g << 8) | r);
      const stamp = makeStamp(Math.max(0.5, radius * this.ratio));
      if (this.emphasis) this.stampAll(view, stamp, 0, dimmed);
      this.stampAll(view, stamp, 1, 0.86);
      this.context.putImageData(this.image, 0, 0);
    }

    stampAll(view, stamp, pass, opacity) {
      const { model, emphasis, colors } = this;
      const width = this.canvas.width, height = this.canvas.height;
      const scale = view.scale * this.ratio;
      const originX = width / 2 - view.x * scale, originY = height / 2 + view.y * scale;
      const data = this.image.data;
      const { reach, side, cover } = stamp;
      const { x: xs, y: ys, label: labels } = model;
      const alpha = Math.round(256 * opacity);
      for (let i = 0; i < model.count; i++) {
        if (emphasis && emphasis[i] !== pass) continue;
        const x = Math.round(originX + xs[i] * scale) - reach;
        const y = Math.round(originY - ys[i] * scale) - reach;
        if (x < 0 || y < 0 || x + side > width || y + side > height) continue;
        const c = 3 * (labels[i] + 1);
        const r = colors[c], g = colors[c + 1], b = colors[c + 2];
        for (let row = 0, s = 0; row < side; row++) {
          let at = 4 * ((y + row) * width + x);
          for (let column = 0; column < side; column++, s++, at += 4) {
            const a = (cover[s] * alpha) >> 8;
            if (!a) continue;
            data[at] += ((r - data[at]) * a) >> 8;
            data[at + 1] += ((g - data[at + 1]) * a) >> 8;
            data[at + 2] += ((b - data[at + 2]) * a) >> 8;
          }
        }
      }
    }
  }

  // A canvas that has given out a WebGL context gives no other: the pixels then get a new canvas.
  function create(canvas, model) {
    const points = WebGlPoints.create(canvas, model);
    if (points) return points;
    const fresh = canvas.cloneNode();
    canvas.replaceWith(fresh);
    return new PixelPoints(fresh, model);
  }

  return { create };
})();
