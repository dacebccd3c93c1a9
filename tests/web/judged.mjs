#!/usr/bin/env node
// Being judged kindly: nudges, holds, rejections, pace, a changed charter; one's own contributions, data
// and erasure.
import {
	axeClean, check, DESK, equal, given, givenServer, join, key, leave, main, moderator, noComplaints, post, shot, speaker, test, until, write,
} from './lib/web.mjs';
import { readFileSync } from 'node:fs';

const NUDGED = 'WHY DO YOU NEVER LISTEN TO US, THIS IS SHAMEFUL AND STUPID';
const HELD = 'רק אידיוט יחשוב ככה';
const REJECTED = 'אני אהרוג אותך';
const circles = [
	{ id: 'forum', title: { he: 'הפורום', ar: 'المنتدى', en: 'The forum' }, access: 'public', policy: 'strict' },
	{ id: 'slow', title: { he: 'לאט', ar: 'ببطء', en: 'Slowly' }, access: 'public', policy: 'public', pace_seconds: 4 },
	{ id: 'warm', title: { he: 'חם', ar: 'ساخن', en: 'Warm' }, access: 'public', policy: 'expert' },
];
const server = await givenServer(['limits=0', 'newcomer_minutes=0'], given({ circles }));

/** Finds a text that this rule set nudges, so that the test does not hang on one word. */
async function nudgedText(page) {
	for (const text of ['You are talking nonsense again', 'STOP THIS NOW, EVERYBODY, LISTEN TO ME AT LAST', 'This is a stupid idea', NUDGED]) {
		await write(page, text);
		const what = await Promise.race([
			page.getByRole('dialog').waitFor().then(() => 'nudged'),
			page.locator('.stream .post.mine:not(.pending)', { hasText: text }).first().waitFor().then(() => 'other'),
		]);
		if (what === 'nudged') return text;
	}
	throw new Error('nothing was nudged');
}

test('a nudge marks the words, names the rule, and lets one rephrase', async () => {
	const page = await join(server, 'Omer', { lang: 'en' });
	const text = await nudgedText(page);
	const dialog = page.getByRole('dialog', { name: 'A moment before you send' });
	await dialog.locator('.quote').waitFor();
	equal(await dialog.locator('.quote').textContent(), text);
	check((await dialog.locator('.reasons li').count()) > 0, 'there is a reason');
	await dialog.getByText('Rules of discussion').waitFor();
	await axeClean(page, 'the nudge');
	await shot(page, 'judged-nudge');
	await dialog.getByRole('button', { name: 'Rephrase' }).click();
	await until(async () => (await page.inputValue('#write')) === text, 'the words are back where they are written');
	await until(() => page.evaluate(() => document.activeElement?.id === 'write'), 'and so is the focus');
	await write(page, 'I see this differently, and would like to explain why.');
	await post(page, 'I see this differently').getByRole('button', { name: 'Reply' }).waitFor();
	noComplaints(page);
	await leave(page);
});

test('a nudged text may be sent as it is', async () => {
	const page = await join(server, 'Omer', { lang: 'en' });
	const text = await nudgedText(page);
	await page.getByRole('dialog').getByRole('button', { name: 'Send as it is' }).click();
	// The strict policy has it read first; it is not lost either way.
	await page.locator('.stream .post.mine', { hasText: text }).locator('.verdict.wait, .post-foot').first().waitFor();
	equal(await page.getByRole('dialog').count(), 0);
	await leave(page);
});

