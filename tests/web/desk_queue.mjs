#!/usr/bin/env node
// The moderators' queue: what waits, with what one needs to decide; by keyboard alone; two moderators;
// a broken line; bulk; undo.
import {
	axeClean, check, DESK, equal, givenTunnel, join, key, leave, main, noComplaints, person, PHONE, post, shot, speaker, test, until, write,
} from './lib/web.mjs';
import { atDesk, citizen, givenDeskServer, HARSH, open, row } from './lib/desk.mjs';

const server = await givenDeskServer();
const noa = await citizen(server, 'נועה ברקת');
const omer = await citizen(server, 'עומר');
const opener = await noa.say('ספרתי אתמול 41 עצים בין התחנה לשוק. מה דעתכם על עוד ספסלים?');
let n = 0;
/** Something that is held, unlike all before. */
async function held(who = omer, more = {}) {
	const text = `${HARSH[0]} מספר ${++n}`;
	const answer = await who.say(text, more);
	equal(answer.status, 'held', text);
	return { text, id: answer.id };
}
async function atPanel(name) {
	const who = await speaker(server, { token: server.invite('panel', 'participant', name), lang: 'he' });
	await who.call('charter.accept', { process: 'street', version: 1 });
	return who;
}
const focusIn = (page, selector) => page.evaluate((one) => !!document.activeElement?.closest(one), selector);
const rows = (page) => page.locator('.queue-row').count();

test('whoever is no moderator gets no desk, and no script of it', async () => {
	const page = await join(server, 'Lina', { lang: 'en', size: DESK });
	equal(await page.getByRole('button', { name: 'Moderators’ desk' }).count(), 0);
	await page.goto(`${server.url}/#view=desk`);
	await page.waitForSelector('#write');
	equal(await page.locator('.desk').count(), 0, 'the desk');
	const scripts = new Set(page.asked.filter((url) => url.endsWith('.js')));
	equal([...scripts].filter((url) => /\/page-/.test(url)), [], 'scripts of the desk');
	check(page.asked.every((url) => new URL(url).host === new URL(server.url).host || url.startsWith('data:')), 'nothing from elsewhere');
	await leave(page);
});

test('an invitation leads to the desk; from there to the discussion and back', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK, name: 'Dana' });
	await page.getByRole('button', { name: 'Back to the discussion' }).click();
	await page.waitForSelector('#write');
	await page.getByRole('button', { name: 'Moderators’ desk' }).click();
	await page.waitForSelector('.desk');
	await page.reload();
	await page.waitForSelector('.desk .queue');
	noComplaints(page);
	await leave(page);
});

test('an item shows the found words, the rule, the thread around and the author’s history; publishing it moves on', async () => {
	const first = await held(omer, { reply_to: opener.id });
	const second = await held();
	const reader = await join(server, 'נועם');
	const page = await atDesk(server, { size: DESK });
	await open(page, first.text);
	const pane = page.locator('.pane');
	await pane.locator('.subject mark', { hasText: 'אידיוט' }).waitFor();
	await pane.getByText('מדברים בכבוד.').first().waitFor();
	await pane.locator('.thread-around').getByText('ספרתי אתמול 41 עצים').waitFor();
	await pane.locator('.figures').waitFor();
	await pane.getByText(/תחזור למי שכתבו אותה/).waitFor();
	await until(() => focusIn(page, '.pane-title'), 'the focus is at the item');
	await shot(page, 'desk-item');
	await axeClean(page, 'an open item');
	await page.keyboard.press('a');
	await post(reader, first.text).waitFor();
	await row(page, first.text).waitFor({ state: 'detached' });
	await pane.locator('.subject', { hasText: second.text }).waitFor();
	await until(() => focusIn(page, '.pane-title'), 'the focus has moved on with it');
	await page.keyboard.press('a');
	await row(page, second.text).waitFor({ state: 'detached' });
	await until(() => focusIn(page, '#queue-title, .pane-title'), 'the focus is not lost');
	noComplaints(page);
	await leave(page, reader);
});

