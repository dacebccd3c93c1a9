// build.mjs: makes dist/ from src/, styles/ and public/: the participant's script and style sheet, the
// moderator's apart from them, all named by what is in them so that browsers keep them, and each packed
// beside itself for the server to send.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

const common = {
	absWorkingDir: here,
	bundle: true,
	write: false,
	minify: true,
	target: ['es2021', 'chrome100', 'firefox100', 'safari15'],
	charset: 'utf8',
	legalComments: 'none',
	logLevel: 'warning',
};

async function bundleStyle(name, entry) {
	const made = await build({ ...common, entryPoints: [join(here, entry)] });
	const bytes = Buffer.from(made.outputFiles[0].contents);
	const file = named(name, 'css', bytes);
	files.set(file, bytes);
	return file;
}

/** The first script and, apart from it, what only moderators load. */
async function bundleScripts(define) {
	const made = await build({
		...common,
		entryPoints: { app: join(here, 'src/main.tsx') },
		outdir: dist,
		entryNames: '[name]-[hash]',
		chunkNames: '[name]-[hash]',
		format: 'esm',
		splitting: true,
		metafile: true,
		define,
		jsx: 'automatic',
		jsxImportSource: 'preact',
	});
	const outputs = Object.entries(made.metafile.outputs);
	// Our own names, made of the contents under the old names, which tell of all that they import.
	const renamed = new Map(
		made.outputFiles.map((file) => [basename(file.path), named(basename(file.path).split('-')[0], 'js', file.contents)]),
	);
	for (const file of made.outputFiles) {
		let text = file.text;
		for (const [old, fresh] of renamed) text = text.replaceAll(old, fresh);
		files.set(renamed.get(basename(file.path)), Buffer.from(text));
	}
	const [entry, of] = outputs.find(([, output]) => output.entryPoint === 'src/main.tsx');
	const first = of.imports.filter((one) => one.kind === 'import-statement').map((one) => renamed.get(basename(one.path)));
	return { entry: renamed.get(basename(entry)), first };
}

const style = await bundleStyle('page', 'styles/all.css');
const deskStyle = await bundleStyle('desk', 'styles/desk.css');
const { entry, first } = await bundleScripts({ DESK_STYLE: JSON.stringify('/' + deskStyle) });
const names = {
	script: entry,
	style,
	preload: first.map((name) => `<link rel="modulepreload" href="/${name}">`).join('\n'),
};
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
const packedSizes = new Map();
for (const [name, bytes] of files) {
	const packed = gzipSync(bytes, { level: 9 });
	writeFileSync(join(dist, name), bytes);
	writeFileSync(join(dist, name + '.gz'), packed);
	packedBytes += packed.length;
	packedSizes.set(name, packed.length);
}
const firstLoad = ['index.html', style, entry, ...first].reduce((sum, name) => sum + packedSizes.get(name), 0);
console.log(`clients/web/dist: ${files.size} files, ${packedBytes} bytes packed, ${firstLoad} of them to begin with`);
