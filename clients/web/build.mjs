// build.mjs: makes dist/ from src/, styles/ and public/: one script, one style sheet, both named by what
// is in them so that browsers keep them, and each packed beside itself for the server to send.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const files = new Map();

/** "app-3F2A9C1B.js": the server lets browsers keep what is named so. */
function named(name, extension, bytes) {
	const hash = createHash('sha256').update(bytes).digest('hex').toUpperCase();
	// With a digit in it, as the server wants to see.
	const at = hash.search(/\d/);
	return `${name}-${hash.slice(at, at + 8)}.${extension}`;
}

async function bundle(entry) {
	const made = await build({
		entryPoints: [join(here, entry)],
		absWorkingDir: here,
		bundle: true,
		write: false,
		minify: true,
		format: 'esm',
		target: ['es2021', 'chrome100', 'firefox100', 'safari15'],
		charset: 'utf8',
		legalComments: 'none',
		jsx: 'automatic',
		jsxImportSource: 'preact',
		logLevel: 'warning',
	});
	return Buffer.from(made.outputFiles[0].contents);
}

const script = await bundle('src/main.tsx');
const style = await bundle('styles/all.css');
const names = { script: named('app', 'js', script), style: named('page', 'css', style) };
files.set(names.script, script);
files.set(names.style, style);
for (const name of readdirSync(join(here, 'public'))) {
	let bytes = readFileSync(join(here, 'public', name));
	if (name.endsWith('.html'))
		bytes = Buffer.from(bytes.toString('utf8').replace(/\{\{(\w+)\}\}/g, (whole, what) => names[what] ?? whole));
	files.set(name, bytes);
}

// Whole or not at all: a failed build leaves the old pages.
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
let packedBytes = 0;
for (const [name, bytes] of files) {
	const packed = gzipSync(bytes, { level: 9 });
	writeFileSync(join(dist, name), bytes);
	writeFileSync(join(dist, name + '.gz'), packed);
	packedBytes += packed.length;
}
console.log(`clients/web/dist: ${files.size} files, ${packedBytes} bytes packed`);
