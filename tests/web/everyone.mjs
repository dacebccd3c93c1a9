#!/usr/bin/env node
// For everyone: no violation found by axe on any screen, in any language, light, dark or in forced
// colours; all by keyboard; nothing lost at 320 pixels, at four times the size, or with wide spacing.
import {
	axeClean, check, DESK, equal, givenServer, join, joinInvited, key, leave, main, NARROW, noComplaints, person, PHONE, post, shot,
	speaker, test, until, write,
} from './lib/web.mjs';

const server = await givenServer(['limits=0', 'newcomer_minutes=0']);
const crowd = await speaker(server, { lang: 'he' });
await crowd.call('charter.accept', { process: 'street', version: 1 });
const said = [
	'ספרתי אתמול 41 עצים בין התחנה לשוק, ראו https://example.org/trees (טבלה 2).',
	'Six almond trees in a town that is named after them.',
	'أقترح مقاعد في الظل قرب النافورة، فالناس تنتظر الحافلة واقفة.',
	'ומה עם חניה לתושבים? הרחוב צר, והמשאיות פורקות בבוקר.',
];
let opener;
for (const text of said) {
	const { id } = await crowd.call('post.create', { circle: 'forum', text, key: key(), ...(opener ? { reply_to: opener } : {}) });
	opener ??= id;
}

const screens = [
	{ name: '390×844', size: PHONE, dark: false },
	{ name: '320 wide', size: NARROW, dark: false },
	{ name: '1280×800', size: DESK, dark: false },
	{ name: '390×844 dark', size: PHONE, dark: true },
	{ name: '1280×800 dark', size: DESK, dark: true },
	{ name: '1280×800 forced colours', size: DESK, dark: false, forcedColors: 'active' },
	{ name: '390×844 forced colours, dark', size: PHONE, dark: true, forcedColors: 'active' },
];

async function noSideways(page, where) {
	const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
	check(wide <= room, `${where}: ${wide} px in ${room}`);
}

async function targets(page, where) {
	const small = await page.evaluate(() =>
		[...document.querySelectorAll('button, input, textarea, summary, a[href]')]
			.filter((one) => !one.classList.contains('outside') && !one.closest('.skip, .sr') && one.checkVisibility())
			.map((one) => [one.className || one.tagName, one.getBoundingClientRect()])
			.filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
			.map(([name, box]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`),
	);
	equal(small, [], `${where}: targets under 24 px`);
}

for (const screen of screens) {
	for (const lang of screen.size === DESK || screen.dark ? ['he', 'en'] : ['he', 'ar', 'en']) {
		test(`axe finds nothing to complain about at ${screen.name}, in ${lang}`, async () => {
			const name = `${screen.name.replace(/\W+/g, '-')}-${lang}`;
			const more = { lang, size: screen.size, dark: screen.dark, ...(screen.forcedColors ? { forcedColors: 'active' } : {}) };
			const page = await person(server, more);
			await page.goto(`${server.url}/#circle=forum`);
			await page.waitForSelector('#join button[type=submit]:not([disabled])');
			const look = async (what) => {
				await axeClean(page, `${name} ${what}`);
				await noSideways(page, `${name} ${what}`);
				await targets(page, `${name} ${what}`);
				await shot(page, `everyone-${what}-${name}`);
			};
			await look('welcome');
			await page.fill('#join-name', 'נועה ברקת');
			await page.click('#join button[type=submit]');
			await page.waitForSelector('.stream .post');
			await write(page, 'רק אידיוט יחשוב ככה');
			await page.locator('.verdict').first().waitFor();
			await page.locator('.post .quiet').first().click();
			await page.waitForSelector('.answering');
			await look('stream');
			await page.locator('.post .more').first().press('Enter');
			await page.getByRole('dialog').waitFor();
			await look('menu');
			await page.keyboard.press('Escape');
			await page.locator('.thread-chip').first().click();
			await page.waitForSelector('.thread .post');
			await look('thread');
			for (const view of ['inbox', 'mine', 'search', 'circles']) {
				await page.goto(`${server.url}/#circle=forum&view=${view}`);
				await page.waitForSelector('.page .pane-head h1');
				if (view === 'mine' || view === 'inbox') await page.waitForSelector('.entry');
				await look(view);
			}
			noComplaints(page);
			await leave(page);
		});
	}
}

test('the whole way can be gone by keyboard alone', async () => {
	const page = await person(server, { lang: 'en', size: DESK });
	await page.goto(`${server.url}/#circle=forum`);
	await page.waitForSelector('#join button[type=submit]:not([disabled])');
	await tabTo(page, '#join-name');
	await page.keyboard.type('Keyboard');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.stream .post');
	await tabTo(page, '.skip');
	await page.keyboard.press('Enter');
	await until(() => page.evaluate(() => document.activeElement?.id === 'write'), 'the skip link leads to writing');
	await page.keyboard.type('Written without a mouse');
	await page.keyboard.press('Enter');
	await post(page, 'Written without a mouse').locator('.post-foot').waitFor();
	const more = post(page, 'Written without a mouse').locator('.more');
	await tabTo(page, more, true);
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor();
	await until(() => page.evaluate(() => document.querySelector('dialog').contains(document.activeElement)), 'the focus is in the dialog');
	for (let i = 0; i < 12; i++) await page.keyboard.press('Tab');
	check(
		await page.evaluate(() => document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)),
		'it stays there',
	);
	await page.keyboard.press('Escape');
	await until(async () => (await page.getByRole('dialog').count()) === 0, 'Escape closes it');
	check(await more.evaluate((button) => document.activeElement === button), 'the focus is back at the button');
	const reply = post(page, 'Written without a mouse').getByRole('button', { name: 'Reply' });
	await tabTo(page, reply, true);
	await page.keyboard.press('Enter');
	await page.waitForSelector('.answering');
	await until(() => page.evaluate(() => document.activeElement?.id === 'write'), 'replying leads to writing');
	await page.keyboard.press('Escape');
	await until(async () => (await page.locator('.answering').count()) === 0, 'Escape drops the reply');
	noComplaints(page);
	await leave(page);
});