test('rejecting takes two keys: the reason is there already, in the author’s language, and the author reads it', async () => {
	const author = await join(server, 'טל');
	await write(author, HARSH[0] + ' בעיניי');
	await author.locator('.verdict.wait').waitFor();
	const page = await atDesk(server, { lang: 'en', size: DESK });
	await open(page, 'בעיניי');
	await page.locator('.pane .subject mark').waitFor();
	await page.keyboard.press('r');
	const dialog = page.getByRole('dialog', { name: 'Do not publish the post' });
	await dialog.waitFor();
	const reason = await dialog.getByLabel('The reason, which the author reads').inputValue();
	check(/[א-ת]/.test(reason), `in Hebrew: ${reason}`);
	equal(await dialog.getByLabel('Under which rule').inputValue(), 'respect');
	await axeClean(page, 'rejecting');
	await dialog.getByLabel('The reason, which the author reads').press('Control+Enter');
	await row(page, 'בעיניי').waitFor({ state: 'detached' });
	await author.getByRole('button', { name: /התיבה שלי/ }).click();
	await author.locator('.entry', { hasText: 'לא פורסמה' }).first().getByRole('button', { name: 'הנימוק המלא' }).click();
	await author.getByText(reason, { exact: false }).first().waitFor();
	check(!(await author.textContent('body')).includes('דנה'), 'the moderator is not named');
	noComplaints(page);
	noComplaints(author);
	await leave(page, author);
});

test('words are masked by choosing them with the arrow keys; undone by one key', async () => {
	const told = await noa.say('השכן שלי הוא קרטושקה והוא גנן');
	await omer.call('post.report', { post: told.id, reason: 'privacy', note: 'יש כאן כינוי', key: key() });
	const reader = await join(server, 'נועם');
	const page = await atDesk(server, { size: DESK });
	await open(page, 'השכן שלי');
	await page.locator('.pane').getByText('יש כאן כינוי').waitFor();
	await page.keyboard.press('m');
	const dialog = page.getByRole('dialog', { name: 'הסתרת מילים בהודעה' });
	const words = dialog.locator('.mask-word');
	await words.first().waitFor();
	for (const taken of await dialog.locator('.mask-word[aria-pressed=true]').all()) await taken.click();
	await words.first().focus();
	for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
	await until(async () => (await page.evaluate(() => document.activeElement.textContent)) === 'קרטושקה', 'the arrow goes word by word, right to left');
	const places = await words.evaluateAll((all) => all.slice(0, 2).map((one) => one.getBoundingClientRect().left));
	check(places[0] > places[1], 'Hebrew words stand from right to left');
	await page.keyboard.press('Space');
	await until(async () => (await dialog.locator('.mask-word[aria-pressed=true]').count()) === 1, 'one word is taken');
	await dialog.getByText('███████').waitFor();
	await axeClean(page, 'masking');
	await shot(page, 'desk-mask');
	await dialog.getByRole('button', { name: 'להסתיר מילים' }).click();
	await post(reader, '███████').waitFor();
	equal(await reader.getByText('קרטושקה').count(), 0, 'the number is gone');
	await page.locator('.told').getByRole('button', { name: 'ביטול' }).waitFor();
	await page.keyboard.press('z');
	await post(reader, 'קרטושקה').waitFor();
	noComplaints(page);
	await leave(page, reader);
});

