#!/usr/bin/env node
// The way in: a link, what it is about, one name, one button; and back again later.
import { check, DESK, equal, givenServer, join, leave, main, noComplaints, person, shot, test, until } from './lib/web.mjs';

const server = await givenServer();

test('a link shows what the process is for, until when and what is done with what is said', async () => {
	const page = await person(server);
	await page.goto(`${server.url}/#circle=forum`);
	await page.waitForSelector('#join-name');
	equal(await page.textContent('h1'), 'רחוב הגפן: מתכננים יחד');
	await page.getByText('להבין איך חיים ברחוב.').waitFor();
	await page.getByText('31 במרץ 2027').waitFor();
	await page.getByText('המידע משמש את התהליך בלבד.').waitFor();
	await page.getByText('הסיכום יגיע לוועדה.').waitFor();
	await page.getByText('מדברים בכבוד.').waitFor();
	equal(await page.getAttribute('html', 'dir'), 'rtl');
	equal(await page.getAttribute('html', 'lang'), 'he');
	await shot(page, 'arriving');
	noComplaints(page);
	await leave(page);
});

test('one name and one button lead in, and later one is still in', async () => {
	const page = await join(server, 'נועה ברקת');
	await page.reload();
	await page.waitForSelector('#write');
	equal(await page.locator('#join-name').count(), 0, 'the name is not asked for again');
	const again = await page.context().newPage();
	await again.goto(server.url);
	await again.waitForSelector('#write');
	noComplaints(page);
	await leave(page);
});

test('a missing name is asked for kindly, beside the field', async () => {
	const page = await person(server);
	await page.goto(server.url);
	await page.waitForSelector('#join-name');
	await page.click('#join button[type=submit]');
	await page.waitForSelector('#join-trouble');
	equal(await page.evaluate(() => document.activeElement?.id), 'join-name', 'the focus');
	equal(await page.getAttribute('#join-name', 'aria-invalid'), 'true');
	await leave(page);
});

test('one may read a public circle without joining', async () => {
	const page = await person(server, { lang: 'en' });
	await page.goto(`${server.url}/#circle=forum`);
	await page.getByRole('button', { name: 'Just read, without joining' }).click();
	await page.waitForSelector('.scroller');
	await page.getByRole('button', { name: 'Join to write' }).waitFor();
	await leave(page);
});

test('an invitation knows the name, opens the closed circle and leaves the address bar', async () => {
	const token = server.invite('panel', 'participant', 'גלית אבידן', 'המכללה');
	const page = await person(server);
	await page.goto(`${server.url}/#invite=${token}&circle=panel`);
	await page.getByText('גלית אבידן').first().waitFor();
	check(!page.url().includes(token), 'the token is gone from the address');
	check(!(await page.evaluate(() => JSON.stringify(history.state) + location.href)).includes(token), 'and from the history');
	equal(await page.locator('#join-name').count(), 0);
	await page.click('#join button[type=submit]');
	await page.waitForSelector('#write');
	equal(await page.textContent('.top h1'), 'הפאנל הסגור');

	// The same link once more, on the same device: still in.
	await page.goto('about:blank');
	await page.goto(`${server.url}/#invite=${token}&circle=panel`);
	await page.waitForSelector('#write');
	await page.getByRole('button', { name: 'מי במעגל' }).click();
	await page.locator('.member', { hasText: 'גלית אבידן' }).getByText('המכללה').waitFor();

	// The list of circles tells the closed one from the open one.
	await page.goto(`${server.url}/#circle=panel&view=circles`);
	await page.locator('.page .circle-item', { hasText: 'הפאנל הסגור' }).getByText('מעגל סגור', { exact: true }).waitFor();
	await page.locator('.page .circle-item', { hasText: 'הפורום הפתוח' }).getByText('פתוח לכולם', { exact: true }).waitFor();

	// Somebody else’s invitation on the same device, and then the first one again: each is who it names.
	const second = server.invite('panel', 'participant', 'רון לביא');
	await page.goto('about:blank');
	await page.goto(`${server.url}/#invite=${second}&circle=panel`);
	await page.getByText('רון לביא').first().waitFor();
	await page.goto('about:blank');
	await page.goto(`${server.url}/#invite=${token}&circle=panel&view=mine`);
	await until(async () => (await page.locator('.name-form input').inputValue().catch(() => '')) === 'גלית אבידן', 'the first person again');

	// Elsewhere it is spent, and says so.
	const other = await person(server);
	await other.goto(`${server.url}/#invite=${token}&circle=panel`);
	await other.getByRole('alert').getByText('קישור ההזמנה').waitFor();
	check(!(await other.content()).includes('הפאנל הסגור'), 'a stranger learns nothing of the closed circle');
	await leave(page, other);
});

test('half a link, or one that leads where one may not go, still shows the way in', async () => {
	const page = await person(server);
	for (const circle of ['forumm', 'panel']) {
		await page.goto('about:blank');
		await page.goto(`${server.url}/#circle=${circle}`);
		await page.getByText('אולי הוא נקטע בדרך').waitFor();
		check(!(await page.content()).includes('הפאנל הסגור'), 'a stranger learns nothing of the closed circle');
		await page.getByRole('button', { name: 'רחוב הגפן: מתכננים יחד' }).click();
		await page.waitForSelector('#join-name');
	}
	noComplaints(page);
	await leave(page);
});

