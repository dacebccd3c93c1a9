#!/usr/bin/env node
// Reading and speaking: the live discussion, answers with their context, threads, what is new, links.
import {
	check, DESK, equal, givenServer, join, joinInvited, key, leave, main, noComplaints, post, shot, speaker, test, until, write,
} from './lib/web.mjs';

const server = await givenServer();

test('what one writes the other reads at once, each post in its own language and direction', async () => {
	const noa = await join(server, 'נועה');
	const michael = await join(server, 'Michael Stern', { lang: 'en', size: DESK });
	await write(noa, 'הספסל ליד המזרקה תמיד בשמש');
	const seen = post(michael, 'הספסל ליד המזרקה');
	await seen.waitFor();
	equal(await seen.locator('.words').getAttribute('lang'), 'he');
	equal(await seen.locator('.words').evaluate((words) => getComputedStyle(words).direction), 'rtl');
	await write(michael, 'Two benches (north side) are broken.');
	const english = post(noa, 'Two benches');
	await english.waitFor();
	equal(await english.locator('.words').getAttribute('lang'), 'en');
	equal(await english.locator('.words').evaluate((words) => getComputedStyle(words).direction), 'ltr');
	equal(await english.locator('bdi.name').textContent(), 'Michael Stern');
	check((await english.locator('time').textContent()).match(/^\d\d:\d\d$/), 'a time');
	noComplaints(noa);
	noComplaints(michael);
	await leave(noa, michael);
});

test('an answer carries its context, opens its thread, and reaches the inbox of whoever was answered', async () => {
	const noa = await join(server, 'נועה');
	const omer = await join(server, 'עומר', { size: DESK });
	await write(noa, 'מה עם תחנת האוטובוס?');
	await post(omer, 'מה עם תחנת האוטובוס').getByRole('button', { name: 'תגובה', exact: true }).click();
	await write(omer, 'היא עוברת לכיכר');
	const answer = post(noa, 'היא עוברת לכיכר');
	await answer.waitFor();
	await answer.locator('.context', { hasText: 'מה עם תחנת האוטובוס' }).waitFor();
	await post(noa, 'מה עם תחנת האוטובוס?').getByRole('button', { name: 'תגובה אחת' }).first().click();
	await noa.waitForSelector('.thread .post');
	check(noa.url().includes('thread='), 'the thread is in the address');
	await shot(noa, 'speaking-thread');
	await write(noa, 'תודה על התשובה', '#write-thread');
	await noa.locator('.thread .post', { hasText: 'תודה על התשובה' }).waitFor();
	await post(omer, 'תודה על התשובה').waitFor();
	await noa.goBack();
	await noa.waitForSelector('.stream .post');
	await noa.getByRole('button', { name: /התיבה שלי/ }).click();
	await noa.getByText('תגובה חדשה לדברים שלכם, מאת').first().waitFor();
	await noa.locator('.entry', { hasText: 'היא עוברת לכיכר' }).getByRole('button', { name: 'לצפייה בדיון' }).click();
	await noa.locator('.thread .post', { hasText: 'היא עוברת לכיכר' }).waitFor();
	noComplaints(noa);
	noComplaints(omer);
	await leave(noa, omer);
});

test('whoever is named with @ finds it in the inbox', async () => {
	const noa = await join(server, 'נועה-שנייה');
	const omer = await join(server, 'עומר');
	await write(noa, 'הנה אני');
	await post(omer, 'הנה אני').waitFor();
	await write(omer, 'מסכים עם @נועה-שנייה לגמרי');
	await noa.locator('.with-badge .count-badge').waitFor();
	await noa.getByRole('button', { name: /התיבה שלי/ }).click();
	await noa.getByText('השם שלכם הוזכר').first().waitFor();
	await leave(noa, omer);
});

