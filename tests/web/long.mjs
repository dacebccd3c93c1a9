#!/usr/bin/env node
// 10,000 posts in a circle: little of them is in the page, and scrolling through them does not stutter.
import { check, DESK, equal, givenServer, join, key, leave, main, noComplaints, PHONE, speaker, test, until } from './lib/web.mjs';

const POSTS = Number(process.env.POSTS || 10000);
const server = await givenServer(['limits=0', 'newcomer_minutes=0']);

async function fill() {
	const crowd = await speaker(server, { lang: 'he' });
	await crowd.call('charter.accept', { process: 'street', version: 1 });
	await crowd.page.evaluate(
		async ([posts, prefix]) => {
			const words = ['רחוב', 'עצים', 'צל', 'ספסל', 'חניה', 'אוטובוס', 'שוק', 'מדרכה', 'חנות', 'ילדים'];
			for (let i = 0; i < posts; ) {
				const some = [];
				for (let n = 0; n < 100 && i < posts; n++, i++) {
					const text = `הודעה ${i}: ` + Array.from({ length: 3 + (i % 37) }, (_, k) => words[(i * 7 + k * 3) % words.length]).join(' ');
					some.push(window.rpc('post.create', { circle: 'forum', text, key: `${prefix}-${i}` }));
				}
				for (const answer of await Promise.all(some)) if (answer.status !== 'posted') throw new Error(JSON.stringify(answer));
			}
		},
		[POSTS, key()],
	);
	await leave(crowd.page);
}

test(`a circle of ${POSTS} posts opens quickly and keeps a small window`, async () => {
	await fill();
	const page = await join(server, 'נועה', { size: PHONE });
	const begin = Date.now();
	await page.reload();
	await page.locator('.stream .post', { hasText: `הודעה ${POSTS - 1}:` }).waitFor();
	const took = Date.now() - begin;
	check(took < 6000, `it took ${took} ms`);
	const drawn = await page.locator('.stream .post').count();
	check(drawn <= 60, `${drawn} posts are in the page`);
	noComplaints(page);
	await leave(page);
});

test('one scrolls back through all of it: no post is missing, the window stays small, frames take no longer the more one has read', async () => {
	const page = await join(server, 'נועה', { size: DESK });
	await page.locator('.stream .post', { hasText: `הודעה ${POSTS - 1}:` }).waitFor();
	const seen = await page.evaluate(async (posts) => {
		const scroller = document.querySelector('.stream .scroller');
		const found = new Set();
		const long = [];
		let most = 0;
		let idle = 0;
		const note = () => {
			const all = scroller.querySelectorAll('.post .words');
			most = Math.max(most, all.length);
			for (const one of all) {
				const match = /^הודעה (\d+):/.exec(one.textContent);
				if (match) found.add(Number(match[1]));
			}
		};
		const observer = new PerformanceObserver((list) => {
			for (const entry of list.getEntries()) long.push({ took: entry.duration, found: found.size });
		});
		observer.observe({ entryTypes: ['longtask'] });
		const end = performance.now() + 300000;
		while (performance.now() < end && found.size < posts) {
			note();
			const before = scroller.scrollTop;
			scroller.scrollTop = Math.max(0, before - scroller.clientHeight * 1.5);
			await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
			idle = scroller.scrollTop === 0 && before === 0 ? idle + 1 : 0;
			if (idle > 600) break;
		}
		note();
		// On a busy machine every frame takes long: what counts is that they do not grow.
		const median = (tasks) => tasks.map((task) => task.took).sort((a, b) => a - b)[tasks.length >> 1] ?? 0;
		const early = median(long.filter((task) => task.found <= posts / 3));
		const late = median(long.filter((task) => task.found > (posts * 2) / 3));
		return { found: found.size, most, early, late, longest: Math.max(0, ...long.map((task) => task.took)), tasks: long.length };
	}, POSTS);
	console.log(`# ${JSON.stringify(seen)}`);
	equal(seen.found, POSTS, 'posts seen on the way');
	check(seen.most <= 80, `at most ${seen.most} posts were in the page at once`);
	check(seen.late <= 3 * Math.max(seen.early, 50), `a frame took ${seen.early} ms at first, ${seen.late} ms at the end`);
	// And back to the end.
	await page.locator('.pill').click();
	await page.locator('.stream .post', { hasText: `הודעה ${POSTS - 1}:` }).waitFor();
	noComplaints(page);
	await leave(page);
});

test('a thread deep in the history opens by its link, without all that lies between', async () => {
	const crowd = await speaker(server, { lang: 'he' });
	const page1 = await crowd.call('history.read', { circle: 'forum', after: 0, limit: 5 });
	const first = page1.events[0].post;
	const page = await join(server, 'נועה', { size: DESK });
	await page.goto(`${server.url}/#circle=forum&thread=${first.thread}&post=${first.id}&seq=${first.seq}`);
	await page.locator('.thread .post', { hasText: 'הודעה 0:' }).waitFor();
	await until(async () => (await page.locator('.stream .post').count()) > 0, 'the stream is there, too');
	await leave(page, crowd.page);
});

await main();