test('a report that is unfounded is put away; what is removed can be put back', async () => {
	const told = await noa.say('הודעה תמימה לגמרי על גינון');
	await omer.call('post.report', { post: told.id, reason: 'off_topic', key: key() });
	const page = await atDesk(server, { size: DESK });
	await open(page, 'על גינון');
	await page.locator('.pane').getByText('לא קשור לנושא').waitFor();
	await page.keyboard.press('a');
	await row(page, 'על גינון').waitFor({ state: 'detached' });
	const other = await noa.say('הודעה אחרת על דשא');
	await omer.call('post.report', { post: other.id, reason: 'insult', key: key() });
	await open(page, 'על דשא');
	await page.keyboard.press('d');
	await page.getByRole('dialog', { name: 'הסרת ההודעה' }).getByRole('button', { name: 'להסיר' }).click();
	await page.locator('.told').getByText('ההודעה הוסרה').waitFor();
	const reader = await join(server, 'נועם');
	await reader.getByText('ההודעה הוסרה בידי צוות ההנחיה').first().waitFor();
	await page.locator('.told').getByRole('button', { name: 'ביטול' }).click();
	await post(reader, 'על דשא').waitFor();
	noComplaints(page);
	await leave(page, reader);
});

test('two moderators: the second sees who has it, and is told kindly that it is decided', async () => {
	const { text } = await held();
	const dana = await atDesk(server, { size: DESK, name: 'דנה' });
	const gil = await atDesk(server, { size: DESK, name: 'גיל' });
	await open(dana, text);
	await row(gil, text).getByText(/דנה.* כאן/).waitFor();
	await open(gil, text);
	await gil.locator('.pane').getByText('הפריט פתוח אצל').waitFor();
	check(await gil.locator('.pane').getByRole('button', { name: /^לפרסם/ }).isDisabled(), 'not both decide');
	await dana.keyboard.press('a');
	await gil.locator('.pane .strip', { hasText: 'דנה' }).getByText('אושר').waitFor();
	await row(gil, text).waitFor({ state: 'detached' });
	// At the very same moment: whoever comes second hears who was first.
	const next = await held();
	await open(gil, next.text);
	await gil.locator('.pane').getByText('אצלכם').waitFor();
	await gil.keyboard.press('Escape');
	await until(async () => (await row(gil, next.text).locator('.queue-open[aria-current]').count()) === 0, 'closed');
	await open(dana, next.text);
	await dana.locator('.pane').getByText('אצלכם').waitFor();
	await dana.context().setOffline(true);
	await dana.locator('.line-state').getByText('אין חיבור').waitFor();
	await dana.keyboard.press('a');
	await open(gil, next.text);
	await gil.getByRole('button', { name: /לקחת אליי/ }).click();
	await gil.locator('.pane').getByText('אצלכם').waitFor();
	await gil.keyboard.press('r');
	await gil.getByRole('dialog').getByRole('button', { name: 'לא לפרסם' }).click();
	await row(gil, next.text).waitFor({ state: 'detached' });
	await dana.context().setOffline(false);
	await dana.locator('.told').getByText(/גיל.*דבר לא נעשה פעמיים/).waitFor();
	noComplaints(dana);
	noComplaints(gil);
	await leave(dana, gil);
});

test('a decision made while the line is down outlives a reload, and is carried out once', async () => {
	const tunnel = await givenTunnel(server);
	const { text } = await held();
	const reader = await join(server, 'נועם');
	const page = await atDesk(server, { size: DESK, url: tunnel.url });
	await open(page, text);
	await page.locator('.pane .subject').waitFor();
	tunnel.cut();
	await page.locator('.line-state').getByText('אין חיבור').waitFor();
	await page.keyboard.press('a');
	await row(page, text).waitFor({ state: 'detached' });
	await page.locator('.kept').getByText('החלטה אחת בדרך').waitFor();
	equal(await post(reader, text).count(), 0, 'not yet published');
	// The page goes, and comes back with the line: through the tunnel its scripts could not be had.
	tunnel.mend();
	await page.reload();
	await post(reader, text).waitFor();
	await until(async () => (await page.locator('.kept').count()) === 0, 'nothing is on its way any more');
	equal(await post(reader, text).count(), 1, 'published once');
	noComplaints(page);
	await leave(page, reader);
});

