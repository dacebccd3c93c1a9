// web.mjs: the real server, the real pages, Debian's Chromium: what every test in this folder shares.
// A test is a function with a sentence; it prints `ok - …` or `not ok - …`; nothing waits for a time,
// only for a condition with a deadline.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join as path } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const PROGRAM = process.env.MAAGAL || path(ROOT, 'build', 'maagal');
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const require = createRequire(path(ROOT, 'clients/web/package.json'));

export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 320, height: 640 };
export const DESK = { width: 1280, height: 800 };
export const PATIENCE = 30000;

const tests = [];
const cleanups = [];

// Whoever ends the test ends what it started.
for (const signal of ['SIGINT', 'SIGTERM'])
	process.once(signal, async () => {
		for (const cleanup of cleanups.reverse()) await Promise.race([cleanup(), new Promise((done) => setTimeout(done, 2000))]);
		process.exit(1);
	});

export function test(sentence, body) {
	tests.push({ sentence, body });
}

export function skipAll(why) {
	for (const { sentence } of tests) console.log(`skip - ${sentence}: ${why}`);
	process.exit(0);
}

/** Runs what was declared; the server and the browser end with it. */
export async function main() {
	let failed = 0;
	if (!existsSync(CHROMIUM)) skipAll('there is no Chromium');
	if (!existsSync(path(ROOT, 'clients/web/dist/index.html'))) skipAll('the pages are not built');
	// ONLY='part of a sentence' runs what has it.
	for (const { sentence, body } of tests.filter((one) => one.sentence.includes(process.env.ONLY ?? ''))) {
		const begin = Date.now();
		try {
			await withDeadline((async () => body())(), 400000);
			console.log(`ok - ${sentence}`);
		} catch (error) {
			failed++;
			console.log(`not ok - ${sentence}`);
			console.log(String(error.stack ?? error).replace(/^/gm, '# '));
			await shotAll(sentence);
		}
		if (process.env.VERBOSE) console.log(`# ${Date.now() - begin} ms`);
	}
	for (const cleanup of cleanups.reverse()) await cleanup();
	process.exit(failed ? 1 : 0);
}

async function withDeadline(promise, ms) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
	});
	try {
		await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

export function check(claim, why) {
	if (!claim) throw new Error(why ?? 'the claim does not hold');
}

export function equal(got, wanted, what = 'value') {
	const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
	if (a !== b) throw new Error(`${what}: got ${a}, wanted ${b}`);
}

export async function until(claim, what, ms = PATIENCE) {
	const end = Date.now() + ms;
	for (;;) {
		const value = await claim();
		if (value) return value;
		if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 40));
	}
}

/* ---- the server ---- */

export class Server {
	constructor(settings = []) {
		this.data = mkdtempSync(path(tmpdir(), 'maagal-web-'));
		this.settings = settings;
		this.port = 0;
		cleanups.push(async () => {
			await this.stop('SIGKILL');
			rmSync(this.data, { recursive: true, force: true });
		});
	}

	async start() {
		const settings = this.settings.flatMap((setting) => ['--set', setting]);
		this.process = spawn(
			PROGRAM,
			['serve', '--listen', `127.0.0.1:${this.port}`, '--data', this.data, ...settings],
			{ stdio: ['ignore', 'pipe', 'pipe'] },
		);
		this.log = '';
		this.process.stderr.on('data', (bytes) => (this.log += bytes));
		let out = '';
		this.process.stdout.on('data', (bytes) => (out += bytes));
		const line = await until(() => /^ready (http:\S+)$/m.exec(out), 'the server is ready', 30000);
		this.url = line[1];
		this.port = Number(new URL(this.url).port);
		return this;
	}

	async stop(signal = 'SIGTERM') {
		const child = this.process;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const ended = new Promise((resolve) => child.once('exit', resolve));
		child.kill(signal);
		await ended;
	}

	cli(...args) {
		const done = spawnSync(PROGRAM, args, { encoding: 'utf8' });
		if (done.status !== 0) throw new Error(`maagal ${args.join(' ')}: ${done.error ?? done.stderr ?? ''} ${done.stdout ?? ''}`);
		return done.stdout;
	}

	apply(process) {
		const file = path(this.data, `process-${process.id}-${process.charter.version}.json`);
		writeFileSync(file, JSON.stringify(process));
		this.cli('process', 'apply', file, '--data', this.data);
	}

	invite(circle, role, name, organisation) {
		const more = organisation ? ['--organisation', organisation] : [];
		const out = this.cli('invite', '--data', this.data, '--circle', circle, '--role', role, '--name', name, '--json', ...more);
		return JSON.parse(out.split('\n')[0]).token;
	}
}

const inThree = (he, ar, en) => ({ he, ar, en });

