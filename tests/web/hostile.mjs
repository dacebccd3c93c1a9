#!/usr/bin/env node
// Text is only ever text: 41 payloads, each as a name and as a post, run nothing, load nothing and break
// nothing; links lead only where they seem to.
import { check, DESK, equal, givenServer, join, joinInvited, key, leave, main, noComplaints, post, speaker, test, until } from './lib/web.mjs';

const server = await givenServer(['limits=0', 'newcomer_minutes=0']);

const payloads = [
	'<script>window.hit=1</script>',
	'<img src=x onerror="window.hit=1">',
	'<svg onload=window.hit=1>',
	'<svg><script>window.hit=1</script></svg>',
	'"><script>window.hit=1</script>',
	"'><img src=x onerror=window.hit=1>",
	'<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
	'<a href="javascript:window.hit=1">press</a>',
	'javascript:window.hit=1',
	'[press](javascript:window.hit=1)',
	'<body onload=window.hit=1>',
	'<input autofocus onfocus=window.hit=1>',
	'<details open ontoggle=window.hit=1>',
	'<video><source onerror=window.hit=1></video>',
	'<math><mtext></mtext><mglyph><svg><mtext><style><img src=x onerror=window.hit=1>',
	'<style>body{display:none}</style>',
	'<link rel=stylesheet href=//evil.example/x.css>',
	'<meta http-equiv=refresh content="0;url=//evil.example">',
	'<base href=//evil.example>',
	'<form action=//evil.example><button>press</button></form>',
	'<object data="data:text/html,<script>parent.hit=1</script>"></object>',
	'<embed src="data:text/html,x">',
	'{{constructor.constructor("window.hit=1")()}}',
	'${window.hit=1}',
	'</title><script>window.hit=1</script>',
	'</textarea><script>window.hit=1</script>',
	'</script><script>window.hit=1</script>',
	'<!--><script>window.hit=1</script-->',
	'<noscript><p title="</noscript><img src=x onerror=window.hit=1>">',
	'<template><script>window.hit=1</script></template>',
	'&lt;script&gt;window.hit=1&lt;/script&gt;',
	'\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e',
	'%3Cscript%3Ewindow.hit=1%3C/script%3E',
	'<a href="https://good.example" onclick="window.hit=1">press</a>',
	'data:text/html,<script>window.hit=1</script>',
	'vbscript:msgbox(1)',
	'https://good.example/"onmouseover="window.hit=1',
	'https://good.example/<script>window.hit=1</script>',
	'" style="position:fixed;inset:0;background:red" x="',
	"__proto__ constructor toString {\"__proto__\":{\"hit\":1}}",
	'<custom-element onanimationstart=window.hit=1 style="animation:x 1s">',
];

test('41 payloads as names and as posts stay words, in the stream, the threads, the inbox and everywhere', async () => {
	equal(payloads.length, 41, 'payloads');
	const page = await join(server, 'Reader', { lang: 'en', size: DESK });
	const first = await page.evaluate(() => document.scripts.length + document.styleSheets.length);
	const dialogs = [];
	page.on('dialog', (dialog) => {
		dialogs.push(dialog.message());
		void dialog.dismiss();
	});
	const mine = await speaker(server, { resume: await page.evaluate(() => JSON.parse(localStorage['maagal.resume'])) });
	const opener = await mine.call('post.create', { circle: 'forum', text: 'Here one may answer.', key: key() });
	const shown = [];
	const crowd = await speaker(server, { lang: 'en' });
	await crowd.call('charter.accept', { process: 'street', version: 1 });
	for (const payload of payloads) {
		await crowd.call('me.update', { name: payload.slice(0, 50) }).catch(() => undefined);
		const answer = await crowd.call('post.create', { circle: 'forum', text: payload + ' .', key: key(), reply_to: opener.id });
		if (answer.status === 'posted') shown.push(payload);
	}
	check(shown.length >= 25, `${shown.length} of them were let through`);
	const last = shown[shown.length - 1];
	await post(page, last).first().waitFor();
	const nothing = async (where) => {
		equal(await page.evaluate(() => [window.hit, ({}).hit]), [null, null].map(() => undefined), `${where}: what was run`);
		equal(
			await page.evaluate(() => document.querySelectorAll('iframe, object, embed, img, video, base, #page script, #page style, #page link, #page form[action], custom-element, [onload], [onerror], [onclick]').length),
			0,
			`${where}: elements that nobody made`,
		);
		equal(await page.evaluate(() => document.scripts.length + document.styleSheets.length), first, `${where}: scripts and styles`);
		for (const link of await page.locator('#page a[href]').evaluateAll((links) => links.map((one) => [one.href, one.className])))
			check(link[1] !== 'outside' || /^https?:/.test(link[0]), `${where}: ${link[0]}`);
	};
	await nothing('stream');
	for (let i = 0; i < 12; i++) {
		await page.locator('.scroller').evaluate((element) => (element.scrollTop -= 600));
		await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
		await nothing('scrolled back');
	}
	await post(page, 'Here one may answer.').first().locator('.thread-chip').click();
	await page.waitForSelector('.thread .post');
	await nothing('thread');
	await page.getByRole('button', { name: /My inbox/ }).first().click();
	await page.waitForSelector('.entry');
	await nothing('inbox');
	for (const payload of shown.slice(0, 3)) check((await page.textContent('.page-body')).includes(payload), `it is shown as it is: ${payload}`);
	equal(dialogs, []);
	for (const url of page.asked) equal(new URL(url).host, new URL(server.url).host, url);
	noComplaints(page);
	await leave(page, mine.page, crowd.page);
});