test('a link of one’s own leads in on another device, under the same name', async () => {
	const phone = await join(server, 'אורלי דהן');
	await phone.goto(`${server.url}/#circle=forum&view=mine`);
	await phone.getByRole('button', { name: 'קישור למכשיר אחר' }).click();
	await phone.getByRole('dialog').getByRole('button', { name: 'העתקת קישור' }).click();
	await phone.getByText('הקישור הועתק').waitFor();
	const link = await phone.evaluate(() => navigator.clipboard.readText());
	const desk = await person(server, { size: DESK });
	await desk.goto(link);
	await desk.waitForSelector('#write');
	await desk.locator('.whoami', { hasText: 'אורלי דהן' }).waitFor();
	check(!desk.url().includes('invite'), 'the token is gone from the address');
	noComplaints(desk);
	await leave(phone, desk);
});

test('Hebrew, Arabic and English are a click apart, and the page turns with them', async () => {
	const page = await join(server, 'לינה', { size: DESK });
	await page.locator('.side .languages button', { hasText: 'العربية' }).click();
	await page.getByPlaceholder('اكتبوا رسالة').waitFor();
	equal(await page.getAttribute('html', 'dir'), 'rtl');
	await until(async () => (await page.textContent('.top h1')) === 'المنتدى المفتوح', 'the circle is named in Arabic');
	await page.locator('.side .languages button', { hasText: 'English' }).click();
	await page.getByPlaceholder('Write a post').waitFor();
	equal(await page.getAttribute('html', 'dir'), 'ltr');
	await until(async () => (await page.textContent('.top h1')) === 'The open forum', 'the circle is named in English');
	const [side, middle] = await page.evaluate(() => ['.side', '.middle'].map((name) => document.querySelector(name).getBoundingClientRect().left));
	check(side < middle, 'the side stands at the left now');
	await page.reload();
	await page.getByPlaceholder('Write a post').waitFor();
	noComplaints(page);
	await leave(page);
});

test('the first load is light, and all of it comes from here', async () => {
	const page = await person(server);
	const session = await page.context().newCDPSession(page);
	await session.send('Network.enable');
	let bytes = 0;
	session.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
	await page.goto(`${server.url}/#circle=forum`);
	await page.waitForSelector('#join-name');
	check(bytes > 10000 && bytes <= 120000, `the first load is ${bytes} bytes over the wire`);
	console.log(`# first load: ${bytes} bytes`);
	for (const url of page.asked) equal(new URL(url).host, new URL(server.url).host, url);
	await leave(page);
});

test('on a slow 3G line one reads what it is about within ten seconds', async () => {
	const page = await person(server);
	const session = await page.context().newCDPSession(page);
	await session.send('Network.enable');
	await session.send('Network.emulateNetworkConditions', {
		offline: false, latency: 400, downloadThroughput: 50000, uploadThroughput: 50000,
	});
	const begin = Date.now();
	await page.goto(`${server.url}/#circle=forum`);
	await page.getByText('להבין איך חיים ברחוב.').waitFor();
	const took = Date.now() - begin;
	console.log(`# slow 3G: ${took} ms`);
	check(took < 10000, `it took ${took} ms`);
	await leave(page);
});

test('while the script is on its way there is a sign that something comes', async () => {
	const page = await person(server);
	let go;
	const later = new Promise((resolve) => (go = resolve));
	await page.route(/\.js$/, async (route) => {
		await later;
		await route.continue();
	});
	await page.goto(server.url, { waitUntil: 'commit' });
	await page.locator('.ring').waitFor();
	equal(await page.locator('.late').isVisible(), false, 'a word about a delay, at once');
	await page.evaluate(() => document.getAnimations().forEach((one) => one.animationName === 'appear' && one.finish()));
	await page.getByText('הטעינה מתעכבת').waitFor();
	go();
	await page.waitForSelector('#join-name');
	equal(await page.locator('.ring').count(), 0, 'signs that are left');
	await leave(page);
});

test('whoever gets no line is told what to do, and may try again', async () => {
	const page = await person(server);
	await page.addInitScript(() => {
		// The long wait ends when the test says so.
		const real = window.setTimeout;
		window.setTimeout = (then, ms, ...more) => (ms === 15000 ? ((window.longWait = then), 0) : real(then, ms, ...more));
		window.WebSocket = class extends WebSocket {
			constructor() {
				super(`ws://${location.host}/nothing-here`);
			}
		};
	});
	await page.goto(server.url);
	await page.getByText('אין חיבור כרגע').waitFor();
	equal(await page.getByRole('button', { name: 'לנסות שוב' }).count(), 0, 'not at once');
	await page.evaluate(() => window.longWait());
	await page.getByText('לנסות רשת אחרת').waitFor();
	const loaded = page.waitForEvent('load');
	await page.getByRole('button', { name: 'לנסות שוב' }).click();
	await loaded;
	await leave(page);
});

test('the page runs under a strict policy and complains about nothing', async () => {
	const page = await person(server);
	const answer = await page.goto(server.url);
	const policy = answer.headers()['content-security-policy'];
	check(/default-src 'none'/.test(policy) && !/unsafe/.test(policy), policy);
	await page.waitForSelector('#join-name');
	noComplaints(page);
	await leave(page);
});

await main();