test('a held post says what happens now and by when, and appears when it is released', async () => {
	const dana = await moderator(server);
	const page = await join(server, 'עומר');
	const other = await join(server, 'נועה');
	await write(page, HELD);
	const held = post(page, HELD);
	await held.getByText('ממתינה לקריאה', { exact: true }).waitFor();
	await held.getByText(/תשובה תגיע עד/).waitFor();
	await held.locator('mark').first().waitFor();
	await held.getByText('מדברים בכבוד.').waitFor();
	await shot(page, 'judged-held');
	await page.reload();
	await post(page, HELD).getByText('ממתינה לקריאה', { exact: true }).waitFor();
	// Whoever comes back on another day is told as much as on the first.
	await post(page, HELD).locator('mark').first().waitFor();
	await post(page, HELD).getByText('מדברים בכבוד.').waitFor();
	equal(await post(other, HELD).count(), 0, 'nobody else sees it');
	const queue = await dana.call('desk.queue', { circle: 'forum' });
	const item = queue.items.find((one) => JSON.stringify(one).includes(HELD));
	await dana.call('desk.release', { item: item.item ?? item.id, key: key() });
	await post(other, HELD).waitFor();
	await until(async () => (await post(page, HELD).locator('.verdict').count()) === 0, 'it waits no more');
	await until(async () => (await post(page, HELD).count()) === 1, 'it stands once');
	await page.getByRole('button', { name: /התיבה שלי/ }).click();
	await page.getByText('ההודעה שלכם פורסמה').first().waitFor();
	noComplaints(page);
	await leave(page, other, dana.page);
});

test('a moderator’s refusal is explained, with its reason, in the inbox and beside the post', async () => {
	const dana = await moderator(server);
	const page = await join(server, 'עומר');
	const text = HELD + ' בעניין השוק';
	await write(page, text);
	await post(page, text).locator('.verdict.wait').waitFor();
	const queue = await dana.call('desk.queue', { circle: 'forum' });
	const item = queue.items.find((one) => JSON.stringify(one).includes('בעניין השוק'));
	await dana.call('desk.reject', { item: item.item ?? item.id, reason: 'פונים אל הדעה ולא אל האדם', rule: 'respect', key: key() });
	await until(async () => (await post(page, text).count()) === 0, 'it waits no more');
	await page.getByRole('button', { name: /התיבה שלי/ }).click();
	const entry = page.locator('.entry', { hasText: 'ההודעה שלכם לא פורסמה' });
	await entry.getByRole('button', { name: 'הנימוק המלא' }).click();
	await entry.getByText('פונים אל הדעה ולא אל האדם').first().waitFor();
	await entry.getByText('מדברים בכבוד.').first().waitFor();
	await shot(page, 'judged-statement');
	await page.locator('.back').click();
	await page.getByRole('button', { name: 'תפריט' }).click();
	await page.getByRole('button', { name: 'מה שכתבתי' }).click();
	const mine = page.locator('.entry', { hasText: 'בעניין השוק' });
	await mine.getByText('לא פורסמה').first().waitFor();
	await mine.locator('summary').last().click();
	await mine.getByText('פונים אל הדעה ולא אל האדם').first().waitFor();
	await mine.getByRole('button', { name: 'לנסח מחדש' }).click();
	await until(async () => (await page.inputValue('#write')) === text, 'the words are there to rephrase');
	noComplaints(page);
	await leave(page, dana.page);
});

test('what the filter rejects is explained at once and can be rephrased', async () => {
	const page = await join(server, 'עומר');
	await write(page, REJECTED);
	const refused = page.locator('.post.refused');
	await refused.locator('.reasons li').first().waitFor();
	await shot(page, 'judged-rejected');
	await refused.getByRole('button', { name: 'לנסח מחדש' }).click();
	await until(async () => (await page.inputValue('#write')) === REJECTED, 'the words are there to rephrase');
	await until(async () => (await page.locator('.post.refused').count()) === 0, 'the refusal is put away');
	await leave(page);
});