/** A small process with a public and a closed circle. */
export function given(over = {}) {
	return {
		id: 'street',
		title: inThree('רחוב הגפן: מתכננים יחד', 'شارع الكرمة: نخطط معًا', 'Vine Street: planning together'),
		languages: ['he', 'ar', 'en'],
		charter: {
			version: 1,
			goals: inThree('להבין איך חיים ברחוב.', 'أن نفهم كيف يعيش الناس في الشارع.', 'To understand how people live in the street.'),
			how_it_works: inThree('כל הודעה נבדקת.', 'تُفحص كل رسالة.', 'Every post is checked.'),
			use_of_information: inThree('המידע משמש את התהליך בלבד.', 'تُستعمل المعلومات لهذا المسار فقط.', 'What is said serves this process alone.'),
			decision_path: inThree('הסיכום יגיע לוועדה.', 'يصل الملخص إلى اللجنة.', 'The summary goes to the committee.'),
			ends: '2027-03-31',
			product: inThree('מסמך מסכם.', 'وثيقة ختامية.', 'A summary.'),
			promises: [{ id: 'answer', text: inThree('נשיב לכל הצעה.', 'نجيب عن كل مقترح.', 'Every proposal is answered.') }],
		},
		rules: [
			{ id: 'respect', text: inThree('מדברים בכבוד.', 'نتحدث باحترام.', 'Speak with respect.') },
			{ id: 'on-topic', text: inThree('נשארים בנושא.', 'نبقى في الموضوع.', 'Stay with the subject.') },
		],
		circles: [
			{ id: 'forum', title: inThree('הפורום הפתוח', 'المنتدى المفتوح', 'The open forum'), access: 'public', policy: 'public' },
			{ id: 'panel', title: inThree('הפאנל הסגור', 'اللجنة المغلقة', 'The closed panel'), access: 'closed', policy: 'expert' },
		],
		...over,
	};
}

/** A server with that process; without limits, unless settings say otherwise. */
export async function givenServer(settings = ['limits=0'], process = given()) {
	const server = new Server(settings);
	server.apply(process);
	return server.start();
}

/* ---- the browser ---- */

const BROWSER_ARGS = [
	'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
];

let browser;
const pages = new Set();

export async function givenBrowser() {
	if (browser) return browser;
	const { chromium } = require('playwright-core');
	browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: BROWSER_ARGS,
	});
	cleanups.push(() => browser.close());
	return browser;
}

/** A person with a device of their own. What the page complains about fails the test that looks. */
export async function person(server, { lang = 'he', size = PHONE, dark = false, ...more } = {}) {
	const context = await (await givenBrowser()).newContext({
		viewport: size,
		locale: lang,
		colorScheme: dark ? 'dark' : 'light',
		hasTouch: size === PHONE,
		isMobile: size === PHONE,
		permissions: ['clipboard-read', 'clipboard-write'],
		...more,
	});
	const page = await context.newPage();
	page.complaints = [];
	page.asked = [];
	page.on('console', (message) => {
		// A line that is down is no mistake of the page.
		if (message.type() === 'error' && !/WebSocket|ERR_INTERNET|ERR_CONNECTION|Failed to load/.test(message.text()))
			page.complaints.push(message.text());
	});
	page.on('pageerror', (error) => page.complaints.push(String(error.stack ?? error)));
	page.on('request', (request) => page.asked.push(request.url()));
	page.setDefaultTimeout(PATIENCE);
	pages.add(page);
	page.on('close', () => pages.delete(page));
	page.base = server.url;
	return page;
}

/** Somebody who has told the browser to show letters of that size: a browser of their own, since it is told only there. */
export async function personWithLetters(server, px, { lang = 'he', size = PHONE } = {}) {
	const { chromium } = require('playwright-core');
	const profile = mkdtempSync(path(tmpdir(), 'maagal-letters-'));
	mkdirSync(path(profile, 'Default'));
	writeFileSync(path(profile, 'Default', 'Preferences'), JSON.stringify({ webkit: { webprefs: { default_font_size: px } } }));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: CHROMIUM,
		args: BROWSER_ARGS,
		viewport: size,
		locale: lang,
		hasTouch: true,
		isMobile: true,
	});
	cleanups.push(async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	});
	const page = await context.newPage();
	page.setDefaultTimeout(PATIENCE);
	page.base = server.url;
	return page;
}

/** What is smaller than a finger on this screen. */
export function tooSmallForFingers(page) {
	return page.evaluate(() => {
		const small = [];
		for (const element of document.querySelectorAll('button, a[href], summary, select, textarea, input, label:has(input[type=checkbox], input[type=radio])')) {
			const box = element.getBoundingClientRect();
			if (box.width <= 1 || box.height <= 1 || element.closest('.sr, .words, .skip')) continue;
			if (/^(checkbox|radio)$/.test(element.type) && element.closest('label')) continue;
			if (box.width < 43.5 || box.height < 43.5)
				small.push(`${Math.round(box.width)}x${Math.round(box.height)} ${element.className} ${(element.getAttribute('aria-label') ?? element.textContent).slice(0, 30)}`);
		}
		return small;
	});
}

export async function leave(...gone) {
	for (const page of gone) await page.context().close();
}