async function tabTo(page, target, backwards = false) {
	const locator = typeof target === 'string' ? page.locator(target) : target;
	for (let i = 0; i < 200; i++) {
		if (await locator.first().evaluate((element) => document.activeElement === element)) return;
		await page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab');
	}
	throw new Error('it cannot be reached by Tab');
}

test('new posts are read out politely while one is at the end, and what one sends is confirmed', async () => {
	const page = await join(server, 'Listener', { lang: 'en' });
	const log = page.getByRole('log');
	equal(await log.getAttribute('aria-live'), 'polite');
	await crowd.call('post.create', { circle: 'forum', text: 'A word for the ear.', key: key() });
	await log.getByText('A word for the ear.').waitFor();
	await write(page, 'Heard, thank you.');
	await page.getByRole('status').filter({ hasText: 'Sent' }).waitFor({ state: 'attached' });
	for (let i = 0; i < 12; i++) await crowd.call('post.create', { circle: 'forum', text: `Filling the page, ${i}.`, key: key() });
	await post(page, 'Filling the page, 11').waitFor();
	await page.locator('.scroller').evaluate((element) => (element.scrollTop = 0));
	await until(async () => (await log.getAttribute('aria-live')) === 'off', 'reading back is not read out');
	await leave(page);
});

test('magnified four times, all can be read and reached', async () => {
	const page = await person(server, { lang: 'he', size: { width: 320, height: 256 } });
	await page.goto(`${server.url}/#circle=forum`);
	await page.waitForSelector('#join-name');
	await noSideways(page, 'welcome');
	await page.fill('#join-name', 'נועה');
	await page.click('#join button[type=submit]');
	await page.waitForSelector('.stream .post');
	await noSideways(page, 'stream');
	const room = await page.locator('.scroller').evaluate((element) => element.clientHeight);
	check(room >= 90, `${room} px are left for the discussion`);
	await shot(page, 'everyone-magnified');
	await leave(page);
});

test('with wide text spacing nothing is cut off', async () => {
	const page = await join(server, 'נועה', { size: PHONE });
	const spacing = '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }';
	// As an extension of the browser would, past the page's policy.
	await page.evaluate((text) => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(text);
		document.adoptedStyleSheets = [sheet];
	}, spacing);
	await noSideways(page, 'stream');
	const cut = await page.evaluate(() =>
		[...document.querySelectorAll('.words, .button, .quiet, .post-head')]
			.filter((one) => one.checkVisibility() && !one.closest('.sr'))
			.filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== 'visible')
			.map((one) => one.className),
	);
	equal(cut, [], 'cut off');
	await shot(page, 'everyone-spacing');
	await leave(page);
});

test('whoever wants less motion gets none', async () => {
	const page = await join(server, 'נועה', { reducedMotion: 'reduce' });
	await page.locator('.post .more').first().press('Enter');
	await page.getByRole('dialog').waitFor();
	const longest = await page.evaluate(() =>
		Math.max(0, ...document.getAnimations().map((one) => Number(one.effect.getComputedTiming().duration) || 0)),
	);
	check(longest <= 10, `${longest} ms`);
	await leave(page);
});

test('the members of a closed circle and every dialog pass axe too', async () => {
	const page = await joinInvited(server, server.invite('panel', 'participant', 'גלית', 'המכללה'), 'panel', { size: DESK });
	await page.getByRole('button', { name: 'מי במעגל' }).click();
	await page.waitForSelector('.member');
	await axeClean(page, 'members');
	await page.goto(`${server.url}/#circle=forum`);
	await write(page, 'הודעה שלי לעריכה');
	const mine = post(page, 'הודעה שלי לעריכה');
	for (const [row, item] of [
		[mine, 'עריכה'],
		[mine, 'למשוך את ההודעה'],
		[page.locator('.stream .post:not(.mine)').last(), 'דיווח לצוות ההנחיה'],
	]) {
		await row.getByRole('button', { name: /עוד פעולות/ }).click();
		await page.getByRole('dialog').getByRole('button', { name: item }).click();
		await page.getByRole('dialog', { name: item }).waitFor();
		await axeClean(page, item);
		await shot(page, `everyone-dialog-${item}`);
		await page.keyboard.press('Escape');
	}
	await page.goto(`${server.url}/#circle=forum&view=mine`);
	for (const button of ['קישור למכשיר אחר', 'יציאה מהמכשיר הזה', 'למחוק אותי']) {
		await page.getByRole('button', { name: button }).click();
		await page.getByRole('dialog').waitFor();
		await axeClean(page, button);
		await page.keyboard.press('Escape');
	}
	noComplaints(page);
	await leave(page);
});

await main();
