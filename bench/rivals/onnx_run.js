// Images a second of an ONNX image tower in ONNX Runtime, two threads.
//
//   node bench/rivals/onnx_run.js NODE_MODULES MODEL.onnx BATCH [SECONDS] [THREADS]
//
// NODE_MODULES: a folder that holds onnxruntime-node (npm install onnxruntime-node). Prints one line of
// JSON: images a second, milliseconds a call (median), and the first numbers of an embedding.
const path = require('path');
const [modules, model, batchText, secondsText = '4', threadsText = '2'] = process.argv.slice(2);
const ort = require(path.join(modules, 'onnxruntime-node'));

async function main() {
  const batch = Number(batchText);
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: Number(threadsText), interOpNumThreads: 1, graphOptimizationLevel: 'all',
  });
  // A uniform grey of 99 as CLIP normalises it, as clip_bench's images are.
  const mean = [0.48145466, 0.4578275, 0.40821073];
  const std = [0.26862954, 0.26130258, 0.27577711];
  const area = 224 * 224;
  const pixels = new Float32Array(batch * 3 * area);
  for (let i = 0; i < batch * 3; ++i) {
    pixels.fill((99 / 255 - mean[i % 3]) / std[i % 3], i * area, (i + 1) * area);
  }
  const feeds = { pixels: new ort.Tensor('float32', pixels, [batch, 3, 224, 224]) };
  const call = async () => (await session.run(feeds))[session.outputNames[0]].data;
  let embedding = await call();
  await call();
  const times = [];
  const begin = performance.now();
  while (performance.now() - begin < 1000 * Number(secondsText)) {
    const start = performance.now();
    embedding = await call();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  const size = Math.sqrt(embedding.slice(0, 512).reduce((sum, x) => sum + x * x, 0));
  console.log(JSON.stringify({
    images_per_second: 1000 * batch / median, milliseconds: median,
    embedding: Array.from(embedding.slice(0, 512), (x) => x / size),
  }));
}

main();
