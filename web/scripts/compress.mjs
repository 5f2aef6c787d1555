// Writes what is served beside each built file: the same, compressed. Fails when the first load is larger than it may be.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist", import.meta.url).pathname;
const FIRST_LOAD_BYTES_MAX = 300_000;
const BYTES_WORTH_IT = 1024;

const files = (directory) =>
  readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

const compressible = files(DIST).filter((path) => /\.(js|css|svg|json|webmanifest)$/.test(path));
const gzipped = new Map();
for (const path of compressible) {
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 });
  gzipped.set(path, gzip.length);
  if (bytes.length < BYTES_WORTH_IT) continue;
  writeFileSync(`${path}.gz`, gzip);
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(`${path}.br`, brotli);
}

// What a browser must fetch before anything shows: the script of the page and everything it imports statically.
const html = readFileSync(join(DIST, "index.html"), "utf8");
const first = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((found) => found[1]));
for (const name of first) {
  const text = readFileSync(join(DIST, name), "utf8");
  for (const found of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) first.add(`assets/${found[1]}`);
}
const total = [...first].reduce((sum, name) => sum + gzipped.get(join(DIST, name)), 0);
const all = [...gzipped].filter(([path]) => path.endsWith(".js")).reduce((sum, [, bytes]) => sum + bytes, 0);
console.log(`first load: ${total} bytes of compressed JavaScript (at most ${FIRST_LOAD_BYTES_MAX}); all pages: ${all}`);
if (total > FIRST_LOAD_BYTES_MAX) process.exit(1);