test('a name from an invitation is only a name', async () => {
	const name = '<img src=x onerror=window.hit=1>';
	const page = await joinInvited(server, server.invite('panel', 'participant', name, '<script>window.hit=1</script>'), 'panel', { lang: 'en', size: DESK });
	await page.getByRole('button', { name: 'Who is in the circle' }).click();
	await page.locator('.member', { hasText: name }).waitFor();
	equal(await page.evaluate(() => window.hit), undefined);
	noComplaints(page);
	await leave(page);
});

test('links: only http and https, without the sentence’s punctuation, and none that lies about its host', async () => {
	const page = await join(server, 'Linker', { lang: 'en', size: DESK });
	const crowd = await speaker(server, { lang: 'en' });
	await crowd.call('charter.accept', { process: 'street', version: 1 });
	const cases = [
		['See https://example.org/a.', ['https://example.org/a']],
		['(see https://example.org/b)', ['https://example.org/b']],
		['https://en.example.org/wiki/Vine_(street) it is', ['https://en.example.org/wiki/Vine_(street)']],
		['ראו https://example.org/c, ועוד', ['https://example.org/c']],
		['ftp://example.org/d and file:///etc/passwd', []],
		['https://bank.example@evil.example/e', []],
		['plain www.example.org stays plain', []],
		['HTTPS://EXAMPLE.org/f!', ['https://example.org/f']],
	];
	for (const [text, links] of cases) {
		const answer = await crowd.call('post.create', { circle: 'forum', text, key: key() });
		if (answer.status !== 'posted') continue;
		const row = post(page, text.slice(0, 30)).last();
		await row.waitFor();
		equal(await row.locator('.words a').evaluateAll((all) => all.map((one) => one.href)), links, text);
		for (const rel of await row.locator('.words a').evaluateAll((all) => all.map((one) => one.rel)))
			check(/noopener/.test(rel) && /nofollow/.test(rel), rel);
	}
	const tricks = ['https://еxample.org/cyrillic', 'https://example.org/\u202Egnp.exe'];
	for (const text of tricks) {
		const answer = await crowd.call('post.create', { circle: 'forum', text: `look ${text}`, key: key() });
		if (answer.status !== 'posted') continue;
		const row = page.locator('.stream .post').last();
		await until(async () => (await row.textContent()).includes('look'), 'it is there');
		const link = row.locator('.words a').first();
		if (!(await link.count())) continue;
		const [words, href] = await link.evaluate((one) => [one.textContent, one.href]);
		check(!/[\u202A-\u202E\u2066-\u2069]/.test(words), 'no direction is turned inside a link');
		const host = new URL(href).hostname;
		check((await row.textContent()).includes(host), `the true host is told: ${host}`);
	}
	noComplaints(page);
	await leave(page, crowd.page);
});

test('a post that turns its own direction does not turn its neighbours or its name', async () => {
	const page = await join(server, 'Reader', { lang: 'en', size: DESK });
	const crowd = await speaker(server, { lang: 'en' });
	await crowd.call('charter.accept', { process: 'street', version: 1 });
	await crowd.call('post.create', { circle: 'forum', text: 'before the turn', key: key() });
	await crowd.call('post.create', { circle: 'forum', text: 'turned \u202Edrawkcab', key: key() });
	await crowd.call('post.create', { circle: 'forum', text: 'after the turn', key: key() });
	await post(page, 'after the turn').waitFor();
	const [before, after] = await Promise.all(
		['before the turn', 'after the turn'].map((text) =>
			post(page, text).locator('.words').evaluate((words) => {
				const range = document.createRange();
				range.selectNodeContents(words);
				const first = document.createRange();
				first.setStart(words.firstChild, 0);
				first.setEnd(words.firstChild, 1);
				return first.getBoundingClientRect().left - range.getBoundingClientRect().left;
			}),
		),
	);
	check(before < 2 && after < 2, 'the neighbours read from left to right');
	await leave(page, crowd.page);
});

await main();