test('while one reads above, new posts wait behind a pill, and the page does not jump', async () => {
	const crowd = await speaker(server, { lang: 'en' });
	await crowd.call('charter.accept', { process: 'street', version: 1 });
	for (let i = 0; i < 40; i++)
		await crowd.call('post.create', { circle: 'forum', text: `Before number ${i}, about the pavement.`, key: key() });
	const page = await join(server, 'Reader', { lang: 'en' });
	await post(page, 'Before number 39').waitFor();
	await page.locator('.scroller').evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
	await page.waitForSelector('.pill');
	const first = await page.locator('.scroller').evaluate((element) => {
		const top = element.getBoundingClientRect().top;
		const row = [...element.querySelectorAll('[data-key]')].find((one) => one.getBoundingClientRect().bottom > top + 1);
		return { key: row.dataset.key, top: row.getBoundingClientRect().top };
	});
	for (let i = 0; i < 3; i++)
		await crowd.call('post.create', { circle: 'forum', text: `After number ${i}, about the shade.`, key: key() });
	await page.getByRole('button', { name: '3 new' }).waitFor();
	const now = await page.locator(`[data-key="${first.key}"]`).evaluate((row) => row.getBoundingClientRect().top);
	check(Math.abs(now - first.top) < 3, `the row stays: ${first.top} → ${now}`);
	await page.getByRole('button', { name: '3 new' }).click();
	await post(page, 'After number 2').waitFor();
	await until(async () => (await page.locator('.pill').count()) === 0, 'the pill goes');
	await leave(page, crowd.page);
});

test('what came while one was away stands under a line, and is counted in the list of circles', async () => {
	const page = await join(server, 'Lina', { lang: 'en', size: DESK });
	const crowd = await speaker(server, { lang: 'en' });
	await crowd.call('charter.accept', { process: 'street', version: 1 });
	await crowd.call('post.create', { circle: 'forum', text: 'Seen before leaving.', key: key() });
	await post(page, 'Seen before leaving').waitFor();
	// The mark is sent a moment after.
	const me = await page.evaluate(() => JSON.parse(localStorage['maagal.resume']));
	const self = await speaker(server, { resume: me });
	await until(async () => {
		const read = await self.call('process.read', { process: 'street' });
		return read.circles.find((circle) => circle.id === 'forum').unread === 0;
	}, 'what was seen is marked');
	await page.goto('about:blank');
	await crowd.call('post.create', { circle: 'forum', text: 'Said while away.', key: key() });
	await page.goto(`${server.url}/#circle=forum`);
	await post(page, 'Said while away').waitFor();
	await page.locator('.line', { hasText: 'New from here' }).waitFor();
	await leave(page, crowd.page, self.page);
});

test('the link to a post opens it in its thread, for somebody else too', async () => {
	const noa = await join(server, 'נועה', { size: DESK });
	await write(noa, 'הודעה שאליה מקשרים');
	await post(noa, 'הודעה שאליה מקשרים').getByRole('button', { name: /עוד פעולות/ }).click();
	await noa.getByRole('dialog').getByRole('button', { name: 'העתקת קישור' }).click();
	await noa.getByText('הקישור הועתק').waitFor();
	const link = await noa.evaluate(() => navigator.clipboard.readText());
	check(link.startsWith(server.url), link);
	const other = await join(server, 'אורח', { size: DESK });
	await other.goto('about:blank');
	await other.goto(link);
	await other.locator('.thread .post', { hasText: 'הודעה שאליה מקשרים' }).waitFor();
	await leave(noa, other);
});

test('one edits and withdraws what one wrote, and it changes in place for everyone', async () => {
	const noa = await join(server, 'נועה', { size: DESK });
	const omer = await join(server, 'עומר');
	await write(noa, 'נוסח ראשון של ההצעה');
	await post(omer, 'נוסח ראשון').waitFor();
	await post(noa, 'נוסח ראשון').getByRole('button', { name: /עוד פעולות/ }).click();
	await noa.getByRole('dialog').getByRole('button', { name: 'עריכה' }).click();
	await noa.getByLabel('הנוסח החדש').fill('נוסח שני של ההצעה');
	await noa.getByRole('button', { name: 'שמירה' }).click();
	await post(omer, 'נוסח שני').getByText('נערכה').waitFor();
	equal(await post(omer, 'נוסח ראשון').count(), 0, 'the old words');
	await post(noa, 'נוסח שני').getByRole('button', { name: /עוד פעולות/ }).click();
	await noa.getByRole('dialog').getByRole('button', { name: 'למשוך את ההודעה' }).click();
	await noa.getByRole('button', { name: 'למשוך', exact: true }).click();
	await until(async () => (await post(omer, 'נוסח שני').count()) === 0, 'the words are gone');
	await omer.getByText('ההודעה נמשכה בידי מי שכתבו אותה.').first().waitFor();
	noComplaints(noa);
	await leave(noa, omer);
});

