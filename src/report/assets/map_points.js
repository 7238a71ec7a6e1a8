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

  // WebGL without a graphics card is slower than writing the pixels here.
  function isSoftware(gl) {
    const info = gl.getExtension("WEBGL_debug_renderer_info");
    const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
  }

  class WebGlPoints {
    static create(canvas, model) {
      if (location.search.includes("renderer=pixels")) return null;
      const gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true });
      if (!gl || (isSoftware(gl) && !location.search.includes("renderer=webgl"))) return null;
      const program = makeProgram(gl);
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

  // The pixels under a dot, as steps in an image of this width, with their coverage in 1..256.
  function makeStamp(radius, width) {
    const reach = Math.ceil(radius);
    const steps = [], covers = [];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const cover = Math.round(256 * Math.min(1, Math.max(0, radius - Math.hypot(x, y) + 0.5)));
        if (cover < 16) continue;
        steps.push(y * width + x);
        covers.push(cover);
      }
    }
    return { reach, steps: Int32Array.from(steps), covers: Int32Array.from(covers) };
  }

  class PixelPoints {
    constructor(canvas, model) {
      Object.assign(this, { canvas, model, emphasis: null });
      this.context = canvas.getContext("2d", { alpha: false });
    }

    // Red and blue of a colour in one word, green in another: two products blend all three.
    setColors() {
      const { model } = this;
      const [r, g, b] = clipcluster.palette.background();
      this.background = (255 << 24) | (b << 16) | (g << 8) | r;
      this.redBlue = new Int32Array(model.clusters.length + 1);
      this.green = new Int32Array(model.clusters.length + 1);
      for (let label = -1; label < model.clusters.length; label++) {
        const [red, green, blue] = clipcluster.palette.rgb(label);
        this.redBlue[label + 1] = (blue << 16) | red;
        this.green[label + 1] = green << 8;
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
      this.words.fill(this.background);
      const stamp = makeStamp(Math.max(0.5, radius * this.ratio), this.canvas.width);
      if (this.emphasis) this.stampAll(view, stamp, 0, dimmed);
      this.stampAll(view, stamp, 1, 1);
      this.context.putImageData(this.image, 0, 0);
    }

    stampAll(view, { reach, steps, covers }, pass, opacity) {
      const { model, emphasis, redBlue, green, words } = this;
      const width = this.canvas.width;
      const right = width - reach - 1, bottom = this.canvas.height - reach - 1;
      const scale = view.scale * this.ratio;
      const originX = width / 2 - view.x * scale + 0.5, originY = this.canvas.height / 2 + view.y * scale + 0.5;
      const { x: xs, y: ys, label: labels, count } = model;
      const alphas = covers.map((cover) => Math.round(cover * opacity));
      const length = steps.length;
      for (let i = 0; i < count; i++) {
        if (emphasis !== null && emphasis[i] !== pass) continue;
        const x = (originX + xs[i] * scale) | 0, y = (originY - ys[i] * scale) | 0;
        if (x < reach || y < reach || x > right || y > bottom) continue;
        const rb = redBlue[labels[i] + 1], g = green[labels[i] + 1];
        const middle = y * width + x;
        for (let s = 0; s < length; s++) {
          const at = middle + steps[s], a = alphas[s], rest = 256 - a;
          if (rest === 0) {
            words[at] = -16777216 | rb | g;
            continue;
          }
          const under = words[at];
          const newRedBlue = ((Math.imul(under & 0xff00ff, rest) + Math.imul(rb, a)) >>> 8) & 0xff00ff;
          const newGreen = ((Math.imul(under & 0x00ff00, rest) + Math.imul(g, a)) >>> 8) & 0x00ff00;
          words[at] = -16777216 | newRedBlue | newGreen;
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