test('in a heated thread there is a quiet word before sending', async () => {
	const page = await join(server, 'Omer', { lang: 'en' });
	const others = [];
	for (let i = 0; i < 2; i++) {
		const one = await speaker(server, { lang: 'en' });
		await one.call('charter.accept', { process: 'street', version: 1 });
		others.push(one);
	}
	const say = async (who, text, reply_to) => {
		const params = { circle: 'warm', text, key: key(), ...(reply_to ? { reply_to } : {}) };
		let answer = await who.call('post.create', params);
		if (answer.status === 'nudged') answer = await who.call('post.create', { ...params, nudge: answer.nudge });
		return answer;
	};
	const words = ['You never listen and you know it', 'NO! YOU are wrong again!!', 'Nonsense, what you write is nonsense', 'You are lying to everybody here', 'Shut up already', 'STOP IT, you make no sense!!!'];
	const opener = await say(others[0], 'The bus lane helps nobody at all.');
	let last = opener.id;
	let heat = 'calm';
	for (let i = 0; i < 24 && heat === 'calm'; i++) {
		const answer = await say(others[(i + 1) % 2], `${words[i % words.length]} ${i}`, last);
		if (answer.status === 'posted') last = answer.id;
		heat = (await others[0].call('draft.check', { circle: 'warm', text: 'You are wrong about everything', reply_to: last })).thread;
	}
	check(heat !== 'calm', 'the thread grew warm');
	await page.goto(`${server.url}/#circle=warm`);
	const it = page.locator('.stream .post').last();
	await it.waitFor();
	await it.getByRole('button', { name: 'Reply', exact: true }).click();
	await page.fill('#write', 'You are lying to everybody, idiot');
	await page.getByText('This conversation is getting heated.').waitFor();
	equal(await page.inputValue('#write'), 'You are lying to everybody, idiot', 'the words stay');
	await leave(page, ...others.map((one) => one.page));
});

test('masked, removed and restored posts change in place for everyone', async () => {
	const dana = await moderator(server);
	const noa = await join(server, 'נועה');
	const omer = await join(server, 'עומר', { size: DESK });
	await write(noa, 'המספר של המזכירות הוא סוד גדול');
	await post(omer, 'המספר של המזכירות').waitFor();
	const { events } = await dana.call('history.read', { circle: 'forum' });
	const it = events.filter((event) => event.post?.text?.includes('סוד גדול')).pop().post;
	const text = Array.from(it.text);
	const start = text.join('').indexOf('סוד');
	await dana.call('desk.redact', { post: it.id, rev: it.rev, spans: [{ start, end: start + 3 }], reason: 'פרט אישי', key: key() });
	await omer.getByText('צוות ההנחיה הסתיר חלק מהמילים.').first().waitFor();
	equal(await post(omer, 'סוד גדול').count(), 0);
	await dana.call('desk.remove', { post: it.id, rev: it.rev + 1, reason: 'לא לעניין', key: key() });
	await omer.getByText('ההודעה הוסרה בידי צוות ההנחיה.').first().waitFor();
	equal(await post(omer, 'המספר של המזכירות').count(), 0);
	await dana.call('desk.restore', { post: it.id, rev: it.rev + 2, reason: 'בדקנו שוב', key: key() });
	await post(omer, 'סוד גדול').waitFor();
	noComplaints(omer);
	await leave(noa, omer, dana.page);
});

test('slow mode counts down, and keeps what one writes meanwhile', async () => {
	const page = await join(server, 'Lina', { lang: 'en' });
	await page.goto(`${server.url}/#circle=slow`);
	await page.getByText('Slow pace: one post every 4 seconds each.').waitFor();
	await write(page, 'The first one.');
	await post(page, 'The first one').waitFor();
	await page.fill('#write', 'The second one, written while waiting.');
	const button = page.locator('.send');
	await until(async () => /You can send in/.test(await button.getAttribute('aria-label')), 'it counts down');
	check(await button.isDisabled(), 'one cannot send yet');
	await shot(page, 'judged-slow');
	equal(await page.inputValue('#write'), 'The second one, written while waiting.');
	await until(async () => !(await button.isDisabled()), 'the wait is over');
	await button.click();
	await post(page, 'The second one').locator('.post-foot').waitFor();
	await leave(page);
});

test('too soon says when, and gives the words back', async () => {
	const page = await join(server, 'Lina', { lang: 'en' });
	await page.goto(`${server.url}/#circle=slow`);
	await page.getByText('Slow pace').waitFor();
	await write(page, 'To begin with.');
	await post(page, 'To begin with.').waitFor();
	// Another device of the same person, which does not know of the pace that was used up.
	const twin = await page.context().newPage();
	await twin.goto(`${server.url}/#circle=slow`);
	await twin.waitForSelector('#write');
	await post(twin, 'To begin with.').first().waitFor();
	await write(twin, 'Two, too soon.');
	await until(async () => (await twin.inputValue('#write')) === 'Two, too soon.', 'the words came back');
	check(/You can send in/.test(await twin.locator('.send').getAttribute('aria-label')), 'and it counts down');
	await leave(page);
});

