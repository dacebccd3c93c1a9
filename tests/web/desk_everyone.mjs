#!/usr/bin/env node
// The moderators' page for everyone: no violation found by axe, in three languages, on phones and wide
// screens, dark and in forced colours; nothing sideways, nothing too small to touch.
import { axeClean, check, DESK, equal, key, leave, main, NARROW, noComplaints, PHONE, shot, test, until } from './lib/web.mjs';
import { atDesk, citizen, givenDeskServer, HARSH, row, WIDE } from './lib/desk.mjs';

const server = await givenDeskServer();
const noa = await citizen(server, 'נועה ברקת');
const omer = await citizen(server, 'Omer', 'en');
const opener = await noa.say('ספרתי אתמול 41 עצים בין התחנה לשוק. מה דעתכם על עוד ספסלים בצל?');
await omer.say('A good idea, but where will the residents park?', { reply_to: opener.id });
const reported = await noa.say('אפשר חניון קטן מאחורי השוק.', { reply_to: opener.id });
await omer.call('post.report', { post: reported.id, reason: 'off_topic', note: 'לא קשור', key: key() });
for (const text of HARSH) await omer.say(text, { reply_to: opener.id });

const screens = [
	{ name: '390×844', size: PHONE, langs: ['he', 'ar', 'en'] },
	{ name: '320 wide', size: NARROW, langs: ['he', 'en'] },
	{ name: '1280×800', size: DESK, langs: ['he', 'ar', 'en'] },
	{ name: '1920×1080', size: WIDE, langs: ['he', 'en'] },
	{ name: '390×844 dark', size: PHONE, dark: true, langs: ['he'] },
	{ name: '1280×800 dark', size: DESK, dark: true, langs: ['en'] },
	{ name: '1280×800 forced colours', size: DESK, forcedColors: 'active', langs: ['he'] },
];

async function noSideways(page, where) {
	const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
	check(wide <= room, `${where}: ${wide} px in ${room}`);
	const out = await page.evaluate(() =>
		[...document.querySelectorAll('.desk button, .desk h2, .desk .words')]
			.filter((one) => one.checkVisibility() && !one.closest('.skip, .sr'))
			.map((one) => [one.textContent.slice(0, 30), one.getBoundingClientRect()])
			.filter(([, box]) => box.width > 0 && (box.left < -1 || box.right > innerWidth + 1))
			.map(([text]) => text),
	);
	equal(out, [], `${where}: beyond the edge`);
}

async function targets(page, where) {
	const small = await page.evaluate(() =>
		[...document.querySelectorAll('button, input, textarea, select, summary, a[href]')]
			.filter((one) => !one.classList.contains('outside') && !one.closest('.skip, .sr') && one.checkVisibility())
			.map((one) => [one.className || one.tagName, one.getBoundingClientRect()])
			.filter(([, box]) => box.width > 0 && (box.width < 23.5 || box.height < 23.5))
			.map(([name, box]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`),
	);
	equal(small, [], `${where}: targets under 24 px`);
}

let count = 0;
for (const screen of screens) {
	for (const lang of screen.langs) {
		test(`the desk at ${screen.name}, in ${lang}: nothing that axe complains about`, async () => {
			const name = `${screen.name.replace(/\W+/g, '-')}-${lang}`;
			const page = await atDesk(server, {
				lang,
				size: screen.size,
				dark: screen.dark ?? false,
				name: `דנה ${++count}`,
				...(screen.forcedColors ? { forcedColors: 'active' } : {}),
			});
			const look = async (what) => {
				await axeClean(page, `${name} ${what}`);
				await noSideways(page, `${name} ${what}`);
				await targets(page, `${name} ${what}`);
				await shot(page, `desk-${what}-${name}`);
			};
			await until(async () => (await page.locator('.queue-row').count()) >= 4, 'four wait');
			await look('queue');
			await row(page, HARSH[0]).locator('.queue-open').click();
			await page.locator('.pane .subject').waitFor();
			await page.locator('.pane .figures').waitFor();
			await look('item');
			const view = async (hash, selector, what) => {
				await page.goto(`${server.url}/#view=desk${hash}`);
				await page.locator(selector).first().waitFor();
				await look(what);
			};
			await view('&tab=picture', '.circle-card .facts', 'picture');
			await view('&circle=forum', '.pane .switches', 'circle');
			await view(`&circle=forum&thread=${opener.id}`, '.pane .context-post', 'thread');
			await view('&tab=log', '.log-entry', 'log');
			await view('&tab=duty', '.line-card', 'duty');
			noComplaints(page);
			await leave(page);
		});
	}
}

test('the focus goes where one reads on, from the first key to the last', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK, name: 'Keys' });
	await until(async () => (await page.locator('.queue-row').count()) >= 4, 'four wait');
	const inside = (selector) => page.evaluate((one) => !!document.activeElement?.closest(one), selector);
	// The skip link is the first stop, and leads past the top.
	await page.evaluate(() => document.activeElement?.blur());
	await page.keyboard.press('Tab');
	await until(() => inside('.skip'), 'the skip link comes first');
	await page.keyboard.press('Enter');
	await until(() => inside('#main h2'), 'it leads to the content');
	await page.keyboard.press('j');
	await until(() => inside('.pane-title'), 'what opens has the focus');
	await page.keyboard.press('n');
	await page.getByRole('dialog').waitFor();
	await until(() => inside('dialog'), 'a dialog has the focus');
	await page.keyboard.press('Escape');
	await until(async () => (await page.getByRole('dialog').count()) === 0, 'Escape closes it');
	await until(() => inside('.pane'), 'the focus is back');
	await page.keyboard.press('Escape');
	await until(() => inside('#queue-title'), 'closing leads to the list');
	await page.keyboard.press('3');
	await until(() => inside('#log-title'), 'the log has the focus');
	noComplaints(page);
	await leave(page);
});

await main();
