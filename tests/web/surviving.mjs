#!/usr/bin/env node
// Sleep, tunnel, restart: what was written arrives once and only once; what was missed is caught up.
import {
	check, equal, givenServer, givenTunnel, join, key, leave, main, moderator, noComplaints, post, shot, speaker, test, until, write,
} from './lib/web.mjs';

const server = await givenServer(['limits=0', 'goodbye_retry_ms=1000']);

async function posted(who, words) {
	const { events } = await who.call('history.read', { circle: 'forum', limit: 500 });
	return events.filter((event) => event.kind === 'posted' && event.post.text === words).length;
}

test('with the line cut one goes on writing; it is sent once when the line is back', async () => {
	const tunnel = await givenTunnel(server);
	const noa = await join({ ...server, url: tunnel.url }, 'נועה');
	const omer = await speaker(server, { lang: 'he' });
	await omer.call('charter.accept', { process: 'street', version: 1 });
	tunnel.cut();
	await noa.getByText('אין חיבור כרגע').first().waitFor();
	await write(noa, 'נכתב בתוך המנהרה');
	await post(noa, 'נכתב בתוך המנהרה').getByText('תישלח כשהחיבור יחזור').waitFor();
	await shot(noa, 'surviving-offline');
	await omer.call('post.create', { circle: 'forum', text: 'נאמר בינתיים', key: key() });
	tunnel.mend();
	await post(noa, 'נאמר בינתיים').waitFor();
	await post(noa, 'נכתב בתוך המנהרה').locator('.post-foot').waitFor();
	await until(async () => (await post(noa, 'נכתב בתוך המנהרה').count()) === 1, 'it stands once');
	equal(await posted(omer, 'נכתב בתוך המנהרה'), 1, 'it was posted once');
	noComplaints(noa);
	await leave(noa, omer.page);
});

test('an answer that is lost on the way is no reason to post twice', async () => {
	const tunnel = await givenTunnel(server);
	const noa = await join({ ...server, url: tunnel.url }, 'נועה');
	const other = await speaker(server, { lang: 'he' });
	// Not for a moment does it stand twice: every change of the page is looked at.
	await noa.evaluate(() => {
		window.twice = 0;
		new MutationObserver(() => {
			const texts = [...document.querySelectorAll('.stream .post .words')].map((one) => one.textContent);
			if (texts.some((text, i) => text.startsWith('נשלח ולא נענה') && texts.indexOf(text) !== i)) window.twice++;
		}).observe(document.body, { childList: true, subtree: true, characterData: true });
	});
	for (let i = 0; i < 3; i++) {
		const words = `נשלח ולא נענה ${i}`;
		// The words leave, and the line is gone before the answer comes.
		await noa.evaluate(() => {
			const send = WebSocket.prototype.send;
			WebSocket.prototype.send = function (text) {
				send.call(this, text);
				if (text.includes('post.create')) {
					WebSocket.prototype.send = send;
					window.sentOnce = (window.sentOnce ?? 0) + 1;
					this.onmessage = null;
				}
			};
		});
		await write(noa, words);
		await until(async () => (await posted(other, words)) === 1, 'it is posted');
		tunnel.cut();
		tunnel.mend();
		await post(noa, words).locator('.post-foot').waitFor();
		await until(async () => (await post(noa, words).count()) === 1, 'it stands once');
		equal(await posted(other, words), 1, 'it was posted once');
	}
	equal(await noa.evaluate(() => window.twice), 0, 'times that it stood twice');
	noComplaints(noa);
	await leave(noa, other.page);
});