/** Comes by the public link, gives a name, presses the button. */
export async function join(server, name, more = {}) {
	const page = await person(server, more);
	await page.goto(`${server.url}/#circle=forum`);
	await page.fill('#join-name', name);
	await page.click('#join button[type=submit]');
	await page.waitForSelector('#write');
	await page.waitForSelector('.scroller');
	return page;
}

/** Comes by an invitation. */
export async function joinInvited(server, token, circle, more = {}) {
	const page = await person(server, more);
	await page.goto(`${server.url}/#invite=${token}&circle=${circle}`);
	await page.click('#join button[type=submit]');
	// A moderator comes to the desk first.
	await page.waitForSelector('#write, .desk');
	if (await page.locator('.desk').count()) await page.goto(`${server.url}/#circle=${circle}`);
	await page.waitForSelector('#write');
	await page.waitForSelector('.scroller');
	return page;
}

export async function write(page, text, field = '#write') {
	await page.fill(field, text);
	await page.locator(field).press('Control+Enter');
}

/** The post that says so, as it stands in the stream. */
export function post(page, text) {
	return page.locator('.stream .post', { hasText: text });
}

/** Somebody who speaks the protocol itself, from inside a page of their own: a moderator, a crowd. */
export async function speaker(server, opening) {
	const page = await person(server);
	await page.goto(`${server.url}/icon.svg`);
	await page.evaluate(async (params) => {
		const socket = new WebSocket(`ws://${location.host}/ws`, 'maagal.v1');
		const waiting = new Map();
		let next = 1;
		socket.onmessage = ({ data }) => {
			const frame = JSON.parse(data);
			const done = waiting.get(frame.id);
			waiting.delete(frame.id);
			done?.(frame);
		};
		await new Promise((resolve, reject) => {
			socket.onopen = resolve;
			socket.onerror = reject;
		});
		window.rpc = (method, params_) =>
			new Promise((resolve, reject) => {
				const id = next++;
				waiting.set(id, (frame) => (frame.error ? reject(new Error(JSON.stringify(frame.error))) : resolve(frame.result)));
				socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: params_ }));
			});
		window.opened = await window.rpc('session.open', params);
	}, opening);
	return {
		page,
		call: (method, params) => page.evaluate(([m, p]) => window.rpc(m, p), [method, params]),
		opened: () => page.evaluate(() => window.opened),
	};
}

export async function moderator(server, circle = 'forum', name = 'דנה רביב') {
	const who = await speaker(server, { token: server.invite(circle, 'moderator', name), lang: 'he' });
	await who.call('charter.accept', { process: 'street', version: 1 });
	return who;
}

let keys = 0;
export function key() {
	return `test-${process.pid}-${++keys}`;
}

export function noComplaints(page) {
	equal(page.complaints, [], 'what the page complained about');
}

/** Lets the line be cut and mended: a plain relay between the page and the server. */
export async function givenTunnel(server) {
	const sockets = new Set();
	let isOpen = true;
	const relay = createServer((near) => {
		if (!isOpen) {
			near.destroy();
			return;
		}
		const far = createConnection(server.port, '127.0.0.1');
		for (const socket of [near, far]) {
			sockets.add(socket);
			socket.on('error', () => socket.destroy());
			socket.on('close', () => {
				sockets.delete(socket);
				near.destroy();
				far.destroy();
			});
		}
		near.pipe(far);
		far.pipe(near);
	});
	await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
	cleanups.push(() => relay.close());
	return {
		url: `http://127.0.0.1:${relay.address().port}`,
		cut() {
			isOpen = false;
			for (const socket of sockets) socket.destroy();
		},
		mend() {
			isOpen = true;
		},
		/** Swallows the answers: what was sent arrives, and nobody hears of it. */
		swallow() {
			for (const socket of sockets) socket.unpipe();
		},
	};
}

/* ---- looking ---- */

export async function axe(page) {
	const source = require.resolve('axe-core/axe.min.js');
	if (!(await page.evaluate(() => 'axe' in window))) {
		// By the protocol of the browser, not as a script of the page: the page's policy would refuse it.
		const { readFileSync } = await import('node:fs');
		await page.evaluate(readFileSync(source, 'utf8'));
	}
	const found = await page.evaluate(async () => {
		await document.fonts.ready;
		const result = await window.axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		});
		return result.violations.map((violation) => ({
			id: violation.id,
			help: violation.help,
			nodes: violation.nodes.slice(0, 4).map((node) => `${node.target.join(' ')}: ${node.failureSummary}`),
		}));
	});
	return found;
}

export async function axeClean(page, where) {
	const found = await axe(page);
	if (found.length) throw new Error(`${where}: ${JSON.stringify(found, null, 1)}`);
}

const SHOTS = process.env.SHOTS || '';
export async function shot(page, name) {
	if (!SHOTS) return;
	mkdirSync(SHOTS, { recursive: true });
	await page.screenshot({ path: path(SHOTS, name + '.png') });
}

async function shotAll(sentence) {
	if (!SHOTS) return;
	let n = 0;
	for (const page of pages) await shot(page, `failed-${sentence.replace(/\W+/g, '-').slice(0, 60)}-${n++}`).catch(() => undefined);
}