test('many of one author are chosen and rejected at once', async () => {
	const flood = [];
	const bad = await citizen(server, 'גיא');
	for (let i = 0; i < 5; i++) flood.push(await held(bad));
	const one = await held(noa);
	const page = await atDesk(server, { size: DESK });
	await page.locator('.filters').getByRole('button', { name: /^מעוכבות/ }).click();
	await open(page, flood[0].text);
	await page.locator('.pane .subject').waitFor();
	await page.keyboard.press('Shift+X');
	await page.getByText('נבחרו 5').waitFor();
	await shot(page, 'desk-bulk');
	await page.locator('.bulk-bar').getByRole('button', { name: 'לא לפרסם' }).click();
	const dialog = page.getByRole('dialog', { name: 'לא לפרסם 5 הודעות' });
	await axeClean(page, 'bulk');
	await dialog.getByRole('button', { name: 'לא לפרסם 5 הודעות' }).click();
	for (const { text } of flood) await row(page, text).waitFor({ state: 'detached' });
	await page.locator('.told').getByText('5 הודעות לא פורסמו').waitFor();
	await row(page, one.text).waitFor();
	const mine = await bad.call('me.posts', { limit: 20 });
	equal(mine.posts.filter((each) => flood.some((other) => other.id === each.id)).map((each) => each.state), Array(5).fill('rejected'));
	await open(page, one.text);
	await page.keyboard.press('a');
	await row(page, one.text).waitFor({ state: 'detached' });
	noComplaints(page);
	await leave(page);
});

test('the keyboard alone: help, moving, deciding; on a Hebrew keyboard too; and it can be switched off', async () => {
	const texts = [];
	for (let i = 0; i < 3; i++) texts.push((await held()).text);
	const page = await atDesk(server, { lang: 'en', size: DESK });
	await page.locator('.filters').getByRole('button', { name: /^Held/ }).click();
	await until(async () => (await rows(page)) >= 3, 'three wait');
	await page.keyboard.press('?');
	const help = page.getByRole('dialog', { name: 'Keys' });
	await help.waitFor();
	await axeClean(page, 'the keys');
	await page.keyboard.press('Escape');
	await help.waitFor({ state: 'detached' });
	await page.keyboard.press('j');
	await page.locator('.pane .subject', { hasText: texts[0] }).waitFor();
	await page.keyboard.press('j');
	await page.locator('.pane .subject', { hasText: texts[1] }).waitFor();
	await page.keyboard.press('k');
	await page.locator('.pane .subject', { hasText: texts[0] }).waitFor();
	// The same place on a Hebrew keyboard gives another letter.
	await page.evaluate(() => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'ש', code: 'KeyA', bubbles: true, cancelable: true })));
	await row(page, texts[0]).waitFor({ state: 'detached' });
	await page.locator('.pane .subject', { hasText: texts[1] }).waitFor();
	await page.keyboard.press('?');
	await page.getByRole('dialog').getByLabel(/Single keys/).uncheck();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	equal(await page.locator('.pane kbd').count(), 0, 'keys on buttons');
	await page.keyboard.press('a');
	await page.keyboard.press('j');
	await page.getByRole('button', { name: 'Next' }).first().click();
	await page.locator('.pane .subject', { hasText: texts[2] }).waitFor();
	equal(await row(page, texts[1]).count(), 1, 'no key decided anything');
	await page.locator('.act-bar').getByRole('button', { name: 'Publish', exact: true }).click();
	await row(page, texts[2]).waitFor({ state: 'detached' });
	noComplaints(page);
	await leave(page);
});

test('a change that was held shows both wordings; not taken, the first stands', async () => {
	const told = await noa.say('ההצעה לגבי הספסלים טובה');
	const wanted = `${HARSH[0]} על ספסלים`;
	equal((await noa.call('post.edit', { post: told.id, rev: 1, text: wanted, key: key() })).status, 'held');
	const page = await atDesk(server, { lang: 'en', size: DESK });
	await open(page, wanted);
	const pane = page.locator('.pane .subject');
	await pane.getByText('ההצעה לגבי הספסלים טובה').waitFor();
	await pane.locator('mark', { hasText: 'אידיוט' }).waitFor();
	await page.keyboard.press('r');
	await page.getByRole('dialog', { name: 'Do not take the change' }).locator('button[type=submit]').click();
	await row(page, wanted).waitFor({ state: 'detached' });
	const reader = await join(server, 'Lina', { lang: 'en' });
	await post(reader, 'ההצעה לגבי הספסלים טובה').waitFor();
	noComplaints(page);
	await leave(page, reader);
});