test('a report whose answer was lost can be sent again, also with other words', async () => {
	const tunnel = await givenTunnel(server);
	const noa = await speaker(server, { lang: 'he' });
	await noa.call('charter.accept', { process: 'street', version: 1 });
	await noa.call('post.create', { circle: 'forum', text: 'על זה ידווחו פעמיים', key: key() });
	const omer = await join({ ...server, url: tunnel.url }, 'עומר');
	await post(omer, 'ידווחו פעמיים').getByRole('button', { name: /עוד פעולות/ }).click();
	await omer.getByRole('dialog').getByRole('button', { name: 'דיווח לצוות ההנחיה' }).click();
	await omer.getByLabel('לא קשור לנושא').check();
	await omer.getByRole('dialog').locator('textarea').fill('בקצרה');
	// The report leaves, and the line is gone before the answer comes.
	await omer.evaluate(() => {
		const send = WebSocket.prototype.send;
		WebSocket.prototype.send = function (text) {
			send.call(this, text);
			if (text.includes('post.report')) {
				WebSocket.prototype.send = send;
				this.onmessage = null;
			}
		};
	});
	const dana = await moderator(server);
	const reports = async () => {
		const { items } = await dana.call('desk.queue', { circle: 'forum' });
		return JSON.stringify(items.filter((one) => JSON.stringify(one).includes('ידווחו פעמיים')));
	};
	await omer.getByRole('button', { name: 'שליחת הדיווח' }).click();
	await until(async () => (await reports()).includes('בקצרה'), 'the report came');
	tunnel.cut();
	tunnel.mend();
	await omer.getByRole('dialog').locator('[role=alert]').waitFor();
	await omer.getByRole('dialog').locator('textarea').fill('ביתר פירוט');
	await until(async () => {
		if (await omer.getByText('הדיווח הגיע לצוות ההנחיה').count()) return true;
		await omer.getByRole('button', { name: 'שליחת הדיווח' }).click({ timeout: 1000 }).catch(() => {});
		return false;
	}, 'the second is taken');
	await leave(omer, noa.page, dana.page);
});

test('what was written without a line survives a reload, and a half-written draft too', async () => {
	const tunnel = await givenTunnel(server);
	const noa = await join({ ...server, url: tunnel.url }, 'נועה');
	const other = await speaker(server, { lang: 'he' });
	await noa.evaluate(() => {
		const send = WebSocket.prototype.send;
		WebSocket.prototype.send = function (text) {
			if (!text.includes('post.create')) send.call(this, text);
		};
	});
	await write(noa, 'לפני הרענון');
	await noa.fill('#write', 'טיוטה שלא נגמרה');
	await noa.reload();
	await post(noa, 'לפני הרענון').locator('.post-foot').waitFor();
	equal(await posted(other, 'לפני הרענון'), 1, 'it was posted once');
	equal(await noa.inputValue('#write'), 'טיוטה שלא נגמרה', 'the draft');
	await leave(noa, other.page);
});

test('a server that is killed and comes back is caught up with, exactly', async () => {
	const noa = await join(server, 'נועה');
	await write(noa, 'לפני שנפל');
	await post(noa, 'לפני שנפל').locator('.post-foot').waitFor();
	await server.stop('SIGKILL');
	await noa.getByText('אין חיבור כרגע').first().waitFor();
	await write(noa, 'בזמן שהיה למטה');
	await server.start();
	const other = await speaker(server, { lang: 'he' });
	await other.call('charter.accept', { process: 'street', version: 1 });
	await other.call('post.create', { circle: 'forum', text: 'אחרי שחזר', key: key() });
	await post(noa, 'אחרי שחזר').waitFor();
	await post(noa, 'בזמן שהיה למטה').locator('.post-foot').waitFor();
	equal(await posted(other, 'בזמן שהיה למטה'), 1, 'it was posted once');
	await until(async () => (await post(noa, 'לפני שנפל').count()) === 1, 'it stands once');
	await until(async () => (await noa.getByText('אין חיבור כרגע').count()) === 0, 'it says no more that there is no line');
	noComplaints(noa);
	await leave(noa, other.page);
});

test('a server that says goodbye is left alone for as long as it asks, and then found again', async () => {
	const noa = await join(server, 'נועה');
	const frames = [];
	const opened = [];
	noa.on('websocket', (socket) => opened.push([Date.now(), socket.url()]));
	const session = await noa.context().newCDPSession(noa);
	await session.send('Network.enable');
	session.on('Network.webSocketFrameReceived', (event) => frames.push([Date.now(), event.response.payloadData]));
	await server.stop('SIGTERM');
	const [at, goodbye] = await until(() => frames.find(([, text]) => text.includes('"goodbye"')), 'goodbye is said');
	const wait = JSON.parse(goodbye).params.retry_ms;
	await server.start();
	await until(() => opened.length > 0, 'it comes back');
	check(opened[0][0] - at >= wait - 150, `it waited ${opened[0][0] - at} ms, asked for ${wait}`);
	await write(noa, 'אחרי השלום');
	await post(noa, 'אחרי השלום').locator('.post-foot').waitFor();
	await leave(noa);
});