test('a report goes to the moderating team, and says that nobody is named', async () => {
	const noa = await join(server, 'נועה');
	const omer = await join(server, 'עומר');
	await write(noa, 'הודעה שמישהו ידווח עליה');
	await post(omer, 'ידווח עליה').getByRole('button', { name: /עוד פעולות/ }).click();
	await omer.getByRole('dialog').getByRole('button', { name: 'דיווח לצוות ההנחיה' }).click();
	await omer.getByText('מי שכתבו את ההודעה לא יראו מי דיווחו.').waitFor();
	await omer.getByLabel('לא קשור לנושא').check();
	await shot(omer, 'judged-report');
	await omer.getByRole('button', { name: 'שליחת הדיווח' }).click();
	await omer.getByText('הדיווח הגיע לצוות ההנחיה').waitFor();
	noComplaints(omer);
	await leave(noa, omer);
});

test('my data comes as a file', async () => {
	const page = await join(server, 'Michael', { lang: 'en', size: DESK });
	await write(page, 'Something of mine.');
	await post(page, 'Something of mine').locator('.post-foot').waitFor();
	await page.getByRole('button', { name: 'What I wrote' }).click();
	await page.locator('.entry', { hasText: 'Something of mine' }).getByText('published').waitFor();
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download my data' }).click()]);
	const data = JSON.parse(readFileSync(await file.path(), 'utf8'));
	equal(data.participant.name, 'Michael');
	check(data.posts.some((one) => one.text === 'Something of mine.'), 'with what I wrote');
	await leave(page);
});

test('“erase me” asks once, takes the words from everyone, and forgets the device', async () => {
	const page = await join(server, 'Michael', { lang: 'en', size: DESK });
	const other = await join(server, 'Noa', { lang: 'en' });
	await write(page, 'Words that shall go.');
	await post(other, 'Words that shall go').waitFor();
	await page.getByRole('button', { name: 'What I wrote' }).click();
	await page.getByRole('button', { name: 'Erase me' }).click();
	const sure = page.getByRole('dialog').getByRole('button', { name: 'Erase me' });
	check(await sure.isDisabled(), 'not before it is confirmed');
	await page.getByLabel('I understand, and want to erase everything').check();
	await sure.click();
	await page.getByText('You have been erased here').waitFor();
	await until(async () => (await post(other, 'Words that shall go').count()) === 0, 'the words are gone');
	await other.getByText('name erased').first().waitFor();
	equal(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('maagal.')).length), 0, 'what the device keeps');
	await page.getByRole('button', { name: 'Enter again' }).click();
	await page.waitForSelector('#join-name');
	await leave(page, other);
});

// The last: from here on the charter is another.
test('a changed charter is read and accepted again before writing, and what was written is sent then', async () => {
	const page = await join(server, 'נועה');
	const next = given({ circles });
	next.charter = { ...next.charter, version: 2, goals: { he: 'מטרה חדשה לגמרי', ar: 'هدف جديد', en: 'A new goal' } };
	server.apply(next);
	await until(async () => {
		await write(page, 'הצעה אחרי שהאמנה השתנתה');
		return page.getByRole('dialog', { name: 'אמנת השיתוף התעדכנה' }).waitFor({ timeout: 3000 }).then(() => true, () => false);
	}, 'the charter is asked for');
	await page.getByRole('dialog').getByText('מטרה חדשה לגמרי').waitFor();
	await axeClean(page, 'the charter again');
	await shot(page, 'judged-charter');
	await page.getByRole('button', { name: 'קראתי, מקובל עליי' }).click();
	await until(async () => (await page.getByRole('dialog').count()) === 0, 'the dialog goes');
	await until(async () => {
		if (await page.inputValue('#write')) await page.locator('#write').press('Control+Enter');
		return (await post(page, 'אחרי שהאמנה השתנתה').locator('.post-foot').count()) > 0;
	}, 'it is posted');
	noComplaints(page);
	await leave(page);
});

await main();