test('words that were taken back do not linger in the inbox either, and a very long post asks before it unrolls', async () => {
	const noa = await join(server, 'נועה');
	const omer = await join(server, 'עומר', { size: DESK });
	await write(noa, 'שאלה לכולם');
	await post(omer, 'שאלה לכולם').getByRole('button', { name: 'תגובה', exact: true }).click();
	await write(omer, 'תשובה שתימשך בקרוב');
	await post(noa, 'תשובה שתימשך').waitFor();
	await noa.getByRole('button', { name: /התיבה שלי/ }).click();
	await noa.locator('.entry', { hasText: 'תשובה שתימשך' }).waitFor();
	await post(omer, 'תשובה שתימשך').getByRole('button', { name: /עוד פעולות/ }).click();
	await omer.getByRole('dialog').getByRole('button', { name: 'למשוך את ההודעה' }).click();
	await omer.getByRole('button', { name: 'למשוך', exact: true }).click();
	await until(async () => (await noa.locator('.entry', { hasText: 'תשובה שתימשך' }).count()) === 0, 'the words are gone from the inbox');
	await write(omer, `ארוך: ${'מילה '.repeat(600)} סוף-הארוך`);
	const long = post(omer, 'ארוך:');
	await long.getByRole('button', { name: 'להמשיך לקרוא' }).click();
	await long.getByText('סוף-הארוך').waitFor();
	noComplaints(noa);
	noComplaints(omer);
	await leave(noa, omer);
});

test('words are found by searching, and lead to their place', async () => {
	const noa = await join(server, 'נועה');
	await write(noa, 'עץ האקליפטוס הגדול בפינה');
	await post(noa, 'האקליפטוס').waitFor();
	await noa.getByRole('button', { name: 'חיפוש' }).click();
	await until(async () => {
		await noa.fill('#search-words', 'האקליפטוס');
		await noa.locator('#search-words').press('Enter');
		return noa.locator('.entry', { hasText: 'האקליפטוס' }).waitFor({ timeout: 1500 }).then(() => true, () => false);
	}, 'it is found');
	await noa.locator('.entry', { hasText: 'האקליפטוס' }).getByRole('button', { name: 'לצפייה בדיון' }).click();
	await noa.locator('.thread .post', { hasText: 'האקליפטוס' }).waitFor();
	await leave(noa);
});

test('in a closed circle one sees who speaks for whom', async () => {
	const galit = await joinInvited(server, server.invite('panel', 'participant', 'גלית אבידן', 'מכללת עין שקד'), 'panel');
	const dana = await joinInvited(server, server.invite('panel', 'moderator', 'דנה רביב', 'העירייה'), 'panel', { size: DESK });
	await write(galit, 'הנתונים של הספירה מצורפים');
	const seen = post(dana, 'הנתונים של הספירה');
	await seen.getByText('מכללת עין שקד').waitFor();
	await write(dana, 'תודה גלית');
	await post(galit, 'תודה גלית').getByText('מנחה').waitFor();
	await post(dana, 'הנתונים של הספירה').getByRole('button', { name: 'תגובה', exact: true }).click();
	await write(dana, 'תשובה לגלית בלבד');
	await galit.goto(`${server.url}/#circle=forum`);
	await galit.getByRole('button', { name: /התיבה שלי/ }).click();
	await galit.locator('.entry', { hasText: 'תשובה לגלית' }).getByRole('button', { name: 'לצפייה בדיון' }).click();
	await galit.locator('.thread .post', { hasText: 'תשובה לגלית' }).waitFor();
	check(galit.url().includes('circle=panel'), galit.url());
	await dana.getByRole('button', { name: 'מי במעגל' }).click();
	await dana.locator('.member', { hasText: 'גלית אבידן' }).waitFor();
	await leave(galit, dana);
});

test('one sees that somebody is writing', async () => {
	const noa = await join(server, 'נועה');
	const omer = await join(server, 'עומר');
	await omer.locator('#write').pressSequentially('אני כותב');
	await noa.getByText('בכתיבה עכשיו:').waitFor();
	await leave(noa, omer);
});

await main();