test('a person whose browser says “offline” and “online” is back soon', async () => {
	const noa = await join(server, 'נועה');
	await noa.context().setOffline(true);
	await noa.getByText('אין חיבור כרגע').first().waitFor();
	await write(noa, 'בלי רשת');
	await noa.context().setOffline(false);
	await post(noa, 'בלי רשת').locator('.post-foot').waitFor();
	await until(async () => (await post(noa, 'בלי רשת').count()) === 1, 'it stands once');
	await leave(noa);
});

test('a device that was disconnected says so, and offers the way in', async () => {
	const noa = await join(server, 'נועה', { lang: 'en' });
	const resume = await noa.evaluate(() => JSON.parse(localStorage['maagal.resume']));
	const twin = await speaker(server, { resume });
	const { device } = await twin.opened();
	await twin.call('session.revoke', { device });
	await noa.getByText('This device was disconnected').waitFor();
	await noa.getByRole('button', { name: 'Enter again' }).click();
	await noa.waitForSelector('#join-name');
	await leave(noa, twin.page);
});

test('what is being written in a dialog outlives a touch beside it and a reload, until it is sent', async () => {
	const dana = await moderator(server);
	const page = await join(server, 'שולמית');
	const text = 'רק אידיוט יחשוב ככה על השוק';
	await write(page, text);
	await page.locator('.post.held, .post.refused').first().waitFor();
	const queue = await dana.call('desk.queue', { circle: 'forum' });
	const item = queue.items.find((one) => JSON.stringify(one).includes('על השוק'));
	await dana.call('desk.reject', { item: item.item, reason: 'פונים אל הדעה ולא אל האדם', rule: 'respect', key: key() });
	await page.goto(`${server.url}/#circle=forum&view=inbox`);
	const entry = page.locator('.entry', { hasText: 'לא פורסמה' }).first();
	// Why is said at once, not behind a button.
	await entry.getByText('פונים אל הדעה ולא אל האדם').waitFor();
	const mine = 'לא התכוונתי לאיש. זה ביטוי שאומרים בשוק.';
	const field = page.getByRole('dialog').locator('textarea');
	await entry.getByRole('button', { name: 'לערער' }).click();
	await field.fill(mine);
	await page.mouse.click(20, 20);
	await until(async () => (await page.getByRole('dialog').count()) === 0, 'the dialog is closed');
	await entry.getByRole('button', { name: 'לערער' }).click();
	equal(await field.inputValue(), mine, 'the appeal after a touch beside it');
	await page.reload();
	await entry.getByRole('button', { name: 'לערער' }).click();
	equal(await field.inputValue(), mine, 'the appeal after a reload');
	await page.getByRole('dialog').locator('button[type=submit]').click();
	await entry.locator('.appeal-state').waitFor();
	check(!(await page.evaluate((words) => JSON.stringify(localStorage).includes(words), 'ביטוי שאומרים')), 'what was sent is kept no more');

	await page.goto(`${server.url}/#circle=forum`);
	await page.waitForSelector('#write');
	await write(page, 'צריך עוד ספסלים.');
	const edit = async () => {
		await post(page, 'צריך עוד ספסלים').locator('.more').click();
		await page.getByRole('dialog').getByRole('button', { name: 'עריכה' }).click();
		await field.waitFor();
	};
	await post(page, 'צריך עוד ספסלים').locator('.more').waitFor();
	await edit();
	await field.fill('צריך עוד ספסלים, ובצל.');
	await page.keyboard.press('Escape');
	await edit();
	equal(await field.inputValue(), 'צריך עוד ספסלים, ובצל.', 'the change after Escape');
	await page.getByRole('dialog').getByRole('button', { name: 'שמירה' }).click();
	await post(page, 'ובצל.').waitFor();
	await leave(page, dana.page);
});

await main();
