#!/usr/bin/env node
// Letters of twice the size, a page magnified twofold, fingers instead of a mouse: all of it stays usable.
import {
	axeClean, check, equal, givenServer, join, key, leave, main, moderator, person, personWithLetters, PHONE, post, shot, test, tooSmallForFingers, until, write,
} from './lib/web.mjs';

const server = await givenServer(['limits=0', 'newcomer_minutes=0']);
const dana = await moderator(server);
const LONG = 'אני גרה ליד השוק כבר חמישים שנה, ומגיעה לרחוב הגפן בכל יום שישי בשעה 10:30 בקו 56, עם העגלה ועם השכנה.';

async function comeIn(page, name) {
	await page.goto(`${server.url}/#circle=forum`);
	await page.fill('#join-name', name);
	await page.click('#join button[type=submit]');
	await page.waitForSelector('.scroller');
}

function measures(page) {
	return page.evaluate(() => {
		const box = (name) => document.querySelector(name).getBoundingClientRect();
		const title = document.querySelector('.top h1');
		return {
			list: box('.stream .list').height,
			send: box('.send').bottom,
			icon: box('.send .icon, .send .count').height,
			bottom: innerHeight,
			titleIsCut: title.scrollHeight > title.clientHeight * 1.3 || title.scrollWidth > title.clientWidth + 1,
			sideways: document.documentElement.scrollWidth > innerWidth,
		};
	});
}

test('with letters of twice the size one reads, answers and sends, also while a crisis lasts', async () => {
	const noa = await join(server, 'נועה');
	await write(noa, 'מה אתם חושבים על השוק?');
	await post(noa, 'מה אתם חושבים').getByRole('button', { name: 'תגובה' }).waitFor();
	await dana.call('desk.crisis_begin', { circle: 'forum', preset: 'mild', minutes: 30, reason: 'הדיון התחמם, ולכן לזמן מה הקצב כאן יורד מעט. הדיון נמשך.', key: key() });
	const large = await personWithLetters(server, 32);
	const magnified = await personWithLetters(server, 16, { size: { width: PHONE.width / 2, height: PHONE.height / 2 } });
	for (const [page, name, letters] of [[large, 'שושנה', 32], [magnified, 'מרים', 16]]) {
		await comeIn(page, name);
		await page.locator('.banner.crisis').waitFor();
		await post(page, 'מה אתם חושבים').first().getByRole('button', { name: 'תגובה', exact: true }).click();
		await page.fill('#write', LONG);
		await until(async () => (await page.locator('.send').isEnabled()), 'it can be sent');
		const found = await measures(page);
		await shot(page, `large-${letters}`);
		check(found.send <= found.bottom, `${letters}: the button to send ends at ${found.send} of ${found.bottom}`);
		check(found.list >= letters * 1.5, `${letters}: ${found.list} are left to read in`);
		check(found.icon >= letters * 1.2, `${letters}: the sign is ${found.icon} high`);
		check(!found.titleIsCut, `${letters}: the title is cut`);
		check(!found.sideways, `${letters}: the page goes sideways`);
		await axeClean(page, `a crisis in letters of ${letters}`);
		await page.click('.send');
		await page.locator('.stream .post.mine:not(.pending)', { hasText: 'חמישים שנה' }).waitFor();
	}
	await dana.call('desk.crisis_end', { circle: 'forum', key: key() });
	await leave(noa, large, magnified);
});

test('on a phone that lies on its side one sees why it goes slowly, and still reads and sends', async () => {
	await dana.call('desk.crisis_begin', { circle: 'forum', preset: 'mild', minutes: 30, reason: 'הדיון התחמם, ולכן הקצב יורד.', key: key() });
	const page = await person(server, { size: { width: 844, height: 390 }, hasTouch: true, isMobile: true });
	await comeIn(page, 'אבי');
	await page.locator('.banner.crisis').waitFor();
	await page.fill('#write', LONG);
	const found = await measures(page);
	await shot(page, 'large-on-its-side');
	check(found.send <= found.bottom && found.list >= 90, JSON.stringify(found));
	await dana.call('desk.crisis_end', { circle: 'forum', key: key() });
	await leave(page);
});