test('a second invitation makes it two circles, in one queue', async () => {
	const panel = server.invite('panel', 'moderator', 'דנה בשתיים');
	const page = await atDesk(server, { lang: 'en', size: DESK, name: 'דנה בשתיים' });
	await page.goto(`${server.url}/icon.svg`);
	await page.goto(`${server.url}/#invite=${panel}`);
	const asked = page.getByRole('dialog', { name: 'An invitation' });
	await asked.waitFor();
	await axeClean(page, 'whose invitation');
	await asked.getByRole('button', { name: /Go on as/ }).click();
	await asked.waitFor({ state: 'detached' });
	await page.goto(`${server.url}/#desk`);
	const { text } = await held();
	const galit = await atPanel('גלית');
	await galit.call('post.create', { circle: 'panel', text: `${HARSH[0]} בפאנל`, key: key() });
	await row(page, text).waitFor();
	await row(page, 'בפאנל').getByText('The closed panel').waitFor();
	equal(await page.locator('.circle-card').count(), 2, 'two circles in the picture');
	await page.locator('.filters select').selectOption('panel');
	await row(page, text).waitFor({ state: 'detached' });
	await page.locator('.filters select').selectOption('all');
	await row(page, text).waitFor();
	await shot(page, 'desk-two-circles');
	noComplaints(page);
	await leave(page);
});

test('on a phone one item fills the screen, and the way back is the browser’s own', async () => {
	const { text } = await held();
	const page = await atDesk(server, { size: PHONE });
	await open(page, text);
	await page.locator('.pane .subject', { hasText: text }).waitFor();
	check(!(await page.locator('.queue').isVisible()), 'the queue gives way');
	await page.goBack();
	await row(page, text).waitFor();
	await page.getByRole('button', { name: 'תמונת מצב' }).click();
	await page.locator('.circle-card').waitFor();
	noComplaints(page);
	await leave(page);
});

test('hard words can be covered until one asks for them', async () => {
	const threat = await omer.say('אתה טיפש מוחלט ואידיוט גמור');
	const page = await atDesk(server, { lang: 'en', size: DESK });
	await page.getByRole('button', { name: 'Duty' }).click();
	await page.getByRole('button', { name: 'Settings' }).click();
	await page.getByLabel('Cover hard words until I ask for them').check();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^Queue/ }).click();
	equal(threat.status, 'held');
	await page.locator('.queue-row .gist.covered').first().click();
	await page.getByText('They are covered until you ask for them').waitFor();
	equal(await page.getByText('אידיוט גמור').count(), 0, 'nowhere in the page');
	await axeClean(page, 'covered words');
	await page.keyboard.press('h');
	await page.locator('.pane .subject .words', { hasText: 'אידיוט גמור' }).waitFor();
	await page.getByRole('button', { name: 'Duty' }).click();
	await page.getByText(/You have read \d+ hard message/).waitFor();
	noComplaints(page);
	await leave(page);
});

test('a desk whose script does not come says so, and tries again when asked', async () => {
	const page = await person(server);
	await page.route(/\/page-\w+\.js$/, (route) => route.abort());
	await page.goto(`${server.url}/#invite=${server.invite('forum', 'moderator', 'שירה כהן')}`);
	await page.click('#join button[type=submit]');
	await page.getByText('שולחן ההנחיה לא נטען').waitFor();
	equal(await page.locator('.ring').count(), 0, 'signs that turn for nothing');
	await page.unroute(/\/page-\w+\.js$/);
	await page.getByRole('button', { name: 'לנסות שוב' }).click();
	await page.waitForSelector('.desk');
	await leave(page);
});

await main();