test('why a post waits is read from its beginning, however large the letters', async () => {
	const page = await personWithLetters(server, 32);
	await comeIn(page, 'שושנה');
	await write(page, 'רק אידיוט גמור יחשוב ככה');
	await page.locator('.post.held .verdict-title').waitFor();
	await until(async () => {
		const [list, row] = await page.evaluate(() => ['.list', '.post.held'].map((name) => document.querySelector(name).getBoundingClientRect().top));
		return row >= list && row < list + 60;
	}, 'its first line is at the top of the list');
	await leave(page);
});

test('on a phone nothing that one presses is smaller than a finger', async () => {
	const page = await join(server, 'עומר');
	await write(page, 'הצעה: עוד ספסלים בצל.');
	const mine = post(page, 'עוד ספסלים');
	await mine.getByRole('button', { name: 'תגובה', exact: true }).click();
	await write(page, 'ועוד מים קרים.');
	await post(page, 'ועוד מים').locator('.context').waitFor();
	equal(await tooSmallForFingers(page), [], 'the discussion');
	await post(page, 'מה אתם חושבים').first().locator('.more').click();
	await page.getByRole('dialog').getByRole('button', { name: 'דיווח' }).click();
	await page.getByRole('dialog').locator('.choices').waitFor();
	equal(await tooSmallForFingers(page), [], 'a report');
	await page.keyboard.press('Escape');
	for (const view of ['circles', 'inbox', 'mine', 'search', 'welcome']) {
		await page.goto(`${server.url}/#circle=forum&view=${view}`);
		await page.locator('h1').first().waitFor();
		equal(await tooSmallForFingers(page), [], view);
	}
	await leave(page);
});

test('a keyboard that lies over the page hides neither the field nor the button', async () => {
	const page = await person(server);
	await page.addInitScript(() => {
		const view = Object.assign(new EventTarget(), { height: innerHeight, width: innerWidth, scale: 1, offsetTop: 0 });
		Object.defineProperty(window, 'visualViewport', { value: view });
	});
	await comeIn(page, 'יוסי');
	await page.waitForSelector('#write');
	const seen = async (height, scale = 1) => {
		await page.evaluate(([h, s]) => {
			Object.assign(window.visualViewport, { height: h, scale: s });
			window.visualViewport.dispatchEvent(new Event('resize'));
		}, [height, scale]);
		return page.evaluate(() => document.querySelector('.send').getBoundingClientRect().bottom);
	};
	await page.fill('#write', LONG);
	check((await seen(430)) <= 430, 'the button is above the keyboard');
	check((await seen(PHONE.height)) > 700, 'and back at its place without one');
	check((await seen(PHONE.height / 2, 2)) > 700, 'whoever magnifies the page has no keyboard');
	await leave(page);
});

test('a search that finds nothing says so', async () => {
	const page = await join(server, 'נועה');
	await page.goto(`${server.url}/#circle=forum&view=search`);
	await page.fill('#search-words', 'קרקס');
	await page.locator('.search-form button').click();
	await page.getByText('לא נמצאו הודעות').waitFor();
	await leave(page);
});

test('a Hebrew sentence that begins with a foreign word runs from the right, and an English one from the left', async () => {
	const page = await join(server, 'יעל');
	await write(page, 'NTA הודיעה שהקו נסגר מחר.\nשמואל said that the line is closing tomorrow.');
	const words = post(page, 'NTA הודיעה').locator('.words');
	await words.waitFor();
	const [first, last, second, box] = await words.evaluate((element) => {
		const place = (wanted) => {
			const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
			for (let node = walker.nextNode(); node; node = walker.nextNode()) {
				const at = node.data.indexOf(wanted);
				if (at < 0) continue;
				const range = document.createRange();
				range.setStart(node, at);
				range.setEnd(node, at + wanted.length);
				const { left, right } = range.getBoundingClientRect();
				return (left + right) / 2;
			}
			throw new Error(wanted);
		};
		return [place('NTA'), place('מחר'), place('שמואל'), place('said')];
	});
	check(first > last, 'what the Hebrew begins with stands at the right');
	check(second < box, 'what the English begins with stands at the left');
	equal(await words.evaluate((element) => element.textContent), 'NTA הודיעה שהקו נסגר מחר.\nשמואל said that the line is closing tomorrow.', 'nothing is added to the words');
	await leave(page);
});

await main();
